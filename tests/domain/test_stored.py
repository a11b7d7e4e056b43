#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks of domains on a real Elasticsearch: stored, joined, seen by their tenant alone, deleted: test_stored.py PROGRAM"""
import json
import os
import re
import subprocess
import sys
import unittest
from email.message import EmailMessage

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib"]
import lab  # noqa: E402
import reports  # noqa: E402
import test_domain  # noqa: E402  takes PROGRAM off the arguments

PROGRAM = test_domain.PROGRAM
TENANTS = "[tenant one]\ndomains = good.test, dmarc-pct.test\n[tenant two]\ndomains = spf-syntax.test\n"


class Stored(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)
        cls.bed = test_domain.Bed(cls)
        cls.conf = cls.configure("rb", TENANTS)

    @classmethod
    def configure(cls, prefix, tenants):
        home = f"{cls.directory}/{prefix}"
        for folder in ("cur", "new", "tmp"):
            os.makedirs(f"{home}/mail/{folder}")
        lab.write(f"{home}/conf", f"[bridge]\nstate_directory = {home}/state\n[mailbox m]\nsource = maildir\n"
                  f"path = {home}/mail\n" + cls.search.configuration(prefix) + tenants)
        return f"{home}/conf"

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def domain(self, *arguments):
        done = subprocess.run(self.bed.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def store(self, *arguments):
        return self.domain("-c", self.conf, "--all", "--probe", "--store", *arguments)

    def set_since(self, conf, tenant, domain, part, days_ago):
        """Makes the stored state say that this part has been published for so many days."""
        path = f"{os.path.dirname(conf)}/state/domains/{tenant}/{domain}"
        before = lab.read(path)
        after = re.sub(rf"(?m)^{part}\t\d+", f"{part}\t{reports.TODAY - days_ago * reports.DAY}", before)
        self.assertNotEqual(before, after)
        lab.write(path, after)

    def test_from_setup_to_deletion(self):
        done = self.run_program("setup", "-c", self.conf)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("3 documents stored, 0 known already, 0 refused", self.store())
        self.assertIn("0 documents stored, 3 known already", self.store())
        self.assertEqual(self.search.count("rb", "domain_check"), 3)
        # Every member is mapped as declared: sums, dates and terms work.
        found = self.search.search("rb-domain_check-*", {"size": 0, "aggs": {
            "critical": {"sum": {"field": "domain.critical"}}, "first": {"min": {"field": "domain.smtp.not_after"}},
            "codes": {"terms": {"field": "domain.finding.code"}}}})["aggregations"]
        self.assertEqual(found["critical"]["value"], 1)
        self.assertIsNotNone(found["first"]["value"])
        self.assertEqual({b["key"] for b in found["codes"]["buckets"]}, {"dmarc-pct", "spf-syntax"})
        mapping = self.search.ask("GET", "/rb-domain_check-*/_mapping")
        for index in mapping.values():
            self.assertNotIn("dynamic", str(index["mappings"]["properties"]))
        # Stored reports are read together with the records.
        report = f"{self.directory}/report.xml"
        with open(report, "w", encoding="utf-8") as file:
            file.write(reports.dmarc("dmarc-pct.test", reports.record(10, "dmarc-pct.test"), p="none"))
        lines = self.run_program("parse", report).stdout.splitlines()
        document = next(line for line in lines if '"dmarc_aggregate"' in line)
        document = {**json.loads(document), "organization.name": "one"}
        month = document["@timestamp"][:7].replace("-", ".")
        self.search.ask("PUT", f"/rb-dmarc_aggregate-one-{month}/_create/1?refresh=true", document)
        # The record is known since today, so yesterday's reports are not held against it.
        self.assertNotIn("reported-policy", self.codes("dmarc-pct.test"))
        self.assertIn("3 domains, 0 changed: 3 documents stored", self.store("--with-reports"))
        found = self.search.search("rb-domain_check-one-*", {"size": 100})["hits"]["hits"]
        codes = [code for hit in found for code in hit["_source"].get("domain.finding.code", [])]
        self.assertNotIn("reported-policy", codes)
        self.assertEqual(codes.count("reported-no-sessions"), 2)
        self.set_since(self.conf, "one", "dmarc-pct.test", "dmarc", 10)
        self.assertIn("reported-policy", self.codes("dmarc-pct.test"))
        self.assertNotIn("reported-policy", self.codes("good.test"))
        # The page is made of reports; checks do not disturb it.
        done = self.run_program("report", "-c", self.conf)
        self.assertEqual(done.returncode, 0, done.stderr)
        without = self.conf + ".without"
        lab.write(without, re.sub(r"\[tenant one\]\n[^\[]*", "", lab.read(self.conf)))
        done = self.run_program("delete-tenant", "one", "-c", without, "--yes")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.search.count("rb", "domain_check"), 2)

    def codes(self, name):
        found = self.domain("-c", self.conf, "--tenant", "one", "--with-reports", "--format", "json")
        return next({f["code"] for f in d["findings"]} for d in map(json.loads, found.splitlines()) if d["domain"] == name)

    def test_long_history(self):
        """What needs weeks of stored reports: an include that no mail uses, and a key that was changed."""
        key, include = "dkim-good.test", "spf-unused.test"
        conf = self.configure("rc", f"[tenant three]\ndomains = {key}, {include}\n")
        for number, report in enumerate([
                reports.dmarc(key, reports.record(50, key, selector="s"), p="reject", days_ago=20),
                reports.dmarc(key, reports.record(30, key, "fail", "pass", selector="s", dkim_result="fail"), p="reject",
                              days_ago=9),
                *(reports.dmarc(include, reports.record(100, include), p="reject", days_ago=days) for days in (70, 2))]):
            mail = EmailMessage()
            mail["From"], mail["Message-ID"] = "reports@google.com", f"<{number}@google.com>"
            mail.add_attachment(report.encode(), "text", "xml", filename=f"{number}.xml")
            with open(f"{os.path.dirname(conf)}/mail/new/{number}", "wb") as out:
                out.write(mail.as_bytes())
        for command in (["setup"], ["run", "--once"]):
            done = self.run_program(command[0], "-c", conf, *command[1:])
            self.assertEqual(done.returncode, 0, done.stderr)
        self.domain("-c", conf, "--store", "--selector", "s", key)
        self.set_since(conf, "three", key, "dkim", 10)
        with_reports = ["-c", conf, "--with-reports", "--selector", "s"]
        for name, code, evidence in (
                (key, "reported-key-changed", "30 messages fail since "), (include, "reported-spf-unused", "none of 200 messages ")):
            document = json.loads(self.domain(*with_reports, "--format", "json", name))
            self.assertIn((code, True), [(f["code"], f["evidence"].startswith(evidence)) for f in document["findings"]])
            page = self.domain(*with_reports, "--format", "html", name)
            title = next(f["title"] for f in document["findings"] if f["code"] == code)
            self.assertIn(f"<h3>{title}</h3>", page)
            self.assertIn(f'<p class="evidence">{evidence}', page)
            self.domain(*with_reports, "--store", name)
            found = self.search.search("rc-domain_check-three-*", {"query": {"bool": {"filter": [
                {"term": {"domain.finding.code": code}}, {"term": {"domain.name": name}}]}}})["hits"]["hits"]
            self.assertEqual(len(found), 1)
        self.assertIn("warning reported-key-changed s", str(self.search.search("rc-domain_check-*", {"size": 10})))


if __name__ == "__main__":
    unittest.main()
