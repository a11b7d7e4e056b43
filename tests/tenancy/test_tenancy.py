#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What one customer can see and do of the others' data: nothing.

test_tenancy.py PROGRAM   on each server with security that can be had

Every request is made three times: by the administrator against the data of
others, who must succeed (or the request proves nothing), by the customer
against data of their own, and by the customer against the data of others.
"""
import base64
import json
import os
import random
import sys
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
MIDNIGHT = 1735689600  # 2025-01-01
# A domain appears in every document of its tenant, and nowhere else.
DOMAINS = {"a": "mark-own.example", "a_b": "mark-other1.example", "b": "mark-other2.example",
           "unclaimed": "mark-other3.example"}
PASSWORD = "Kx7-mmPq92zt"
KINDS = ["dmarc_aggregate", "tlsrpt_policy", "tlsrpt_failure", "feed", "domain_check"]
FIELD = {"dmarc_aggregate": "dmarc.domain", "tlsrpt_policy": "tlsrpt.policy_domain",
         "tlsrpt_failure": "tlsrpt.policy_domain", "feed": "organization.name",
         "domain_check": "domain.name"}


def index(kind, tenant):
    return f"rb-{kind}-{tenant}-2025.01"


class Answer:
    def __init__(self, status, text):
        self.status, self.text = status, text

    def __repr__(self):
        return f"{self.status} {self.text[:400]}"

    @property
    def json(self):
        return json.loads(self.text)


# name, method, path, body: I index, D id of a document in it, F a field of it.
# What the answer to a good request holds: "mark" the domain, "index" the name
# of the index, "ok" nothing in particular.
READS = [
    ("search", "POST", "/I/_search", {"size": 1000}, "mark"),
    ("get search", "GET", "/I/_search?q=*&size=1000", None, "mark"),
    ("search, sorted", "POST", "/I/_search", {"sort": ["@timestamp"], "size": 1000}, "mark"),
    ("fields and docvalues", "POST", "/I/_search",
     {"fields": ["*"], "docvalue_fields": ["F"], "_source": False}, "index"),
    ("aggregation", "POST", "/I/_search",
     {"size": 0, "aggs": {"x": {"terms": {"field": "_index"}}}}, "index"),
    ("count", "POST", "/I/_count", None, "ok"),
    ("document", "GET", "/I/_doc/D", None, "mark"),
    ("source", "GET", "/I/_source/D", None, "mark"),
    ("mget", "POST", "/_mget", {"docs": [{"_index": "I", "_id": "D"}]}, "mark"),
    ("mget in an index", "POST", "/I/_mget", {"ids": ["D"]}, "mark"),
    ("msearch", "POST", "/_msearch", [{"index": "I"}, {"size": 1000}], "mark"),
    ("msearch in an index", "POST", "/I/_msearch", [{}, {"size": 1000}], "mark"),
    ("field caps", "POST", "/I/_field_caps?fields=*", None, "ok"),
    ("field caps with filter", "POST", "/I/_field_caps?fields=*",
     {"index_filter": {"match_all": {}}}, "ok"),
    ("scroll", "POST", "/I/_search?scroll=1m", {"size": 1}, "mark"),
    ("point in time", "POST", "/I/_pit?keep_alive=1m", None, "ok"),
    ("async search", "POST", "/I/_async_search?wait_for_completion_timeout=5s",
     {"size": 1000}, "mark"),
    ("explain", "POST", "/I/_explain/D", {"query": {"match_all": {}}}, "ok"),
    ("validate", "POST", "/I/_validate/query", {"query": {"match_all": {}}}, "ok"),
    ("termvectors", "POST", "/I/_termvectors/D?fields=F", None, "ok"),
    ("mtermvectors", "POST", "/_mtermvectors", {"docs": [{"_index": "I", "_id": "D"}]}, "ok"),
    ("terms enum", "POST", "/I/_terms_enum", {"field": "F"}, "ok"),
    ("rank eval", "POST", "/I/_rank_eval",
     {"requests": [{"id": "r", "request": {"query": {"match_all": {}}}, "ratings": []}],
      "metric": {"precision": {"k": 5}}}, "index"),
    ("search template", "POST", "/I/_search/template",
     {"source": "{\"size\":1000}"}, "mark"),
    ("terms lookup", "POST", "/OWN/_search",
     {"query": {"terms": {"F": {"index": "I", "id": "D", "path": "F"}}}}, "ok"),
    ("mapping", "GET", "/I/_mapping", None, "index"),
    ("settings", "GET", "/I/_settings", None, "index"),
    ("index", "GET", "/I", None, "index"),
    ("resolve", "GET", "/_resolve/index/I", None, "index"),
    ("sql", "POST", "/_sql", {"query": "SELECT * FROM \"I\""}, "mark"),
    ("esql", "POST", "/_query", {"query": "FROM I | LIMIT 10"}, "mark"),
    ("eql", "POST", "/I/_eql/search", {"query": "any where true"}, "mark"),
]
DOCUMENT = {"@timestamp": "2025-01-01T00:00:00Z", "note": "intruder"}
WRITES = [
    ("bulk create", "POST", "/_bulk", [{"create": {"_index": "I", "_id": "intruder"}}, DOCUMENT]),
    ("bulk index", "POST", "/_bulk", [{"index": {"_index": "I", "_id": "D"}}, DOCUMENT]),
    ("bulk update", "POST", "/_bulk",
     [{"update": {"_index": "I", "_id": "D"}}, {"doc": DOCUMENT}]),
    ("bulk delete", "POST", "/_bulk", [{"delete": {"_index": "I", "_id": "D"}}]),
    ("create", "PUT", "/I/_create/intruder", DOCUMENT),
    ("index", "PUT", "/I/_doc/intruder", DOCUMENT),
    ("update", "POST", "/I/_update/D", {"doc": DOCUMENT}),
    ("delete", "DELETE", "/I/_doc/D", None),
    ("delete by query", "POST", "/I/_delete_by_query", {"query": {"match_all": {}}}),
    ("update by query", "POST", "/I/_update_by_query", None),
    ("reindex from", "POST", "/_reindex", {"source": {"index": "I"}, "dest": {"index": "OWN"}}),
    ("reindex to", "POST", "/_reindex", {"source": {"index": "OWN"}, "dest": {"index": "I"}}),
    ("delete index", "DELETE", "/I", None),
    ("close", "POST", "/I/_close", None),
    ("mapping", "PUT", "/I/_mapping", {"properties": {"note": {"type": "keyword"}}}),
    ("settings", "PUT", "/I/_settings", {"index": {"refresh_interval": "5s"}}),
    ("alias", "POST", "/_aliases", {"actions": [{"add": {"index": "I", "alias": "rb-feed-a-x"}}]}),
    ("clone", "PUT", "/I/_clone/rb-feed-a-2025.09", None),
    ("role", "PUT", "/_security/role/rb-a-reader",
     {"indices": [{"names": ["*"], "privileges": ["all"]}]}),
    ("role", "PUT", "/_plugins/_security/api/roles/rb-a-reader",
     {"index_permissions": [{"index_patterns": ["*"], "allowed_actions": ["*"]}]}),
    ("template", "PUT", "/_index_template/rb-x", {"index_patterns": ["rb-*"], "priority": 900}),
]
EVERYTHING = ["*", "_all", "rb-*", "rb-feed-*", "rb-*-2025.01", "rb-feed-a*", "*a*", "*,-rb-feed-a-*",
              "%3Crb-feed-b-%7Bnow%2Fy%7Byyyy.MM%7C%2B00%3A00%7D%7D%3E,rb-feed-*", "*:*,rb-*"]


class Tenancy:
    """Mixed into a test case per server."""
    server = None
    # What a customer may say to mean all they have.
    everything_of_theirs = ["rb-*", "*", "_all"]
    # create_doc has always been allowed to extend a mapping.
    writer_may = {"bulk create", "create", "mapping"}

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)
        cls.users = {"admin": cls.search.headers["Authorization"]}
        cls.fill()
        cls.user("customer", ["rb-a-reader"])
        cls.documents = {}
        for kind in KINDS:
            for tenant in DOMAINS:
                hits = cls.search.search(index(kind, tenant), {"size": 1})["hits"]["hits"]
                cls.documents[index(kind, tenant)] = hits[0]["_id"]

    @classmethod
    def user(cls, name, roles):
        cls.make_user(name, roles)
        cls.users[name] = "Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()

    @classmethod
    def make_user(cls, name, roles):
        cls.search.ask("PUT", f"/_security/user/{name}", {"password": PASSWORD, "roles": roles})

    @classmethod
    def fill(cls):
        """Setup by the administrator, a run by somebody with the writer role."""
        maildir = f"{cls.directory}/maildir"
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(maildir + folder)
        number = 0
        for domain in DOMAINS.values():
            for report, kind, name in (
                    (sample_mail.dmarc_report("r.example", "d@r.example", domain, MIDNIGHT,
                                              random.Random(1)), "text/xml", "r.xml"),
                    (sample_mail.tls_report("example.com", MIDNIGHT, 1, random.Random(2))
                     .replace(b"example.com", domain.encode()),
                     "application/tlsrpt+json", "r.json")):
                mail = sample_mail.mail("r@example.net", f"Report {number}", kind, name, report,
                                        MIDNIGHT)
                with open(f"{maildir}/new/{1700000000 + number}.M{number}.x", "wb") as out:
                    out.write(mail)
                number += 1
        config = f"{cls.directory}/c.conf"
        tenants = "".join(f"[tenant {t}]\ndomains = {d}\n" for t, d in DOMAINS.items()
                          if t != "unclaimed")
        with open(config, "w") as out:
            out.write(f"[bridge]\nstate_directory = {cls.directory}/state\n"
                      f"[mailbox m]\nsource = maildir\npath = {maildir}\n"
                      + cls.search.configuration("o", index_prefix="rb", user="writer",
                                                 password_command=f"echo {PASSWORD}",
                                                 setup_user=cls.search.env["SEARCH_USER"],
                                                 setup_password_command="echo "
                                                 + cls.search.env["SEARCH_PASSWORD"])
                      + tenants)
        for command in (["setup"], ["run", "--once"]):
            if command[0] == "run":
                cls.user("writer", ["rb-writer"])
            done = lab.Run(PROGRAM, command[0], "-c", config, *command[1:])
            if done.status:
                raise RuntimeError(done.stderr)
        # As a check of domains, which needs DNS, stores them.
        for tenant, domain in DOMAINS.items():
            document = {"@timestamp": "2025-01-01T00:00:00Z", "organization.name": tenant,
                        "domain.name": domain}
            answer = cls.ask("writer", "POST", "/_bulk", [
                {"create": {"_index": index("domain_check", tenant), "_id": "1"}}, document])
            if answer.status != 200 or answer.json["errors"]:
                raise RuntimeError(answer)

    @classmethod
    def ask(cls, user, method, path, body=None):
        data, kind = None, "application/json"
        if isinstance(body, list):
            data = "".join(json.dumps(line) + "\n" for line in body).encode()
            kind = "application/x-ndjson"
        elif body is not None:
            data = json.dumps(body).encode()
        request = urllib.request.Request(
            cls.search.env["SEARCH_URL"] + path, method=method, data=data,
            headers={"Content-Type": kind, "Authorization": cls.users[user]})
        try:
            with urllib.request.urlopen(request, context=cls.search.tls) as answer:
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode())

    def fill_in(self, value, target, kind):
        own = index(kind, "a")
        text = json.dumps(value)
        for name, replacement in (("\"D\"", json.dumps(self.documents[target])),
                                  ("\"F\"", f"\"{FIELD[kind]}\""), ("\"I\"", f"\"{target}\""),
                                  ("\"OWN\"", f"\"{own}\""), ("FROM I ", f"FROM {target} "),
                                  ("\\\"I\\\"", f"\\\"{target}\\\"")):
            text = text.replace(name, replacement)
        return json.loads(text)

    def request(self, user, method, path, body, target, kind):
        path = path.replace("/OWN/", f"/{index(kind, 'a')}/").replace("=F", f"={FIELD[kind]}")
        head, question, query = path.partition("?")
        head = "/".join({"I": target, "D": self.documents[target]}.get(part, part) for part in
                        head.split("/"))
        return self.ask(user, method, head + question + query,
                        body if body is None else self.fill_in(body, target, kind))

    def shows(self, answer, what, target, tenant):
        if answer.status != 200 or "security_exception" in answer.text:
            return False
        if what == "mark":
            return (DOMAINS[tenant] in answer.text or
                    f'"{tenant}"' in answer.text) and "error" not in answer.json
        return what == "ok" or target in answer.text

    def is_missing(self, answer):
        return any(text in answer.text for text in (
            "no handler found", "Incorrect HTTP method", "failed to find action", "unknown query",
            "Invalid index name [_", "must not start with '_'", "script_lang not supported",
            "cannot execute [inline] scripts"))

    def assert_nothing_of_others(self, answer, what):
        for tenant, domain in DOMAINS.items():
            if tenant != "a":
                self.assertNotIn(domain, answer.text, what)
                for kind in KINDS:
                    if answer.status == 200:
                        self.assertNotIn(index(kind, tenant), answer.text, what)

    def test_reads_of_single_indices(self):
        tried = missing = 0
        for name, method, path, body, what in READS:
            for kind in KINDS:
                by_admin = self.request("admin", method, path, body, index(kind, "b"), kind)
                if self.is_missing(by_admin):
                    missing += 1
                    continue
                self.assertTrue(self.shows(by_admin, what, index(kind, "b"), "b"),
                                f"{name}, administrator: {by_admin}")
                own = self.request("customer", method, path, body, index(kind, "a"), kind)
                self.assertTrue(self.shows(own, what, index(kind, "a"), "a"), f"{name}, own: {own}")
                for tenant in ("a_b", "b", "unclaimed"):
                    target = index(kind, tenant)
                    answer = self.request("customer", method, path, body, target, kind)
                    self.assertFalse(self.shows(answer, what, target, tenant), f"{name}: {answer}")
                    self.assertNotIn(DOMAINS[tenant], answer.text, name)
                    tried += 1
        self.assertGreater(tried, 200)
        print(f"{self.server}: {tried} reads of others' indices refused or empty, "
              f"{missing // len(KINDS)} of {len(READS)} kinds of request not in this server")

    def test_reads_of_everything(self):
        tried = 0
        reads = [r for r in READS if r[2].startswith("/I/") and "D" not in r[2].split("/")
                 and "F" not in json.dumps(r[3]) and "=F" not in r[2]]
        for name, method, path, body, what in reads:
            by_admin = self.ask("admin", method, path.replace("/I/", "/rb-*/"), body)
            if self.is_missing(by_admin) or by_admin.status != 200:
                continue
            if "search" in name:
                self.assertIn(DOMAINS["b"], by_admin.text, name)
            for expression in EVERYTHING:
                answer = self.ask("customer", method, path.replace("/I/", f"/{expression}/"), body)
                self.assert_nothing_of_others(answer, f"{name} of {expression}: {answer}")
                tried += 1
            own = self.ask("customer", method,
                           path.replace("/I/", f"/{self.everything_of_theirs[0]}/"), body)
            if "search" in name:
                self.assertIn(DOMAINS["a"], own.text, name)
            # Together with one of their own: all or nothing, never the others'.
            both = f"{index('feed', 'a')},{index('feed', 'b')}"
            for query in ("", "ignore_unavailable=true"):
                separator = "&" if "?" in path else "?"
                answer = self.ask("customer", method,
                                  path.replace("/I/", f"/{both}/") + separator + query, body)
                self.assertNotIn(DOMAINS["b"], answer.text, name)
                tried += 1
        self.assertGreater(tried, 100)
        print(f"{self.server}: {tried} reads by pattern show nothing of others")

    def test_sums_over_everything(self):
        body = {"size": 0, "track_total_hits": True,
                "aggs": {"i": {"terms": {"field": "_index", "size": 100}},
                         "o": {"terms": {"field": "organization.name", "size": 100}}}}
        for expression in self.everything_of_theirs:
            found = self.ask("customer", "POST", f"/{expression}/_search", body).json
            names = {b["key"] for b in found["aggregations"]["i"]["buckets"]}
            self.assertEqual(names, {index(kind, "a") for kind in KINDS})
            self.assertEqual([b["key"] for b in found["aggregations"]["o"]["buckets"]], ["a"])
        everybody = self.ask("admin", "POST", "/rb-*/_search", body).json
        self.assertEqual(len(everybody["aggregations"]["o"]["buckets"]), 4)
        count = self.ask("customer", "POST", f"/{expression}/_count").json["count"]
        self.assertEqual(count, found["hits"]["total"]["value"])
        self.assertLess(count, everybody["hits"]["total"]["value"])

    def test_contexts_are_not_shared(self):
        """A scroll or a point in time of the administrator is of no use to others."""
        scroll = self.ask("admin", "POST", "/rb-*/_search?scroll=1m", {"size": 1}).json["_scroll_id"]
        answer = self.ask("customer", "POST", "/_search/scroll", {"scroll_id": scroll})
        self.assertNotEqual(answer.status, 200)
        self.assert_nothing_of_others(answer, "scroll")
        scroll = self.ask("admin", "POST", "/rb-*/_search?scroll=1m", {"size": 1}).json["_scroll_id"]
        again = self.ask("admin", "POST", "/_search/scroll", {"scroll_id": scroll})
        self.assertEqual(again.status, 200, "a scroll of one's own")
        pit = self.ask("admin", "POST", "/rb-*/_pit?keep_alive=1m")
        if self.is_missing(pit):
            return
        pit = pit.json["id"]
        body = {"pit": {"id": pit}, "query": {"match_all": {}}, "size": 1000}
        self.assertIn(DOMAINS["b"], self.ask("admin", "POST", "/_search", body).text)
        answer = self.ask("customer", "POST", "/_search", body)
        self.assert_nothing_of_others(answer, f"point in time: {answer}")

    def test_aliases(self):
        self.ask("admin", "POST", "/_aliases", {"actions": [
            {"add": {"index": "rb-*", "alias": "everything"}}]})
        self.addCleanup(self.ask, "admin", "DELETE", "/rb-*/_alias/everything")
        self.assertIn(DOMAINS["b"], self.ask("admin", "POST", "/everything/_search?size=99").text)
        for path in ("/everything/_search?size=99", "/every*/_search?size=99", "/*/_search?size=99"):
            self.assert_nothing_of_others(self.ask("customer", "POST", path), path)
        self.assertEqual(self.ask("customer", "POST", "/everything/_search").status, 403)

    def test_writes(self):
        count = self.search.search("rb-*", {"size": 0})["hits"]["total"]["value"]
        tried = 0
        for name, method, path, body in WRITES:
            for tenant in DOMAINS:
                for kind in ("dmarc_aggregate", "feed"):
                    answer = self.request("customer", method, path, body, index(kind, tenant), kind)
                    if self.is_missing(answer):
                        continue
                    self.assertTrue(answer.status == 403 or '"status":403' in answer.text,
                                    f"{name}: {answer}")
                    tried += 1
        after = self.search.search("rb-*", {"size": 0})["hits"]["total"]["value"]
        self.assertEqual(after, count)
        self.assertNotIn("intruder", json.dumps(self.search.search("rb-*", {"size": 1000})))
        # The same by those who may, or it shows nothing.
        line = [{"create": {"_index": index("feed", "b"), "_id": "intruder"}}, DOCUMENT]
        self.assertFalse(self.ask("writer", "POST", "/_bulk", line).json["errors"])
        self.assertFalse(self.ask("admin", "POST", "/_bulk", [
            {"delete": {"_index": index("feed", "b"), "_id": "intruder"}}]).json["errors"])
        print(f"{self.server}: {tried} writes by the customer refused")

    def test_the_writer_only_adds(self):
        target = index("feed", "b")
        for name, method, path, body in WRITES:
            if name in self.writer_may:
                continue
            answer = self.request("writer", method, path, body, target, "feed")
            if not self.is_missing(answer):
                self.assertTrue(answer.status == 403 or '"status":403' in answer.text,
                                f"{name}: {answer}")
        for path in (f"/{target}/_search", "/rb-*/_search", "/_search"):
            answer = self.ask("writer", "POST", path)
            self.assertNotIn("mark-", answer.text)
        outside = [{"create": {"_index": "elsewhere", "_id": "1"}}, DOCUMENT]
        answer = self.ask("writer", "POST", "/_bulk", outside)
        self.assertTrue(answer.status == 403 or '"status":403' in answer.text, answer)

    def test_spaces_of_kibana(self):
        """As Kibana asks: may they read dashboards in this space?"""
        self.search.ask("PUT", "/_security/privilege", {"kibana-.kibana": {
            name: {"actions": [f"ui:{name}"]} for name in ("feature_dashboard.read",
                                                            "feature_discover.read")}})
        for space, expected in (("a", True), ("a_b", False), ("b", False), ("default", False),
                                ("unclaimed", False)):
            body = {"application": [{"application": "kibana-.kibana", "privileges":
                                     ["feature_dashboard.read"], "resources": [f"space:{space}"]}]}
            found = self.ask("customer", "POST", "/_security/user/_has_privileges", body).json
            answer = found["application"]["kibana-.kibana"][f"space:{space}"]
            self.assertEqual(answer["feature_dashboard.read"], expected, space)

    def test_nothing_of_the_cluster(self):
        for method, path in (("GET", "/_cluster/state"), ("GET", "/_cat/indices"), ("GET", "/_nodes"),
                             ("GET", "/_index_template"), ("GET", "/_security/role"),
                             ("GET", "/_security/user"), ("GET", "/_cat/shards"), ("GET", "/_stats"),
                             ("GET", "/_tasks?detailed=true"), ("GET", "/_cat/count/rb-*"),
                             ("GET", "/_alias"), ("GET", "/_resolve/index/*"),
                             ("GET", "/_search_shards"), ("POST", "/rb-*/_search_shards"),
                             ("POST", f"/{index('feed', 'a')}/_search_shards"),
                             ("POST", f"/{index('feed', 'b')}/_search_shards")):
            answer = self.ask("customer", method, path)
            if self.is_missing(answer):
                continue
            self.assert_nothing_of_others(answer, f"{path}: {answer}")
            self.assertNotIn("rb-feed-b-", answer.text if answer.status == 200 else "", path)
            self.assertNotIn("transport_address", answer.text, path)


class OpenSearch2(Tenancy, unittest.TestCase):
    server = "os2s"
    # Of a pattern that goes beyond it refuses all.
    writer_may = {"bulk create", "create", "bulk index", "index"}  # no privilege tells them apart
    everything_of_theirs = [",".join(f"rb-{kind}-a-*" for kind in KINDS)]

    @classmethod
    def make_user(cls, name, roles):
        cls.search.ask("PUT", f"/_plugins/_security/api/internalusers/{name}",
                       {"password": PASSWORD, "opendistro_security_roles": roles})

    def test_spaces_of_kibana(self):
        """Dashboards asks for the tenants of a user."""
        found = self.ask("customer", "GET", "/_plugins/_security/authinfo").json["tenants"]
        self.assertEqual(set(found) - {"customer"}, {"a"})


@lab.further_server
class Elasticsearch8(Tenancy, unittest.TestCase):
    server = "es8"


class Elasticsearch9(Tenancy, unittest.TestCase):
    server = "es9"


if __name__ == "__main__":
    unittest.main(verbosity=2)
