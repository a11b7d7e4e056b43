#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What setup puts into Kibana and OpenSearch Dashboards, each tenant its own.

test_import.py PROGRAM   against servers that do as the documentation says
"""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../integration", f"{HERE}/../lib"]
import test_setup  # noqa: E402  takes PROGRAM off the arguments
import lab  # noqa: E402
from kibana_script import Kibana  # noqa: E402

TENANTS = "[tenant acme]\ndomains = example.com\n[tenant acme_eu]\ndomains = example.net\n"
ALERTING = "/_plugins/_alerting/monitors"
DASHBOARDS = 10  # of each tenant
RULES = 3 * 16 + 1


class Search(test_setup.MadeUp):
    """A search server, with the alerting plugin unless monitors is None."""

    def do_GET(self):
        monitors = self.server.monitors
        if not self.path.startswith(ALERTING) or monitors is None:
            return super().do_GET()
        wanted = self.read().get("query", {}).get("term", {}).get("monitor.name.keyword")
        return self.answer(200, {"hits": {"hits": [{"_id": key, "_source": body} for key, body in monitors.items()
                                                   if body["name"] == wanted]}})

    def do_PUT(self):
        if not self.path.startswith(ALERTING):
            return super().do_PUT()
        monitors, name = self.server.monitors, self.path.rpartition("/")[2]
        body = self.read()
        if self.command == "POST":
            name = f"made-up-{len(monitors)}"
        monitors[name] = body
        return self.answer(201 if self.command == "POST" else 200, {"_id": name, "monitor": body})

    do_POST = do_PUT


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)

    def serve(self, root, without=("/_ilm", "/_security", "/_plugins/_alerting"), monitors=None):
        original = test_setup.MadeUp
        test_setup.MadeUp = Search
        self.addCleanup(setattr, test_setup, "MadeUp", original)
        url = test_setup.MadeUpServers.serve(self, root, without)
        self.server.monitors = monitors
        return url

    def setup(self, kibana, *arguments, tenants=TENANTS, status=0, **changes):
        settings = {"urls": self.url, "index_prefix": "p", "kibana_url": kibana.url, **changes}
        config = test_setup.configure(self.directory, "c", "[output o]\n" + lab.lines(settings), tenants)
        done = lab.Run(test_setup.PROGRAM, "setup", "-c", config, *arguments)
        self.assertEqual(done.status, status, done.stderr)
        return done

    def elasticsearch(self):
        self.url = self.serve(test_setup.ELASTICSEARCH)
        return Kibana(self)

    def test_each_tenant_has_its_own(self):
        kibana = self.elasticsearch()
        done = self.setup(kibana)
        for space in ("acme", "acme_eu", "unclaimed"):
            mine = {key: one for key, one in kibana.objects.items() if key[0] == space}
            self.assertEqual(sum(key[1] == "dashboard" for key in mine), DASHBOARDS)
            self.assertEqual({one["attributes"]["title"] for key, one in mine.items() if key[1] == "index-pattern"},
                             {f"p-{kind}-{space}-*,p-empty-{kind}" for kind in test_setup.KINDS})
            text = json.dumps(list(mine.values()))
            self.assertNotIn("@@", text)
            for other in {"acme", "acme_eu", "unclaimed"} - {space}:
                self.assertNotIn(f"p-{other}-", text)
            self.assertIn(f"dashboards for {space}: {len(mine)} objects in {space}", done.stdout)
        self.assertIn(("default", "dashboard", "p-all-tenants-operator"), kibana.objects)

    def test_days_are_utc_days(self):
        """In the tenants' spaces alone, and where nobody chose another zone."""
        kibana = self.elasticsearch()
        kibana.settings["acme_eu"] = {"dateFormat:tz": "Asia/Tokyo"}
        self.assertIn("time zone of acme: UTC", self.setup(kibana).stdout)
        zones = {space: found.get("dateFormat:tz") for space, found in kibana.settings.items()}
        self.assertEqual(zones, {"acme": "UTC", "acme_eu": "Asia/Tokyo", "unclaimed": "UTC"})

    def test_a_kibana_that_keeps_its_settings_to_itself(self):
        kibana = self.elasticsearch()
        kibana.has_settings = False
        self.assertIn("time zone of acme: cannot be set here; set dateFormat:tz to UTC", self.setup(kibana).stdout)

    def test_each_kind_has_an_empty_index(self):
        """The same for all tenants: named in their data views, readable for their readers."""
        shown = self.setup(self.elasticsearch(), "--print", product="elasticsearch").stdout
        for kind in test_setup.KINDS:
            self.assertEqual(shown.count(f"PUT /p-empty-{kind}\n"), 1)
        roles = [line for line in shown.splitlines() if '"read"' in line and "p-feed-" in line]
        self.assertEqual(len(roles), 3)
        for role in roles:
            for kind in test_setup.KINDS:
                self.assertIn(f'"p-empty-{kind}"', role)

    def test_again_doubles_nothing_and_touches_nothing_else(self):
        kibana = self.elasticsearch()
        self.setup(kibana)
        before = sorted(kibana.objects), sorted(kibana.rules)
        kibana.objects["acme", "dashboard", "by-hand"] = {"attributes": {"title": "By hand"}}
        old = ("acme", "dashboard", "p-acme-smtp-tls")
        kibana.objects[old] = {"attributes": {"title": "of an older version"}}
        done = self.setup(kibana)
        self.assertIn("is mail to you delivered", kibana.objects[old]["attributes"]["title"])
        self.assertEqual(kibana.objects.pop(("acme", "dashboard", "by-hand"))["attributes"]["title"], "By hand")
        self.assertEqual((sorted(kibana.objects), sorted(kibana.rules)), before)
        self.assertIn("alert rule tls-held-back for acme: kept as it is", done.stdout)

    def test_rules_that_people_changed_stay(self):
        kibana = self.elasticsearch()
        self.setup(kibana)
        self.assertEqual(len(kibana.rules), RULES)
        name = next(key for key, rule in kibana.rules.items() if key[0] == "acme" and "held back" in rule["name"])
        kibana.rules[name]["params"] = {"threshold": [1000]}
        kibana.rules[name]["actions"] = [{"id": "mail to the admin"}]
        self.setup(kibana)
        self.assertEqual(kibana.rules[name]["params"], {"threshold": [1000]})
        self.setup(kibana, "--force")
        self.assertEqual(kibana.rules[name]["params"]["threshold"], [10])

    def test_a_failed_import_is_an_error(self):
        """It comes with status 200."""
        kibana = self.elasticsearch()
        kibana.take = lambda *_: (200, {"success": False, "successCount": 1, "errors": [
            {"id": "p-acme-smtp-tls", "type": "dashboard", "error": {"type": "missing_references"}}]})
        done = self.setup(kibana, status=2)
        self.assertIn("p-acme-smtp-tls: missing_references", done.stderr)
        self.assertIn("alert rule tls-held-back for acme: created", done.stdout)

    def test_errors_are_told_in_words(self):
        for status, answer, exit_status in ((422, {"message": "belongs to a more recent version"}, 2),
                                            (403, {"message": "Unable to bulk_create dashboard"}, 2),
                                            (503, {"message": "Kibana server is not ready yet"}, 3)):
            kibana = self.elasticsearch()
            kibana.take = lambda *_, status=status, answer=answer: (status, answer)
            done = self.setup(kibana, status=exit_status)
            self.assertIn(answer["message"], done.stderr)

    def test_login(self):
        kibana = self.elasticsearch()
        kibana.password = "secret"
        self.assertIn("401", self.setup(kibana, status=2).stderr)
        self.setup(kibana, user="admin", password_command="echo secret")
        self.assertTrue(kibana.objects)

    def test_a_kibana_that_cannot_keep_rules(self):
        kibana = self.elasticsearch()
        kibana.has_key = False
        done = self.setup(kibana)
        self.assertIn("alert rules: none", done.stdout)
        self.assertIn("xpack.encryptedSavedObjects.encryptionKey", done.stdout)
        self.assertFalse(kibana.rules)

    def test_one_tenant_has_no_operator(self):
        kibana = self.elasticsearch()
        self.setup(kibana, tenants="")
        self.assertEqual({key[0] for key in kibana.objects}, {"default"})
        self.assertFalse([key for key in kibana.objects if "operator" in key[2]])

    def test_parsedmarc_schema_has_dashboards_of_its_own(self):
        kibana = self.elasticsearch()
        self.setup(kibana, schema="parsedmarc")
        self.assertFalse(kibana.objects or kibana.rules)

    def test_opensearch(self):
        self.url = self.serve(test_setup.OPENSEARCH, ("/_security",), monitors={})
        dashboards = Kibana(self, opensearch=True)
        self.setup(dashboards)
        self.assertEqual({key[0] for key in dashboards.objects}, {"acme", "acme_eu", "unclaimed", "global"})
        self.assertEqual(sum(key[1] == "dashboard" for key in dashboards.objects), 3 * DASHBOARDS + 2)
        monitors = self.server.monitors
        self.assertEqual(len(monitors), RULES)
        self.assertEqual(len({monitor["name"] for monitor in monitors.values()}), len(monitors))
        first = next(iter(monitors))
        monitors[first]["schedule"] = "by hand"
        done = self.setup(dashboards)
        self.assertEqual((len(monitors), monitors[first]["schedule"]), (RULES, "by hand"))
        self.assertIn("alert rules for acme: up to date", done.stdout)
        done = self.setup(dashboards, "--tenant", "acme")
        self.assertEqual((len(monitors), monitors[first]["schedule"]), (RULES, "by hand"))
        self.assertIn("kept as it is", done.stdout)
        self.setup(dashboards, "--force")
        self.assertEqual(len(monitors), RULES)
        self.assertNotEqual(monitors[first]["schedule"], "by hand")

    def test_opensearch_without_the_plugin(self):
        self.url = self.serve(test_setup.OPENSEARCH)
        dashboards = Kibana(self, opensearch=True)
        self.assertIn("alert rules: none, this server has no alerting plugin", self.setup(dashboards).stdout)
        self.assertTrue(dashboards.objects)

    def test_print_shows_what_is_sent(self):
        kibana = self.elasticsearch()
        shown = self.setup(kibana, "--print", product="elasticsearch").stdout
        self.assertEqual(kibana.requests, [])
        self.setup(kibana)
        for method, path in kibana.requests:
            if method != "GET":
                self.assertIn(f"{method} {kibana.url}{path}\n", shown)
        imported = [json.dumps(one, sort_keys=True) for one in kibana.objects.values()]
        printed = {json.dumps(json.loads(line), sort_keys=True) for line in shown.splitlines() if line.startswith("{")}
        self.assertLessEqual(set(imported), printed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
