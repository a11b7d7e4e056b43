#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whatever the search server does, documents are lost 0 times and doubled 0 times.

test_faults.py PROGRAM   (built with -DBATCH_MAILS=10, to have many requests)

First before a store in memory, then before a real Elasticsearch; prints a table.
"""
import concurrent.futures
import os
import signal
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import fault_run  # noqa: E402
import fault_server  # noqa: E402
import lab  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
FAULT_SECONDS = 3
# with which probability a request meets it
SHARES = {"503": 1.0, "redirect": 1.0, "413": 1.0, "slow": 0.3}
COLUMNS = ("hits", "lost", "doubled", "recovery")


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.mails = fault_run.mails()
        cls.expected = fault_run.expected(PROGRAM, cls.directory, cls.mails)

    def judge(self, table, fault, bridge, hits, stored, recovery):
        """stored: how often each document is there."""
        lost = sum((self.expected - stored).values())
        doubled = sum((stored - self.expected).values())
        table.add(fault, f"{hits:4}", f"{lost:4}", f"{doubled:7}",
                  "  never" if recovery is None else f"{recovery:6.1f} s")
        with self.subTest(fault=fault):
            self.assertEqual((lost, doubled), (0, 0), bridge.log()[-2000:])
            self.assertIsNotNone(recovery, bridge.log()[-2000:])
            self.assertFalse(bridge.dead_letters())

    def through(self, server, bridge, fault):
        """Meets the fault of a fault server."""
        recovery = fault_run.meet(bridge, lambda: server.set(fault, SHARES.get(fault, 0.5)),
                                  FAULT_SECONDS, lambda: server.set(None, 0))
        bridge.stop()
        server.stop()
        return recovery

    def each(self, faults, run):
        with concurrent.futures.ThreadPoolExecutor(len(faults)) as pool:
            return list(pool.map(run, faults))

    def test_store(self):
        faults = list(fault_server.Handler.FAULTS)
        table = fault_run.Table(f"store in memory, {len(self.expected)} documents of "
                                f"{len(self.mails)} mails", *COLUMNS)

        def run(fault):
            server = fault_server.FaultServer(fault_server.Store())
            bridge = fault_run.Bridge(PROGRAM, self.directory, f"store{faults.index(fault)}",
                                      server.url, self.mails)
            return server, bridge, self.through(server, bridge, fault)

        for fault, (server, bridge, recovery) in zip(faults, self.each(faults, run)):
            # By content: a second copy under another name would count too.
            copies = sum(server.backend.documents.values()) - len(server.backend.documents)
            self.assertEqual(copies, 0)
            self.judge(table, fault, bridge, server.hits, fault_run.strip(server.backend.ids), recovery)
            self.assertGreater(server.hits, 0, fault)
            # Why is said, and said once.
            told = bridge.log().count("event=output-waits")
            self.assertLessEqual(told, 1, fault)
            if fault in ("429", "503"):
                self.assertEqual(told, 1, bridge.log())
        table.print()

    def test_fail_over(self):
        """The first of two hosts is dead for a while: nobody waits for it."""
        store = fault_server.Store()
        first, second = fault_server.FaultServer(store), fault_server.FaultServer(store)
        bridge = fault_run.Bridge(PROGRAM, self.directory, "twohosts", f"{first.url}, {second.url}",
                                  self.mails)
        recovery = fault_run.meet(bridge, lambda: first.set("reset before the request", 1),
                                  FAULT_SECONDS, lambda: first.set(None, 0))
        bridge.stop()
        table = fault_run.Table("the first of two hosts is dead", *COLUMNS)
        self.judge(table, "reset before the request", bridge, first.hits, fault_run.strip(store.ids), recovery)
        self.assertGreater(first.hits, 0)
        self.assertGreater(second.requests, 0)
        self.assertEqual(recovery, 0, "it was waited for")
        first.stop()
        second.stop()
        table.print()

    # --- a real server ---------------------------------------------------------

    def start_search(self):
        directory = f"{self.directory}/search"
        self.search = lab.Search(type(self), "es8", directory)
        if self.search.missing:
            self.skipTest(self.search.missing)
        self.search_directory = directory

    def bridge(self, name, url, **login):
        settings = {"user": self.search.env["SEARCH_USER"],
                    "password_command": f"echo {self.search.env['SEARCH_PASSWORD']}", **login}
        bridge = fault_run.Bridge(PROGRAM, self.directory, name, url, self.mails,
                                  lab.lines(settings))
        return bridge

    def set_up(self, bridge):
        done = bridge.command("setup")
        self.assertEqual(done.returncode, 0, done.stderr)
        return bridge

    def cluster(self, **settings):
        self.search.ask("PUT", "/_cluster/settings", {"persistent": settings})

    def shard_limit(self):
        bridge = self.set_up(self.bridge("shards", self.search.env["SEARCH_URL"]))
        shards = self.search.ask("GET", "/_cluster/health")["active_shards"]
        key = {"cluster.max_shards_per_node": shards + 2}
        recovery = fault_run.meet(bridge, lambda: self.cluster(**key), FAULT_SECONDS,
                                  lambda: self.cluster(**{"cluster.max_shards_per_node": None}))
        return bridge, recovery

    def write_block(self):
        bridge = self.set_up(self.bridge("block", self.search.env["SEARCH_URL"]))
        index = f"block-{max(self.expected)[0]}"

        def block(on):
            return {"index.blocks.write": on}
        recovery = fault_run.meet(
            bridge, lambda: self.search.ask("PUT", f"/{index}", {"settings": block(True)}),
            FAULT_SECONDS, lambda: self.search.ask("PUT", f"/{index}/_settings", block(False)))
        return bridge, recovery

    def password(self):
        user = {"password": "not-this-one", "roles": ["superuser"]}
        env = self.search.env
        bridge = self.set_up(self.bridge(
            "password", env["SEARCH_URL"], user="bridge", password_command="echo right-one",
            setup_user=env["SEARCH_USER"],
            setup_password_command=f"echo {env['SEARCH_PASSWORD']}"))
        self.search.ask("PUT", "/_security/user/bridge", user)
        recovery = fault_run.meet(
            bridge, lambda: None, FAULT_SECONDS,
            lambda: self.search.ask("PUT", "/_security/user/bridge/_password",
                                    {"password": "right-one"}))
        return bridge, recovery

    def killed(self):
        proxy = fault_server.FaultServer(fault_server.Behind(self.search.env["SEARCH_URL"]))
        bridge = self.set_up(self.bridge("killed", proxy.url))

        def kill_and_restart():
            while proxy.requests < 5:
                time.sleep(0.005)
            os.kill(int(lab.read(f"{self.search_directory}/pid")), signal.SIGKILL)
            self.requests_at_kill = proxy.requests
            subprocess.run([f"{lab.SERVERS}/search", "restart", "es8", self.search_directory],
                           check=True)
        recovery = fault_run.meet(bridge, lambda: None, 0, kill_and_restart)
        proxy.stop()
        return bridge, recovery

    def test_search_server(self):
        self.start_search()
        faults = ["reset before the request", "reset in the request", "reset before the answer",
                  "reset in the answer", "429 items", "slow"]
        table = fault_run.Table(f"Elasticsearch, {len(self.expected)} documents of "
                                f"{len(self.mails)} mails", *COLUMNS)

        def run(fault):
            server = fault_server.FaultServer(
                fault_server.Behind(self.search.env["SEARCH_URL"]))
            bridge = self.set_up(self.bridge(f"real{faults.index(fault)}", server.url))
            return server, bridge, self.through(server, bridge, fault)

        for fault, (server, bridge, recovery) in zip(faults, self.each(faults, run)):
            self.judge(table, fault, bridge, server.hits, self.search.ids(bridge.name), recovery)
            self.assertGreater(server.hits, 0, fault)
        for fault, run in (("shard limit", self.shard_limit), ("write block", self.write_block),
                           ("wrong, then right password", self.password),
                           ("node killed and restarted", self.killed)):
            bridge, recovery = run()
            bridge.stop()
            self.judge(table, fault, bridge, 1, self.search.ids(bridge.name), recovery)
            # It was really met.
            self.assertIn("error=", bridge.log(), fault)
        table.print()


if __name__ == "__main__":
    unittest.main(verbosity=2)
