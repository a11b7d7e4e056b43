#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hostile IMAP servers, one and two of each kind, beside honest mailboxes on the same worker.

test_hostile_imap.py PROGRAM   no server is needed; honest mail must be settled within 5 s
"""
import os
import random
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import imap_server  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
MIDNIGHT = 1735689600
HONEST = 4
TURNS = 3
LONGEST = 15.0


def report(number):
    xml = sample_mail.dmarc_report(f"r{number}.example", f"d@r{number}.example", "example.com", MIDNIGHT,
                                   random.Random(number))
    return sample_mail.mail(f"d@r{number}.example", f"Report {number}", "application/zip", "r.zip",
                            sample_mail.zipped("r.xml", xml), MIDNIGHT)


def on(wanted, attack):
    """A hook that attacks where that command comes."""
    return lambda server, c, command, arguments: command == wanted and attack(c)


def nested(c):
    c.say("* NAMESPACE " + "(" * 20000 + "\r\n")
    return c.end() or True


def cut_literal(c):
    c.say('* NAMESPACE (("" "/")) NIL (({1000}\r\nx')
    return "close"


def huge_literal(c):
    c.say("* LIST () NIL {4294967295}\r\n")
    return c.say("x" * 100000) or True


def endless_line(c):
    for _ in range(300):
        c.say("* SEARCH " + "1 " * 32768)
    return "close"


def many_answers(c):
    for _ in range(200):
        c.say("* FLAGS (x)\r\n" * 5000)
    return c.end() or True


def silence(_):
    time.sleep(30)
    return "close"


def drip(c):
    for byte in b"* SEARCH 1 2 3 4 5 6 7 8 9 10 11 12 13 14":
        c.say(bytes([byte]))
        time.sleep(0.5)
    return "close"


def scram(c):
    """A count of iterations that takes minutes."""
    c.say("+ \r\n")
    c.lines.readline()
    c.say("+ cj14LHM9eHh4eCxpPTQyOTQ5NjcyOTU=\r\n")
    c.lines.readline()
    return c.end("NO no") or True


NAMESPACE = "IMAP4rev1 MOVE UIDPLUS NAMESPACE"
KINDS = {
    "nested": dict(hook=on("NAMESPACE", nested), capabilities=NAMESPACE),
    "cut literal": dict(hook=on("NAMESPACE", cut_literal), capabilities=NAMESPACE),
    "huge literal": dict(hook=on("LIST", huge_literal)),
    "endless line": dict(hook=on("SEARCH", endless_line)),
    "many answers": dict(hook=on("SELECT", many_answers)),
    "silence": dict(hook=on("SELECT", silence)),
    "silence in mid round": dict(hook=on("FETCH", silence)),
    "drip": dict(hook=on("SEARCH", drip)),
    "scram": dict(hook=on("AUTHENTICATE", scram), capabilities="IMAP4rev1 AUTH=SCRAM-SHA-256"),
    "no greeting": dict(greeting=""),
    "greeting without end": dict(greeting="* OK " + "x" * 1000000),
}


class HostileImap(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(self)
        os.mkdir(f"{self.directory}/out")

    def addClassCleanup(self, *arguments):  # each test has a directory of its own
        self.addCleanup(*arguments)

    def section(self, name, server):
        return (f"[mailbox {name}]\nhost = 127.0.0.1\nport = {server.port}\ntls = none\nuser = u\n"
                "password_command = echo x\npoll = 1s\nunrelated = move\n")

    def beside(self, kind, count):
        """The longest that an honest mail took, with so many of the kind."""
        evil = [imap_server.Server(self, [report(900 + n) for n in range(3)], **KINDS[kind])
                for n in range(count)]
        honest = [imap_server.Server(self, [report(10 * n)]) for n in range(HONEST)]
        name = f"{kind.replace(' ', '_')}{count}"
        config = f"{self.directory}/{name}.conf"
        lab.write(config, f"[bridge]\nstate_directory = {self.directory}/state\nworkers = 1\n"
                  + "".join(self.section(f"evil{n}", s) for n, s in enumerate(evil))
                  + "".join(self.section(f"honest{n}", s) for n, s in enumerate(honest))
                  + f"[output o]\ntype = file\ndirectory = {self.directory}/out\n")
        bridge = running.Running(self, PROGRAM, config)
        longest = 0.0
        for turn in range(1, TURNS + 1):
            begin = time.monotonic()
            running.until(lambda: all(s.counts() == {"Archive/Aggregate": turn} for s in honest), 60, 0.02)
            longest = max(longest, time.monotonic() - begin)
            for number, server in enumerate(honest):
                if turn < TURNS:
                    server.inbox.add(report(10 * number + turn))
            time.sleep(0.3)
        self.assertEqual(bridge.events("worker-died"), [], kind)
        self.assertTrue(any(s.connections for s in evil))
        bridge.process.kill()
        bridge.process.wait()
        return longest

    def test_one_and_two_of_each_kind(self):
        for kind in KINDS:
            for count in (1, 2):
                with self.subTest(kind=kind, count=count):
                    longest = self.beside(kind, count)
                    print(f"{count} x {kind}: honest mail settled within {longest:.1f} s", flush=True)
                    self.assertLess(longest, LONGEST)


if __name__ == "__main__":
    unittest.main()
