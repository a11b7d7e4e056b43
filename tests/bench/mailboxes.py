#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""500 mailboxes on one bridge: memory, processor at rest, delay of new mail.

mailboxes.py PROGRAM   (BENCH_MAILBOXES, BENCH_REST in seconds)

500 users of a Dovecot over IMAPS, 2 workers, files as output, or Elasticsearch
with BENCH_SEARCH=es8.  Then the same with a part of the mailboxes on a server
that hangs.  Dovecot is told to look for new mail every second, beside inotify,
whose instances are few on many systems; and it waits half a second before it
tells of new mail, which is part of the delay.
"""
import os
import random
import statistics
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
MAILBOXES = int(os.environ.get("BENCH_MAILBOXES", "500"))
HUNG = MAILBOXES // 10
REST = int(os.environ.get("BENCH_REST", "60"))
SEARCH = os.environ.get("BENCH_SEARCH")
DELIVERIES = 200
MIDNIGHT = 1735689600
DOVECOT = """mailbox_idle_check_interval = 1 secs
default_process_limit = 2000
default_client_limit = 4000
service imap-login {
  process_min_avail = 2
  client_limit = 2000
}
"""


def report(number):
    xml = sample_mail.dmarc_report(f"r{number}.example", f"d@r{number}.example", "example.com",
                                   MIDNIGHT, random.Random(number))
    return sample_mail.mail(f"d@r{number}.example", f"Report {number}", "application/zip",
                            f"{number}.zip", sample_mail.zipped(f"{number}.xml", xml), MIDNIGHT)


class Mailboxes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        extra = f"{cls.directory}/dovecot-extra.conf"
        with open(extra, "w") as out:
            out.write(DOVECOT)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap", "--extra", extra)
        cls.files = lab.Files(f"{cls.directory}/files")
        cls.search = lab.Search(cls, SEARCH, f"{cls.directory}/search") if SEARCH else None
        cls.users = [f"user{n:03}" for n in range(MAILBOXES)]
        cls.sent = dict.fromkeys(cls.users, 0)
        cls.number = 0
        for user in cls.users:
            cls.imap.deliver(user, [])

    def configure(self, hung=0):
        path = f"{self.directory}/{self._testMethodName}.conf"
        mute = running.Hanging(self)
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\nworkers = 2\n"
                      "log_level = warning\n")
            for number, user in enumerate(self.users):
                changes = {"port": mute.port} if number < hung else {}
                out.write(self.imap.configuration(user, poll="10m", **changes))
            out.write((self.search or self.files).configuration("bench"))
        (self.search or self.files).set_up(PROGRAM, path)
        return path

    def start(self, hung=0):
        start = time.monotonic()
        bridge = running.Running(self, PROGRAM, self.configure(hung))
        self.wait_connected(bridge, MAILBOXES - hung)
        print(f"{MAILBOXES - hung} mailboxes connected after {time.monotonic() - start:.1f} s")
        return bridge

    def wait_connected(self, bridge, count):
        """Established connections of the workers to Dovecot."""
        port = f":{int(self.imap.env['IMAPS_PORT']):04X}"

        def connected():
            lines = lab.read("/proc/net/tcp").splitlines()[1:]
            return sum(line.split()[2].endswith(port) and line.split()[3] == "01"
                       for line in lines) >= count
        running.until(connected, 300, 0.5)
        time.sleep(10)

    def rest(self, bridge):
        before = {pid: running.cpu_seconds(pid) for pid in bridge.processes()}
        time.sleep(REST)
        used = sum(running.cpu_seconds(pid) - before[pid] for pid in before)
        memory = [running.memory(pid) for pid in bridge.processes()]
        print(f"at rest: {100 * used / REST:.2f} % of one processor over {REST} s "
              f"({used:.2f} s); memory {sum(memory) / 1e6:.1f} MB in {len(memory)} processes, "
              f"{sum(memory) / MAILBOXES / 1e3:.1f} kB per mailbox; descriptors "
              f"{[running.descriptors(pid) for pid in bridge.processes()]}")
        return used

    def delays(self, users, count):
        """From delivery to the mail's being in the archive: stored before that."""
        chance, delays = random.Random(5), []
        for _ in range(count):
            user = chance.choice(users)
            type(self).number += 1
            start = time.monotonic()
            self.imap.deliver(user, [report(self.number)], self.sent[user])
            self.sent[user] += 1
            running.until(lambda: self.imap.folders(user).get("Aggregate", 0) == self.sent[user],
                          90, 0.01)
            delays.append(time.monotonic() - start)
        delays.sort()
        print(f"delivery to stored and archived, {count} mails: p50 {statistics.median(delays):.2f}"
              f" s, p99 {delays[int(0.99 * count)]:.2f} s, longest {delays[-1]:.2f} s")
        return delays

    def test_1_all_is_well(self):
        bridge = self.start()
        self.assertLess(self.rest(bridge), 0.05 * REST)
        self.delays(self.users, DELIVERIES)
        status, seconds = bridge.stop()
        print(f"stopped after {seconds:.1f} s")
        self.assertEqual((status, seconds < 5), (0, True))

    def test_2_a_server_hangs(self):
        bridge = self.start(HUNG)
        print(f"{HUNG} of {MAILBOXES} mailboxes are on a server that takes connections and hangs:")
        self.rest(bridge)
        self.delays(self.users[HUNG:], DELIVERIES)
        status, seconds = bridge.stop()
        print(f"stopped after {seconds:.1f} s")
        self.assertEqual((status, seconds < 5), (0, True))


if __name__ == "__main__":
    unittest.main(verbosity=2)
