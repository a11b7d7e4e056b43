#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The alert rules say of a story what the page says: Kibana's on a real Elasticsearch,
but for those that take ES|QL, and the monitors on a real OpenSearch, in its own Painless.

test_alerts.py PROGRAM   Each report arrives an hour after its day.
"""
import datetime
import json
import os
import sys
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib", f"{HERE}/../dashboards"]
import alert_rules  # noqa: E402
import lab  # noqa: E402
from stories import STORIES  # noqa: E402
from story import DAY, MIDNIGHT  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
RENDERED = f"{HERE}/../../kibana/rendered"
PREFIX = "story"
LOSS = ("passed-mail-stopped", "service-broke", "tls-held-back")
DAYS_LOOKED_AT = 14


def arrival(stamp):
    when = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")) + datetime.timedelta(hours=25)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Alerts:
    """Mixed into a test case per server."""
    server = product = None

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.output = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.output.missing:
            raise unittest.SkipTest(cls.output.missing)
        config = f"{cls.directory}/setup.conf"
        with open(config, "w") as out:
            out.write(f"[bridge]\nstate_directory = {cls.directory}/state\n[mailbox m]\nsource = maildir\n"
                      f"path = {cls.directory}\n" + cls.output.configuration(PREFIX))
        cls.output.set_up(PROGRAM, config)
        cls.tenants = {name: f"t{number}" for number, name in enumerate(STORIES)}
        for name, (story, _) in STORIES.items():
            cls.store(cls.tenants[name], story.write(f"{cls.directory}/{cls.tenants[name]}"))
        cls.output.ask("POST", f"/{PREFIX}-*/_refresh")

    @classmethod
    def store(cls, tenant, directory):
        lines = []
        for line in lab.Run(PROGRAM, "parse", directory).stdout.splitlines():
            document = json.loads(line)
            document["event.ingested"] = arrival(document["@timestamp"])
            index = f"{PREFIX}-{document['event.dataset']}-{tenant}-2026.01"
            lines += [json.dumps({"create": {"_index": index}}), json.dumps(document)]
        body = ("\n".join(lines) + "\n").encode()
        request = urllib.request.Request(cls.output.env["SEARCH_URL"] + "/_bulk", method="POST", data=body,
                                         headers={**cls.output.headers, "Content-Type": "application/x-ndjson"})
        with urllib.request.urlopen(request, context=cls.output.tls) as answer:
            assert not json.load(answer)["errors"], tenant

    def ask(self, index, body):
        return self.output.ask("POST", f"/{index}/_search?ignore_unavailable=true", body)

    def execute(self, source, params):
        script = {"lang": "painless", "source": source, "params": params}
        return self.output.ask("POST", "/_scripts/painless/_execute", {"script": script})["result"]

    def firing(self, name, ago):
        """Of the rules about lost mail: those that fire when the reports of that day are in."""
        end = (MIDNIGHT - (ago - 1) * DAY + 2 * 3600) * 1000
        fired = set()
        path = f"{RENDERED}/{self.product}-tenant-alerts.ndjson"
        for rule_name, rule in alert_rules.rendered(path, PREFIX, self.tenants[name]):
            if rule_name not in LOSS or alert_rules.needs_esql(rule):
                continue
            fires = (alert_rules.monitor_fires(self.ask, self.execute, rule, end) if self.product == "opensearch"
                     else alert_rules.kibana_groups(self.ask, rule, end))
            if fires:
                fired.add(rule_name)
        return fired

    def test_rules_fire_where_the_page_says_that_mail_is_lost(self):
        for name, (_, expected) in STORIES.items():
            if not expected.alert or (self.product == "kibana" and expected.alert == "service-broke"):
                continue
            with self.subTest(name):
                days = range(expected.since, max(expected.since - 3, 0), -1)
                self.assertIn(expected.alert, set.union(*(self.firing(name, ago) for ago in days)))

    def test_rules_are_quiet_where_none_is_lost(self):
        for name, (_, expected) in STORIES.items():
            if expected.alert or expected.ended:
                continue
            with self.subTest(name):
                for ago in range(1, DAYS_LOOKED_AT):
                    self.assertEqual(self.firing(name, ago), set(), ago)


class Elasticsearch(Alerts, unittest.TestCase):
    server, product = "es8", "kibana"


class OpenSearch(Alerts, unittest.TestCase):
    server, product = "os2", "opensearch"


if __name__ == "__main__":
    unittest.main()
