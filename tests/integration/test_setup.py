#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What setup leaves on search servers, and what it leaves alone.

test_setup.py PROGRAM   on each real server that can be had, and on a made-up
                        one for what those lack: ILM, ISM, Kibana, serverless
"""
import datetime
import http.server
import json
import os
import random
import re
import sys
import threading
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../lib")
import lab  # noqa: E402
from kibana_script import Kibana  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
KINDS = ["dmarc_aggregate", "dmarc_failure", "tlsrpt_policy", "tlsrpt_failure", "feed", "domain_check"]


def configure(directory, name, output, tenants=""):
    path = f"{directory}/{name}.conf"
    with open(path, "w") as out:
        out.write(f"[bridge]\nstate_directory = {directory}/state\n"
                  f"[mailbox m]\nsource = maildir\npath = {directory}/maildir\n"
                  f"{output}{tenants}")
    return path


def outcomes(done):
    """{"index template x": "created"} of the lines that setup prints."""
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def outcomes_of(text):
    """The indices that lines "index NAME: ..." speak of."""
    return re.findall(r"^index (\S+?)(?:, \d+ documents)?:", text, re.M)


class Setup:
    """Mixed into a test case per server."""
    server = product = None

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(f"{cls.directory}/maildir{folder}")
        cls.search = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)

    def configure(self, name, tenants="", **changes):
        return configure(self.directory, name, self.search.configuration(name, **changes), tenants)

    def setup(self, config, *arguments):
        done = lab.Run(PROGRAM, "setup", "-c", config, *arguments)
        self.assertEqual(done.status, 0, done.stderr)
        return outcomes(done)

    def template(self, name):
        return self.search.ask("GET", f"/_index_template/{name}")["index_templates"][0]["index_template"]

    def types(self, indices, field):
        """As which types it is searched."""
        return list(self.search.ask("GET", f"/{indices}/_field_caps?fields={field}")["fields"][field])

    def put_template(self, name, template):
        self.search.ask("PUT", f"/_index_template/{name}", template)

    def test_the_product_is_found(self):
        config = self.configure("found")
        done = lab.Run(PROGRAM, "check", "-c", config)
        self.assertEqual(done.status, 2, done.stdout)
        self.assertIn("templates found: ", done.stdout)
        self.setup(config)
        done = lab.Run(PROGRAM, "check", "-c", config)
        self.assertEqual(done.status, 0, done.stdout)
        self.assertIn(f"product found: {self.product}", done.stdout)

    def test_another_period_is_refused(self):
        for name, first, second in (
                ("span", {"index_period": "month"}, {"index_period": "year"}),
                ("spanpd", {"schema": "parsedmarc"}, {"schema": "parsedmarc", "monthly_indexes": "yes"})):
            self.setup(self.configure(name, **first))
            before = self.search.ask("GET", "/_index_template")
            changed = self.configure(name, **second)
            done = lab.Run(PROGRAM, "setup", "-c", changed)
            self.assertEqual(done.status, 2, done.stdout)
            self.assertIn("would be stored a second time", done.stderr)
            self.assertEqual(self.search.ask("GET", "/_index_template"), before)
            check = lab.Run(PROGRAM, "check", "-c", changed)
            self.assertEqual(check.status, 2, check.stdout)
            self.assertIn(f"index period {name}: [output {name}]: an index was to span", check.stdout)
            forced = self.setup(changed, "--force")
            self.assertIn("updated", forced.values())
            self.assertEqual(lab.Run(PROGRAM, "check", "-c", changed).status, 0)
            self.assertNotIn("updated", self.setup(changed).values())

    def test_the_second_time_changes_nothing(self):
        config = self.configure("twice", "[tenant a]\ndomains = a.example\n", retention="400d")
        first = self.setup(config)
        for kind in KINDS:
            self.assertEqual(first[f"index template twice-{kind}"], "created")
        second = self.setup(config)
        written = [o for o in second.values() if o in ("created", "updated")]
        self.assertEqual(written, [])
        self.assertEqual(second["index template twice-feed"], "up to date")

    def test_what_a_person_changed_stays(self):
        config, name = self.configure("changed"), "changed-feed"
        self.setup(config)
        template = self.template(name)
        template["template"]["mappings"]["properties"]["mine"] = {"type": "keyword"}
        self.put_template(name, template)
        self.assertIn("kept: it has been changed", self.setup(config)[f"index template {name}"])
        self.assertIn("mine", self.template(name)["template"]["mappings"]["properties"])
        self.assertEqual(self.setup(config, "--force")[f"index template {name}"], "updated")
        self.assertNotIn("mine", self.template(name)["template"]["mappings"]["properties"])
        self.assertEqual(self.setup(config)[f"index template {name}"], "up to date")

    def test_what_others_wrote_stays(self):
        body = {"index_patterns": ["others-feed-*"], "priority": 5}
        self.put_template("others-feed", body)
        body = {"index_patterns": ["others-tlsrpt_policy-*"], "priority": 6,
                "_meta": {"managed_by": "reportbridge", "version": 999}}
        self.put_template("others-tlsrpt_policy", body)
        done = self.setup(self.configure("others"))
        self.assertIn("kept: reportbridge did not write it", done["index template others-feed"])
        self.assertIn("kept: a newer version", done["index template others-tlsrpt_policy"])
        self.assertEqual(self.template("others-feed")["priority"], 5)

    def test_an_older_template_is_brought_up_to_date(self):
        name, index = "older-feed", "older-feed-default-2026.11"
        old = {"index_patterns": ["older-feed-*"], "priority": 300, "version": 1,
               "_meta": {"managed_by": "reportbridge", "version": 1},
               "template": {"mappings": {"dynamic": False, "properties": {
                   "@timestamp": {"type": "date",
                                  "format": "strict_date_optional_time||epoch_second"}}}}}
        self.put_template(name, old)
        document = {"@timestamp": "2026-11-01T00:00:00Z", "organization": {"name": "x"}}
        self.search.ask("PUT", f"/{index}/_create/1", document)
        found = self.search.search(index, {"query": {"term": {"organization.name": "x"}}})
        self.assertEqual(found["hits"]["total"]["value"], 0)
        self.assertEqual(self.setup(self.configure("older"))[f"index template {name}"], "updated")
        self.assertGreater(self.template(name)["version"], 1)
        self.assertEqual(self.types(index, "organization.name"), ["keyword"])
        self.search.ask("PUT", f"/{index}/_create/2", document)
        found = self.search.search(index, {"query": {"term": {"organization.name": "x"}}})
        self.assertEqual([hit["_id"] for hit in found["hits"]["hits"]], ["2"])

    def test_old_and_new_indices_are_searched_together(self):
        """Whether a field has an index of its own depends on when its index was made."""
        pattern, old, new = (f"mixed-dmarc_aggregate-{end}" for end in
                             ("*", "default-2025.01", "default-2025.02"))
        date = {"type": "date", "format": "strict_date_optional_time||epoch_second"}
        self.search.ask("PUT", f"/{old}", {"mappings": {"dynamic": False, "properties": {
            "@timestamp": date, "event": {"properties": {"ingested": date}}}}})
        self.setup(self.configure("mixed"))
        for number, index in enumerate((old, new)):
            self.search.ask("PUT", f"/{index}/_create/{number}", {
                "@timestamp": "2025-01-01T00:00:00Z", "event": {"ingested": "2025-03-01T00:00:00Z"},
                "report": {"id": "one", "digest": "a"}, "dmarc": {"ordinal": 7}})
        for query in ({"term": {"report.id": "one"}}, {"term": {"dmarc.ordinal": 7}},
                      {"range": {"event.ingested": {"gte": "2025-02-28", "lt": "2025-03-02"}}},
                      {"prefix": {"report.digest": "a"}}):
            found = self.search.search(pattern, {"query": query})
            self.assertEqual(sorted(hit["_id"] for hit in found["hits"]["hits"]), ["0", "1"], query)
        self.setup(self.configure("mixed"))
        self.assertEqual(self.types(pattern, "report.id"), ["keyword"])

    def test_a_field_of_another_type_is_told(self):
        self.search.ask("PUT", "/strange-feed-default-2026.11", {"mappings": {
            "dynamic": False, "properties": {"feed": {"type": "keyword"}}}})
        done = lab.Run(PROGRAM, "setup", "-c", self.configure("strange"))
        self.assertEqual(done.status, 2)
        self.assertIn("fields of existing indices", done.stderr)
        self.assertEqual(outcomes(done)["index template strange-feed"], "created")

    def bulk(self, index, documents):
        lines = "".join(json.dumps({"create": {"_index": index, "_id": name}}) + "\n"
                        + json.dumps(document) + "\n" for name, document in documents.items())
        request = urllib.request.Request(f"{self.search.env['SEARCH_URL']}/_bulk", lines.encode(),
                                         self.search.headers)
        with urllib.request.urlopen(request, context=self.search.tls) as answer:
            self.assertFalse(json.load(answer)["errors"])

    def stored(self, index):
        self.search.ask("POST", f"/{index}/_refresh")
        return {hit["_id"]: hit["_source"] for hit in self.search.ask(
            "POST", f"/{index}/_search", {"size": 10000})["hits"]["hits"]}

    def test_indices_with_dynamic_mappings_are_made_anew(self):
        """Made before setup ran: by search and _bulk, and only if a person says so."""
        index, half = "anew-dmarc_aggregate-default-2026.11", "feed-default-2026.11"
        documents = {f"id{n}": {"source.ip": "192.0.2.1", "dmarc.message_count": n,
                                "report.organization": 'a "name" \u00e9\n'} for n in range(2500)}
        self.bulk(index, documents)
        config = self.configure("anew")
        told = lab.Run(PROGRAM, "setup", "-c", config)
        self.assertEqual(told.status, 2, told.stdout)
        self.assertIn(f"index {index}: has dynamic mappings", told.stdout)
        self.assertIn("1 index has dynamic mappings", told.stderr)
        self.assertIn("setup --yes copies", told.stderr)
        self.assertEqual(self.indices("anew"), [index])
        done = lab.Run(PROGRAM, "setup", "-c", config, "--yes")
        self.assertEqual(done.status, 0, done.stderr)
        self.assertIn(f"index {index}: rebuilt with our mappings, 2500 documents", done.stdout)
        self.assertEqual(self.indices("anew"), [index])
        self.assertEqual(self.stored(index), documents)
        self.assertEqual(self.types(index, "source.ip"), ["ip"])
        self.assertNotIn("made anew", lab.Run(PROGRAM, "setup", "-c", config, "--yes").stdout)
        # An earlier run was stopped when the documents were in between alone.
        self.search.ask("PUT", f"/anew-rebuild-{half}", {"mappings": {"dynamic": False}})
        self.bulk(f"anew-rebuild-{half}", {"a": {"feed.reports": 1}})
        told = lab.Run(PROGRAM, "setup", "-c", config)
        self.assertEqual(told.status, 2, told.stdout)
        self.assertIn(f"index anew-{half}: an earlier rebuild is not finished", told.stdout)
        done = lab.Run(PROGRAM, "setup", "-c", config, "--yes")
        self.assertEqual(done.status, 0, done.stderr)
        self.assertEqual(self.indices("anew"), sorted([index, f"anew-{half}"]))
        self.assertEqual(self.stored(f"anew-{half}"), {"a": {"feed.reports": 1}})

    def template_of(self, index, names):
        """Which of the templates makes this index: the one that loses to none."""
        answer = self.search.ask("POST", f"/_index_template/_simulate_index/{index}")
        losers = {t["name"] for t in answer.get("overlapping") or []}
        return [name for name in names if name not in losers]

    def indices(self, name):
        """Those of documents."""
        found = self.search.ask("GET", f"/_cat/indices/{name}-*?format=json&h=index")
        return sorted(i["index"] for i in found if not i["index"].startswith(f"{name}-empty-"))

    def sweep(self, config, *arguments):
        done = lab.Run(PROGRAM, *arguments, "-c", config)
        self.assertEqual(done.status, 0, done.stderr)
        return done.stdout

    def test_retention_by_period(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        recent = f"{now - datetime.timedelta(days=45):%Y.%m}"
        names = [f"gone-feed-a-{recent}", f"gone-feed-b-{recent}", f"gone-feed-unclaimed-{recent}",
                 "gone-feed-a-2020", "gone-feed-b-2020.01", "gone-feed-former-2020.01",
                 "gone-feed-a-2020.01-copy", "gone-other", f"gone-feed-a-{now:%Y.%m}"]
        for name in names:
            self.search.ask("PUT", f"/{name}/_create/1", {"a": 1})
        config = self.configure("gone", "[tenant a]\ndomains = a.example\nretention = 10d\n"
                                "[tenant b]\ndomains = b.example\n", retention="400d")
        shown = self.sweep(config, "retention", "--print")
        self.assertEqual(self.indices("gone"), sorted(names))
        due = [f"gone-feed-a-{recent}", "gone-feed-a-2020", "gone-feed-b-2020.01",
               "gone-feed-former-2020.01"]
        self.assertEqual(sorted(outcomes_of(shown)), sorted(due))
        self.sweep(config, "retention")
        self.assertEqual(self.indices("gone"), sorted(set(names) - set(due)))
        self.assertIn("0 indices", self.sweep(config, "retention"))

    def test_retention_with_names_of_parsedmarc(self):
        """Only names that can be ours; of tenants nobody configured, none."""
        kinds = ["dmarc_aggregate", "dmarc_failure", "smtp_tls"]
        due = [f"pd_{tenant}{kind}-2020-01-31" for tenant in ("", "a_", "b_") for kind in kinds]
        due += ["pd_a_smtp_tls-2020-01-01", "pd_a_smtp_tls-2020-02"]
        kept = ["pd_c_smtp_tls-2020-01-01", "pd_smtp_tls-2020-01-01-copy", "pd_smtp_tls_s-2020-01-01",
                "pd_a-b_smtp_tls-2020-01-01", "pdx_smtp_tls-2020-01-01",
                f"pd_smtp_tls-{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"]
        for name in due + kept:
            self.search.ask("PUT", f"/{name}/_create/1", {"a": 1})
        config = self.configure("old", "[tenant a]\ndomains = a.example\n"
                                "[tenant b]\ndomains = b.example\nretention = 10d\n",
                                schema="parsedmarc", index_prefix="pd_", retention="400d")

        def there():
            return sorted(i["index"] for i in
                          self.search.ask("GET", "/_cat/indices/pd*?format=json&h=index"))
        self.setup(config)
        shown = self.sweep(config, "delete-tenant", "c")
        self.assertEqual(outcomes_of(shown), ["pd_c_smtp_tls-2020-01-01"])
        for name in ("default", "unclaimed", "a", "b"):
            refused = lab.Run(PROGRAM, "delete-tenant", name, "-c", config, "--yes")
            self.assertEqual(refused.status, 2)
            self.assertIn("still in the configuration", refused.stderr)
        self.assertEqual(there(), sorted(due + kept))
        without = self.configure("old2", "[tenant a]\ndomains = a.example\n", schema="parsedmarc",
                                 index_prefix="pd_", retention="400d")
        deleted = self.sweep(without, "delete-tenant", "b", "--yes")
        if self.search.env["SEARCH_USER"]:
            self.assertIn("role pd_-b-reader: deleted", deleted)
        self.assertEqual(there(), sorted(n for n in due + kept if "pd_b_" not in n))
        shown = self.sweep(config, "retention", "--print")
        due = [name for name in due if "pd_b_" not in name]
        self.assertEqual(sorted(outcomes_of(shown)), sorted(due))
        self.sweep(config, "retention")
        self.assertEqual(there(), sorted(kept))

    def test_a_tenant_is_deleted(self):
        names = [f"left-{kind}-{tenant}-2026.11" for kind in ("feed", "tlsrpt_policy")
                 for tenant in ("a", "a_b", "b")]
        config = self.configure("left", "[tenant a]\ndomains = a.example\n")
        self.setup(config)
        for name in names:
            self.search.ask("PUT", f"/{name}/_create/1", {"a": 1})
        refused = lab.Run(PROGRAM, "delete-tenant", "a", "-c", config, "--yes")
        self.assertIn("still in the configuration", refused.stderr)
        config = self.configure("left", "[tenant z]\ndomains = z.example\n")
        shown = self.sweep(config, "delete-tenant", "a")
        self.assertIn("--yes", shown)
        self.assertEqual(self.indices("left"), sorted(names))
        deleted = self.sweep(config, "delete-tenant", "a", "--yes")
        self.assertEqual(self.indices("left"), sorted(n for n in names if "-a-" not in n))
        if self.search.env["SEARCH_USER"]:
            self.assertIn("role left-a-reader: deleted", deleted)
        for name in ("", "*", "A", "a,b", "_all", "a", "unclaimed", "z"):
            done = lab.Run(PROGRAM, "delete-tenant", name, "-c", config, "--yes")
            self.assertEqual(done.status, 2, name)

    def test_a_tenant_changes_its_retention(self):
        one = "[tenant a]\ndomains = a.example\nretention = {}\n[tenant b]\ndomains = b.example\n"
        self.setup(self.configure("move", one.format("30d"), retention="400d"))
        patterns = self.template("move-feed-30d")["index_patterns"]
        self.assertEqual(patterns, ["move-feed-a-*"])
        both = ["move-feed", "move-feed-30d"]
        self.assertEqual(self.template_of("move-feed-a-2026.11", both), ["move-feed-30d"])
        self.assertEqual(self.template_of("move-feed-b-2026.11", both), ["move-feed"])
        done = self.setup(self.configure("move", one.format("20d"), retention="400d"))
        self.assertIn("deleted", done["index template move-feed-30d"])
        self.assertEqual(self.template("move-feed-20d")["index_patterns"], ["move-feed-a-*"])
        done = self.setup(self.configure("move", one.format("400d"), retention="400d"))
        self.assertIn("deleted", done["index template move-feed-20d"])
        self.assertEqual(self.template_of("move-feed-a-2026.11", ["move-feed"]), ["move-feed"])


class Elasticsearch7(Setup, unittest.TestCase):
    server, product = "es7", "Elasticsearch 7.17.29"


@lab.further_server
class Elasticsearch8(Setup, unittest.TestCase):
    server, product = "es8", "Elasticsearch 8.19.0"


class Elasticsearch9(Setup, unittest.TestCase):
    server, product = "es9", "Elasticsearch 9.1.0"


@lab.further_server
class OpenSearch2(Setup, unittest.TestCase):
    server, product = "os2", "OpenSearch 2.19.1"


class OpenSearch3(Setup, unittest.TestCase):
    server, product = "os3", "OpenSearch 3.5.0"


def ism_policy(name, stored):
    return {"_id": name, "_seq_no": 7, "_primary_term": 3,
            "policy": {**stored["policy"], "last_updated_time": random.random()}}


def as_they_are(found):
    return {name: {"reserved": False, **one} for name, one in found.items()}


# How all objects of a kind are answered.
LISTS = {
    "/_index_template": lambda found: {"index_templates": [
        {"name": name, "index_template": one} for name, one in found.items()]},
    "/_ilm/policy": lambda found: {name: {"version": 1, "policy": one["policy"]}
                                   for name, one in found.items()},
    "/_plugins/_ism/policies": lambda found: {"policies": [
        ism_policy(name, one) for name, one in found.items()], "total_policies": len(found)},
    "/_security/role": as_they_are,
    "/_plugins/_security/api/roles": as_they_are,
    "/_plugins/_security/api/tenants": as_they_are,
}


class MadeUp(http.server.BaseHTTPRequestHandler):
    """Keeps what is PUT and gives it back as the real interface does."""

    def read(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(body) if body else None

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def missing_interface(self, path):
        return any(path.startswith(p) for p in self.server.without)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        stored = self.server.stored
        name = path.rpartition("/")[2]
        self.server.requests.append(("GET", self.path, None))
        if self.missing_interface(path):
            self.answer(410 if self.server.root is None else 400,
                        {"error": f"no handler found for uri [{path}] and method [GET]"})
        elif path == "/":
            self.answer(*((403, {}) if self.server.root is None else (200, self.server.root)))
        elif path == "/_nodes":
            self.answer(410, {"error": {"reason": "not available when running in serverless mode"}})
        elif path in LISTS:
            found = {key.rpartition("/")[2]: value for key, value in stored.items()
                     if key.startswith(path + "/")}
            self.answer(200, LISTS[path](found))
        elif path == "/p-empty-*/_mapping":
            self.answer(200, {key[1:]: {"mappings": one["mappings"]} for key, one in stored.items()
                              if key.startswith("/p-empty-")})
        elif path.endswith("/_mapping") and self.server.mappings:
            self.answer(200, self.server.mappings)
        elif path.startswith("/_cat/indices/"):
            self.answer(200, [{"index": index, "docs.count": "1"} for index in self.server.indices])
        elif path.endswith("/_settings"):
            self.answer(200, {index: {"settings": {"index": {"uuid": "x", **(
                {"lifecycle": {"name": policy}} if policy else {})}}}
                for index, policy in self.server.indices.items()})
        elif path.startswith("/_plugins/_ism/explain/"):
            key = "index.plugins.index_state_management.policy_id"
            self.answer(200, {**{index: {key: policy} for index, policy in
                                 self.server.indices.items()}, "total_managed_indices": 1})
        elif path not in stored:
            self.answer(404, {})
        elif path.startswith("/_index_template/"):
            self.answer(200, {"index_templates": [{"name": name, "index_template": stored[path]}]})
        elif path.startswith("/_ilm/policy/"):
            users = [key.rpartition("/")[2] for key, one in stored.items() if key.startswith("/_index_template/")
                     and one["template"].get("settings", {}).get("index", {}).get("lifecycle", {}).get("name") == name]
            self.answer(200, {name: {"version": 1, "policy": stored[path]["policy"], "in_use_by": {
                "indices": [index for index, policy in self.server.indices.items() if policy == name],
                "data_streams": [], "composable_templates": users}}})
        elif path.startswith("/_plugins/_ism/"):
            self.answer(200, ism_policy(name, stored[path]))
        else:
            self.answer(200, {name: {"reserved": False, **stored[path]}})

    def do_PUT(self):
        path, _, query = self.path.partition("?")
        body = self.read()
        self.server.requests.append((self.command, self.path, body))
        index = path[1:].partition("/")[0]
        if self.missing_interface(path):
            self.answer(400, {"error": "no handler found for uri"})
        elif path.startswith("/_plugins/_ism/policies/") and path in self.server.stored and \
                query != "if_seq_no=7&if_primary_term=3":
            self.answer(409, {"error": {"reason": "version conflict"}})
        elif path.startswith("/_plugins/_ism/") and self.command == "POST":
            index = path.rpartition("/")[2]
            self.server.indices[index] = body and body["policy_id"]
            self.answer(200, {"updated_indices": 1, "failures": False, "failed_indices": []})
        elif path.endswith("/_settings"):
            self.server.indices[index] = body["index.lifecycle.name"]
            self.answer(200, {})
        else:
            self.server.stored[path if self.command == "PUT" else f"{path}/{(body or {}).get('id')}"] = body
            self.answer(200, {})

    do_POST = do_PUT

    def do_DELETE(self):
        self.server.requests.append((self.command, self.path, None))
        gone = self.server.stored.pop(self.path, None) or self.path[1:] in self.server.indices
        self.server.indices.pop(self.path[1:], None)
        self.answer(*((200, {}) if gone else (404, {})))

    def log_message(self, *_):
        pass


ELASTICSEARCH = {"version": {"number": "8.19.0", "build_flavor": "default"},
                 "tagline": "You Know, for Search"}
OPENSEARCH = {"version": {"number": "7.10.2"},
              "tagline": "The OpenSearch Project: https://opensearch.org/"}
TENANTS = "[tenant a]\ndomains = a.example\n[tenant b]\ndomains = b.example\nretention = 30d\n"


class MadeUpServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)

    def serve(self, root, without=()):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), MadeUp)
        self.server.root, self.server.without = root, without
        self.server.stored, self.server.requests, self.server.indices, self.server.mappings = {}, [], {}, {}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        return f"http://127.0.0.1:{self.server.server_port}"

    def setup(self, url, *arguments, tenants=TENANTS, **changes):
        settings = {"urls": url, "index_prefix": "p", "retention": "400d", **changes}
        config = configure(self.directory, "c", "[output o]\n" + lab.lines(settings), tenants)
        done = lab.Run(PROGRAM, "setup", "-c", config, *arguments)
        self.assertEqual(done.status, 0, done.stderr)
        return done

    def test_ilm(self):
        url = self.serve(ELASTICSEARCH)
        self.server.indices = {"p-feed-a-2026.10": None, "p-feed-b-2026.10": "p-400d",
                               "p-feed-b-2026.11": "p-30d", "p-feed-a-2026.11": "by-hand",
                               "p-other": None}
        done = outcomes(self.setup(url))
        self.assertEqual(done["lifecycle policy p-400d"], "created")
        stored = self.server.stored
        policy = stored["/_ilm/policy/p-400d"]["policy"]
        # An index is as old as the beginning of its month, at most.
        self.assertEqual(policy["phases"]["delete"]["min_age"], "431d")
        self.assertEqual(stored["/_ilm/policy/p-30d"]["policy"]["phases"]["delete"]["min_age"], "61d")
        for name, expected in (("p-feed", "p-400d"), ("p-feed-30d", "p-30d")):
            index = stored[f"/_index_template/{name}"]["template"]["settings"]["index"]
            self.assertEqual(index["lifecycle"]["name"], expected)
        self.assertEqual(self.server.indices,
                         {"p-feed-a-2026.10": "p-400d", "p-feed-b-2026.10": "p-30d",
                          "p-feed-b-2026.11": "p-30d", "p-feed-a-2026.11": "by-hand",
                          "p-other": None})
        again = outcomes(self.setup(url))
        self.assertEqual(again["lifecycle policy p-400d"], "up to date")
        stored["/_ilm/policy/p-400d"]["policy"]["phases"]["delete"]["min_age"] = "1000d"
        self.assertIn("kept: it has been changed", outcomes(self.setup(url))["lifecycle policy p-400d"])

    def test_a_mapping_is_as_lean_and_flat_as_the_server_allows(self):
        for number, lean, flat in ("7.17.29", False, False), ("8.0.1", False, False), ("8.1.0", True, False), \
                ("8.2.3", True, False), ("8.3.0", True, True), ("9.1.0", True, True), ("10.0.0", True, True):
            with self.subTest(number):
                url = self.serve({"version": {"number": number, "build_flavor": "default"},
                                  "tagline": "You Know, for Search"})
                self.setup(url)
                mappings = self.server.stored["/_index_template/p-dmarc_aggregate"]["template"]["mappings"]
                fields = mappings["properties"]
                self.assertEqual(fields["report.digest"].get("index", True), not lean)
                self.assertNotIn("index", fields["event.ingested"])
                self.assertEqual(mappings.get("subobjects", True), not flat)

    def test_an_outdated_index_keeps_its_form(self):
        """The server refuses a change, and before 8.19 a flat mapping that does not say so."""
        url = self.serve(ELASTICSEARCH)
        forms = {"p-feed-a-2026.01": {}, "p-feed-a-2026.02": {"lean": "true"}, "p-feed-a-2026.03": {"lean": "lean"},
                 "p-feed-a-2026.04": {"lean": "flat"}, "p-feed-a-2026.05": {"lean": "flat", "template": "999"}}
        self.server.mappings = {name: {"mappings": {"dynamic": "false", "_meta": {"template": "1", **form}}}
                                for name, form in forms.items()}
        self.setup(url)
        sent = {path.split("/")[1]: body for method, path, body in self.server.requests
                if method == "PUT" and "/p-feed-a-2026" in path}
        self.assertEqual({name: (mapping["properties"]["report.id"].get("index", True),
                                 mapping["properties"]["event.ingested"].get("index", True),
                                 mapping.get("subobjects", True)) for name, mapping in sent.items()},
                         {"p-feed-a-2026.01": (True, True, True), "p-feed-a-2026.02": (False, False, True),
                          "p-feed-a-2026.03": (False, True, True), "p-feed-a-2026.04": (False, True, False)})

    def written(self, path):
        return sum(method == "PUT" and asked == path for method, asked, _ in self.server.requests)

    def test_what_is_kept_as_sent_is_written_once(self):
        url = self.serve(ELASTICSEARCH)
        role, template = "/_security/role/p-a-reader", "/_index_template/p-feed"
        self.setup(url)
        self.assertEqual((self.written(role), self.written(template)), (1, 2))
        self.assertEqual(outcomes(self.setup(url))["role p-a-reader"], "up to date")
        self.server.stored[role]["indices"][0]["names"].append("*")
        self.assertIn("kept: it has been changed", outcomes(self.setup(url))["role p-a-reader"])
        self.assertEqual(self.written(role), 1)

    def test_what_is_not_kept_as_sent_is_noted_as_it_is(self):
        url = self.serve(ELASTICSEARCH)
        original = MadeUp.answer
        self.addCleanup(setattr, MadeUp, "answer", original)

        def add_default(handler, status, body):
            if handler.path.startswith("/_security/role") and status == 200:
                body = {name: {**role, "new_default": True} for name, role in body.items()}
            original(handler, status, body)
        MadeUp.answer = add_default
        self.setup(url)
        self.assertEqual(self.written("/_security/role/p-a-reader"), 2)
        self.assertEqual(outcomes(self.setup(url))["role p-a-reader"], "up to date")

    def test_a_note_without_a_period_gets_one(self):
        """As templates have it that were written before there was one."""
        url = self.serve(ELASTICSEARCH)
        self.setup(url)
        for path, body in self.server.stored.items():
            if path.startswith("/_index_template/"):
                self.assertEqual(body["_meta"].pop("index_period"), "month")
        self.assertEqual(outcomes(self.setup(url, index_period="year"))["index template p-feed"], "updated")
        self.assertEqual(self.server.stored["/_index_template/p-feed"]["_meta"]["index_period"], "year")

    def delete_tenant(self, url, name, *arguments, tenants=TENANTS):
        """What is deleted, or would be."""
        config = configure(self.directory, "c", "[output o]\n" + lab.lines(
            {"urls": url, "index_prefix": "p", "retention": "400d"}), tenants)
        done = lab.Run(PROGRAM, "tenant", "delete", name, "-c", config, *arguments)
        self.assertEqual(done.status, 0, done.stderr)
        return re.findall(r"^(?:lifecycle policy|index) (?!template )([^ ,:]+)", done.stdout, re.M), done.stdout

    def test_policies_that_nothing_needs_are_deleted(self):
        one = "[tenant {}]\ndomains = {}.example\nretention = {}\n"
        former = one.format("x", "x", "20d") + one.format("y", "y", "10d") + one.format("z", "z", "30d")
        rest = one.format("a", "a", "400d") + one.format("b", "b", "30d")
        for root, way in ((ELASTICSEARCH, "/_ilm/policy"), (OPENSEARCH, "/_plugins/_ism/policies")):
            url = self.serve(root)
            stored, indices = self.server.stored, self.server.indices
            self.setup(url, tenants=rest + former)

            def policies():
                return sorted(key.rpartition("/")[2] for key in stored if key.startswith(way))
            self.assertEqual(policies(), ["p-10d", "p-20d", "p-30d", "p-400d"])
            stored[f"{way}/p-5d"] = {"policy": {"states": [], "phases": {}}}  # somebody else's, named as ours are
            indices |= {"p-feed-x-2026.10": "p-20d", "p-feed-y-2026.10": "p-10d", "p-feed-z-2026.10": "p-30d"}
            before = policies()
            # Its only user is an index of the tenant; that of y is used on; b needs that of z.
            shown, text = self.delete_tenant(url, "x", tenants=rest + former.replace(one.format("x", "x", "20d"), ""))
            self.assertEqual(shown, ["p-feed-x-2026.10", "p-20d"], text)
            self.assertEqual(policies(), before)
            deleted, _ = self.delete_tenant(url, "x", "--yes", tenants=rest + former.replace(one.format("x", "x", "20d"), ""))
            self.assertEqual([name for name in deleted if name in shown], shown)
            self.assertEqual(policies(), ["p-10d", "p-30d", "p-400d", "p-5d"])
            # A mistyped name deletes nothing, although nothing needs this policy.
            del indices["p-feed-y-2026.10"]
            config = configure(self.directory, "c", "[output o]\n" + lab.lines(
                {"urls": url, "index_prefix": "p", "retention": "400d"}), rest)
            self.assertEqual(lab.Run(PROGRAM, "tenant", "delete", "nobody", "-c", config, "--yes").status, 2)
            self.assertEqual(policies(), ["p-10d", "p-30d", "p-400d", "p-5d"])
            # An index of any name, and a template of somebody else, keep a policy.
            for user in ("index", "template"):
                indices["copy-of-y"] = "p-10d" if user == "index" else None
                setting = {"lifecycle": {"name": "p-10d"}} if root is ELASTICSEARCH else \
                    {"plugins.index_state_management.policy_id": "p-10d"}
                stored["/_index_template/mine"] = {"index_patterns": ["copy-*"], "template": {
                    "settings": {"index": setting if user == "template" else {}}}}
                indices["p-feed-y-2026.10"] = "p-10d"
                self.delete_tenant(url, "y", "--yes", tenants=rest + one.format("z", "z", "30d"))
                self.assertEqual(policies(), ["p-10d", "p-30d", "p-400d", "p-5d"], user)
            del stored["/_index_template/mine"]
            # What a person has changed stays; what another tenant needs stays; the next time finds the others.
            policy = stored[f"{way}/p-10d"]["policy"]
            policy["phases" if root is ELASTICSEARCH else "states"] = []
            _, text = self.delete_tenant(url, "z", "--yes", tenants=rest)
            self.assertIn("lifecycle policy p-10d: stays, since somebody changed it", text)
            self.assertEqual(policies(), ["p-10d", "p-30d", "p-400d", "p-5d"])

    def test_retention_taken_back(self):
        url = self.serve(ELASTICSEARCH)
        self.server.indices = {"p-feed-a-2026.10": "p-400d"}
        self.setup(url)
        self.setup(url, retention="0d", tenants="[tenant a]\ndomains = a.example\n")
        self.assertEqual(self.server.indices, {"p-feed-a-2026.10": None})
        template = self.server.stored["/_index_template/p-feed"]["template"]
        self.assertNotIn("lifecycle", template["settings"]["index"])

    def test_ism_and_the_security_plugin(self):
        url = self.serve(OPENSEARCH)
        self.server.indices = {"p-feed-a-2026.10": None, "p-feed-b-2026.10": "p-400d",
                               "p-feed-a-2026.11": "by-hand"}
        done = self.setup(url)
        self.assertEqual(self.server.indices, {"p-feed-a-2026.10": "p-400d", "p-feed-a-2026.11":
                                               "by-hand", "p-feed-b-2026.10": "p-30d"})
        ways = {path.split("/")[3] for _, path, _ in self.server.requests if "_ism" in path}
        self.assertLessEqual({"explain", "add", "change_policy"}, ways)
        self.assertIn("OpenSearch", done.stdout)
        stored = self.server.stored
        policies = {n: stored[f"/_plugins/_ism/policies/{n}"]["policy"] for n in ("p-30d", "p-400d")}
        templates = {n: p["ism_template"][0] for n, p in policies.items()}
        self.assertEqual(templates["p-30d"]["index_patterns"], [f"p-{k}-b-*" for k in KINDS])
        self.assertEqual(templates["p-400d"]["index_patterns"], [f"p-{k}-*" for k in KINDS])
        self.assertGreater(templates["p-30d"]["priority"], templates["p-400d"]["priority"])
        states = policies["p-30d"]["states"]
        self.assertEqual(states[0]["transitions"][0]["conditions"]["min_index_age"], "61d")
        self.assertEqual(states[1]["actions"], [{"delete": {}}])
        role = stored["/_plugins/_security/api/roles/p-a-reader"]
        self.assertEqual(role["index_permissions"][0]["index_patterns"], [f"p-{k}-a-*" for k in KINDS])
        self.assertEqual(role["tenant_permissions"][0]["tenant_patterns"], ["a"])
        self.assertIn("/_plugins/_security/api/tenants/a", stored)
        self.assertNotIn("lifecycle", json.dumps(stored["/_index_template/p-feed"]))
        self.assertNotIn("kept", self.setup(url).stdout)
        # A new one takes the place of exactly the one that was seen.
        changed = self.setup(url, tenants=TENANTS.replace("b.example\n", "b.example\n[tenant c]\n"
                                                          "domains = c.example\nretention = 30d\n", 1)
                             .replace("c.example\nretention = 30d\nretention = 30d", "c.example\n"
                                      "retention = 30d"))
        self.assertEqual(outcomes(changed)["lifecycle policy p-30d"], "updated")

    def test_serverless(self):
        url = self.serve(None, without=("/_ilm",))
        done = self.setup(url)
        self.assertIn("Elasticsearch serverless", done.stdout)
        self.assertIn("lifecycle: not managed by this server", done.stdout)
        index = self.server.stored["/_index_template/p-feed"]["template"]["settings"]
        self.assertNotIn("number_of_shards", json.dumps(index))

    def test_product_by_configuration(self):
        url = self.serve(ELASTICSEARCH)
        self.setup(url, product="opensearch")
        self.assertIn("/_plugins/_ism/policies/p-400d", self.server.stored)

    def test_server_without_lifecycles_and_security(self):
        url = self.serve(ELASTICSEARCH, without=("/_ilm", "/_security"))
        done = self.setup(url)
        self.assertIn("lifecycle: not managed", done.stdout)
        self.assertIn("roles: none", done.stdout)
        self.assertNotIn("lifecycle", json.dumps(self.server.stored))

    def test_kibana_spaces(self):
        url, kibana = self.serve(ELASTICSEARCH), Kibana(self)
        kibana.spaces["b"] = {"id": "b", "name": "By hand"}
        done = outcomes(self.setup(url, kibana_url=kibana.url))
        self.assertEqual(done["Kibana space a"], "created")
        self.assertEqual(done["Kibana space b"], "there already")
        self.assertEqual(kibana.spaces["b"]["name"], "By hand")
        role = self.server.stored["/_security/role/p-a-reader"]
        self.assertEqual(role["applications"][0]["resources"], ["space:a"])

    def everything_sent(self, kibana, first=0, first_kibana=0):
        """What was not only read; extending mappings is the same each time."""
        return [f"{m} {p}" for m, p, _ in self.server.requests[first:] if m != "GET" and "/_mapping" not in p] + \
            [f"{m} {p}" for m, p in kibana.requests[first_kibana:] if m != "GET"]

    def test_a_repeat_costs_the_same_for_any_number_of_tenants(self):
        for root in (ELASTICSEARCH, OPENSEARCH):
            counts = []
            for number in (3, 12):
                tenants = "".join(f"[tenant t{n}]\ndomains = d{n}.example\n" for n in range(number))
                url, kibana = self.serve(root), Kibana(self, opensearch=root is OPENSEARCH)
                first = outcomes(self.setup(url, tenants=tenants, kibana_url=kibana.url))
                self.assertGreater(int(first["requests"]), 4 * number)
                done = len(self.server.requests), len(kibana.requests)
                again = outcomes(self.setup(url, tenants=tenants, kibana_url=kibana.url))
                self.assertEqual(self.everything_sent(kibana, *done), [])
                self.assertEqual(int(again["requests"]),
                                 len(self.server.requests) + len(kibana.requests) - sum(done))
                self.assertEqual(again["dashboards for t2"], "up to date")
                counts.append(int(again["requests"]))
            self.assertEqual(counts[0], counts[1])
            self.assertLess(counts[0], 25)

    def test_what_is_no_longer_up_to_date_is_imported(self):
        url, kibana = self.serve(ELASTICSEARCH), Kibana(self)
        self.setup(url, kibana_url=kibana.url)

        def again(*arguments, **changes):
            done = len(self.server.requests), len(kibana.requests)
            self.setup(url, *arguments, **{"kibana_url": kibana.url, **changes})
            return self.everything_sent(kibana, *done)
        self.assertEqual(again(), [])
        # A space that a person has deleted, with all that was in it.
        del kibana.spaces["a"]
        self.assertEqual(again()[:2], ["POST /api/spaces/space",
                                       "POST /s/a/api/saved_objects/_import?overwrite=true"])
        self.assertEqual(again(), [])
        # Another Kibana has nothing.
        other = Kibana(self)
        self.setup(url, kibana_url=other.url)
        self.assertEqual(set(other.spaces), {"default", "a", "b", "unclaimed"})
        self.assertEqual(len({space for space, _, _ in other.objects}), 4)
        # By force all, by name that one.
        self.assertEqual(len([r for r in again("--force") if "_import" in r]), 4)
        self.assertEqual({r.split("/")[2] for r in again("--tenant", "b")}, {"b"})
        # Without roles there is no note, and all is imported each time.
        self.server.without = ("/_security",)
        self.assertEqual(len([r for r in again() if "_import" in r]), 4)

    def test_one_tenant_alone(self):
        url, kibana = self.serve(ELASTICSEARCH), Kibana(self)
        self.setup(url, kibana_url=kibana.url)
        done = len(self.server.requests), len(kibana.requests)
        three = TENANTS + "[tenant c]\ndomains = c.example\n"
        told = self.setup(url, "--tenant", "c", tenants=three, kibana_url=kibana.url)
        sent = self.everything_sent(kibana, *done)
        self.assertEqual(set(outcomes(told)["Kibana space c"].split()), {"created"})
        self.assertEqual([r for r in sent if "c" not in r.split("/")[-1] and "/s/c/" not in r], [])
        self.assertEqual(len([r for r in sent if r == "PUT /_security/role/p-c-reader"]), 2)
        # The whole set-up finds nothing left to do.
        done = len(self.server.requests), len(kibana.requests)
        self.setup(url, tenants=three, kibana_url=kibana.url)
        self.assertEqual(self.everything_sent(kibana, *done), [])
        config = f"{self.directory}/c.conf"
        for name in ("d", "", "*", "A", "-c"):
            refused = lab.Run(PROGRAM, "setup", "-c", config, "--tenant", name)
            self.assertEqual(refused.status, 2, name)

    def test_setup_logs_in_as_itself(self):
        url = self.serve(ELASTICSEARCH)
        seen = []
        original = MadeUp.do_GET
        self.addCleanup(setattr, MadeUp, "do_GET", original)

        def note(handler):
            seen.append(handler.headers.get("Authorization"))
            original(handler)
        MadeUp.do_GET = note
        self.setup(url, token_command="echo run", setup_token_command="echo admin")
        self.assertEqual(set(seen), {"Bearer admin"})

    def test_a_closed_interface_is_no_obstacle_elsewhere(self):
        url = self.serve({"version": {}}, without=("/_nodes",))
        config = configure(self.directory, "closed", f"[output o]\nurls = {url}\n")
        done = lab.Run(PROGRAM, "setup", "-c", config)
        self.assertEqual(done.status, 2)
        self.assertIn("set product =", done.stderr)

    def test_printed_and_sent_are_the_same(self):
        url, kibana = self.serve(ELASTICSEARCH), Kibana(self)
        shown = self.setup(url, "--print", product="elasticsearch", kibana_url=kibana.url)
        self.assertEqual(self.server.requests + kibana.requests, [])
        self.setup(url, kibana_url=kibana.url)
        text = shown.stdout
        printed = {(m, p) for m, p in re.findall(r"^(PUT|POST) (\S+)$", text, re.M)}
        sent = {(m, p) for m, p, _ in self.server.requests if m != "GET"}
        sent |= {(m, kibana.url + p) for m, p in kibana.requests if m != "GET"}
        self.assertEqual({p for _, p in printed}, {p for _, p in sent})
        every = self.setup(url, "--print").stdout
        for product in ("# Elasticsearch\n", "# OpenSearch\n", "# Elasticsearch serverless\n"):
            self.assertIn(product, every)


if __name__ == "__main__":
    unittest.main(verbosity=2)
