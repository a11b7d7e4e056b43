#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Customers taken in and out: logins, tenant add, move, export and delete.

test_tenant_commands.py PROGRAM   on each server with security that can be had
"""
import base64
import json
import os
import random
import re
import stat
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402
from kibana_script import Kibana  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
MIDNIGHT = 1735689600  # 2025-01-01
PASSWORD = "Kx7-mmPq92zt-long"
KINDS = ["dmarc_aggregate", "dmarc_failure", "tlsrpt_policy", "tlsrpt_failure", "feed", "domain_check"]


class Commands:
    """Mixed into a test case per server."""
    server = None

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)

    def setUp(self):
        # A prefix, a state directory and a mailbox for each test.
        self.name = re.sub(r"\W|_", "", self._testMethodName)[4:24]
        self.place = f"{self.directory}/{self.name}"
        os.makedirs(f"{self.place}/state")
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(f"{self.place}/maildir{folder}")
        self.mails = 0

    def configure(self, tenants="", bridge="", **output):
        path = f"{self.place}/c.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.place}/state\nlisten = none\n{bridge}"
                      f"[mailbox m]\nsource = maildir\npath = {self.place}/maildir\n"
                      + self.search.configuration("o", **{"index_prefix": self.name, **output})
                      + tenants)
        return path

    def run_program(self, *arguments, status=0, stdout=None):
        if stdout:
            with open(stdout, "w") as out:
                done = subprocess.run([PROGRAM, *arguments], stdout=out, stderr=subprocess.DEVNULL)
            self.assertEqual(done.returncode, status)
            return done
        done = lab.Run(PROGRAM, *arguments)
        self.assertEqual(done.status, status, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def ask(self, method, path, body=None, user=None, key=None):
        headers = dict(self.search.headers)
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(user).encode()).decode()
        if key:
            headers["Authorization"] = "ApiKey " + base64.b64encode(key.encode()).decode()
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.search.env["SEARCH_URL"] + path, method=method,
                                         headers=headers, data=data)
        try:
            with urllib.request.urlopen(request, context=self.search.tls) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def deliver(self, *mails):
        for mail in mails:
            self.mails += 1
            with open(f"{self.place}/maildir/new/{1700000000 + self.mails}.M{self.mails}.x", "wb") as out:
                out.write(mail)

    @property
    def opensearch(self):
        return self.server.startswith("os")

    # --- tenant add ---------------------------------------------------------------------

    def tenants_file(self, text):
        lab.write(f"{self.place}/tenants", text)
        return f"tenants_file = {self.place}/tenants\n"

    def audit(self):
        path = f"{self.place}/state/audit.log"
        return [lab.event(line) for line in lab.read(path).splitlines()] if os.path.exists(path) else []

    def test_add(self):
        text = "# our customers\nfirst.example first # since 2020\n\nsub.second.example second\n"
        bridge = self.tenants_file(text)
        kibana = Kibana(self, opensearch=self.opensearch)
        config = self.configure(bridge=bridge, kibana_url=kibana.url)
        os.chmod(f"{self.place}/tenants", 0o640)
        self.run_program("setup", "-c", config)
        done = self.run_program("tenant", "add", "third", "--domains", "third.example, Dritte.Example.",
                                "-c", config)
        self.assertIn("2 domains added", done.stdout)
        self.assertIn("no bridge runs", done.stdout)
        text += "third.example third\ndritte.example third\n"
        self.assertEqual(lab.read(f"{self.place}/tenants"), text)
        self.assertEqual(stat.S_IMODE(os.stat(f"{self.place}/tenants").st_mode), 0o640)
        # What is refused changes nothing.
        for name, domains, why in (
                ("fourth", "third.example", "belongs to tenant third"),
                ("fourth", "co.uk", "public suffix"),
                ("fourth", "a.example,com", "public suffix"),
                ("fourth", "mail.first.example", "lies below first.example of tenant first"),
                ("fourth", "second.example", "lies above sub.second.example of tenant second"),
                ("fourth", "not a domain", "no domain name"), ("fourth", "x.example\ny.example evil", "no domain name"),
                ("fourth", "# x", "no domain name"), ("fourth", " , ", "names none"),
                ("four-th", "x.example", "which tenant"), ("*", "x.example", "which tenant"),
                ("", "x.example", "which tenant"), ("../x", "x.example", "which tenant"),
                ("a b", "x.example", "which tenant"), ("unclaimed", "x.example", "reserved names"),
                ("default", "x.example", "reserved names")):
            refused = self.run_program("tenant", "add", name, "--domains", domains, "-c", config, status=2)
            self.assertIn(why, refused.stderr, (name, domains))
            self.assertEqual(len(refused.stderr.splitlines()) - len(refused.events) +
                             len([e for e in refused.events if "event" not in e]), 1, refused.stderr)
            self.assertEqual(lab.read(f"{self.place}/tenants"), text)
        self.assertEqual(sorted(os.listdir(self.place)), ["c.conf", "maildir", "state", "tenants"])
        self.run_program("tenant", "add", "fourth", "--domains", "mail.first.example", "-c", config, "--force")
        again = self.run_program("tenant", "add", "third", "--domains", "third.example", "-c", config)
        self.assertIn("0 domains added", again.stdout)
        self.assertIn("1 there already", again.stdout)
        # Who, when, what, also of what failed.
        lines = self.audit()
        self.assertTrue(all(line["uid"] == str(os.getuid()) and line["time"] for line in lines))
        commands = [(line["command"], line["result"]) for line in lines if line["result"] != "begun"]
        self.assertIn((f'tenant add fourth --domains "not a domain" -c {config}', "failed"), commands)
        self.assertIn(("tenant add fourth --domains mail.first.example -c " + config + " --force", "done"), commands)
        self.assertIn("failed", {result for _, result in commands})
        self.assertEqual(len(lines), 2 * len(commands))

    def test_add_with_setup_and_login(self):
        config = self.configure(bridge=self.tenants_file("first.example first\n"))
        self.run_program("setup", "-c", config)
        done = self.run_program("tenant", "add", "second", "--domains", "second.example", "-c", config,
                                "--reader", "user")
        password = re.search(rf"user {self.name}-second-reader, password (\S+)", done.stdout)[1]
        self.assertNotIn(password, done.stderr + json.dumps(self.audit()))
        who = {"user": (f"{self.name}-second-reader", password)}
        for tenant, status in (("second", 200), ("first", 403)):
            self.search.ask("PUT", f"/{self.name}-feed-{tenant}-2025.01/_create/1", {"a": 1})
            self.assertEqual(self.ask("GET", f"/{self.name}-feed-{tenant}-2025.01/_search", **who)[0], status)
        again = self.run_program("tenant", "add", "second", "--domains", "second.example", "-c", config,
                                 "--reader", "user", status=2)
        self.assertIn("is there already", again.stderr)
        self.assertEqual(self.ask("GET", f"/{self.name}-feed-second-2025.01/_search", **who)[0], 200)
        if self.opensearch:
            refused = self.run_program("tenant", "add", "second", "--domains", "second.example", "-c", config,
                                       "--reader", "api-key", status=2)
            self.assertIn("create a user", refused.stderr)
            return
        done = self.run_program("tenant", "add", "second", "--domains", "second.example", "-c", config,
                                "--reader", "api-key")
        key = re.search(r"API key (\S+)", done.stdout)[1]
        for tenant, status in (("second", 200), ("first", 403)):
            self.assertEqual(self.ask("GET", f"/{self.name}-feed-{tenant}-2025.01/_search", key=key)[0], status)

    def test_add_tells_the_running_bridge(self):
        if self.opensearch:
            self.skipTest("the same for every server")
        config = self.configure(bridge=self.tenants_file("first.example first\n") + "workers = 1\n")
        self.run_program("setup", "-c", config)
        bridges = [running.Running(self, PROGRAM, config) for _ in range(2)]
        for bridge in bridges:
            bridge.wait_for("ready")
        done = self.run_program("tenant", "add", "second", "--domains", "second.example", "-c", config)
        self.assertIn("2 running bridges read the configuration again", done.stdout)
        for bridge in bridges:
            bridge.wait_for("reload")
        bridges[0].kill()
        done = self.run_program("tenant", "add", "second", "--domains", "zweite.example", "-c", config)
        self.assertIn("1 running bridge reads", done.stdout)
        bridges[1].wait_for("reload", 2)
        bridges[1].stop()
        done = self.run_program("tenant", "add", "second", "--domains", "deux.example", "-c", config)
        self.assertIn("no bridge runs", done.stdout)

    def test_two_add_at_once(self):
        if self.opensearch:
            self.skipTest("the same for every server")
        config = self.configure(bridge=self.tenants_file("first.example first\n"))
        adding = [subprocess.Popen([PROGRAM, "tenant", "add", f"t{n}", "--domains", f"d{n}.example,x.example",
                                    "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for n in range(8)]
        statuses = sorted(process.wait() for process in adding)
        self.assertEqual(statuses, [0] + 7 * [2])
        self.assertEqual(len(lab.read(f"{self.place}/tenants").splitlines()), 3)

    # --- tenant move, export, list ---------------------------------------------------------

    TLS = json.dumps({
        "organization-name": "Example Inc.", "contact-info": "tls@r.example", "report-id": "tls-1",
        "date-range": {"start-datetime": "2025-01-31T00:00:00Z", "end-datetime": "2025-01-31T23:59:59Z"},
        "policies": [{"policy": {"policy-type": "sts", "policy-domain": "D"},
                      "summary": {"total-successful-session-count": 5, "total-failure-session-count": 3},
                      "failure-details": [{"result-type": "certificate-expired", "failed-session-count": n}
                                          for n in (1, 2)]}]})
    FAILURE = """From: a@r.example
