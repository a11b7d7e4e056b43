#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""5,000 mailboxes on one bridge: memory, processor at rest, delay of new mail.

mailboxes.py PROGRAM   (BENCH_MAILBOXES, BENCH_REST in seconds)

The users of a scripted server over IMAPS, 2 workers, files as output, or Elasticsearch with
BENCH_SEARCH=es8.  Then the same with a tenth of the mailboxes on a server that hangs.
"""
import os
import random
import statistics
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import imap_many  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
MAILBOXES = int(os.environ.get("BENCH_MAILBOXES", "5000"))
HUNG = MAILBOXES // 10
REST = int(os.environ.get("BENCH_REST", "60"))
SEARCH = os.environ.get("BENCH_SEARCH")
DELIVERIES = 200
MOST_DELAY = 2
MIDNIGHT = 1735689600


def report(user, uid):
    name = f"r{uid}.{user}.example"
    xml = sample_mail.dmarc_report(name, f"d@{name}", "example.com", MIDNIGHT, random.Random(name))
    return sample_mail.mail(f"d@{name}", f"Report {uid}", "application/zip", f"{uid}.zip",
                            sample_mail.zipped(f"{uid}.xml", xml), MIDNIGHT)


class Mailboxes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.imap = imap_many.Many(cls.directory, report)
        cls.output = (lab.Search(cls, SEARCH, f"{cls.directory}/search") if SEARCH
                      else lab.Files(f"{cls.directory}/files"))
        cls.users = [f"user{n:04}" for n in range(MAILBOXES)]

    def configure(self, hung=0):
        path = f"{self.directory}/{self._testMethodName}.conf"
        mute = running.Hanging(self)
        lab.write(path, f"[bridge]\nstate_directory = {self.directory}/state\nworkers = 2\n"
                  "log_level = warning\n" + "".join(
                      self.imap.configuration(user, poll="10m", **({"port": mute.port} if number < hung else {}))
                      for number, user in enumerate(self.users)) + self.output.configuration("bench"))
        self.output.set_up(PROGRAM, path)
        return path

    def start(self, hung=0):
        config, start = self.configure(hung), time.monotonic()
        bridge = running.Running(self, PROGRAM, config)
        running.until(lambda: len(self.imap.idle) >= MAILBOXES - hung, 3600, 0.1)
        used = sum(running.cpu_seconds(pid) for pid in bridge.processes())
        print(f"{MAILBOXES - hung} mailboxes wait for mail after {time.monotonic() - start:.1f} s "
              f"({used:.1f} s of CPU)", flush=True)
        time.sleep(10)
        return bridge

    def rest(self, bridge):
        before = {pid: running.cpu_seconds(pid) for pid in bridge.processes()}
        time.sleep(REST)
        used = sum(running.cpu_seconds(pid) - before[pid] for pid in before)
        memory = [running.memory(pid) for pid in bridge.processes()]
        print(f"at rest: {100 * used / REST:.2f} % of one processor over {REST} s ({used:.2f} s); memory "
              f"{sum(memory) / 1e6:.1f} MB in {len(memory)} processes, {sum(memory) / MAILBOXES / 1e3:.1f} kB "
              f"per mailbox; descriptors {[running.descriptors(pid) for pid in bridge.processes()]}", flush=True)
        return used

    def delays(self, users):
        """From delivery to the mail's being moved: it is stored before that."""
        chance, delays = random.Random(5), []
        for _ in range(DELIVERIES):
            user, start = chance.choice(users), time.monotonic()
            uid = self.imap.deliver(user)
            running.until(lambda: (user, uid) in self.imap.moved, 90, 0.01)
            delays.append(self.imap.moved[user, uid] - start)
        delays.sort()
        p99 = delays[int(0.99 * DELIVERIES)]
        print(f"delivery to stored and archived, {DELIVERIES} mails: p50 {statistics.median(delays):.2f} s, "
              f"p99 {p99:.2f} s, longest {delays[-1]:.2f} s", flush=True)
        self.assertLess(p99, MOST_DELAY)

    def end(self, bridge):
        status, seconds = bridge.stop()
        print(f"stopped after {seconds:.1f} s")
        self.assertEqual((status, seconds < 5), (0, True))

    def test_1_all_is_well(self):
        bridge = self.start()
        self.assertLess(self.rest(bridge), 0.05 * REST)
        self.delays(self.users)
        self.end(bridge)

    def test_2_a_server_hangs(self):
        bridge = self.start(HUNG)
        print(f"{HUNG} of {MAILBOXES} mailboxes are on a server that takes connections and hangs:")
        self.rest(bridge)
        self.delays(self.users[HUNG:])
        self.end(bridge)


if __name__ == "__main__":
    unittest.main(verbosity=2)
