#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""IMAP servers that do what no RFC foresees: nothing stuck, nothing thrown away.

test_odd_imap.py PROGRAM   against a scripted server, files as the output
"""
import glob
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import imap_server  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))

REPORT = """<?xml version="1.0"?>
<feedback><report_metadata><org_name>reporter.example</org_name><email>d@reporter.example</email>
<report_id>{0}</report_id><date_range><begin>1790812800</begin><end>1790899199</end></date_range>
</report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated>
<disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers><auth_results>
<spf><domain>example.com</domain><result>pass</result></spf></auth_results></record></feedback>
"""


def mails(count, padding=0):
    """Report mails, one report each."""
    return [(f"From: d@reporter.example\r\nSubject: Report Domain: example.com\r\n"
             f"Message-ID: <{n}@reporter.example>\r\nX-Padding: {'x ' * (padding // 2)}\r\n"
             "MIME-Version: 1.0\r\nContent-Type: text/xml\r\n\r\n"
             + REPORT.format(n).replace("\n", "\r\n")).encode() for n in range(count)]


class OddImap(unittest.TestCase):
    def configure(self, server, mailbox=""):
        self.directory = lab.make_directory(self)
        os.mkdir(f"{self.directory}/out")
        self.config = f"{self.directory}/bridge.conf"
        lab.write(self.config,
                  f"[bridge]\nstate_directory = {self.directory}/state\n[mailbox m]\n"
                  f"host = 127.0.0.1\nport = {server.port}\ntls = none\nuser = u\n"
                  f"password_command = echo x\ntimeout = 5s\n{mailbox}\n"
                  f"[output o]\ntype = file\ndirectory = {self.directory}/out\n")

    def addClassCleanup(self, *arguments):  # each test has a directory of its own
        self.addCleanup(*arguments)

    def once(self, server, mailbox="", *options):
        """Runs until all is read: the exit status; self.events is the log."""
        self.configure(server, mailbox)
        done = subprocess.run([PROGRAM, "run", "--once", "-c", self.config, *options],
                              stderr=subprocess.PIPE, text=True, timeout=120)
        self.log = done.stderr
        self.events = [lab.event(line) for line in done.stderr.splitlines()]
        return done.returncode

    def of(self, name):
        return [event for event in self.events if event.get("event") == name]

    def stored(self):
        """Aggregate documents in the files."""
        return sum(lab.read(path).count('"dmarc_aggregate"')
                   for path in glob.glob(f"{self.directory}/out/*aggregate*.ndjson"))

    def drained(self, server, count, mailbox=""):
        """All mails are archived and stored once, and nothing is to complain about."""
        self.assertEqual(self.once(server, mailbox), 0, self.events)
        self.assertEqual(server.counts(), {"Archive/Aggregate": count}, self.log)
        self.assertEqual(self.stored(), count)

    # --- opening

    def test_subscribe_refused(self):
        def hook(server, c, command, arguments):
            return command == "SUBSCRIBE" and (c.end("BAD not supported") or True)
        self.drained(imap_server.Server(self, mails(3), hook), 3)

    def test_folder_exists_in_words(self):
        def hook(server, c, command, arguments):
            if command == "LIST" and "Archive" in arguments:
                return c.say(f"{c.tag} OK\r\n") or True
            if command == "CREATE":
                server.folders.setdefault(arguments.strip('"'), imap_server.Folder())
                return c.end("NO Mailbox already exists.") or True
        self.drained(imap_server.Server(self, mails(3), hook), 3)

    def test_parent_does_not_exist(self):
        def hook(server, c, command, arguments):
            return command == "CREATE" and (c.end("NO Parent does not exist") or True)
        server = imap_server.Server(self, mails(1), hook)
        self.assertEqual(self.once(server), 3)
        self.assertIn("check archive", self.of("visit-failed")[0]["error"])

    def test_too_many_connections(self):
        server = imap_server.Server(self, mails(1), greeting="* BYE Too many connections.\r\n")
        self.configure(server)
        bridge = running.Running(self, PROGRAM, self.config)
        failed = bridge.wait_for("visit-failed")
        self.assertIn("too many connections or requests", failed["error"])
        self.assertGreaterEqual(int(failed["retry_ms"]), 30000)

    def test_refused_login_pauses_long(self):
        def hook(server, c, command, arguments):
            return command == "LOGIN" and (c.end("NO [AUTHENTICATIONFAILED] no") or True)
        self.configure(imap_server.Server(self, mails(1), hook))
        bridge = running.Running(self, PROGRAM, self.config)
        failed = bridge.wait_for("visit-failed")
        self.assertIn("check user and password_file", failed["error"])
        self.assertGreaterEqual(int(failed["retry_ms"]), 30000)

    # --- waiting

    def test_mail_that_is_never_announced(self):
        server = imap_server.Server(self, mails(2))
        self.configure(server, "poll = 500ms")
        running.Running(self, PROGRAM, self.config)
        running.until(lambda: server.counts() == {"Archive/Aggregate": 2})
        for mail in mails(4)[2:]:
            server.inbox.add(mail)
        running.until(lambda: server.counts() == {"Archive/Aggregate": 4})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
