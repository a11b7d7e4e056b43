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

    def run_program(self, *arguments, status=0, **environment):
        done = lab.Run(PROGRAM, *arguments, **environment)
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

    def start_bridge(self, config):
        bridge = subprocess.Popen([PROGRAM, "run", "-c", config], stderr=subprocess.PIPE, text=True)
        self.addCleanup(bridge.stderr.close)
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.terminate)
        return bridge

    def wait_for_event(self, bridge, name):
        for line in bridge.stderr:
            found = lab.event(line)
            if found.get("event") == name:
                return found
        self.fail(f"the bridge ended before {name}")

    def test_add(self):
        text = "# our customers\nfirst.example first # since 2020\n\nsub.second.example second\n"
        bridge = self.tenants_file(text)
        kibana = Kibana(self)
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
                ("a b", "x.example", "which tenant"), ("unclaimed", "x.example", "nobody claims"),
                ("default", "x.example", "nobody claims")):
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
            self.assertIn("take a user", refused.stderr)
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
        bridges = [self.start_bridge(config), self.start_bridge(config)]
        for bridge in bridges:
            self.wait_for_event(bridge, "ready")
        done = self.run_program("tenant", "add", "second", "--domains", "second.example", "-c", config)
        self.assertIn("2 running bridges read the configuration again", done.stdout)
        for bridge in bridges:
            self.wait_for_event(bridge, "reload")
        bridges[0].kill()
        bridges[0].wait()
        done = self.run_program("tenant", "add", "second", "--domains", "zweite.example", "-c", config)
        self.assertIn("1 running bridge reads", done.stdout)
        self.wait_for_event(bridges[1], "reload")
        bridges[1].terminate()
        bridges[1].wait()
        done = self.run_program("tenant", "add", "second", "--domains", "deux.example", "-c", config)
        self.assertIn("no bridge runs", done.stdout)

    def test_two_add_at_once(self):
        if self.opensearch:
            self.skipTest("the same for every server")
        config = self.configure(bridge=self.tenants_file("first.example first\n"))
        running = [subprocess.Popen([PROGRAM, "tenant", "add", f"t{n}", "--domains", f"d{n}.example,x.example",
                                     "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for n in range(8)]
        statuses = sorted(process.wait() for process in running)
        self.assertEqual(statuses, [0] + 7 * [2])
        self.assertEqual(len(lab.read(f"{self.place}/tenants").splitlines()), 3)

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
            self.assertIn(key if login[key] else "", done.stdout)
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
        self.run_program("setup", "-c", config, "--write-key", key_file, "--force")
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
