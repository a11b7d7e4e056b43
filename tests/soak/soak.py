#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""For a long time nothing goes well: nothing lost, nothing doubled, nothing grows.

soak.py PROGRAM SECONDS

Mail comes all the time to a Dovecot with many users.  Connections to it and to
the search server are cut at random, both are restarted, one of two workers is
killed again and again; the other one lives on, and its memory and descriptors
are watched.
"""
import os
import random
import signal
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM, SECONDS = os.path.abspath(sys.argv.pop(1)), int(sys.argv.pop(1))
MIDNIGHT = 1735689600
USERS = 40
MAILS_A_SECOND = 2
# How often, in seconds on average.
CUT, KILL, RESTART_IMAP, RESTART_SEARCH, WATCH = 4, 70, 150, 240, 20
# Of the first half's largest to the second half's.
GROWTH = 1.25


def report(number):
    xml = sample_mail.dmarc_report(f"r{number}.example", f"d@r{number}.example", "example.com",
                                   MIDNIGHT + number % 20 * 86400, random.Random(number))
    return sample_mail.mail(f"d@r{number}.example", f"Report {number}", "application/zip",
                            f"{number}.zip", sample_mail.zipped(f"{number}.xml", xml), MIDNIGHT)


class Clockwork:
    """Says when it is time for something again."""

    def __init__(self, chance, seconds):
        self.chance, self.seconds = chance, seconds
        self.next()

    def next(self):
        self.due = time.monotonic() + self.chance.uniform(0.5, 1.5) * self.seconds

    def __call__(self):
        if time.monotonic() < self.due:
            return False
        self.next()
        return True


class Soak(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        self.chance = random.Random(int(os.environ.get("SOAK_SEED", "1")))
        self.imap = lab.Imap(type(self), f"{self.directory}/imap")
        self.search = lab.Search(type(self), "es8", f"{self.directory}/search")
        if self.search.missing:
            self.skipTest(self.search.missing)
        self.imap_proxy = running.Proxy(int(self.imap.env["IMAPS_PORT"]))
        self.search_proxy = running.Proxy(int(self.search.env["SEARCH_URL"].rpartition(":")[2]))
        self.users = [f"user{n}" for n in range(USERS)]
        self.delivered = dict.fromkeys(self.users, 0)
        self.distinct = 0
        for user in self.users:
            self.imap.deliver(user, [])
        self.did = dict.fromkeys(("cut", "kill", "imap", "search"), 0)
        self.watched = []

    def configure(self):
        path = f"{self.directory}/soak.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\nworkers = 2\n"
                      + "".join(self.imap.configuration(user, port=self.imap_proxy.near_port,
                                                        poll="20s", timeout="10s")
                                for user in self.users)
                      + self.search.configuration(
                          "soak", urls=f"http://127.0.0.1:{self.search_proxy.near_port}",
                          retry="20s"))
        self.search.set_up(PROGRAM, path)
        return path

    def deliver(self):
        for _ in range(MAILS_A_SECOND):
            user = self.chance.choice(self.users)
            if self.distinct and self.chance.random() < 0.1:
                number = self.chance.randrange(self.distinct)  # sent once more
            else:
                number = self.distinct
                self.distinct += 1
            self.imap.deliver(user, [report(number)], self.delivered[user])
            self.delivered[user] += 1

    def restart_imap(self):
        subprocess.run([f"{lab.SERVERS}/dovecot", "start", self.imap.directory], check=True)
        self.imap_proxy.port = int(lab.read_env(f"{self.imap.directory}/env")["IMAPS_PORT"])

    def restart_search(self):
        with open(f"{self.directory}/search/pid") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        time.sleep(1)
        subprocess.run([f"{lab.SERVERS}/search", "restart", "es8", f"{self.directory}/search"],
                       check=True)

    def watch(self, started):
        if running.alive(self.survivor):
            self.watched.append((time.monotonic() - started, running.own_memory(self.survivor),
                                 running.descriptors(self.survivor),
                                 running.own_memory(self.bridge.pid),
                                 running.descriptors(self.bridge.pid)))

    def torment(self):
        clocks = {name: Clockwork(self.chance, seconds) for name, seconds in
                  (("cut", CUT), ("kill", KILL), ("imap", RESTART_IMAP),
                   ("search", RESTART_SEARCH), ("watch", WATCH))}
        started = time.monotonic()
        while time.monotonic() < started + SECONDS:
            second = time.monotonic()
            self.deliver()
            if clocks["cut"]():
                self.imap_proxy.cut(self.chance, 0.05)
                self.search_proxy.cut(self.chance, 0.3)
                self.did["cut"] += 1
            if clocks["kill"]():
                others = [pid for pid in self.bridge.workers() if pid != self.survivor]
                for pid in others:
                    os.kill(pid, signal.SIGKILL)
                self.did["kill"] += len(others)
            if clocks["imap"]():
                self.restart_imap()
                self.did["imap"] += 1
            if clocks["search"]():
                self.restart_search()
                self.did["search"] += 1
            if clocks["watch"]():
                self.watch(started)
            time.sleep(max(0, second + 1 - time.monotonic()))

    def settled(self):
        folders = [self.imap.folders(user) for user in self.users]
        return all(f.get("Aggregate", 0) == self.delivered[user]
                   for f, user in zip(folders, self.users))

    def tell_unsettled(self):
        for user in self.users:
            folders = self.imap.folders(user)
            if folders.get("Aggregate", 0) != self.delivered[user]:
                said = [e for e in self.bridge.events() if e.get("mailbox") == user
                        and e["event"] != "mail"]
                print(f"soak: {user}: {self.delivered[user]} delivered, {folders}, last said "
                      f"{said[-3:]}")

    def stored(self):
        """(index, id) of all documents."""
        self.search.ask("POST", "/soak-*/_refresh")
        found, ids = self.search.ask("POST", "/soak-*/_search?scroll=1m",
                                     {"size": 5000, "_source": False, "sort": ["_doc"]}), []
        while found["hits"]["hits"]:
            ids += [(hit["_index"].split("-", 1)[1], hit["_id"]) for hit in found["hits"]["hits"]]
            found = self.search.ask("POST", "/_search/scroll",
                                    {"scroll": "1m", "scroll_id": found["_scroll_id"]})
        return ids

    def undisturbed(self):
        """The same of a run that nobody disturbs, into files."""
        files = lab.Files(f"{self.directory}/files")
        self.imap.env = lab.read_env(f"{self.imap.directory}/env")
        self.imap.deliver("calm", [report(number) for number in range(self.distinct)])
        path = f"{self.directory}/calm.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\nlog_level = warning\n"
                      + self.imap.configuration("calm") + files.configuration("calm"))
        result = lab.Run(PROGRAM, "run", "--once", "-c", path)
        self.assertEqual(result.status, 0, result.stderr)
        return set(files.ids("calm"))

    def assert_nothing_grew(self):
        half = self.watched[-1][0] / 2
        # The first minutes are for warming up.
        first = [w for w in self.watched if w[0] <= half]
        second = [w for w in self.watched if w[0] > half]
        for column, name in enumerate(("worker memory", "worker descriptors", "supervisor memory",
                                       "supervisor descriptors"), 1):
            before, after = (max(w[column] for w in part) for part in (first, second))
            print(f"soak: {name}: at most {before} in the first half, {after} in the second")
            self.assertLessEqual(after, GROWTH * before + 8, name)

    def test(self):
        self.bridge = running.Running(self, PROGRAM, self.configure())
        running.until(lambda: len(self.bridge.workers()) == 2)
        self.survivor = self.bridge.workers()[1]
        started = time.monotonic()
        self.torment()
        seconds = round(time.monotonic() - started)
        try:
            running.until(self.settled, 300, 1)
        finally:
            self.tell_unsettled()
        self.watch(started)
        self.assertTrue(running.alive(self.survivor), "the worker nobody killed has died")
        self.bridge.send(signal.SIGUSR1)
        counters = self.bridge.wait_for("counters")
        status, took = self.bridge.stop()
        ids = self.stored()
        print(f"soak: {seconds} s, {sum(self.delivered.values())} mails, {self.distinct} reports, "
              f"{len(ids)} documents; done {self.did}; visits that failed "
              f"{counters['failures']}; documents met again {counters['duplicates']}")
        self.assertEqual((status, took < 5), (0, True))
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(set(ids), self.undisturbed())
        self.assertFalse(self.bridge.events("mail-in-hand")[2:], "mails blamed for kill -9")
        self.assert_nothing_grew()


if __name__ == "__main__":
    unittest.main(verbosity=2)
