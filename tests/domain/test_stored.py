#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks of domains on a real Elasticsearch: stored, joined, seen by their tenant alone, deleted: test_stored.py PROGRAM"""
import json
import os
import re
import subprocess
import sys
import unittest

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
        cls.conf = f"{cls.directory}/conf"
        with open(cls.conf, "w", encoding="utf-8") as out:
            out.write(f"[bridge]\nstate_directory = {cls.directory}/state\n[mailbox m]\nsource = maildir\n"
                      f"path = {cls.directory}/mail\n" + cls.search.configuration("rb") + TENANTS)

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def store(self, *arguments):
        done = subprocess.run(self.bed.command("-c", self.conf, "--all", "--probe", "--store", *arguments), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

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
        found = subprocess.run(self.bed.command("-c", self.conf, "--tenant", "one", "--with-reports", "--format", "json"),
                               stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        codes = {d["domain"]: {f["code"] for f in d["findings"]} for d in map(json.loads, found)}
        self.assertIn("reported-policy", codes["dmarc-pct.test"])
        self.assertNotIn("reported-policy", codes["good.test"])
        self.assertIn("3 domains, 0 changed: 3 documents stored", self.store("--with-reports"))
        # The record is known since today, so yesterday's reports are not held against it.
        found = self.search.search("rb-domain_check-one-*", {"size": 100})["hits"]["hits"]
        codes = [code for hit in found for code in hit["_source"].get("domain.finding.code", [])]
        self.assertNotIn("reported-policy", codes)
        self.assertEqual(codes.count("reported-no-sessions"), 2)
        # The page is made of reports; checks do not disturb it.
        done = self.run_program("report", "-c", self.conf)
        self.assertEqual(done.returncode, 0, done.stderr)
        without = self.conf + ".without"
        with open(self.conf, encoding="utf-8") as file, open(without, "w", encoding="utf-8") as out:
            out.write(re.sub(r"\[tenant one\]\n[^\[]*", "", file.read()))
        done = self.run_program("delete-tenant", "one", "-c", without, "--yes")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.search.count("rb", "domain_check"), 2)


if __name__ == "__main__":
    unittest.main()
