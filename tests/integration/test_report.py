#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What "report" reads back from a real server is what "parse" says of the mail.

test_report.py PROGRAM   from one server and from files; test_main_job.py asks the others
REPORTBRIDGE_SERVERS="es7 os3" names other servers.
"""
import os
import random
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
SERVERS = os.environ.get("REPORTBRIDGE_SERVERS", "es8").split()
RECORDS = 2500  # of one report
LONG_AGO = "25000d"

FAILURE = b"""From: reporter@receiver.example\r
To: reports@example.com\r
Subject: FW: failure\r
Date: Wed, 01 Jan 2025 10:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=feedback-report; boundary=b\r
\r
--b\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: auth-failure\r
User-Agent: x/1\r
Version: 1\r
Auth-Failure: dmarc\r
Delivery-Result: reject\r
Incidents: 3\r
Source-IP: 192.0.2.9\r
Reported-Domain: example.com\r
Arrival-Date: Wed, 01 Jan 2025 09:00:00 +0000\r
\r
--b\r
Content-Type: text/rfc822-headers\r
\r
From: someone@example.com\r
Subject: hello\r
\r
--b--\r
"""


def large_report():
    records = "".join(sample_mail.record(f"10.1.{n // 250}.{n % 250}", n % 7 + 1, "pass", "fail",
                                         "example.com") for n in range(RECORDS))
    report = sample_mail.dmarc_report("large.example", "dmarc@large.example", "example.com",
                                      1735689600, random.Random(1)).decode()
    return (report[:report.index("<record>")] + records + "</feedback>").encode()


def mails():
    yield from sample_mail.mails()
    yield sample_mail.mail("dmarc@large.example", "Report", "text/xml", "r.xml", large_report(),
                           1735689600)
    yield FAILURE


def figures(page):
    """The page without the minute, and what only files can tell: where a refused piece stood."""
    page = re.sub(r"\d\d:\d\d UTC", "", page)
    return re.sub(r'(<caption>Why mails could not be read</caption>.*?)<td data-label="For example".*?</td>', r"\1",
                  page, flags=re.S)


def without_places(text):
    return re.sub(r"(?m)^    for example .*\n(?:    .*/.*\n)*|\d\d:\d\d UTC", "", text)


class Reports:
    """Mixed into a test case per output."""

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.make_output()
        cls.mail = f"{cls.directory}/mail"
        for folder in ("cur", "new", "tmp"):
            os.makedirs(f"{cls.mail}/{folder}")
        cls.parsed = f"{cls.directory}/parsed"
        os.mkdir(cls.parsed)
        cls.deliver(cls.parsed, "")
        cls.deliver(f"{cls.mail}/new", ".M1.x")
        cls.configure("all", "")
        for command in ("setup", "run --once"):
            done = lab.Run(PROGRAM, *command.split(), "-c", cls.config)
            assert done.status in (0, 1), done.stderr
        cls.refresh()

    @staticmethod
    def deliver(directory, suffix):
        for number, mail in enumerate(mails()):
            with open(f"{directory}/17000{number:05}{suffix}", "wb") as out:
                out.write(mail)

    @classmethod
    def configure(cls, name, tenants, **changes):
        cls.config = f"{cls.directory}/{name}.conf"
        with open(cls.config, "w") as out:
            out.write(f"[bridge]\nstate_directory = {cls.directory}/state\n"
                      f"[mailbox m]\nsource = maildir\npath = {cls.mail}\nunrelated = move\n"
                      + cls.output.configuration("rb", **changes) + tenants)
        return cls.config

    @classmethod
    def refresh(cls):
        pass

    def report(self, *arguments):
        return lab.Run(PROGRAM, "report", "-c", self.config, *arguments)

    def test_it_says_what_parse_says(self):
        expected = lab.Run(PROGRAM, "parse", "--format", "html", self.parsed).stdout
        found = self.report("--since", LONG_AGO)
        self.assertEqual(found.status, 0, found.stderr)
        self.assertIn("mx2.example.com", found.stdout)
        self.assertEqual(figures(found.stdout).splitlines(), figures(expected).splitlines())

    def test_summary_for_a_terminal(self):
        expected = lab.Run(PROGRAM, "parse", "--format", "summary", self.parsed).stdout
        found = self.report("--since", LONG_AGO, "--format", "summary").stdout
        self.assertEqual(without_places(found), without_places(expected))

    def test_a_time_is_kept_to(self):
        found = self.report("--since", "7d", "--format", "summary")
        self.assertEqual(found.status, 0, found.stderr)
        self.assertNotIn("large.example", found.stdout)
        self.assertIn("56 reports", found.stdout)

    def test_a_tenant_sees_its_own(self):
        nobody = self.report("--tenant", "acme")
        self.assertEqual(nobody.status, 2)
        self.assertIn("no such tenant", nobody.stderr)
        self.assertIn("mx2.example.com", self.report("--tenant", "default").stdout)
        self.assertEqual(self.report("--tenant", "a-*").status, 2)


class Files(Reports, unittest.TestCase):
    @classmethod
    def make_output(cls):
        cls.output = lab.Files(f"{cls.directory}/files")


class RotatedFiles(Reports, unittest.TestCase):
    @classmethod
    def make_output(cls):
        cls.output = lab.Files(f"{cls.directory}/files", format="ndjson", rotate_bytes="4KiB", keep="100",
                               rotate_gzip="yes")

    @classmethod
    def refresh(cls):
        """The same mail again: nothing is stored, but files that are large by now are rotated."""
        cls.deliver(f"{cls.mail}/new", ".M2.x")
        again = lab.Run(PROGRAM, "run", "--once", "-c", cls.config)
        assert again.round()["stored"] == "0", again.stderr
        assert any(name.endswith(".ndjson.1.gz") for name in os.listdir(f"{cls.directory}/files/rb"))


class Server(Reports):
    server = None

    @classmethod
    def make_output(cls):
        cls.output = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.output.missing:
            raise unittest.SkipTest(cls.output.missing)

    @classmethod
    def refresh(cls):
        cls.output.ask("POST", "/rb-*/_refresh")

    def test_no_part_passes_for_the_whole(self):
        here = self.config
        try:
            self.configure("away", "", urls="http://127.0.0.1:1")
            away = self.report()
            self.assertEqual((away.status, away.stdout), (3, ""), away.stderr)
        finally:
            type(self).config = here

    def test_the_next_server_is_asked(self):
        here, url = self.config, self.output.env["SEARCH_URL"]
        try:
            self.configure("two", "", urls=f"http://127.0.0.1:1, {url}")
            self.assertIn("mx2.example.com", self.report().stdout)
        finally:
            type(self).config = here

    def test_no_scroll_is_left_open(self):
        self.report("--since", LONG_AGO)
        nodes = self.output.ask("GET", "/_nodes/stats/indices/search")["nodes"].values()
        self.assertEqual([n["indices"]["search"]["open_contexts"] for n in nodes], [0] * len(nodes))

    def test_a_wrong_password_is_told(self):
        if not self.output.env["SEARCH_USER"]:
            self.skipTest("a server without users")
        here = self.config
        try:
            self.configure("wrong", "", password_command="echo wrong")
            wrong = self.report()
            self.assertEqual((wrong.status, wrong.stdout), (2, ""))
            self.assertIn("401", wrong.stderr)
        finally:
            type(self).config = here


for name in SERVERS:
    globals()[f"Server_{name}"] = type(f"Server_{name}", (Server, unittest.TestCase),
                                       {"server": name})
del name

if __name__ == "__main__":
    unittest.main(verbosity=2)
