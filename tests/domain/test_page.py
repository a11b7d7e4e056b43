#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stored checks of domains on the page of reports, the screen and in JSON: test_page.py PROGRAM"""
import json
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import lab  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
DAY = 86400
NOW = int(time.time())
CODES = ("record-broken", "mx-certificate-expires", "record-changed")


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def check(days_ago, domain="example.com", **members):
    members = {name.replace("__", "."): value for name, value in members.items()}
    return {"@timestamp": moment(NOW - days_ago * DAY), "event.dataset": "domain_check", "organization.name": "one",
            "domain.name": domain, "domain.critical": 0, "domain.changes": 0, **members}


BROKEN = {"domain__critical": 1, "domain__first_seen__spf": moment(NOW - 3 * DAY),
          "domain__finding__combined": ["warning dmarc-none example.com", "critical spf-syntax example.com"]}


class Page(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        os.mkdir(f"{self.directory}/out")
        self.conf = f"{self.directory}/conf"
        lab.write(self.conf, f"[bridge]\nstate_directory = {self.directory}\n[mailbox m]\nsource = maildir\n"
                             f"path = {self.directory}/mail\n[output files]\ntype = file\ndirectory = {self.directory}/out\n"
                             "[tenant one]\ndomains = example.com\n")

    def report(self, documents, *options):
        lines = {}
        for number, document in enumerate(documents):
            index = f"reportbridge-domain_check-one-{document['@timestamp'][:7].replace('-', '.')}"
            lines.setdefault(index, []).extend([{"create": {"_index": index, "_id": str(number)}}, document])
        for index, pairs in lines.items():
            lab.write(f"{self.directory}/out/{index}.ndjson",
                      "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in pairs))
        return subprocess.run([PROGRAM, "report", "-c", self.conf, *options], stdout=subprocess.PIPE, check=True, text=True).stdout

    def findings(self, *documents):
        found = json.loads(self.report(documents, "--format", "json"))
        self.assertEqual(found["figures"]["reports"], 0)
        return {f["code"]: f for f in found["findings"]}

    def test_latest_state_counts(self):
        changed = check(3, domain__changes=1, domain__changed=["spf", "dmarc"], domain__critical=2)
        last = check(1, domain__smtp__not_after=moment(NOW + 5 * DAY - 100), **BROKEN)
        found = self.findings(last, check(20), changed)
        self.assertEqual(set(found), set(CODES))
        self.assertEqual(found["record-broken"]["severity"], "critical")
        self.assertEqual(found["record-broken"]["title"], "example.com publishes broken records: spf-syntax")
        self.assertEqual(found["record-broken"]["why"], "The last check found: a term of the SPF record is invalid, so the "
                                                        "whole record gives permerror.")
        self.assertEqual(found["record-broken"]["recommendation"], "Correct or drop the term.")
        self.assertEqual(found["record-broken"]["since"][:10], moment(NOW - 3 * DAY)[:10])
        self.assertEqual(found["mx-certificate-expires"]["title"], "An MX certificate of example.com expires in 5 days")
        self.assertEqual(found["record-changed"]["title"], "example.com publishes new records: spf, dmarc")
        documents = [last, check(20), changed]
        for options in ((), ("--format", "summary"), ("--tenant", "one")):
            text = self.report(documents, *options)
            self.assertIn("expires in 5 days", text)
            self.assertIn("publishes broken records: spf-syntax", text)
            self.assertIn("spf, dmarc", text)

    def test_several_faults_and_one_of_a_later_version(self):
        """Each code has its own advice, in terms of records and servers: the reader need not have the program."""
        broken = check(1, domain__critical=3, domain__finding__combined=[
            "critical sts-multiple example.com", "critical new-code example.com", "critical spf-multiple example.com"])
        found = self.findings(broken)["record-broken"]
        self.assertEqual(found["recommendation"], "sts-multiple: Keep one. spf-multiple: Merge the mechanisms into one record.")
        self.assertTrue(found["why"].endswith("senders see no policy; several SPF records: the result is permerror."))
        found = self.findings(check(1, domain__critical=1, domain__finding__combined=["critical new-code example.com"]))
        self.assertEqual(found["record-broken"]["recommendation"],
                         "Correct the records in the zone of example.com, or its mail servers.")

    def test_no_advice_needs_the_program(self):
        texts = [lab.read(f"{HERE}/../../bridge/report/finding_table.h"), *(lab.read(f"{HERE}/../../kibana/dashboards/{name}.toml")
                 for name in ("dmarc-details", "dmarc-overview", "dmarc-sources", "domain-check", "domain-records",
                              "failure-reports", "feed-details", "feed-health", "smtp-tls", "smtp-tls-details"))]
        for text in texts:
            self.assertNotRegex(text, "reportbridge |--[a-z]")

    def test_what_was_repaired_is_no_finding(self):
        self.assertEqual(self.findings(check(4, **BROKEN), check(1)), {})

    def test_certificates(self):
        for days, wanted in ((1, "1 day"), (14, "14 days"), (15, None), (-1, None)):
            found = self.findings(check(0, domain__smtp__not_after=moment(NOW + days * DAY - 60)))
            self.assertEqual([f["title"].rpartition(" in ")[2] for f in found.values()], [wanted] if wanted else [])

    def test_each_domain_has_its_own(self):
        found = json.loads(self.report([check(1, **BROKEN), check(1, "example.org", domain__changes=1, domain__changed=["mx"])],
                                       "--format", "json"))["findings"]
        self.assertEqual([(f["code"], f["subject"]) for f in found],
                         [("record-broken", "example.com"), ("record-changed", "example.org")])


if __name__ == "__main__":
    unittest.main()
