#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Three nodes of Elasticsearch, one killed in the middle of a run: nothing is lost or doubled.

test_cluster.py PROGRAM   (built with -DBATCH_MAILS=10, to have many requests)

First the node that has the primary shards, then the elected master.  Each comes back afterwards,
and both copies of each shard must have the same documents.
"""
import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import fault_run  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
SERVER = "es8"
NODES = ("n1", "n2", "n3")
PATIENCE = 600  # on a busy machine


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.mails = fault_run.mails()
        cls.expected = fault_run.expected(PROGRAM, cls.directory, cls.mails)
        ports = free_ports(len(NODES))
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        cls.environments = {name: {
            "REPORTBRIDGE_HEAP": "384m", "REPORTBRIDGE_CLUSTER":
                f"-E node.name={name} -E transport.port={port} -E discovery.seed_hosts={hosts} "
                f"-E cluster.initial_master_nodes={','.join(NODES)}"} for name, port in zip(NODES, ports)}
        subprocess.run([f"{lab.SERVERS}/search", "install", SERVER], check=False, stdout=subprocess.DEVNULL)
        with concurrent.futures.ThreadPoolExecutor(len(NODES)) as pool:
            cls.nodes = dict(zip(NODES, pool.map(
                lambda name: lab.Search(cls, SERVER, f"{cls.directory}/{name}", **cls.environments[name]), NODES)))
        for node in cls.nodes.values():
            if node.missing:
                raise unittest.SkipTest(node.missing)

    def ask_any(self, path):
        for node in self.nodes.values():
            try:
                return node.ask("GET", path)
            except OSError:
                pass
        raise AssertionError(f"no node answers {path}")

    def wait_whole(self, every=0.5):
        running.until(lambda: {"status": "green", "number_of_nodes": len(NODES)}.items() <=
                      self.ask_any("/_cluster/health?timeout=1s").items(), PATIENCE, every)

    def primaries(self, bridge):
        """The node that has most of the primary shards."""
        found = [shard["node"] for shard in
                 self.ask_any(f"/_cat/shards/{bridge.name}-*?format=json&h=prirep,node,state")
                 if shard["prirep"] == "p" and shard["node"] in NODES]
        return max(NODES, key=found.count)

    def master(self, _):
        return self.ask_any("/_cat/master?format=json")[0]["node"]

    def set_up(self, bridge):
        """Templates take longer on three small nodes than a bulk request may."""
        patient = f"{self.directory}/{bridge.name}-setup.conf"
        lab.write(patient, lab.read(bridge.config).replace("timeout = 2s", "timeout = 60s"))
        done = lab.Run(PROGRAM, "setup", "-c", patient)
        self.assertEqual(done.status, 0, done.stderr)

    def kill_in_mid_run(self, prefix, victim_of):
        self.wait_whole()
        env = self.nodes[NODES[0]].env
        bridge = fault_run.Bridge(
            PROGRAM, self.directory, prefix, ", ".join(node.env["SEARCH_URL"] for node in self.nodes.values()),
            self.mails, lab.lines({"user": env["SEARCH_USER"], "password_command": f"echo {env['SEARCH_PASSWORD']}"}))
        self.addCleanup(bridge.stop)
        self.set_up(bridge)
        bridge.start()
        new = f"{bridge.maildir}/new"
        running.until(lambda: len(os.listdir(new)) < 0.8 * len(self.mails), PATIENCE, 0.01)
        # An index without its second copy, as in its first moments, would have to wait for the node.
        self.wait_whole(0.02)
        victim = victim_of(bridge)
        directory = f"{self.directory}/{victim}"
        os.kill(int(lab.read(f"{directory}/pid")), signal.SIGKILL)
        left, killed = len(os.listdir(new)), time.monotonic()
        self.assertGreater(left, 0, "all was stored before the node was killed")
        self.assertTrue(bridge.wait(killed + PATIENCE), bridge.log()[-2000:])
        print(f"{prefix}: {victim} killed with {left} of {len(self.mails)} mails left; all were stored "
              f"{time.monotonic() - killed:.1f} s later", flush=True)
        bridge.stop()
        subprocess.run([f"{lab.SERVERS}/search", "restart", SERVER, directory], check=True,
                       env={**os.environ, **self.environments[victim]})
        self.wait_whole()
        stored = self.nodes[NODES[0]].ids(prefix)
        lost, doubled = self.expected - stored, stored - self.expected
        print(f"{sum(self.expected.values())} documents: {sum(lost.values())} lost, {sum(doubled.values())} doubled")
        self.assertEqual((lost, doubled), ({}, {}))
        self.assertFalse(bridge.dead_letters())
        self.check_copies(prefix)

    def check_copies(self, prefix):
        copies = {}
        for shard in self.ask_any(f"/_cat/shards/{prefix}-*?format=json&h=index,prirep,docs"):
            copies.setdefault(shard["index"], []).append(int(shard["docs"]))
        self.assertTrue(copies)
        for index, counts in copies.items():
            self.assertEqual((len(counts), len(set(counts))), (2, 1), (index, counts))

    def test_1_primaries(self):
        self.kill_in_mid_run("primaries", self.primaries)

    def test_2_master(self):
        self.kill_in_mid_run("master", self.master)


if __name__ == "__main__":
    unittest.main(verbosity=2)
