#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Notifications: who hears what, once, whatever is killed, away or hostile.

test_notify.py PROGRAM STEP-PROGRAM   with a real Exim, and a receiver of webhooks
"""
import glob
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib"]
import lab  # noqa: E402
import receivers  # noqa: E402
import running  # noqa: E402
from tenants import Tenants  # noqa: E402

PROGRAM, STEP_PROGRAM = map(os.path.abspath, sys.argv[1:3])
del sys.argv[1:3]
KILLS = lab.kills(50)
STEP_EXIT_STATUS = 99
EVIL = ("evil.example\r\nBcc: victim@example.org\n\n<script>alert(1)</script><!channel> &lt; [x](http://evil)"
        "\u202egnp.\x1b[31m\0 grüß" + "W" * 1500)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.exim = receivers.Exim(cls, f"{cls.directory}/exim")
        cls.hook = receivers.Webhook(cls, f"{cls.directory}/exim/good.pem", f"{cls.directory}/exim/good.key")

    def setUp(self):
        self.exim.forget()
        self.hook.forget()
        self.place = f"{self.directory}/{self.id().rsplit('.', 1)[1]}"
        os.mkdir(self.place)
        self.tenants = Tenants(PROGRAM, f"{self.place}/reports")

    def configure(self, sections, tenants=("acme", "beta"), mail=None, head="", **contacts):
        self.config = f"{self.place}/bridge.conf"
        text = self.tenants.configuration(f"{self.place}/state", tenants, **contacts)
        lab.write(self.config, text.replace("[mailbox m]", head + "[mailbox m]") +
                  (self.exim.configuration() if mail is None else mail) + sections)

    def notify(self, program=PROGRAM, **environment):
        return lab.Run(program, "notify", "-c", self.config, **environment)

    def webhook(self, **changes):
        settings = {"type": "webhook", "url": self.hook.url(), "ca_file": self.exim.env["CA_FILE"],
                    "min_age": "0s", **changes}
        return "[notify hook]\n" + lab.lines(settings)

    def mail(self, **changes):
        return "[notify mail]\n" + lab.lines({"min_age": "0s", **changes})


class Words(Case):
    def test_what_is_new_worse_and_resolved(self):
        self.configure(self.mail(states="new, worse, resolved") + self.webhook() +
                       "[service]\nservice_name = Mail Wächter\nfooter = Questions: help@bridge.example\n"
                       "page_url = https://pages.example/{tenant}.html\n", acme="admin@acme.example")
        for variant, start in (("good", None), ("bad", "Critical: "), ("bad", None), ("good", "Resolved: "),
                               ("good", None), ("bad", "Critical: ")):
            self.exim.forget()
            self.hook.forget()
            self.tenants.set("acme", variant)
            self.tenants.set("beta", "good")
            done = self.notify()
            self.assertEqual((done.status, done.stderr), (0, ""))
            mails, posts = self.exim.mails(), self.hook.posts
            self.assertEqual((len(mails), len(posts)), (1, 1) if start else (0, 0))
            if not start:
                self.assertEqual(done.stdout, "0 messages sent, 0 waiting\n")
                continue
            self.assertEqual(done.stdout, "2 messages sent, 0 waiting\n")
            self.assertTrue(mails[0]["Subject"].startswith(start + "Mail from example.com"), mails[0]["Subject"])
            self.assertEqual((mails[0]["To"], mails[0]["Envelope-to"]), ("admin@acme.example",) * 2)
            self.assertEqual(mails[0]["From"], "Mail Wächter <reports@bridge.example>")
            self.assertEqual(mails[0]["Auto-Submitted"], "auto-generated")
            text = mails[0].get_content()
            first = text.split("\n")[0]
            self.assertIn("example.com", first)
            self.assertRegex(first, "No action needed" if start == "Resolved: " else "Compare the key|Check that")
            self.assertIn("https://pages.example/acme.html", text)
            self.assertIn("Questions: help@bridge.example", text)
            change = posts[0][2]["changes"][0]
            self.assertEqual(change["state"], "resolved" if start == "Resolved: " else "new")
            self.assertEqual(change["code"], "service-broke")
            self.assertEqual(posts[0][2]["tenant"], "acme")
            self.assertEqual(posts[0][1]["Idempotency-Key"], f'"{posts[0][2]["id"]}"')

    def test_one_message_per_tenant_and_run(self):
        self.configure(self.mail(to="ops@bridge.example, noc@bridge.example"))
        for tenant in ("acme", "beta"):
            self.tenants.set(tenant, "worse", domain=f"{tenant}.example")
        self.assertEqual(self.notify().stdout, "2 messages sent, 0 waiting\n")
        mails = self.exim.mails()
        self.assertEqual({m["To"] for m in mails}, {"ops@bridge.example, noc@bridge.example"})
        for mail in mails:
            self.assertRegex(mail["Subject"], r"\(and \d+ more\)$")
            self.assertIn("192.0.2.10", mail.get_content())
            self.assertIn("news.example", mail.get_content())

    def test_what_is_below_the_severity_is_not_told(self):
        self.configure(self.mail(to="ops@bridge.example", severity="critical") + self.webhook(severity="warning"))
        self.tenants.set("acme", "notice")
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")
        self.assertEqual({c["severity"] for c in self.hook.posts[0][2]["changes"]}, {"warning"})

    def test_reports_that_end_resolve_nothing(self):
        self.configure(self.webhook())
        self.tenants.set("acme", "bad")
        self.notify()
        self.hook.forget()
        for variant in ("silent", None):
            self.tenants.set("acme", variant)
            done = self.notify()
            self.assertEqual((done.status, done.stdout), (0, "0 messages sent, 0 waiting\n"))

    def test_a_tenant_that_is_gone_is_forgotten(self):
        self.configure(self.webhook())
        self.tenants.set("acme", "bad")
        self.notify()
        self.assertTrue(os.path.exists(f"{self.place}/state/notify/hook/acme.json"))
        self.configure(self.webhook(), tenants=("beta",))
        self.notify()
        self.assertFalse(os.path.exists(f"{self.place}/state/notify/hook/acme.json"))


class Bounds(Case):
    def test_messages_in_an_hour(self):
        names = [f"t{n}" for n in range(5)]
        self.configure(self.webhook(max_per_hour=2), tenants=names)
        for name in names:
            self.tenants.set(name, "bad")
        self.assertEqual(self.notify().stdout, "2 messages sent, 3 waiting\n")
        self.assertEqual(self.notify().stdout, "0 messages sent, 3 waiting\n")
        times = f"{self.place}/state/notify/hook/sent-times"
        for sent in (2, 1):
            lab.write(times, "".join(f"{int(line) - 3600}\n" for line in lab.read(times).split()))
            self.assertIn(f"{sent} message", self.notify().stdout)
        self.assertEqual(sorted(p[2]["tenant"] for p in self.hook.posts), names)

    def test_what_comes_and_goes_is_not_told(self):
        self.configure(self.webhook(min_age="3s"))
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for variant in ("bad", "good"):
                self.tenants.set("acme", variant)
                self.assertEqual(self.notify().stdout, "0 messages sent, 0 waiting\n")
                time.sleep(0.3)
        self.tenants.set("acme", "bad")
        self.notify()
        time.sleep(3.1)
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")

    def test_one_run_at_a_time(self):
        self.configure(self.mail(to="ops@bridge.example"))
        self.tenants.set("acme", "bad")
        runs = [subprocess.Popen([PROGRAM, "notify", "-c", self.config], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for _ in range(6)]
        statuses = [run.wait() for run in runs]
        for run in runs:
            run.stdout.close()
            run.stderr.close()
        self.assertLessEqual(set(statuses), {0, 3})
        self.assertIn(0, statuses)
        self.assertEqual(len(self.exim.mails()), 1)


class Servers(Case):
    def wait_and_send(self, status, words, mend):
        """Nothing is lost: what waited goes out once the server takes it."""
        done = self.notify()
        self.assertEqual(done.status, status, done.stderr)
        self.assertRegex(done.stderr, words)
        self.assertEqual(done.stdout, "0 messages sent, 1 waiting\n")
        mend()
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")

    def test_mail_servers(self):
        self.tenants.set("acme", "bad")
        good = self.exim.configuration()
        section = self.mail(to="ops@bridge.example", tenants="acme")
        for changes, status, words in (
                ({"port": 1}, 3, "connect"),
                ({"password_command": "echo wrong"}, 2, "refuses the login: check user and password_file"),
                ({"user": None, "password_command": None}, 1, "refuses the message"),
                ({"ca_file": None}, 2, "does not verify"),
                ({"host": "127.0.0.2"}, 2, "does not verify|connect"),
                ({"tls": "implicit"}, 3, "localhost"),
                ({"port": self.exim.env["PLAIN_PORT"]}, 2, "offers no STARTTLS")):
            with self.subTest(changes):
                self.configure(section, mail=self.exim.configuration(**changes))
                if "host" in changes:  # Exim listens to one address alone
                    self.assertIn(self.notify().status, (2, 3))
                else:
                    self.wait_and_send(status, words, lambda: self.configure(section, mail=good))
                subprocess.run(["rm", "-r", f"{self.place}/state"], check=True)

    def test_kinds_of_tls(self):
        self.tenants.set("acme", "bad")
        for number, changes in enumerate(({"tls": "implicit", "port": self.exim.env["SMTPS_PORT"]},
                                          {"tls": "none", "port": self.exim.env["PLAIN_PORT"],
                                           "user": None, "password_command": None}, {})):
            self.configure(self.mail(to="ops@bridge.example"), mail=self.exim.configuration(**changes))
            self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")
            subprocess.run(["rm", "-r", f"{self.place}/state"], check=True)
            self.assertEqual(len(self.exim.mails()), number + 1)

    def test_certificates(self):
        self.tenants.set("acme", "bad")
        for cert, words in (("wronghost", "does not verify"), ("expired", "has expired")):
            server = receivers.Exim(type(self), f"{self.place}/{cert}", "--cert", cert)
            self.configure(self.mail(to="ops@bridge.example"), mail=server.configuration())
            done = self.notify()
            self.assertEqual(done.status, 2)
            self.assertIn(words, done.stderr)
            self.assertEqual(server.mails(), [])

    def test_addresses(self):
        for tenant in ("acme", "beta", "gamma"):
            self.tenants.set(tenant, "bad")
        self.configure(self.mail(), tenants=("acme", "beta", "gamma"), acme="refused@acme.example",
                       beta="fine@beta.example", gamma="good@gamma.example")
        done = self.notify()
        self.assertEqual((done.status, done.stdout), (1, "2 messages sent, 1 waiting\n"))
        self.assertIn("[notify mail] acme: localhost refuses the message", done.stderr)
        open(f"{self.exim.directory}/refused.ok", "w").close()
        self.addCleanup(os.remove, f"{self.exim.directory}/refused.ok")
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")
        self.assertEqual({m["Envelope-to"] for m in self.exim.mails()},
                         {"refused@acme.example", "fine@beta.example", "good@gamma.example"})

    def test_an_address_that_is_corrected(self):
        self.tenants.set("acme", "bad")
        self.configure(self.mail(), acme="refused@acme.example")
        self.assertEqual(self.notify().status, 1)
        self.configure(self.mail(), acme="right@acme.example")
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")
        self.assertEqual([m["To"] for m in self.exim.mails()], ["right@acme.example"])

    def test_webhooks(self):
        self.tenants.set("acme", "bad")
        self.configure(self.webhook(url=self.hook.url("/secret-part")))
        for status, ends in ((500, 3), (429, 3), (404, 1), (302, 1)):
            self.hook.status = status
            self.hook.headers = {"Location": self.hook.url("/elsewhere")} if status == 302 else {}
            done = self.notify()
            self.assertEqual(done.status, ends)
            self.assertIn(f"answers with {status}", done.stderr)
            self.assertNotIn("secret-part", done.stderr)
            self.assertEqual(self.hook.posts, [])
        self.hook.forget()
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")
        self.assertEqual([p[0] for p in self.hook.posts], ["/secret-part"])

    def test_a_webhook_without_a_certificate_that_verifies(self):
        self.tenants.set("acme", "bad")
        self.configure(self.webhook(ca_file=None))
        done = self.notify()
        self.assertEqual(done.status, 2)
        self.assertIn("does not verify", done.stderr)
        self.assertEqual(self.hook.posts, [])

    def test_reading_needs_no_other_secret(self):
        self.tenants.set("acme", "bad")
        self.configure(self.webhook())
        text = lab.read(self.config)
        lab.write(self.config, text.replace(
            "[mailbox m]\nsource = maildir\n", "[mailbox i]\nhost = mail.example\nuser = u\n"
            "password_file = /nowhere\n[mailbox m]\nsource = maildir\n"))
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")


class Operator(Case):
    def serve_status(self, answers):
        """A bridge that says of itself what stands in `answers`."""
        path = f"{self.place}/status.sock"
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen()
        self.addCleanup(listening.close)

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                connection.recv(4096)
                body = json.dumps(answers[0])
                connection.sendall(f"HTTP/1.0 503 x\r\nContent-Type: application/json\r\n\r\n{body}".encode())
                connection.close()
        threading.Thread(target=serve, daemon=True).start()
        return path

    def told(self):
        done = self.notify()
        found = [(c["state"], c["code"], c["title"]) for p in self.hook.posts for c in p[2]["changes"]]
        self.hook.forget()
        return done, found

    def test_mailboxes_and_outputs(self):
        quiet = {"ready": True, "not_served": []}
        answers = [quiet]
        path = self.serve_status(answers)
        self.configure(self.webhook(scope="operator"))
        lab.write(self.config, lab.read(self.config).replace("listen = none", f"listen = {path}"))
        self.assertEqual(self.told()[1], [])
        answers[0] = {"ready": False, "not_served": [
            {"kind": "mailbox", "name": "reports", "last_success": "2026-11-29T10:00:00Z",
             "error": "the login is refused\r\nX: y\x1b[31m"}, {"kind": "output", "name": "main", "error": "away"}]}
        self.assertEqual(self.told()[1], [
            ("new", "not-served", "The mailbox reports is not served"),
            ("new", "not-served", "The output main is not served")])
        self.assertEqual(self.told()[1], [])
        os.rename(path, path + ".away")
        self.assertEqual(self.told()[1], [("new", "bridge-silent", "The bridge does not answer")])
        os.rename(path + ".away", path)
        answers[0] = quiet
        self.assertEqual(sorted(c[:2] for c in self.told()[1]),
                         [("resolved", "bridge-silent"), ("resolved", "not-served"), ("resolved", "not-served")])

    def test_all_tenants_in_one_message(self):
        self.configure(self.webhook(scope="operator"), tenants=("acme", "beta"))
        for tenant in ("acme", "beta", "unclaimed"):
            self.tenants.set(tenant, "bad", domain=f"{tenant}.example")
        self.notify()
        self.assertEqual(len(self.hook.posts), 1)
        changes = self.hook.posts[0][2]["changes"]
        self.assertEqual({c["tenant"] for c in changes if c["severity"] == "critical"}, {"acme", "beta", "unclaimed"})

    def test_a_reporter_that_fell_silent(self):
        self.configure(self.webhook(scope="operator"))
        self.tenants.set("acme", "good")
        self.assertEqual(self.told()[1], [])
        for path in glob.glob(f"{self.tenants.documents}/*"):
            lines = lab.read(path).splitlines()
            kept = [line for action, text in zip(lines[0::2], lines[1::2]) for line in (action, text)
                    if not (json.loads(text).get("report.organization") == "Enterprise Outlook" and
                            self.age(json.loads(text)) < 6)]
            lab.write(path, "".join(line + "\n" for line in kept))
        found = self.told()[1]
        self.assertEqual([c[:2] for c in found], [("new", "reporter-silent")])
        self.assertIn("stopped reporting", found[0][2])

    @staticmethod
    def age(document):
        begin = time.strptime(document["@timestamp"], "%Y-%m-%dT%H:%M:%SZ")
        return (time.time() - (time.mktime(begin) - time.timezone)) / 86400

    def test_a_bridge_starts_it_by_itself(self):
        os.makedirs(f"{self.place}/mail/cur")
        os.makedirs(f"{self.place}/mail/new")
        os.makedirs(f"{self.place}/mail/tmp")
        for workers in (0, 1):
            self.configure(self.webhook() + "[schedule]\nnotify = every 1h\n")
            lab.write(self.config, lab.read(self.config).replace("[bridge]\n", f"[bridge]\nworkers = {workers}\n")
                      .replace(f"path = {self.tenants.directory}\n", f"path = {self.place}/mail\n"))
            self.tenants.set("acme", "bad")
            bridge = running.Running(self, PROGRAM, self.config)
            self.assertEqual(bridge.wait_for("command-done")["command"], "notify")
            bridge.stop()
            self.assertEqual(len(self.hook.posts), 1)
            self.hook.forget()
            subprocess.run(["rm", "-r", f"{self.place}/state"], check=True)

    def test_reports_that_cannot_be_read(self):
        self.configure(self.webhook(scope="operator"))
        self.tenants.set("acme", "bad")
        self.assertEqual([c[1] for c in self.told()[1]], ["service-broke"])
        os.rename(self.tenants.documents, self.tenants.documents + ".away")
        done, found = self.told()
        self.assertEqual([c[:2] for c in found], [("new", "store-unreadable")])
        self.assertEqual(done.status, 2)
        os.rename(self.tenants.documents + ".away", self.tenants.documents)
        self.assertEqual([c[:2] for c in self.told()[1]], [("resolved", "store-unreadable")])


class Hostile(Case):
    def test_names_in_mail(self):
        self.configure(self.mail(to="ops@bridge.example"), tenants=("acme",))
        self.tenants.set("acme", "bad", domain=EVIL, service=EVIL)
        self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")
        raw, mail = self.exim.raw()[0], self.exim.mails()[0]
        self.assertEqual(mail["Envelope-to"], "ops@bridge.example")
        self.assertNotIn("Bcc", mail)
        self.assertEqual(mail.defects, [])
        self.assertEqual(len(mail.get_all("Subject")), 1)
        self.assertLess(max(map(len, raw.split(b"\n"))), 999)
        self.assertEqual(raw.translate(None, bytes(range(0x20, 0x7f)) + b"\t\r\n"), b"")
        text = mail.get_content()
        self.assertNotRegex(text + mail["Subject"], "[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]")
        self.assertIn("grüß", text)

    def test_names_in_webhooks(self):
        for form in ("json", "slack", "teams", "ntfy"):
            with self.subTest(form):
                self.hook.forget()
                self.configure(self.webhook(form=form, url=self.hook.url("/topic")) +
                               "[service]\npage_url = https://pages.example/{tenant}\n", tenants=("acme",))
                subprocess.run(["rm", "-rf", f"{self.place}/state"], check=True)
                self.tenants.set("acme", "bad", domain=EVIL, service=EVIL)
                self.assertEqual(self.notify().stdout, "1 message sent, 0 waiting\n")
                path, headers, body = self.hook.posts[0]
                self.assertRegex(headers["Idempotency-Key"], '^"[A-Za-z0-9_-]{24}"$')
                getattr(self, "check_" + form)(path, body)

    def check_json(self, _path, body):
        self.assertEqual(body["schema_version"], 1)
        self.assertEqual(body["page_url"], "https://pages.example/acme")

    def check_slack(self, _path, body):
        self.assertIn("&lt;!channel&gt;", body["text"])
        self.assertEqual(re.findall("<[^>]*>", body["text"]), ["<https://pages.example/acme|All figures>"])

    def check_teams(self, _path, body):
        card = body["attachments"][0]["content"]
        self.assertEqual({block["type"] for block in card["body"]}, {"RichTextBlock"})
        self.assertEqual({run["type"] for block in card["body"] for run in block["inlines"]}, {"TextRun"})
        self.assertLess(len(json.dumps(body)), 28 * 1024)

    def check_ntfy(self, path, body):
        self.assertEqual((path, body["topic"], body["priority"]), ("/", "topic", 5))
        self.assertLess(len(body["message"].encode()), 4096)
        self.assertNotIn("\u202e", body["message"])

    def test_configurations(self):
        for sections, words in (
                ("[notify x]\nto = a@b.example, c\r@d\n", "not an address"),
                ("[notify x]\nto = -f@x.example>\n", "not an address"),
                ("[notify x]\ntype = webhook\nurl = http://hooks.example/\n", "begins with https://"),
                ("[notify x]\ntype = webhook\nurl = file:///etc/passwd\n", "begins with https://"),
                ("[notify x]\ntype = webhook\n", "url or url_file is missing"),
                ("[notify x]\n", "to is missing"),
                ("[notify a/b]\nto = a@b.example\n", "names take letters"),
                ("[notify x]\nto = a@b.example\nstates = old\n", "there are new, worse"),
                ("[notify x]\nto = a@b.example\n[notify x]\n", "is defined twice"),
                ("[digest x]\n", "to is missing"),
                ("[schedule]\nnotify = every 10m\n", "[schedule]: notify needs a section [notify NAME]")):
            with self.subTest(sections):
                self.configure(sections)
                done = self.notify()
                self.assertEqual(done.status, 2)
                self.assertIn(words, done.stderr)
        self.configure(self.mail(to="a@b.example"), mail=self.exim.configuration(tls="none"))
        self.assertIn("would send the password in the clear", self.notify().stderr)


class Kills(Case):
    """A change is made only when the last one of its tenant has arrived everywhere, so
    each has to arrive, and what arrives twice has to have one id."""

    def arrived(self):
        """{(section, tenant): [id, ...]} in the order of arrival."""
        found = {}
        for post in self.hook.posts:
            found.setdefault(("hook", post[2]["tenant"]), []).append(post[1]["Idempotency-Key"])
        for mail in self.exim.mails():
            found.setdefault(("mail", mail["To"].split("@")[0]), []).append(mail["Message-ID"])
        return found

    def start(self, names):
        self.configure(self.mail() + self.webhook(max_per_hour=10000), tenants=names,
                       **{name: f"{name}@x.example" for name in names})
        lab.write(self.config, lab.read(self.config).replace("[notify mail]\n", "[notify mail]\nmax_per_hour = 10000\n"))
        self.variant = {name: "good" for name in names}
        self.events = {name: 0 for name in names}
        for name in names:
            self.tenants.set(name, "good")
        self.assertEqual(self.notify().stdout, "0 messages sent, 0 waiting\n")

    def change(self, name):
        self.variant[name] = "bad" if self.variant[name] == "good" else "good"
        self.events[name] += 1
        self.tenants.set(name, self.variant[name])

    def distinct(self):
        return {key: len(set(ids)) for key, ids in self.arrived().items()}

    def check(self, names, what):
        done = self.notify()
        self.assertEqual(done.status, 0, done.stderr)
        self.assertEqual(self.notify().stdout, "0 messages sent, 0 waiting\n")
        found = self.arrived()
        for name in names:
            for section in ("hook", "mail"):
                self.assertEqual(len(set(found.get((section, name), []))), self.events[name], (section, name))
        total, events = sum(map(len, found.values())), 2 * sum(self.events.values())
        print(f"{what}: {events} messages each arrived, {total - events} of them twice, with the same id")

    def test_killed_at_random(self):
        names = [f"t{n}" for n in range(6)]
        self.start(names)
        chance = random.Random(7)
        started = time.monotonic()
        for name in names:
            self.change(name)
        self.notify()
        whole = time.monotonic() - started
        kills = 0
        while kills < KILLS:
            there = self.distinct()
            for name in names:
                if all(there.get((s, name), 0) == self.events[name] for s in ("hook", "mail")) and chance.random() < .7:
                    self.change(name)
            run = subprocess.Popen([PROGRAM, "notify", "-c", self.config], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, whole))
            kills += run.poll() is None
            run.send_signal(signal.SIGKILL)
            run.wait()
        self.check(names, f"killed {kills} times")

    def test_stopped_at_every_step(self):
        names = ["acme"]
        self.start(names)
        log = f"{self.place}/steps"
        self.change("acme")
        self.notify(STEP_PROGRAM, REPORTBRIDGE_STEP_LOG=log)
        steps = [line.split()[1] for line in lab.read(log).splitlines()]
        self.assertEqual(steps, ["written", "accepted", "noted"] * 2)
        for step in range(1, len(steps) + 1):
            self.change("acme")
            stopped = self.notify(STEP_PROGRAM, REPORTBRIDGE_STEP_LIMIT=str(step))
            self.assertEqual(stopped.status, STEP_EXIT_STATUS)
            before = sum(map(len, self.arrived().values()))
            self.notify()
            self.assertEqual(sum(map(len, self.arrived().values())) - before + (step > 1) + (step > 4),
                             2 + (steps[step - 1] == "accepted"), f"after step {step}")
        self.check(names, f"stopped at each of {len(steps)} steps")


if __name__ == "__main__":
    unittest.main()
