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
