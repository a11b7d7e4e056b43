#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every panel of every dashboard: its form, and its numbers on real servers.

test_dashboards.py PROGRAM [CASE...]

Known report mail goes through the program into each server that can be had.
What each panel asks is read from the rendered files, asked for, and compared
with a count made from the reports by other code.
"""
import collections
import datetime
import json
import os
import re
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib"]
import alert_rules  # noqa: E402
import corpus  # noqa: E402
import domains  # noqa: E402
import lab  # noqa: E402
import mails  # noqa: E402
import sample_mail  # noqa: E402
import panels  # noqa: E402
import structure  # noqa: E402
import tables  # noqa: E402
from kibana_script import Kibana  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
RENDERED = f"{HERE}/../../kibana/rendered"
PREFIX = "known"
TOO_LONG = 8191  # ignore_above
# Told by other means: digests are only told apart, times of the run lie in it.
OPAQUE = "tlsrpt.policy.digest"
CLOCK = {"event.ingested": 300000, "feed.delay": 300}
READERS = {"kibana": panels.lens_panels, "opensearch": panels.classic_panels}
# What enrichment will fill; here by hand, to see that the panels show it.
ENRICHED = {"203.0.113.99": {"source.domain": "host99.abuse.example", "source.as.organization.name": "Abuse & Sons",
                             "source.geo.country_iso_code": "ZZ"}}


def read_panels(product, scope, tenant, prefix=PREFIX):
    return list(READERS[product](panels.objects(f"{RENDERED}/{product}-{scope}.ndjson", prefix, tenant)))


def view_patterns(product, scope, tenant, prefix=PREFIX):
    """{id of a data view: (indices, field of time)}"""
    found = panels.objects(f"{RENDERED}/{product}-{scope}.ndjson", prefix, tenant)
    return {o["id"]: (o["attributes"]["title"], o["attributes"]["timeFieldName"])
            for o in found if o["type"] == "index-pattern"}


class Form(unittest.TestCase):
    def test_rendered_files_are_current(self):
        done = subprocess.run([sys.executable, f"{HERE}/../../kibana/generate.py", "--check"], stderr=subprocess.PIPE,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_form_references_and_fields(self):
        for product in READERS:
            for scope in ("tenant", "operator"):
                path = f"{RENDERED}/{product}-{scope}.ndjson"
                self.assertEqual(list(structure.faults(path, PREFIX, "acme", product == "kibana")), [])

    def test_the_checker_finds_faults(self):
        """Each damage to a good file is seen."""
        with open(f"{RENDERED}/kibana-tenant.ndjson", encoding="utf-8") as file:
            good = file.read()
        directory = lab.make_directory(type(self))
        for old, new in (("tlsrpt.failed_sessions", "tlsrpt.failed_sesions"), ("@@TENANT@@-feed\"", "@@TENANT@@-fed\""),
                         ("8.9.0", "8.19.0"), (":indexpattern-datasource-layer-l1", ":indexpattern-layer"),
                         ("server.domain", "server.name"), ("@@PREFIX@@-", "@@OTHER@@-"),
                         ("dmarc.message_count", "dmarc.disposition")):
            path = f"{directory}/damaged.ndjson"
            with open(path, "w", encoding="utf-8") as file:
                file.write(good.replace(old, new))
            self.assertNotEqual(good, good.replace(old, new))
            self.assertNotEqual(list(structure.faults(path, PREFIX, "acme", True)), [], old)

    def test_tenants_do_not_meet(self):
        for product in READERS:
            for suffix in ("tenant", "tenant-alerts"):
                with open(f"{RENDERED}/{product}-{suffix}.ndjson", encoding="utf-8") as file:
                    text = file.read()
                mine, other = (text.replace("@@PREFIX@@", "zz9").replace("@@TENANT@@", tenant)
                               for tenant in ("acme_eu", "acme"))
                named = set(re.findall(r"zz9-(?:(?:dmarc|tlsrpt)_\w+?-|feed-|domain_check-)?(\w+)", mine))
                named -= {"empty"}  # what all tenants share
                self.assertEqual(named, {"acme_eu"} if suffix == "tenant" else named & {"acme_eu"})
                ids = [set(re.findall(r'"id":"(zz9-[^"]*)"', one)) for one in (mine, other)]
                self.assertFalse(ids[0] & ids[1])

    def test_sets_show_the_same_panels(self):
        for scope in ("tenant", "operator"):
            lens, classic = [{panel.name for panel in read_panels(product, scope, "acme")} for product in READERS]
            # sentences have a panel of their own where other tables do not wrap
            self.assertEqual({name for name in classic if not name.endswith("-advice")}, lens)
            self.assertEqual(len(classic) - len(lens), 1 if scope == "tenant" else 0)

    def test_alert_rules_name_known_fields(self):
        for product in READERS:
            for scope in ("tenant", "operator"):
                rules = alert_rules.rendered(f"{RENDERED}/{product}-{scope}-alerts.ndjson", PREFIX, "acme")
                self.assertTrue(rules)
                for name, rule in rules:
                    self.assertIn(name, alert_rules.SCENARIOS)
                    for index, field in alert_rules.fields_of(rule):
                        kind = index.removeprefix(PREFIX + "-").partition("-")[0]
                        self.assertIn(field, structure.FIELDS[kind], name)


def raise_sizes(node, size):
    """All rows, not only the first: what comes first is not the question here."""
    if isinstance(node, dict):
        if "terms" in node and "size" in node["terms"]:
            node["terms"]["size"] = size
        for value in node.values():
            raise_sizes(value, size)


class Answers:
    """Mixed into a test case per server."""
    server = None
    products = tuple(READERS)

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.output = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.output.missing:
            raise unittest.SkipTest(cls.output.missing)
        cls.midnight = int(time.time()) // mails.DAY * mails.DAY
        once, again = mails.known(cls.midnight)
        cls.run_bridge(PREFIX, [mail.data for mail in [*once, *again]], "".join(
            f"[tenant {tenant}]\ndomains = {', '.join(domains)}\n" for tenant, domains in mails.TENANTS.items()))
        now = int(time.time() * 1000)
        cls.rows = [cls.as_stored(row, now) for row in mails.all_rows(once)]
        for tenant, row in domains.known(cls.midnight):
            cls.rows.append({**row, "event.ingested": now})
            cls.output.ask("POST", f"/{PREFIX}-domain_check-{tenant}-2026.01/_doc",
                           {**domains.document(row), "event.ingested": f"{now // 1000}"})
        cls.enrich()
        cls.output.ask("POST", f"/{PREFIX}-*/_refresh")
        cls.counts = collections.Counter()

    @classmethod
    def write_configuration(cls, prefix, tenants="", **changes):
        path = f"{cls.directory}/{prefix}.conf"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[bridge]\nstate_directory = {cls.directory}/state\n"
                       f"[mailbox {prefix}]\nsource = maildir\npath = {cls.directory}/{prefix}\nunrelated = move\n"
                       + cls.output.configuration(prefix, **changes) + tenants)
        return path

    @classmethod
    def set_up(cls, prefix, tenants="", **changes):
        done = lab.Run(PROGRAM, "setup", "-c", cls.write_configuration(prefix, tenants, **changes))
        assert done.status == 0, done.stderr
        return done

    @classmethod
    def run_bridge(cls, prefix, mails_in, tenants=""):
        """Through the program into the server; what the log says of the round."""
        for folder in ("cur", "new", "tmp"):
            os.makedirs(f"{cls.directory}/{prefix}/{folder}")
        for number, data in enumerate(mails_in):
            with open(f"{cls.directory}/{prefix}/new/{1700000000 + number}.M{number}.x", "wb") as file:
                file.write(data)
        cls.set_up(prefix, tenants)
        done = lab.Run(PROGRAM, "run", "-c", f"{cls.directory}/{prefix}.conf", "--once")
        assert done.status in (0, 1), done.stderr
        cls.output.ask("POST", f"/{prefix}-*/_refresh")
        assert done.round()["mails"] == str(len(mails_in)), done.stderr
        assert done.round()["refused"] == "0", done.stderr

    @staticmethod
    def as_stored(row, now):
        """With what the run adds, and without what is too long for the index."""
        def fits(value):
            return not (isinstance(value, str) and len(value) > TOO_LONG)
        row = {**row, "event.ingested": now}
        if row["event.dataset"].startswith("dmarc"):
            # what authenticates here signs as its own domain; the rest has no name
            named = row.get("dmarc.result") == "pass"
            row |= {"source.sender.status": "known" if named else "unknown"}
            row |= {"source.sender.name": row["dmarc.header_from"]} if named else {}
        if row["event.dataset"] == "feed":
            row.setdefault("@timestamp", now)
            row["feed.mailbox"] = PREFIX
            if row["feed.reports"]:
                row["feed.delay"] = (now - row["event.end"]) // 1000
        return {key: value for key, value in row.items() if fits(value)}

    @classmethod
    def enrich(cls):
        for address, members in ENRICHED.items():
            for hit in cls.output.search(f"{PREFIX}-dmarc_*", {
                    "size": 1000, "query": {"term": {"source.ip": address}}})["hits"]["hits"]:
                cls.output.ask("POST", f"/{hit['_index']}/_update/{hit['_id']}", {"doc": members})
            for row in cls.rows:
                if row.get("source.ip") == address and row["event.dataset"].startswith("dmarc"):
                    row.update(members)

    def test_dashboards_and_rules_beside_a_real_server(self):
        """Its own login and answers; without the alerting plugin it has no monitors."""
        dashboards = Kibana(self, opensearch=self.server.startswith("os"))
        done = self.set_up("beside", kibana_url=dashboards.url)
        self.assertTrue(dashboards.objects)
        self.assertIn("no alerting plugin" if dashboards.opensearch else "tls-held-back for", done.stdout)

    def ask(self, indices, request):
        self.counts["queries run"] += 1
        return self.output.ask("POST", f"/{indices}/_search?ignore_unavailable=true&allow_no_indices=true", request)

    def normal(self, panel, table):
        """As (key, numbers) that can be compared: digests are not told by name."""
        return sorted(((tuple("#" if bucket.field == OPAQUE else key for bucket, key in zip(panel.buckets, keys)), numbers)
                       for keys, numbers in table.items()), key=repr)

    def compare(self, panel, got, expected):
        got, expected = self.normal(panel, got), self.normal(panel, expected)
        self.assertEqual([key for key, _ in got], [key for key, _ in expected], panel.name)
        for (key, mine), (_, theirs) in zip(got, expected):
            for metric, number, wanted in zip(panel.all_metrics(), mine, theirs):
                self.counts["numbers asserted"] += 1
                where = (panel.name, key, metric)
                if metric.field in CLOCK and number is not None and wanted is not None:
                    self.assertAlmostEqual(number, wanted, delta=CLOCK[metric.field], msg=where)
                else:
                    self.assertEqual(number, wanted, where)

    def documents(self, panel, answer, rows):
        """A list of documents shows each of its columns as reported."""
        def shown(value):
            if isinstance(value, (list, tuple)):
                return [str(one) for one in value]
            return [] if value is None else [str(value)]
        chosen = [row for row in rows if tables.kql.holds(tables.kql.parse(panel.filter), row)]
        self.assertEqual(answer["hits"]["total"]["value"], len(chosen), panel.name)
        columns = [c for c in panel.documents if c != "error.message" and c not in CLOCK]
        got = [[shown(hit.get("fields", {}).get(column)) for column in columns] for hit in answer["hits"]["hits"]]
        want = [[shown(row.get(column)) for column in columns] for row in chosen]
        # a list of fields tells too-long values from nothing, an index does not
        cut = [[[v for v in cell if len(v) <= TOO_LONG] for cell in line] for line in got]
        self.assertEqual(sorted(map(repr, cut)), sorted(map(repr, want)), panel.name)
        self.counts["numbers asserted"] += len(chosen) * len(columns)

    def check_set(self, product, scope, tenant):
        patterns = view_patterns(product, scope, tenant)
        seen = 0
        for panel in read_panels(product, scope, tenant):
            indices, time_field = patterns[panel.view]
            kind = structure.kind_of(panel.view)
            rows = [row for row in self.rows if row["event.dataset"] == kind
                    and (scope == "operator" or row["organization.name"] == tenant)]
            recent = [{"range": {time_field: {"gte": "now-30d/d", "lte": "now"}}}]
            answer = self.ask(indices, tables.request_of(panel, recent))
            self.counts["panels checked"] += 1
            if panel.documents is not None:
                self.documents(panel, answer, rows)
                seen += answer["hits"]["total"]["value"]
                continue
            got = tables.table_of(answer, panel)
            seen += sum(number for numbers in got.values() for number in numbers if isinstance(number, (int, float)))
            self.compare(panel, got, tables.expected_table(rows, panel))
        return seen

    def test_every_number(self):
        for product in self.products:
            for scope, tenant in (("tenant", "acme"), ("tenant", "acme_eu"), ("operator", "")):
                with self.subTest(product=product, scope=scope, tenant=tenant):
                    self.assertGreater(self.check_set(product, scope, tenant), 0)
        print(f"{self.server}: {dict(self.counts)}")

    def test_a_wrong_number_is_seen(self):
        patterns = view_patterns("opensearch", "tenant", "acme")
        for panel in read_panels("opensearch", "tenant", "acme"):
            if panel.documents is not None or not panel.buckets:
                continue
            got = tables.table_of(self.ask(patterns[panel.view][0], tables.request_of(panel, [])), panel)
            key = next(iter(got))
            with self.assertRaises(AssertionError):
                self.compare(panel, got, {**got, key: tuple((number or 0) + 10**9 for number in got[key])})
            with self.assertRaises(AssertionError):
                self.compare(panel, got, {other: got[other] for other in got if other != key})
            return

    def test_without_documents(self):
        """A tenant without any report: every query is answered, with nothing."""
        for product in self.products:
            patterns = view_patterns(product, "tenant", "nobody")
            for panel in read_panels(product, "tenant", "nobody"):
                answer = self.ask(patterns[panel.view][0], tables.request_of(panel, []))
                self.assertEqual(answer["hits"]["total"]["value"], 0)
                self.assertEqual(tables.table_of(answer, panel), {})

    def test_numbers_known_by_hand(self):
        """Not only the same as other code says: what was put in, in plain figures."""
        product = "kibana"  # whose tables have a column for each number
        patterns = view_patterns(product, "tenant", "acme")
        read = {panel.name.partition("/")[2] + "@" + panel.name.partition("/")[0]: panel
                for panel in read_panels(product, "tenant", "acme")}

        def total(name, dashboard):
            panel = read[f"{name}@{PREFIX}-acme-{dashboard}"]
            answer = self.ask(patterns[panel.view][0], tables.request_of(panel, []))
            return sum(numbers[0] for numbers in tables.table_of(answer, panel).values())

        known = {
            # the certificate expired five days ago: 11+12+13+14+15, and 2 nobody explains
            "smtp-tls": {"held-back-sts": 67, "held-back-dane": 5, "failed-delivered": 1,
                         # and 9 without STARTTLS, 5 by DANE, one untrusted certificate
                         "problems": 65 + 2 + 9 + 5 + 1, "failures-per-day": 82,
                         # 101 to 109 less the last five days, which are 100 each; two more reporters, one in testing,
                         # 70 under DANE, 9 days of 50 without a policy
                         "sessions-per-day": 106 + 107 + 108 + 109 + 5 * 100 + 70 + 11 + 1 + 70 + 450},
            "smtp-tls-details": {"mail-servers": 82, "certificates": 65 + 5 + 1, "in-the-way-of-enforce": 1,
                                 "ready-to-enforce": 1, "dane-per-day": 70, "no-policy-per-day": 450,
                                 "sts-per-day": 106 + 107 + 108 + 109 + 5 * 100 + 70 + 11 + 1},
            # 9 days of 100 + age and 7, two with 7 more, and single reports of 3, 2, 8 and 71
            "dmarc-overview": {"failing": 9 * 10 + 9 * 2 + 2 * 7, "delivered-failing": 9 * 6 + 9 * 2,
                               "failing-senders": 9 * 10 + 9 * 2 + 2 * 7, "ready-for-reject": 1106},
            "dmarc-sources": {"sender-count": 6, "by-name": 1106, "by-address": 1106, "senders-per-day": 1106},
            # one sender signs twice: its 9 times 30 are in two rows
            "dmarc-details": {"spf-details": 1106, "dkim-details": 1106 + 270, "overrides": 9 * 6, "by-reporter": 1106,
                              "by-network": 1106, "by-country": 1106, "dispositions": 1106},
            "failure-reports": {"incidents": 3, "delivered": 2, "by-subject": 3, "per-day": 3},
            "domain-check": {"critical": 1, "checked": 2, "findings-per-day": 4},
            "domain-records": {"dmarc-weak": 5 * 7, "tls-weak": 450},
            # 9 days of two DMARC and two TLS reports, 10 single ones
            "feed-health": {"reports": 9 * 4 + 10, "reasons": 0},
        }
        for dashboard, numbers in known.items():
            for name, number in numbers.items():
                self.assertEqual(total(name, dashboard), number, f"{dashboard} {name}")

    def write_scenario(self, prefix, tenant, documents, now):
        for kind, ago, members in documents:
            when = datetime.datetime.fromtimestamp(now / 1000 - ago * mails.DAY, datetime.timezone.utc)
            stamp = when.strftime("%Y-%m-%dT%H:%M:%SZ")
            self.output.ask("POST", f"/{prefix}-{kind}-{tenant}-2026.01/_doc?refresh=true",
                            {**members, "@timestamp": stamp, "event.ingested": stamp})

    def fires(self, product, rule, now):
        """None: it cannot be run on this server."""
        if product == "opensearch":
            def execute(source, params):
                script = {"lang": "painless", "source": source, "params": params}
                return self.output.ask("POST", "/_scripts/painless/_execute", {"script": script})["result"]
            return alert_rules.monitor_fires(self.ask, execute, rule, now)
        if alert_rules.needs_esql(rule):
            return None
        return bool(alert_rules.kibana_tells(self.ask, rule, now))

    def test_alert_rules(self):
        """Documents that make each rule fire, and others that do not."""
        product = "opensearch" if self.server.startswith("os") else "kibana"
        if self.server == "es7":
            self.skipTest("no rules for Kibana 7")
        now, told = int(time.time() * 1000), collections.Counter()
        for scope in ("tenant", "operator"):
            path = f"{RENDERED}/{product}-{scope}-alerts.ndjson"
            for wanted, prefix in ((True, f"{scope}-fires"), (False, f"{scope}-quiet")):
                self.set_up(prefix)
                for number, (name, _) in enumerate(alert_rules.rendered(path, prefix, "")):
                    tenant = f"t{number}"
                    documents = alert_rules.SCENARIOS[name][0 if wanted else 1]
                    self.write_scenario(prefix, tenant, documents, now)
                    fired = self.fires(product, dict(alert_rules.rendered(path, prefix, tenant))[name], now)
                    told["not run: ES|QL" if fired is None else "fired" if fired else "quiet"] += 1
                    if fired is not None:
                        self.assertEqual(fired, wanted, f"{name} with {documents}")
        print(f"{self.server}: rules {dict(told)}")


class Elasticsearch8(Answers, unittest.TestCase):
    server = "es8"

    def test_real_reports(self):
        """Every panel whose fields have one plain reading."""
        reports = [*corpus.dmarc(), *corpus.tls()]
        if not reports:
            self.skipTest("no corpus")
        self.run_bridge("corpus", [sample_mail.mail("reports@example.net", "Report", "text/plain", f"report{number}", data,
                                                    1735689600) for number, (data, _) in enumerate(reports)])
        known = [row for _, rows in reports for row in rows]
        patterns = view_patterns("kibana", "tenant", "default", "corpus")
        told = collections.Counter(reports=len(reports))
        for panel in read_panels("kibana", "tenant", "default", "corpus"):
            kind = structure.kind_of(panel.view)
            if panel.documents is not None or not {f for f, _ in panel.fields()} <= corpus.FIELDS.get(kind, set()):
                continue
            request = tables.request_of(panel, [])
            raise_sizes(request, 10000)
            got = tables.table_of(self.ask(patterns[panel.view][0], request), panel)
            wanted = tables.expected_table([row for row in known if row["event.dataset"] == kind], panel)
            different = {key: (got.get(key), wanted.get(key)) for key in {*got, *wanted}
                         if got.get(key) != wanted.get(key)}
            self.assertEqual(different, {}, panel.name)
            told["panels checked"] += 1
            told["numbers asserted"] += sum(map(len, wanted.values()))
        self.assertGreater(told["panels checked"], 15)
        print(f"real reports: {dict(told)}")


@lab.further_server
class Elasticsearch9(Answers, unittest.TestCase):
    server, products = "es9", ("kibana",)


@lab.further_server
class Elasticsearch7(Answers, unittest.TestCase):
    server, products = "es7", ("opensearch",)


@lab.further_server
class OpenSearch2(Answers, unittest.TestCase):
    server, products = "os2", ("opensearch",)


class OpenSearch3(Answers, unittest.TestCase):
    server, products = "os3", ("opensearch",)


if __name__ == "__main__":
    unittest.main(verbosity=2)
