#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Signatures of report mail, verified with the keys of a name server: test_dkim.py PROGRAM"""
import json
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import dkim  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))


def report(number, sender="tls@r.example", extra=()):
    """A TLS report mail; each number is a report of its own."""
    text = json.dumps({
        "organization-name": "Reporter", "contact-info": sender, "report-id": f"report {number}",
        "date-range": {"start-datetime": "2026-01-01T00:00:00Z",
                       "end-datetime": "2026-01-01T23:59:59Z"},
        "policies": [{"policy": {"policy-type": "no-policy-found", "policy-domain": "example.com"},
                      "summary": {"total-successful-session-count": number,
                                  "total-failure-session-count": 0}}]}).encode()
    domain = sender.partition("@")[2]
    return sample_mail.mail(sender, "Report", "application/tlsrpt+json", "r.json", text, 1767225600,
                            ("TLS-Report-Domain: example.com",
                             f"TLS-Report-Submitter: {domain}", *extra))


class Dkim(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.files = lab.Files(f"{cls.directory}/files")
        cls.key = dkim.Key(cls.directory)
        cls.other = dkim.Key(cls.directory, "other", 1024)

    def setUp(self):
        self.dns = dkim.NameServer(self)
        self.dns.texts["s1._domainkey.r.example"] = [self.key.record]

    def parse(self, mail, *options):
        """(verdict, quirks) of the report's document"""
        path = f"{self.directory}/mail.eml"
        with open(path, "wb") as out:
            out.write(mail)
        result = subprocess.run([PROGRAM, "parse", *options, path], capture_output=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        documents = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([d["event.dataset"] for d in documents], ["tlsrpt_policy", "feed"])
        self.assertEqual(*(d["report.dkim"] for d in documents))
        return documents[0]["report.dkim"], set(documents[0].get("report.quirks", ()))

    def verify(self, mail):
        return self.parse(mail, f"--verify-dkim={self.dns.address}")

    def test_verdicts(self):
        good = self.key.sign(report(1), "r.example")
        for what, mail, verdict, quirks in (
                ("good", good, "pass", set()),
                ("bare line ends", good.replace(b"\r\n", b"\n"), "pass", set()),
                ("body altered", good.replace(b"aggregate", b"AGGREGATE"), "fail", {"unauthenticated"}),
                ("header altered", good.replace(b"Subject: R", b"Subject: r"), "fail",
                 {"unauthenticated"}),
                ("not signed", report(1), "none", {"unauthenticated"}),
                ("another key", self.other.sign(report(1), "r.example"), "fail", {"unauthenticated"}),
                ("no key", self.key.sign(report(1), "r.example", "s2"), "fail", {"unauthenticated"}),
                ("expired", self.key.sign(report(1), "r.example", tags=" x=1000;"), "fail",
                 {"unauthenticated"}),
                ("two, the upper one bad", self.other.sign(good, "r.example"), "pass", set()),
                ("two, the lower one bad",
                 self.key.sign(self.other.sign(report(1), "r.example"), "r.example"), "pass", set())):
            with self.subTest(what):
                got = self.verify(mail)
                self.assertEqual(got[0], verdict)
                self.assertEqual(got[1] & {"unauthenticated", "dkim-unknown", "dkim-domain"}, quirks)

    def test_whose_signature_it_is(self):
        for domain, quirks in (("mail.r.example", {"dkim-domain"}), ("bulk.test", {"unauthenticated"})):
            self.dns.texts[f"s1._domainkey.{domain}"] = [self.key.record]
            got = self.verify(self.key.sign(report(1), domain))
            self.assertEqual(got[0], "fail" if domain == "bulk.test" else "pass")
            self.assertEqual(got[1] & {"unauthenticated", "dkim-domain"}, quirks)

    def test_a_stranger_does_not_decide_what_is_unknown(self):
        """Keys of other domains than the sender's are not asked for."""
        bad = self.other.sign(report(1), "r.example")
        self.dns.texts["s1._domainkey.r.example"] = [self.key.record]
        for trouble in (self.dns.broken, self.dns.silent):
            trouble.add("s1._domainkey.evil.test")
            for mail in (self.key.sign(report(1), "evil.test"), self.key.sign(bad, "evil.test")):
                got = self.verify(mail)
                self.assertEqual(got[0], "fail")
                self.assertIn("unauthenticated", got[1])
                self.assertFalse([q for q in self.dns.questions if "evil.test" in str(q)])
        self.assertFalse([name for name in self.dns.questions if "evil" in str(name)])

    def test_nobody_is_asked_unasked(self):
        self.assertEqual(self.parse(self.key.sign(report(1), "r.example"))[0], "unknown")
        self.assertEqual(self.dns.questions, [])

    def test_key_records(self):
        mail = self.key.sign(report(1), "r.example")
        public = self.key.record.partition("p=")[2]
        for texts, verdict in (([f"v=DKIM1; s=tlsrpt; p={public}"], "pass"),
                               (["v=spf1 -all", self.key.record], "pass"),
                               ([f"v=DKIM1; n={'x' * 3000}; p={public}"], "pass"),
                               (["x" * 60000, self.key.record], "pass"),
                               (["v=DKIM1; p=" + "A" * 60000], "fail"),
                               (["v=DKIM1; p=" + "A" * 1500], "fail"),
                               (["v=DKIM1; p="], "fail"),
                               (["\0\1\2;;;=;"], "fail"),
                               (["v=DKIM1; p=AAAA"], "fail")):
            with self.subTest(texts):
                self.dns.texts["s1._domainkey.r.example"] = texts
                self.assertEqual(self.verify(mail)[0], verdict)

    def test_silence_and_trouble(self):
        mail = self.key.sign(report(1), "r.example")
        self.dns.broken.add("s1._domainkey.r.example")
        self.assertEqual(self.verify(mail), ("unknown", {"dkim-unknown"}))
        self.dns.silent.add("s1._domainkey.r.example")
        start = time.monotonic()
        self.assertEqual(self.verify(mail), ("unknown", {"dkim-unknown"}))
        self.assertLess(time.monotonic() - start, 60)

    def configure(self, name, count=1, **bridge):
        mailboxes = ""
        for i in range(count):
            for folder in ("cur", "new", "tmp"):
                os.makedirs(f"{self.directory}/{name}{i}/{folder}")
            mailboxes += (f"[mailbox m{i}]\nsource = maildir\npath = {name}{i}\npoll = 200ms\n")
        path = f"{self.directory}/{name}.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {name}.state\nworkers = 0\n" + lab.lines(bridge)
                      + mailboxes + self.files.configuration(name))
        return path

    def deliver(self, name, mail):
        path = f"{self.directory}/{name}/tmp/{time.monotonic_ns()}.x"
        with open(path, "wb") as out:
            out.write(mail)
        os.rename(path, f"{self.directory}/{name}/new/{os.path.basename(path)}")

    def verdicts(self, name):
        """report id -> verdict, of what has been stored"""
        return {d["report.id"]: d["report.dkim"]
                for _, _, d in self.files.documents(name)
                if d["event.dataset"] == "tlsrpt_policy"}

    def test_run(self):
        config = self.configure("run", verify_dkim="yes", dkim_name_servers=self.dns.address,
                                trusted_authserv="mx.example.com")
        told = ("Authentication-Results: mx.example.com; dkim=pass header.d=told.example",)
        self.deliver("run0", self.key.sign(report(1), "r.example"))
        self.deliver("run0", self.key.sign(report(2), "r.example"))
        self.deliver("run0", self.other.sign(report(3), "r.example"))
        self.deliver("run0", self.key.sign(report(4, extra=told), "other.example"))
        result = lab.Run(PROGRAM, "run", "-c", config, "--once")
        self.assertEqual(result.status, 0, result.stderr)
        self.assertEqual(self.verdicts("run"), {"report 1": "pass", "report 2": "pass",
                                                "report 3": "fail", "report 4": "pass"})
        # once for all mails, and never where a host has told
        self.assertEqual(self.dns.questions, ["s1._domainkey.r.example"])

    @staticmethod
    def wait_for_mail(bridge, mailbox, count):
        running.until(lambda: sum(e["mailbox"] == mailbox for e in bridge.events("mail")) >= count)

    def test_a_silent_name_server_holds_up_nobody(self):
        self.dns.silent.add("s1._domainkey.silent.example")
        config = self.configure("wait", 2, verify_dkim="yes", dkim_name_servers=self.dns.address)
        bridge = running.Running(self, PROGRAM, config)
        bridge.wait_for("round", 2)
        first, second = (self.key.sign(report(number, "tls@silent.example"), "silent.example")
                         for number in (1, 3))
        other = self.key.sign(report(2), "r.example")
        start = time.monotonic()
        self.deliver("wait0", first)
        running.until(lambda: self.dns.questions, pause=0.01)
        self.deliver("wait1", other)
        self.wait_for_mail(bridge, "m0", 1)
        waited = time.monotonic() - start
        self.assertGreater(waited, 3)
        self.assertEqual([e["mailbox"] for e in bridge.events("mail")], ["m1", "m0"])
        self.assertEqual(self.verdicts("wait"), {"report 1": "unknown", "report 2": "pass"})
        # the next one of the same signer is not waited for
        start = time.monotonic()
        self.deliver("wait0", second)
        self.wait_for_mail(bridge, "m0", 2)
        self.assertLess(time.monotonic() - start, waited)
        self.assertEqual(bridge.stop()[0], 0)

    def test_to_stop_ends_waiting(self):
        self.dns.silent.add("s1._domainkey.silent.example")
        config = self.configure("stop", verify_dkim="yes", dkim_name_servers=self.dns.address)
        bridge = running.Running(self, PROGRAM, config)
        bridge.wait_for("round")
        self.deliver("stop0", self.key.sign(report(1, "tls@silent.example"), "silent.example"))
        running.until(lambda: self.dns.questions)
        status, seconds = bridge.stop()
        self.assertEqual(status, 0)
        self.assertLess(seconds, 20)

    def test_wrong_name_servers(self):
        result = lab.Run(PROGRAM, "run", "-c", self.configure("bad", dkim_name_servers="localhost"))
        self.assertEqual(result.status, 2)
        self.assertIn("dkim_name_servers", result.stderr)
        result = subprocess.run([PROGRAM, "parse", "--verify-dkim=x", "y"], capture_output=True,
                                check=False)
        self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    unittest.main()
