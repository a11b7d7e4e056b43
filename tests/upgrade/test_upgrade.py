#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The indices of an earlier state of the program with this one: setup, run and report.  test_upgrade.py PROGRAM"""
import glob
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", HERE]
import lab  # noqa: E402
import mails  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
PREFIX = "upgrade"


class Upgrade(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)

    def leave(self, recorded):
        """What the earlier program left."""
        for name, template in recorded["component_templates"].items():
            self.search.ask("PUT", f"/_component_template/{name}", template)
        for name, template in recorded["index_templates"].items():
            self.search.ask("PUT", f"/_index_template/{name}", template)
        for one in recorded["documents"]:
            self.search.ask("PUT", f"/{one['index']}/_create/{one['id']}", one["source"])

    def sum_of(self, kind, field):
        self.search.ask("POST", f"/{PREFIX}-*/_refresh")
        answer = self.search.ask("POST", f"/{PREFIX}-{kind}-*/_search?size=0", {"aggs": {"sum": {"sum": {"field": field}}}})
        return answer["aggregations"]["sum"]["value"]

    def test_each(self):
        recordings = sorted(glob.glob(f"{HERE}/*.json"))
        self.assertTrue(recordings)
        for path in recordings:
            with self.subTest(os.path.basename(path)):
                directory = f"{self.directory}/{os.path.basename(path)}"
                os.mkdir(directory)
                self.upgrade(json.loads(lab.read(path)), directory)
                self.search.ask("DELETE", f"/{PREFIX}-*")
                self.search.ask("DELETE", f"/_index_template/{PREFIX}-*")

    def upgrade(self, recorded, directory):
        self.leave(recorded)
        self.assertEqual((self.sum_of("dmarc_aggregate", "dmarc.message_count"), self.sum_of("tlsrpt_policy", "tlsrpt.successful_sessions")),
                         (11 + 12, 21 + 22))
        config = mails.configuration(self.search, directory, PREFIX)
        first = lab.Run(PROGRAM, "setup", "-c", config)
        self.assertEqual(first.status, 0, first.stdout + first.stderr)
        again = lab.Run(PROGRAM, "setup", "-c", config)
        self.assertEqual(again.status, 0, again.stdout + again.stderr)
        self.assertNotIn("created", again.stdout)
        # Old mails come again, with new ones: each counts once.
        mails.deliver(f"{directory}/mail", mails.OLD + mails.NEW)
        done = lab.Run(PROGRAM, "run", "-c", config, "--once")
        self.assertEqual(done.status, 0, done.stderr)
        self.assertEqual(self.sum_of("dmarc_aggregate", "dmarc.message_count"), 11 + 12 + 13 + 45)
        self.assertEqual(self.sum_of("tlsrpt_policy", "tlsrpt.successful_sessions"), 21 + 22 + 23)
        self.searches_of_old_and_new()
        report = lab.Run(PROGRAM, "report", "-c", config, "--since", "2026-09-01", "--format", "json")
        self.assertEqual(report.status, 0, report.stderr)
        page = lab.Run(PROGRAM, "report", "-c", config, "--since", "2026-09-01")
        self.assertIn("mx.example.com", page.stdout)
        self.assertEqual(self.totals(json.loads(report.stdout)), (81, 66))
        checked = lab.Run(PROGRAM, "check", "-c", config)
        self.assertEqual(checked.status, 0, checked.stdout + checked.stderr)

    def searches_of_old_and_new(self):
        """Old indices have an object for each dot of a field's name, and the one of November has none."""
        mappings = self.search.ask("GET", f"/{PREFIX}-dmarc_aggregate-*/_mapping")
        self.assertEqual({name[-7:]: mapping["mappings"].get("subobjects") for name, mapping in mappings.items()},
                         {"2026.10": None, "2026.11": False})
        for query in ({"term": {"dmarc.dkim.selector": "s1"}}, {"term": {"source.ip": "192.0.2.1"}},
                      {"range": {"event.ingested": {"gte": "now-1h", "lt": "now+1h"}}},
                      {"range": {"dmarc.message_count": {"gte": 13}}}, {"exists": {"field": "report.digest"}}):
            found = self.search.ask("POST", f"/{PREFIX}-dmarc_aggregate-*/_search", {"query": query, "sort": ["@timestamp"]})
            counts = [hit["_source"]["dmarc.message_count"] for hit in found["hits"]["hits"]]
            self.assertEqual(counts[-2:], [13, 45], query)

    def totals(self, report):
        figures = report["figures"]
        return figures["dmarc"]["messages"], figures["tls"]["sts"]["encrypted_sessions"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
