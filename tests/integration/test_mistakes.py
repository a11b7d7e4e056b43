#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mistakes that people make, and the message that each of them is answered with.

test_mistakes.py PROGRAM   runs each mistake and prints the table; rows that need
                           Elasticsearch are skipped where it cannot be had
"""
import os
import random
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
TABLE = []
BOM = "\ufeff"


def report_mail(number):
    day = 1735689600 + number * 86400
    report = sample_mail.tls_report("example.com", day, 1, random.Random(number))
    return sample_mail.mail("r@example.net", f"Report {number}", "application/tlsrpt+json", "r.json",
                            report, day)


class Mistakes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")
        cls.files = lab.Files(f"{cls.directory}/files")

    @classmethod
    def tearDownClass(cls):
        for mistake, message in TABLE:
            print(f"| {mistake} | {message} |")

    def setUp(self):
        self.state = f"{self.directory}/state-{self._testMethodName}"
        self.maildir = f"{self.directory}/maildir-{self._testMethodName}"
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(self.maildir + folder)
        self.local = f"[mailbox m]\nsource = maildir\npath = {self.maildir}\n"
        self.out = self.files.configuration(self._testMethodName)

    # --- how a mistake is made ---------------------------------------------------

    def conf(self, text, head=""):
        path = f"{self.directory}/{self._testMethodName}.conf"
        lab.write(path, f"[bridge]\nstate_directory = {self.state}\n{head}{text}")
        return path

    def run_program(self, *arguments, stdin=subprocess.DEVNULL, **more):
        """Its status; self.said is all it wrote."""
        done = subprocess.run([PROGRAM, *arguments], stdin=stdin, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self.printed, self.said = done.stdout, done.stderr + done.stdout
        return done.returncode

    def named(self, mistake, status, *words, unsaid=()):
        """The line that has all of the words, and nothing that must not be said."""
        found = next((line for line in self.said.splitlines()
                      if all(word in line for word in words)), None)
        self.assertIsNotNone(found, f"{mistake}: no line has {words}:\n{self.said}")
        for word in unsaid:
            self.assertNotIn(word, self.said, mistake)
        self.assertEqual(self.status, status, f"{mistake}:\n{self.said}")
        found = found.replace(self.directory, "/…")
        TABLE.append((mistake, re.sub(r"127\.0\.0\.1:\d{4,}", "127.0.0.1:9200", found)[:260]))

    def check(self, text, mistake, status, *words, head="", unsaid=(), **more):
        self.status = self.run_program("check", "-c", self.conf(text, head), **more)
        self.named(mistake, status, *words, unsaid=unsaid)

    def do(self, arguments, mistake, status, *words, unsaid=(), **more):
        self.status = self.run_program(*arguments, **more)
        self.named(mistake, status, *words, unsaid=unsaid)

    def mailbox(self, **changes):
        return self.imap.configuration("u", **changes)

    def needs_search(self):
        if self.search.missing:
            self.skipTest(self.search.missing)

    def elastic(self, prefix, **changes):
        return self.search.configuration(prefix, **changes)

    def deliver(self, count, first=0):
        for number in range(first, first + count):
            name = f"{1700000000 + number}.M.x"
            with open(f"{self.maildir}/tmp/{name}", "wb") as out:
                out.write(report_mail(number))
            os.rename(f"{self.maildir}/tmp/{name}", f"{self.maildir}/new/{name}")

    # --- the configuration ---------------------------------------------------------

    def test_values(self):
        self.check(self.mailbox() + "password = secret\n" + self.out, "password = secret", 2,
                   "password_file, password_command or password_env")
        self.check(self.mailbox() + self.elastic("x", retention="90") if not self.search.missing
                   else self.mailbox() + "[output x]\nurls = http://localhost\nretention = 90\n",
                   "retention = 90", 2, "retention", "400d")
        for value in ("com", "co.uk"):
            self.check(self.mailbox() + self.out + f"[tenant acme]\ndomains = {value}\n",
                       f"domains = {value}", 2, value, "public suffix")
        self.check(self.mailbox() + self.out + "[tenant acme]\ndomains =\n", "domains =", 2, "domains")
        self.check(self.mailbox() + "user = w\n" + self.out, "user given twice", 2, "user", "already")
        self.check(self.mailbox(host="imaps://localhost") + self.out, "host = imaps://localhost", 2,
                   "give the name alone", "port")
        self.check(self.mailbox(host="localhost:993") + self.out, "host = localhost:993", 2,
                   "give the name alone", "port = 993")
        for url in ("htp://localhost:9200", "localhost:9200"):
            self.check(self.mailbox() + f"[output x]\nurls = {url}\n", f"urls = {url}", 2, "urls",
                       "https:// or http://")
        self.check(self.mailbox() + "[output x]\nurls = http://localhost:9200\n"
                   "kibana_url = localhost:5601\n", "kibana_url = localhost:5601", 2, "kibana_url",
                   "https:// or http://")
        self.check(self.mailbox() + "since = 30\n" + self.out, "since = 30", 2, "since = 30", "30d")
        self.check(self.mailbox() + "since = 2w\n" + self.out, "since = 2w", 0, "mailbox u: ok")

    def test_several_errors(self):
        self.check(self.mailbox() + "fodler = INBOX\npoll = 5 minuets\n" + self.out,
                   "two errors in a file", 2, "fodler", "did you mean 'folder'")
        self.assertIn("poll", self.said)

    def test_byte_order_marks_and_blanks(self):
        path = self.conf(self.mailbox() + self.out)
        lab.write(path, BOM + lab.read(path))
        self.do(["check", "-c", path], "byte order mark in the configuration", 0, "configuration",
                "ok")
        secret = f"{self.directory}/secret"
        lab.write(secret, BOM + "secret\r\n")
        os.chmod(secret, 0o600)
        text = self.mailbox(password_command=None, password_file=secret) + self.out
        self.check(text, "byte order mark in a secret", 0, "mailbox u: ok")
        lab.write(secret, "secret \n")
        self.check(text, "a blank at the end of a secret", 2, "ends in a blank", secret)

    def test_files_and_their_rights(self):
        secret = f"{self.directory}/key"
        lab.write(secret, "secret\n")
        text = self.mailbox(password_command=None, password_file=secret) + self.out
        os.chmod(secret, 0o666)
        self.check(text, "secret file with mode 666", 0, "every user may write the file", "chmod 600")
        lab.write(f"{self.directory}/empty.pem", "no certificate\n")
        self.check(self.mailbox(ca_file=f"{self.directory}/empty.pem") + self.out,
                   "ca_file is no PEM", 2, "ca_file", "holds no certificate", "PEM")
        self.check(self.mailbox(ca_file="/nowhere.pem") + self.out, "ca_file is missing", 2,
                   "ca_file /nowhere.pem: No such file")

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_files_of_another_user(self):
        """As in a container, or a service whose user is not the owner."""
        secret = f"{self.directory}/roots"
        lab.write(secret, "secret\n")
        os.chmod(secret, 0o600)
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        shutil.chown(f"{self.files.directory}/{self._testMethodName}", "nobody")
        text = self.mailbox(password_command=None, password_file=secret) + self.out
        self.check(text, "secret not readable for the service", 2, "password_file", "user id 65534",
                   "chown", "LoadCredential=", **user)
        os.mkdir(self.state)
        self.check(self.mailbox() + self.out, "state_directory of root", 2, "state_directory",
                   "user id 65534 may not write", "chown", **user)

    def test_check_touches_nothing(self):
        self.check(self.local + self.out, "check without a state directory", 0, "configuration", "ok")
        self.assertFalse(os.path.exists(self.state))

    def test_a_subdomain_of_another_tenant(self):
        self.check(self.local + self.out + "[tenant a]\ndomains = example.com\n"
                   "[tenant b]\ndomains = eu.example.com\n", "a sub-domain claimed by another tenant", 0,
                   "tenant b: has eu.example.com", "example.com is tenant a's")

    def test_the_service_is_not_restarted_for_a_wrong_configuration(self):
        self.status = 2
        self.said = lab.read(f"{HERE}/../../contrib/reportbridge.service")
        self.named("configuration error under systemd", 2, "RestartPreventExitStatus=2")

    # --- the command line --------------------------------------------------------------

    def test_options(self):
        self.do(["help", "help"], "help help", 0, "usage: reportbridge COMMAND")
        for option in ("-v", "-V"):
            self.do([option], option, 0, "reportbridge 0.")
        self.do(["prase"], "prase", 2, "did you mean 'parse'")
        self.do(["parse", "--summary"], "parse --summary", 2, "did you mean --format summary")
        # Messages name the whole command; an option of another one is refused.
        for words, expected in (("tenant add --domain=x", "reportbridge tenant add: an option of another command"),
                                ("tenant move --bogus", "reportbridge tenant move: unknown option --bogus"),
                                ("tenant export t --since", "reportbridge tenant export: --since needs a value"),
                                ("run --yes", "reportbridge run: an option of another command"),
                                ("enrich --since soon", "--since takes days (30d), weeks (4w) or a date")):
            self.do(words.split(), words, 2, expected)
        self.assertEqual(len(self.said.splitlines()), 1)
        self.do(["run", "-c"], "run -c", 2, "-c", "help run")
        self.assertEqual(len(self.said.splitlines()), 1, self.said)

    def test_parse(self):
        with open(f"{self.directory}/mail", "wb") as out:
            out.write(report_mail(1))
        with open(f"{self.directory}/mail", "rb") as stdin:
            self.do(["parse"], "cat mail | reportbridge parse", 0, '"event.dataset":"tlsrpt_policy"',
                    stdin=stdin)
        self.do(["parse", "--format", "html", "nope"], "parse --format html nope >page.html", 2, "nope",
                "No such file")
        self.assertEqual(self.printed, "")

    def test_report(self):
        config = self.conf(self.local + self.out + "[tenant a]\ndomains = example.com\n")
        self.do(["report", "-c", config, "--tenant", "nobody"], "report --tenant nobody", 2,
                "no such tenant")
        self.do(["report", "-c", config, "--since", "2130-01-01"], "report --since 2130-01-01", 2,
                "future")
        self.do(["report", "-c", config, "--format", "summary", "--since", "2w"], "report --since 2w", 0,
                "There are no reports")
        self.do(["report", "-c", config, "--since", "30"], "report --since 30", 2, "30d", "4w")

    def test_delete_tenant(self):
        config = self.conf(self.local + self.out + "[tenant a]\ndomains = example.com\n")
        self.do(["delete-tenant", "aa", "-c", config], "delete-tenant with a mistyped name", 2,
                "there is no tenant aa")
        self.named("delete-tenant with a file output", 2, "not a search server", "by hand")
        self.do(["delete-tenant", "a", "-c", config], "delete-tenant, still configured", 2,
                "still in the configuration")

    def test_two_runs(self):
        config = self.conf(self.local + "poll = 1s\n" + self.out)
        with subprocess.Popen([PROGRAM, "run", "-c", config], stderr=subprocess.PIPE, text=True) as first:
            first.stderr.readline()  # ready
            self.do(["run", "--once", "-c", config], "two run at once", 0, "another reportbridge run",
                    "shard")
            first.terminate()
            first.stderr.read()

    # --- servers -------------------------------------------------------------------------

    def test_a_refused_login_at_the_mail_server(self):
        text = self.mailbox(password_command="echo wrong")
        self.check(text + self.out, "wrong password of the mailbox, check", 2,
                   "user name or password refused", "check user and password")
        with subprocess.Popen([PROGRAM, "run", "-c", self.conf(text + self.out)],
                              stderr=subprocess.PIPE, text=True) as process:
            line = next(line for line in process.stderr if "visit-failed" in line)
            process.terminate()
            process.stderr.read()
        # The first pause of what only a person can repair; it grows to 15 min.
        self.assertGreaterEqual(int(lab.event(line)["retry_ms"]), 30000)
        self.said, self.status = line, 0
        self.named("wrong password of the mailbox, run", 0, "password refused", "retry_ms=")

    def test_a_search_server_that_is_not_there(self):
        self.check(self.local + "[output x]\nurls = http://127.0.0.1:1\n", "search server down", 3,
                   "http://127.0.0.1:1", "connect", unsaid=("setup needs", "product"))

    def test_a_wrong_search_login(self):
        self.needs_search()
        wrong = self.elastic("x", password_command="echo wrong")
        self.check(self.local + wrong, "wrong password of the search server, check", 2, "401",
                   "check user, password_command", unsaid=("filter_path", "setup needs", "product"))
        self.deliver(1)
        self.do(["run", "--once", "-c", self.conf(self.local + wrong)],
                "wrong password of the search server, run", 2, "401", "check user, password_command",
                unsaid=("filter_path",))

    def test_a_wrong_url(self):
        self.needs_search()
        url = self.search.env["SEARCH_URL"]
        self.check(self.local + self.elastic("x", urls=url.replace("http:", "https:"), ca_file=None),
                   "https URL to a plain http server", 3, "does not begin with TLS", "http URL",
                   unsaid=("setup needs",))
        self.check(self.local + self.elastic("x", urls=f"{url}/nope"), "a path in urls", 0,
                   "path in urls")

    def test_a_key_for_another_prefix(self):
        self.needs_search()
        key = self.search.ask("POST", "/_security/api_key", {"name": "k", "role_descriptors": {
            "w": {"cluster": ["monitor"], "index": [
                {"names": ["dmarc-*"], "privileges": ["create_doc", "auto_configure"]}]}}})
        self.search.set_up(PROGRAM, self.conf(self.local + self.elastic("other")))
        text = self.local + self.elastic("other", user=None, password_command=None,
                                         api_key_command=f"echo {key['encoded']}")
        self.check(text, "API key for another prefix, check", 2, "index other-", "create_doc",
                   "auto_configure")
        self.deliver(1)
        self.do(["run", "--once", "-c", self.conf(text)], "API key for another prefix, run", 3,
                "other-", "create_doc")
        for command in (["retention"], ["delete-tenant", "gone"]):
            self.do([*command, "-c", self.conf(text)], f"write-only key for {command[0]}", 2,
                    "view_index_metadata", "setup_user")

    def test_indices_that_cannot_be_written(self):
        self.needs_search()
        text = self.local + self.elastic("blocked", retry="1s")
        self.search.set_up(PROGRAM, self.conf(text))
        self.deliver(1)
        self.assertEqual(self.run_program("run", "--once", "-c", self.conf(text)), 0, self.said)
        index = next(i["index"] for i in self.search.ask("GET", "/_cat/indices/blocked-*?format=json")
                     if "tlsrpt_policy-" in i["index"])
        self.deliver(1, 1)
        for mistake, path, body, undo, *words in (
                ("write block", f"/{index}/_settings", {"index.blocks.write": True},
                 ("PUT", f"/{index}/_settings", {"index.blocks.write": None}), "blocked for writing",
                 "index.blocks"),
                ("closed index", f"/{index}/_close", None, ("POST", f"/{index}/_open", None),
                 "is closed: open it")):
            self.search.ask("POST" if body is None else "PUT", path, body)
            self.do(["run", "--once", "-c", self.conf(text)], mistake, 3, index, *words)
            self.search.ask(*undo)

    def test_no_shards_left(self):
        self.needs_search()
        text = self.local + self.elastic("shards", retry="1s")
        self.search.set_up(PROGRAM, self.conf(text))
        self.deliver(1)
        limit = {"persistent": {"cluster.max_shards_per_node": 1}}
        self.search.ask("PUT", "/_cluster/settings", limit)
        try:
            self.do(["run", "--once", "-c", self.conf(text)], "no shards left", 3, "shards-",
                    "cluster.max_shards_per_node")
        finally:
            limit["persistent"]["cluster.max_shards_per_node"] = None
            self.search.ask("PUT", "/_cluster/settings", limit)

    def test_kibana_is_not_there(self):
        self.needs_search()
        text = self.local + self.elastic("kib", kibana_url="http://127.0.0.1:1")
        config = self.conf(text)
        self.do(["setup", "-c", config], "kibana_url of a Kibana that is down, setup", 3, "kibana_url",
                "127.0.0.1:1", unsaid=("created",))
        self.assertEqual(self.search.ask("GET", "/_cat/templates/kib-*?format=json"), [])
        self.search.set_up(PROGRAM, self.conf(self.local + self.elastic("kib")))
        self.check(text, "kibana_url of a Kibana that is down, check", 3, "kibana_url", "127.0.0.1:1")


if __name__ == "__main__":
    unittest.main()
