#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Report mail in a real mailbox becomes documents in a real search server.

test_main_job.py PROGRAM   for each server that can be had

With real reports in ../shared/corpus or in the directory REPORTBRIDGE_CORPUS
names, they are sent the same way.
"""
import glob
import gzip
import json
import os
import random
import re
import sys
import tarfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import counts  # noqa: E402
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
CORPUS = os.environ.get("REPORTBRIDGE_CORPUS", f"{HERE}/../../../shared/corpus")
LARGE = 6000  # records: more than one bulk request takes


def wrap(number, name, data):
    """A report as a mail: XML in zip or gzip, JSON in gzip."""
    if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        part = "application/tlsrpt+gzip", f"{name}.json.gz", gzip.compress(data, mtime=0)
    elif number % 2:
        part = "application/gzip", f"{name}.xml.gz", gzip.compress(data, mtime=0)
    else:
        part = "application/zip", f"{name}.zip", sample_mail.zipped(f"{name}.xml", data)
    return sample_mail.mail("reports@example.net", f"Report {name}", *part, 1735689600)


def large_report():
    records = "".join(sample_mail.record(f"10.1.{n // 250}.{n % 250}", n % 7 + 1, "pass", "fail",
                                         "example.com") for n in range(LARGE))
    report = sample_mail.dmarc_report("large.example", "dmarc@large.example", "example.com",
                                      1735689600, random.Random(1)).decode()
    return (report[:report.index("<record>")] + records + "</feedback>").encode()


def corpus():
    """(DMARC reports, TLS reports) as bytes; empty without a corpus."""
    dmarc, tls = [], []
    archive = f"{CORPUS}/dmarc-aggregate.tar.gz"
    if os.path.exists(archive):
        with tarfile.open(archive) as tar:
            dmarc = [tar.extractfile(m).read() for m in tar if m.name.endswith(".xml")]
    for pattern in ("parsedmarc/smtp_tls/*.json", "mail-auth/rpt*.json",
                    "DmarcAnalyzerApp/*tls*.json"):
        for path in sorted(glob.glob(f"{CORPUS}/{pattern}")):
            with open(path, "rb") as file:
                data = file.read()
            try:
                json.loads(data.lstrip(b"\xef\xbb\xbf"))["policies"][0]["summary"]
            except (ValueError, KeyError, TypeError):
                continue
            tls.append(data)
    return dmarc, tls


class Expected:
    def __init__(self, dmarc, tls):
        different = {counts.fingerprint(data): data for data in dmarc}.values()
        sums = [counts.dmarc(data) for data in different]
        self.reports = len(different)
        self.records, self.messages = (sum(s[i] for s in sums) for i in (0, 1))
        sums = [counts.tlsrpt(data) for data in {json.dumps(json.loads(d.lstrip(b"\xef\xbb\xbf")),
                                                            sort_keys=True): d for d in tls}.values()]
        self.policies, self.successful, self.failed = (sum(s[i] for s in sums) for i in range(3))


class MainJob:
    """Mixed into a test case per server."""
    server = None

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.output = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.output.missing:
            raise unittest.SkipTest(cls.output.missing)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")

    def configure(self, name):
        path = f"{self.directory}/{name}.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\n"
                      + self.imap.configuration(name) + self.output.configuration(name))
        return path

    def assert_stored(self, name, expected):
        stored = {
            "records": self.output.count(name, "dmarc_aggregate"),
            "messages": self.output.sum(name, "dmarc_aggregate", "dmarc.message_count"),
            "policies": self.output.count(name, "tlsrpt_policy"),
            "successful": self.output.sum(name, "tlsrpt_policy", "tlsrpt.successful_sessions"),
            "failed": self.output.sum(name, "tlsrpt_policy", "tlsrpt.failed_sessions"),
        }
        self.assertEqual(stored, {key: getattr(expected, key) for key in stored})
        print(f"{self.server} {name}: {stored}")

    def assert_reported(self, config, expected):
        page = lab.Run(PROGRAM, "report", "-c", config, "--since", "25000d")
        self.assertEqual(page.status, 0, page.stderr)
        self.assertIn(f"of {expected.messages:,} messages (", page.stdout)
        table = page.stdout[page.stdout.index("<caption>Domains and how they are protected"):]
        rows = re.findall(r'<td data-label="Encrypted" class="n">([\d,]+)</td>'
                          r'<td data-label="Failed" class="n(?: bad)?">([\d,]+)</td>',
                          table[:table.index("</table>")])
        sums = [sum(int(row[i].replace(",", "")) for row in rows) for i in (0, 1)]
        self.assertEqual(sums, [expected.successful, expected.failed])

    def assert_needs_setup(self, config, mails, name):
        """Without our templates nothing is posted, check says so, and every mail stays."""
        if not isinstance(self.output, lab.Search):
            return
        check = lab.Run(PROGRAM, "check", "-c", config)
        self.assertEqual(check.status, 2, check.stdout)
        self.assertIn("run reportbridge setup", check.stdout)
        run = lab.Run(PROGRAM, "run", "-c", config, "--once")
        self.assertEqual(run.status, 2, run.stderr)
        self.assertIn("so it would get dynamic mappings; run reportbridge setup", run.stderr)
        self.assertEqual(self.output.ask("GET", f"/_cat/indices/{name}-*?format=json&h=index"), [])
        self.assertEqual(self.imap.folders(name)["INBOX"], mails)

    def visit_twice(self, name, dmarc, tls):
        expected = Expected(dmarc, tls)
        mails = [wrap(n, f"report{n}", data) for n, data in enumerate([*dmarc, *tls])]
        config = self.configure(name)
        self.imap.deliver(name, mails)
        self.assert_needs_setup(config, len(mails), name)
        self.assertEqual(lab.Run(PROGRAM, "setup", "-c", config).status, 0)
        self.assertEqual(lab.Run(PROGRAM, "check", "-c", config).status, 0)
        first = lab.Run(PROGRAM, "run", "-c", config, "--once")
        self.assert_stored(name, expected)
        self.assert_reported(config, expected)
        folders = self.imap.folders(name)
        self.assertNotIn("INBOX", folders)
        self.assertEqual(sum(folders.values()), len(mails))
        self.imap.deliver(name, mails, len(mails))
        again = lab.Run(PROGRAM, "run", "-c", config, "--once").round()
        self.assertEqual((again["mails"], again["stored"], again["refused"]),
                         (str(len(mails)), "0", "0"))
        self.assert_stored(name, expected)
        return first, folders

    def test_made_up_reports(self):
        dmarc, tls = [large_report()], []
        midnight = 1735689600
        chance = random.Random(2)
        for day in range(40):
            begin = midnight + day * 86400
            dmarc.append(sample_mail.dmarc_report("r.example", "d@r.example", "example.com", begin,
                                                  chance))
            tls.append(sample_mail.tls_report("example.com", begin, day % 10, chance))
        first, folders = self.visit_twice("madeup", dmarc, tls)
        self.assertEqual(first.status, 0, first.stderr)
        self.assertEqual(folders, {"Aggregate": 41, "SMTP-TLS": 40})

    def test_corpus(self):
        dmarc, tls = corpus()
        if not dmarc:
            self.skipTest("no corpus")
        _, folders = self.visit_twice("corpus", dmarc, tls)
        # What is set aside holds not one whole record.
        empty = sum(counts.dmarc(data)[0] == 0 for data in dmarc)
        self.assertLessEqual(folders.get("Invalid", 0), empty)

    def test_setup_again_changes_nothing(self):
        config = self.configure("again")
        lab.Run(PROGRAM, "setup", "-c", config)
        result = lab.Run(PROGRAM, "setup", "-c", config)
        self.assertEqual(result.status, 0, result.stderr)
        # Roles too, where the server has security.
        outcomes = [line.partition(": ") for line in result.stdout.splitlines() if ": " in line]
        self.assertEqual(sum(what.startswith("index template") for what, _, _ in outcomes), 6)
        for what, _, outcome in outcomes:
            if what == "requests":  # all of them ask
                continue
            self.assertRegex(outcome, "^(up to date|none, )", what)


class Elasticsearch8(MainJob, unittest.TestCase):
    server = "es8"


class Elasticsearch9(MainJob, unittest.TestCase):
    server = "es9"


class Elasticsearch7(MainJob, unittest.TestCase):
    server = "es7"


class OpenSearch2(MainJob, unittest.TestCase):
    server = "os2"


class OpenSearch3(MainJob, unittest.TestCase):
    server = "os3"


if __name__ == "__main__":
    unittest.main(verbosity=2)