Subject: FW: spam
Date: Wed, 01 Jan 2025 12:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=p

--p
Content-Type: text/plain

This is a report.
--p
Content-Type: message/feedback-report

Feedback-Type: auth-failure
User-Agent: x/1
Version: 1
Auth-Failure: dmarc
Arrival-Date: Wed, 01 Jan 2025 11:00:00 +0000
Reported-Domain: D
Source-IP: 192.0.2.9
Original-Mail-From: b@D

--p
Content-Type: text/rfc822-headers

From: x@D
Subject: h\u00e9 \\" \u2028
Message-ID: <1@D>

--p--
"""

    def mails_about(self, domain, records=3):
        text = sample_mail.dmarc_report("r.example", "d@r.example", domain, MIDNIGHT, random.Random(1)).decode()
        head, row, tail = re.match(r"(.*?)(<record>.*?</record>)(?:.*</record>)?(.*)", text, re.S).groups()
        rows = "".join(row.replace("<count>", f"<count>{n}") for n in range(records))
        yield sample_mail.mail("r@example.net", "Report", "text/xml", "r.xml", (head + rows + tail).encode(), MIDNIGHT)
        yield sample_mail.mail("r@example.net", "TLS", "application/tlsrpt+json", "r.json",
                               self.TLS.replace('"D"', f'"{domain}"').encode(), MIDNIGHT)
        yield self.FAILURE.replace("@D", "@" + domain).replace(": D\n", f": {domain}\n").replace(
            "\n", "\r\n").encode()

    def stored(self, tenant, prefix=None):
        """{(kind, period, id): members in their order}"""
        prefix = prefix or self.name
        self.search.ask("POST", f"/{prefix}-*/_refresh")
        request = urllib.request.Request(
            self.search.env["SEARCH_URL"] + f"/{prefix}-*-{tenant}-*/_search?size=9999", method="POST",
            headers=self.search.headers, data=b"{}")
        with urllib.request.urlopen(request, context=self.search.tls) as answer:
            hits = dict(dict(json.load(answer, object_pairs_hook=list))["hits"])["hits"]
        found = {}
        for hit in map(dict, hits):
            _, kind, _, period = hit["_index"].rsplit("-", 3)
            found[kind, period, hit["_id"]] = hit["_source"]
        return found

    @staticmethod
    def without_clock(found):
        return {key: [[name, value] for name, value in source
                      if name not in ("event.ingested", "feed.delay")] for key, source in found.items()}

    def everything(self):
        """All that the server has, to see what a command has touched."""
        listing = {index["index"]: index["docs.count"] for index in
                   self.search.ask("GET", "/_cat/indices?format=json&h=index,docs.count&expand_wildcards=all")
                   if not index["index"].startswith(".")}
        for path in (["/_plugins/_security/api/roles", "/_plugins/_security/api/tenants",
                      "/_plugins/_security/api/internalusers", "/_plugins/_security/api/rolesmapping"]
                     if self.opensearch else ["/_security/role", "/_security/user", "/_security/role_mapping"]):
            listing.update({f"{path} {name}": one for name, one in self.search.ask("GET", path).items()})
        for template in self.search.ask("GET", "/_index_template")["index_templates"]:
            listing[f"template {template['name']}"] = template
        return listing

    def fill_for_move(self, records=3):
        """Reports of D before anybody claimed it; the same in another prefix after."""
        others = "first.example first\n"
        config = self.configure(bridge=self.tenants_file(others))
        self.run_program("setup", "-c", config)
        for domain in ("moved.example", "mail.moved.example", "stays.example", "notmoved.example"):
            self.deliver(*self.mails_about(domain, records if domain == "moved.example" else 3))
        # A report of two domains, of which one is moved: its feed document stays.
        both = json.loads(self.TLS.replace('"D"', '"moved.example"'))
        both["report-id"] = "tls-both"
        both["policies"].append(json.loads(self.TLS.replace('"D"', '"stays.example"'))["policies"][0])
        self.deliver(sample_mail.mail("r@example.net", "TLS", "application/tlsrpt+json", "b.json",
                                      json.dumps(both).encode(), MIDNIGHT))
        self.run_program("run", "-c", config, "--once")
        before = self.stored("unclaimed")
        return config, before

    def redeliver(self):
        """All mails once more, into the folder they came to."""
        for root, _, files in os.walk(f"{self.place}/maildir"):
            if "/." in root[len(self.place):]:
                for name in files:
                    if ".M" in name:
                        os.rename(f"{root}/{name}", f"{self.place}/maildir/new/{name.partition(':')[0]}")

    def expected_after(self):
        """What run stores where acme has had the domain from the first."""
        self.redeliver()
        name, self.name = self.name, self.name + "x"
        text = lab.read(f"{self.place}/tenants")
        config = self.configure(bridge=self.tenants_file("first.example first\nmoved.example acme\n"))
        self.run_program("setup", "-c", config)
        self.run_program("run", "-c", config, "--once")
        expected = self.stored("acme"), self.stored("unclaimed")
        self.name = name
        lab.write(f"{self.place}/tenants", text)
        return expected

    def test_move(self):
        config, before = self.fill_for_move()
        acme, unclaimed = self.expected_after()
        config = self.configure(bridge=f"tenants_file = {self.place}/tenants\n")
        command = ["tenant", "move", "--from", "unclaimed", "--to", "acme", "-c", config]
        for arguments, why in ((["--domain", "moved.example"], "has no tenant acme"),
                               ([], "give --from"), (["--domain", "x", "--all"], "give --from"),
                               (["--all", "--since", "x"], "--since takes")):
            self.assertIn(why, self.run_program(*command, *arguments, status=2).stderr)
        self.run_program("tenant", "add", "acme", "--domains", "moved.example", "-c", config, "--setup")
        self.assertEqual(self.stored("unclaimed"), before, "nothing is moved by itself")
        for domain in ("stays.example", "*", "example", "a,b", "not a domain"):
            self.run_program(*command, "--domain", domain, status=2)
        shown = self.run_program(*command, "--domain", "moved.example", "--print")
        self.assertIn("documents to be moved", shown.stdout)
        self.assertEqual(self.stored("unclaimed"), before)
        untouched = self.everything()
        # Beyond the period nothing is moved.
        done = self.run_program(*command, "--domain", "moved.example", "--until", "2024-12-31")
        self.assertIn("0 documents moved", done.stdout)
        done = self.run_program(*command, "--domain", "moved.example", "--since", "2025-01-31",
                                "--until", "2025-02-01")
        self.assertNotIn("dmarc", done.stdout)
        done = self.run_program(*command, "--domain", "moved.example")
        self.assertIn("1 stay: documents of kind feed about mails that held reports of other domains", done.stdout)
        # As run would have stored them, but for the mail of two customers.
        moved, left = self.stored("acme"), self.stored("unclaimed")
        mixed = {key for key in acme if key not in moved}
        self.assertEqual({kind for kind, _, _ in mixed}, {"feed"})
        self.assertEqual(len(mixed), 1)
        self.assertEqual(self.without_clock({key: acme[key] for key in moved}), self.without_clock(moved))
        self.assertEqual({kind for kind, _, _ in moved}, set(KINDS) - {"domain_check"})
        # Each as it was, but for the tenant and the id.
        texts = sorted(json.dumps(source) for source in before.values())
        back = [json.dumps(source).replace('["organization.name", "acme"]', '["organization.name", "unclaimed"]')
                for source in moved.values()]
        self.assertEqual(sorted(back + [json.dumps(source) for source in left.values()]), texts)
        self.assertEqual({key for key in left if key not in before}, set())
        # Nothing of others.
        after = self.everything()
        for name in set(untouched) | set(after):
            if not re.match(rf"{self.name}-\w+-(acme|unclaimed)-2025", name):
                self.assertEqual(untouched.get(name), after.get(name), name)
        again = self.run_program(*command, "--domain", "moved.example")
        self.assertIn("0 documents moved", again.stdout)
        # A report that comes again meets itself.
        self.redeliver()
        self.run_program("run", "-c", config, "--once")
        listed = self.run_program("tenant", "list", "-c", config).stdout  # at once, not a second later
        self.assertRegex(listed, rf"(?m)^acme +\d+ +\d+ +{len(moved) + 1}$")
        self.assertEqual(len(self.stored("acme")), len(moved) + 1)  # the feed document of the mail of two
        # Renaming: all of it, and back; what is there already is no second time.
        self.run_program("tenant", "add", "newname", "--domains", "x.example", "-c", config, "--setup")
        self.run_program("tenant", "move", "--from", "acme", "--to", "newname", "--all", "-c", config)
        self.assertEqual(self.stored("acme"), {})
        self.assertEqual(len(self.stored("newname")), len(moved) + 1)
        listed = self.run_program("tenant", "list", "-c", config).stdout
        self.assertRegex(listed, rf"(?m)^newname +1 +\d+ +{len(moved) + 1}$")
        # Export: each document, and an error where one is missing.
        out = f"{self.place}/export.ndjson"
        done = self.run_program("tenant", "export", "newname", "--file", out, "-c", config)
        self.assertIn(f"{len(moved) + 1} documents of tenant newname", done.stdout)
        self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), 0o600)
        lines = [json.loads(line, object_pairs_hook=list) for line in lab.read(out).split("\n") if line]
        self.assertEqual(sorted(map(json.dumps, lines)), sorted(map(json.dumps, self.stored("newname").values())))
        done = self.run_program("tenant", "export", "newname", "-c", config)
        self.assertEqual(sorted(done.stdout.split("\n")), sorted(lab.read(out).split("\n")))
        self.assertIn("no tenant nobody", self.run_program("tenant", "export", "nobody", "-c", config, status=2).stderr)
        self.run_program("tenant", "export", "newname", "--file", "/nonexistent/x", "-c", config, status=2)
        self.run_program("tenant", "export", "newname", "-c", config, status=2, stdout="/dev/full")
        self.assertEqual([name for name in os.listdir(self.place) if name.startswith("export")], ["export.ndjson"])
        self.search.ask("POST", f"/{self.name}-feed-newname-2025.01/_close")
        broken = lab.Run(PROGRAM, "tenant", "export", "newname", "--file", f"{out}.2", "-c", config)
        self.assertEqual(broken.status, 2)
        self.assertIn("is closed", broken.stderr)
        self.assertFalse(os.path.exists(f"{out}.2"))
        self.search.ask("POST", f"/{self.name}-feed-newname-2025.01/_open")

    def test_move_is_killed(self):
        """Fifty times at any moment: at the end each document once, none lost."""
        if self.opensearch:
            self.skipTest("the same for every server")
        config, _ = self.fill_for_move(records=700)
        self.run_program("tenant", "add", "acme", "--domains", "moved.example", "-c", config, "--setup")
        total = len(self.ids("unclaimed"))
        there = ["tenant", "move", "--from", "unclaimed", "--to", "acme", "--domain", "moved.example", "-c", config]
        back = ["tenant", "move", "--from", "acme", "--to", "unclaimed", "--all", "-c", config]
        chance, kills, rounds, way = random.Random(5), 0, 0, there
        started = time.monotonic()
        self.run_program(*there)
        whole = time.monotonic() - started
        moved = self.ids("acme")
        way = back
        while kills < lab.kills(50):
            process = subprocess.Popen([PROGRAM, *way], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                status = process.wait(timeout=chance.uniform(0, whole))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                # A server takes 500 scrolls at once, and a killed reader leaves its own for two minutes.
                self.search.ask("DELETE", "/_search/scroll/_all")
                kills += 1
                # Never fewer than there were; at most a batch is there twice.
                self.assertGreaterEqual(len(self.ids("acme")) + len(self.ids("unclaimed")), total)
                continue
            self.assertEqual(status, 0)
            rounds += 1
            way = there if way is back else back
        self.run_program(*back)
        self.run_program(*there)
        self.assertEqual(self.ids("acme"), moved)
        self.assertEqual(len(moved) + len(self.ids("unclaimed")), total)
        print(f"killed {kills} times in {rounds + 2} moves of {len(moved)} documents: lost 0, doubled 0; "
              f"a move takes {whole:.1f} s")

    def ids(self, tenant):
        """(index, id) of each, over pages."""
        found = set()
        self.search.ask("POST", f"/{self.name}-*/_refresh")
        answer = self.search.ask("POST", f"/{self.name}-*-{tenant}-*/_search?scroll=1m",
                                 {"size": 5000, "_source": False})
        while answer["hits"]["hits"]:
            found.update((hit["_index"], hit["_id"]) for hit in answer["hits"]["hits"])
            answer = self.search.ask("POST", "/_search/scroll",
                                     {"scroll": "1m", "scroll_id": answer["_scroll_id"]})
        return found

    # --- tenant delete ------------------------------------------------------------------------

    def everything_in(self, kibana):
        return {**{("space", name): one for name, one in kibana.spaces.items()}, **kibana.objects, **kibana.rules}

    def test_delete(self):
        kibana = Kibana(self, opensearch=self.opensearch)
        tenants = "[tenant a]\nretention = 30d\n[tenant a_b]\nretention = 30d\n[tenant b]\nretention = 20d\n"
        bridge = self.tenants_file("a.example a\nab.example a_b\nb.example b\nc.example c\n")
        config = self.configure(tenants, bridge, kibana_url=kibana.url, retention="400d")
        self.run_program("setup", "-c", config)
        before = {**self.everything(), **self.everything_in(kibana)}

        # One with its own retention, one that shares it, one as all others.
        def delete_all(added):
            shown = self.run_program("tenant", "delete", added, "-c", config)
            self.assertIn("--yes deletes them", shown.stdout)
            deleted = self.run_program("tenant", "delete", added, "-c", config, "--yes")
            self.assertEqual([line.partition(":")[0] for line in shown.stdout.splitlines()
                              if "to be deleted" in line],
                             [line.partition(":")[0] for line in deleted.stdout.splitlines()
                              if line.endswith(": deleted") or "deleted" in line and line.startswith("tenant ")])
            return deleted.stdout
        with_new = tenants + "[tenant leaver]\nretention = 10d\n"
        text = lab.read(f"{self.place}/tenants")
        config = self.configure(with_new, bridge, kibana_url=kibana.url, retention="400d")
        readers = ["user"] if self.opensearch else ["user", "api-key"]
        for reader in readers:
            self.run_program("tenant", "add", "leaver", "--domains", "leaver.example", "-c", config, "--reader", reader)
        self.run_program("setup", "-c", config)
        for domain in ("leaver.example", "a.example", "ab.example"):
            self.deliver(*self.mails_about(domain))
        self.run_program("run", "-c", config, "--once")
        others = self.stored("a")
        os.makedirs(f"{self.place}/state/domains/leaver")
        lab.write(f"{self.place}/state/domains/leaver/leaver.example", "x")
        letters = f"{self.place}/state/dead-letters.ndjson"
        with open(letters, "w") as out:
            for tenant in ("a", "leaver"):
                out.write(json.dumps({"first": "2025-01-01T00:00:00Z", "last": "2025-01-01T00:00:00Z", "count": 1,
                                      "status": 400, "type": "t", "reason": "r", "document": "{}", "action": {
                                          "create": {"_index": f"{self.name}-feed-{tenant}-2025.01", "_id": "x"}}}) + "\n")
        if self.opensearch:
            hashed = 0
            for letter in "leaver":
                hashed = (hashed * 31 + ord(letter)) % 2**32
            objects = f".kibana_{hashed - 2**32 if hashed >= 2**31 else hashed}_leaver_1"
            self.search.ask("PUT", f"/{objects}", {})
            self.search.ask("PUT", f"/_plugins/_security/api/rolesmapping/{self.name}-leaver-reader",
                            {"users": ["somebody"]})
        else:
            self.search.ask("PUT", "/_security/user/somebody",
                            {"password": PASSWORD, "roles": [f"{self.name}-leaver-reader", f"{self.name}-a-reader"]})
        refused = self.run_program("tenant", "delete", "leaver", "-c", config, "--yes", status=2)
        self.assertIn("still in the configuration", refused.stderr)
        for name in ("nobody", "*", "", "A", "a,b", "_all", "../a", "unclaimed"):
            self.run_program("tenant", "delete", name, "-c", config, "--yes", status=2)
        self.assertEqual(self.stored("a"), others)
        lab.write(f"{self.place}/tenants", text)
        config = self.configure(tenants, bridge, kibana_url=kibana.url, retention="400d")
        told = delete_all("leaver")
        self.assertIn("mailbox m: report mails about tenant leaver that are archived stay", told)
        if not self.opensearch:
            self.assertIn(f"user somebody: stays, and has the role {self.name}-leaver-reader", told)
            self.search.ask("DELETE", "/_security/user/somebody")
            keys = self.search.ask("GET", f"/_security/api_key?name={self.name}-leaver-reader")["api_keys"]
            self.assertEqual([key["invalidated"] for key in keys], [True])
        else:
            self.assertIn(f"index {objects} with the dashboards: deleted", told)
            self.assertNotIn(objects, str(self.search.ask("GET", "/_cat/indices?format=json&expand_wildcards=all")))
        after = {**self.everything(), **self.everything_in(kibana)}
        # Dashboards keeps its objects in the index above, and the stand-in in itself.
        self.assertEqual([key for key in after if "leaver" in str(key)
                          and not (self.opensearch and key[0] == "leaver")], [])
        stored = re.compile(rf"{self.name}-\w+-(a|a_b|unclaimed)-2025")
        for key in set(before) | set(after):
            if not stored.match(str(key)) and not (self.opensearch and key[0] == "leaver"):
                self.assertEqual(before.get(key), after.get(key), key)
        self.assertEqual(self.stored("a"), others)
        self.assertEqual(os.listdir(f"{self.place}/state/domains"), [])
        self.assertEqual([json.loads(line)["action"]["create"]["_index"] for line in lab.read(letters).splitlines()],
                         [f"{self.name}-feed-a-2025.01"])
        self.assertIn("no tenant leaver", self.run_program("tenant", "delete", "leaver", "-c", config,
                                                        status=2).stderr)
        self.assertIn(f"tenant delete leaver -c {config} --yes", [line["command"] for line in self.audit()])
        # Those of one retention share a template, which loses the patterns of the one.
        fewer = tenants.replace("[tenant a]\nretention = 30d\n", "")
        lab.write(f"{self.place}/tenants", text.replace("a.example a\n", "", 1))
        self.run_program("delete-tenant", "a", "-c", self.configure(fewer, bridge, kibana_url=kibana.url, retention="400d"),
                         "--yes")
        template = self.search.ask("GET", f"/_index_template/{self.name}-feed-30d")["index_templates"][0]
        self.assertEqual(template["index_template"]["index_patterns"], [f"{self.name}-feed-a_b-*"])
        self.assertEqual(self.stored("a"), {})
        self.assertTrue(self.stored("a_b"))

    # --- the login of run -------------------------------------------------------------

    def make_administrator(self):
        """With the privileges that the README names, and no others."""
        name, prefix = f"{self.name}-admin", self.name
        if self.opensearch:
            return self.search.env["SEARCH_USER"], self.search.env["SEARCH_PASSWORD"]
        self.search.ask("PUT", f"/_security/role/{name}", {
            "cluster": ["monitor", "manage_index_templates", "manage_ilm", "manage_security"],
            "indices": [{"names": [f"{prefix}-*"], "privileges": ["manage"]}]})
        self.search.ask("PUT", f"/_security/user/{name}", {"password": PASSWORD, "roles": [name]})
        return name, PASSWORD

    def test_the_writers_key(self):
        user, password = self.make_administrator()
        key_file = f"{self.place}/key"
        setup = {"setup_user": user, "setup_password_command": f"echo {password}"}
        config = self.configure(user=user, password_command="echo unused", **setup)
        done = self.run_program("setup", "-c", config, "--write-key", key_file)
        secret = lab.read(key_file).strip()
        self.assertEqual(stat.S_IMODE(os.stat(key_file).st_mode), 0o600)
        self.assertNotIn(secret.rpartition(":")[2], done.stdout + done.stderr)
        login = ({"user": f"{self.name}-writer", "password_file": key_file} if self.opensearch else
                 {"user": None, "password_command": None, "api_key_file": key_file})
        for key in login:
            self.assertIn(f"{key} = {login[key]}" if login[key] else "", done.stdout)
        if self.opensearch:
            login["password_command"] = None
        config = self.configure(**login, **setup)
        domain = "writer.example"
        self.deliver(sample_mail.mail(
            "r@example.net", "Report", "text/xml", "r.xml",
            sample_mail.dmarc_report("r.example", "d@r.example", domain, MIDNIGHT, random.Random(1)),
            MIDNIGHT))
        self.run_program("check", "-c", config)
        done = self.run_program("run", "-c", config, "--once")
        self.assertEqual(done.round()["archived"], "1")
        self.assertEqual(self.search.count(self.name, "feed"), 1)
        # It can add, and nothing else.
        who = {"user": (login["user"], secret)} if self.opensearch else {"key": secret}
        self.assertEqual(self.ask("GET", f"/{self.name}-feed-*/_search", **who)[0], 403)
        for method, path, body in (("DELETE", f"/{self.name}-feed-default-2025.01", None),
                                   ("PUT", "/other/_create/1", {"a": 1}),
                                   ("PUT", f"/_index_template/{self.name}-feed", {"index_patterns": ["x"]}),
                                   ("PUT", "/_security/user/x", {"password": PASSWORD, "roles": []}),
                                   ("PUT", "/_plugins/_security/api/internalusers/x", {"password": PASSWORD})):
            self.assertIn(self.ask(method, path, body, **who)[0], (400, 401, 403, 405), path)
        # Nothing but the login is left of its making.
        users = self.search.ask("GET", "/_plugins/_security/api/internalusers" if self.opensearch
                                else "/_security/user")
        self.assertEqual([u for u in users if u.startswith(f"{self.name}-writer")],
                         [f"{self.name}-writer"] if self.opensearch else [])
        # A second time keeps it, by force there is another one.
        again = self.run_program("setup", "-c", config, "--write-key", key_file)
        self.assertIn("was kept", again.stdout)
        self.assertEqual(lab.read(key_file).strip(), secret)
        other = self.run_program("setup", "-c", config, "--write-key", key_file, "--force")
        self.assertIn("login of run:", other.stdout)
        self.assertNotIn("; put", other.stdout)  # the configuration names it
        self.assertNotEqual(lab.read(key_file).strip(), secret)
        self.run_program("check", "-c", config)
        for path in ("/nonexistent/key", f"{self.place}/none/key"):
            self.run_program("setup", "-c", config, "--write-key", path, status=2)
        self.assertEqual(os.listdir(self.place).count("key"), 1)
        self.assertEqual([n for n in os.listdir(self.place) if n.startswith(".key")], [])


class Elasticsearch8(Commands, unittest.TestCase):
    server = "es8"


class OpenSearch2(Commands, unittest.TestCase):
    server = "os2s"


if __name__ == "__main__":
    unittest.main(verbosity=2)
