#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What goes wrong, and that it is said in one clear line: test_bad_input.py PROGRAM"""
import gzip
import os
import random
import resource
import socket
import ssl
import subprocess
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
RECORDS = len(sample_mail.SENDERS)  # of one report
GOOD = list(sample_mail.mails())[:3]
# A login that began, in the log of Dovecot.
LOGIN = r"user=<[^>]"


def attached(content_type, name, data):
    return sample_mail.mail("r@example.net", f"Report {name}", content_type, name, data, 1735689600)


def two_parts(first, second):
    """A mail whose second attachment is that of another mail."""
    head, _, tail = first.rpartition(b"--part--")
    return head + b"--part\r\n" + second.split(b"--part\r\n", 2)[2] + tail


XML = sample_mail.dmarc_report("r.example", "d@r.example", "example.com", 1735689600,
                               random.Random(3))
ZIP = sample_mail.zipped("report.xml", XML)

# what it is, the mail, the reason it is refused for
BAD_MAILS = (
    ("bad gzip", attached("application/gzip", "a.xml.gz",
                          b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 20), "bad-gzip"),
    ("cut zip", attached("application/zip", "a.zip", ZIP[:40]), "bad-zip"),
    ("broken XML", attached("text/xml", "a.xml", b"<feedback><report_metadata></feedback>"), "bad-xml"),
    ("DOCTYPE", attached("text/xml", "a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><feedback/>"), "corrupt"),
    ("broken JSON", attached("application/tlsrpt+json", "a.json", b'{"policies": [}'), "bad-json"),
    ("other JSON", attached("application/json", "a.json", b'{"a": 1}'), "not-a-report"),
    ("no report", attached("image/png", "a.png", b"\x89PNG"), "not-a-report"),
    ("empty mail", b"", "bad-mime"),
    ("bomb", attached("application/gzip", "a.xml.gz",
                      gzip.compress(b"<feedback>" + b" " * (3 << 20))), "too-large"),
    ("good and bad", two_parts(attached("text/xml", "a.xml", XML),
                               attached("application/gzip", "b.gz", b"\x1f\x8b\x08junk")), "bad-gzip"),
    ("large mail", attached("text/xml", "a.xml", XML + os.urandom(300000)), "too-large"),
)


class Stub:
    """A TLS server that shows a certificate and counts who says a word to it."""

    def __init__(self, test, directory, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(f"{directory}/{certificate}-chain.pem",
                                     f"{directory}/{certificate}.key")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "https://localhost:%d" % self.socket.getsockname()[1]
        self.visits = self.words = 0
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        test.addCleanup(self.stop)

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            try:
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    self.words += len(tls.recv(1))
            except OSError:
                connection.close()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")
        cls.files = lab.Files(f"{cls.directory}/files")

    def configure(self, name, text, head=""):
        path = f"{self.directory}/{name}.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\n{head}{text}")
        return path

    def visit(self, name, text, **options):
        return lab.Run(PROGRAM, "run", "-c", self.configure(name, text, **options), "--once")

    def assert_says(self, result, status, *words):
        self.assertEqual(result.status, status, result.stderr)
        lines = [line for line in result.stderr.splitlines() if all(w in line for w in words)]
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertNotIn(lab.PASSWORD + "\n", result.stderr)

    def test_bad_mails_are_set_aside_with_a_reason(self):
        for what, mail, reason in BAD_MAILS:
            name = "bad" + what.replace(" ", "").lower()
            with self.subTest(what):
                self.imap.deliver(name, [GOOD[0], mail, *GOOD[1:]])
                result = self.visit(name, self.imap.configuration(name, max_mail="200KiB")
                                    + self.files.configuration(name), head="max_unpacked = 2MiB\n")
                self.assertEqual(result.status, 1)
                self.assertEqual(self.imap.folders(name), {"Aggregate": 3, "Invalid": 1})
                set_aside = [m for m in result.mails() if m["fate"] == "Invalid"]
                self.assertEqual([m["reason"] for m in set_aside], [reason], result.stderr)
                feed = [d for _, _, d in self.files.documents(name)
                        if d["event.dataset"] == "feed" and "error.code" in d]
                self.assertEqual([d["error.code"] for d in feed], [reason])
                self.assertEqual(feed[0]["event.outcome"], "failure")
                good = sum(d["event.dataset"] == "dmarc_aggregate"
                           for _, _, d in self.files.documents(name))
                self.assertEqual(good, (4 if what == "good and bad" else 3) * RECORDS)

    def test_bad_mails_in_one_batch_leave_the_good_ones_alone(self):
        mails = [mail for what, mail, _ in BAD_MAILS if what != "good and bad"]
        self.imap.deliver("batch", [GOOD[0], *mails, *GOOD[1:]])
        result = self.visit("batch", self.imap.configuration("batch", max_mail="200KiB")
                            + self.files.configuration("batch"), head="max_unpacked = 2MiB\n")
        self.assertEqual(result.status, 1)
        self.assertEqual(self.imap.folders("batch"), {"Aggregate": 3, "Invalid": len(mails)})
        self.assertEqual(self.files.count("batch", "dmarc_aggregate"), 3 * RECORDS)

    def test_search_certificates_that_do_not_verify(self):
        for certificate in ("untrusted", "wronghost", "expired"):
            with self.subTest(certificate):
                stub = Stub(self, self.imap.directory, certificate)
                name = f"search{certificate}"
                self.imap.deliver(name, GOOD)
                text = self.imap.configuration(name) + "[output o]\n" + lab.lines({
                    "urls": stub.url, "ca_file": self.imap.env["CA_FILE"], "retry": "1s",
                    "user": "elastic", "password_command": f"echo {lab.PASSWORD}"})
                self.assert_says(self.visit(name, text), 2, "event=visit-failed", stub.url,
                                 "certificate")
                check = lab.Run(PROGRAM, "check", "-c", self.configure(name, text))
                self.assertEqual(check.status, 2)
                self.assertIn("certificate", check.stdout)
                self.assertEqual("has expired" in check.stdout, certificate == "expired")
                self.assertEqual(self.imap.folders(name), {"INBOX": 3})
                self.assertGreater(stub.visits, 0)
                self.assertEqual(stub.words, 0)

    def test_mails_stay_when_the_server_is_away(self):
        self.imap.deliver("away", GOOD)
        result = self.visit("away", self.imap.configuration("away")
                            + "[output o]\nretry = 1s\nurls = http://127.0.0.1:%d\n" % lab.free_port())
        self.assert_says(result, 3, "visit-failed", "127.0.0.1", "onnect")
        self.assertEqual(self.imap.folders("away"), {"INBOX": 3})
        self.assertEqual(self.visit("away", self.imap.configuration("away")
                                    + self.files.configuration("away")).status, 0)
        self.assertEqual(self.imap.folders("away"), {"Aggregate": 3})

    def test_imap_server_away(self):
        result = self.visit("gone", self.imap.configuration("gone", port=lab.free_port())
                            + self.files.configuration("gone"))
        self.assert_says(result, 3, "localhost")

    def test_wrong_imap_password(self):
        result = self.visit("denied", self.imap.configuration("denied", password_command="echo wrong")
                            + self.files.configuration("denied"))
        self.assertNotEqual(result.status, 0)
        self.assert_says(result, result.status, "denied", "password")
        self.assertNotIn("wrong", result.stderr)

    def test_certificates_that_do_not_verify(self):
        for kind, word in (("untrusted", "issuer"), ("wronghost", "name"), ("expired", "expired")):
            with self.subTest(kind):
                server = lab.Imap(self, f"{self.directory}/{kind}", "--cert", kind)
                for tls, port in (("implicit", "IMAPS_PORT"), ("starttls", "IMAP_PORT")):
                    server.deliver("u", GOOD[:1])
                    result = self.visit("u", server.configuration("u", tls=tls, port=server.env[port])
                                        + self.files.configuration("u"))
                    self.assertIn(result.status, (2, 3))
                    self.assert_says(result, result.status, word)
                    self.assertEqual(server.folders("u"), {"INBOX": 1})
                self.assertNotRegex(lab.read(f"{self.directory}/{kind}/dovecot.log"), LOGIN)

    def test_good_certificate_with_starttls(self):
        self.imap.deliver("starttls", GOOD)
        text = self.imap.configuration("starttls", tls="starttls", port=self.imap.env["IMAP_PORT"])
        result = self.visit("starttls", text + self.files.configuration("starttls"))
        self.assertEqual(result.status, 0, result.stderr)
        self.assertRegex(lab.read(f"{self.imap.directory}/dovecot.log"), LOGIN)

    def test_starttls_stripped(self):
        server = lab.Imap(self, f"{self.directory}/plain", "--no-ssl")
        text = server.configuration("u", tls="starttls", port=server.env["IMAP_PORT"])
        result = self.visit("stripped", text + self.files.configuration("stripped"))
        self.assertIn(result.status, (2, 3))
        self.assert_says(result, result.status, "STARTTLS")
        self.assertNotRegex(lab.read(f"{self.directory}/plain/dovecot.log"), LOGIN)

    def test_plain_server_on_the_tls_port(self):
        text = self.imap.configuration("u", port=self.imap.env["IMAP_PORT"])
        result = self.visit("plainport", text + self.files.configuration("plainport"))
        self.assertIn(result.status, (2, 3))
        self.assert_says(result, result.status, "TLS")

    def test_configuration_errors_name_what_to_change(self):
        mailbox = self.imap.configuration("c")
        for text, *words in (
                (mailbox + "fodler = INBOX\n", "conf:10", "fodler", "folder"),
                ("[mailbox c]\n", "host is missing"),
                (mailbox.replace("password_command = echo secret", "password_file = nowhere"),
                 "nowhere", "No such file"),
                (mailbox.replace("ca_file = ", "ca_file = /nowhere"), "ca_file", "nowhere")):
            result = self.visit("wrong", text)
            with self.subTest(text):
                self.assert_says(result, 2, *words)
        missing = lab.Run(PROGRAM, "run", "-c", "/nowhere.conf", "--once")
        self.assert_says(missing, 2, "/nowhere.conf", "No such file")

    def test_disk_full(self):
        """A limit on file size stands in for a full disk: the write fails in the middle."""
        self.imap.deliver("full", GOOD)
        config = self.configure("full", self.imap.configuration("full")
                                + self.files.configuration("full"))
        done = subprocess.run(
            [PROGRAM, "run", "-c", config, "--once"], stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(self.imap.folders("full"), {"INBOX": 3})
        self.assertEqual(lab.Run(PROGRAM, "run", "-c", config, "--once").status, 0)
        self.assertEqual(set(self.files.ids("full").values()), {1})
        self.assertEqual(self.files.count("full", "dmarc_aggregate"), 3 * RECORDS)

    def test_maildir_source(self):
        self.imap.deliver("local", GOOD)
        text = f"[mailbox m]\nsource = maildir\npath = {self.imap.maildir('local')}\n"
        result = self.visit("local", text + self.files.configuration("local"))
        self.assertEqual(result.status, 0, result.stderr)
        self.assertEqual(self.imap.folders("local"), {"Aggregate": 3})


class BadSearch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")

    configure = BadInput.configure
    visit = BadInput.visit
    assert_says = BadInput.assert_says

    def test_wrong_password(self):
        self.imap.deliver("u", GOOD)
        text = self.imap.configuration("u") + self.search.configuration(
            "o", password_command="echo wrong")
        result = self.visit("u", text)
        self.assert_says(result, 2, "password", "401")
        self.assertEqual(self.imap.folders("u"), {"INBOX": 3})
        self.assert_says(lab.Run(PROGRAM, "setup", "-c", self.configure("u", text)), 2, "401")
        self.assertEqual(lab.Run(PROGRAM, "check", "-c", self.configure("u", text)).status, 2)

    def test_api_key(self):
        key = self.search.ask("POST", "/_security/api_key", {
            "name": "bridge", "role_descriptors": {"writer": {"cluster": ["monitor"], "index": [
                {"names": ["key-*"], "privileges": ["create_doc", "auto_configure"]}]}}})
        self.search.set_up(PROGRAM, self.configure("key", self.imap.configuration("key")
                                                   + self.search.configuration("key")))
        self.imap.deliver("key", GOOD)
        for form in (f"{key['id']}:{key['api_key']}", key["encoded"]):
            text = self.imap.configuration("key") + self.search.configuration(
                "key", user=None, password_command=None, api_key_command=f"echo {form}")
            result = self.visit("key", text)
            self.assertEqual(result.status, 0, result.stderr)
        self.assertEqual(self.search.count("key", "dmarc_aggregate"), 3 * RECORDS)

    def test_refused_documents_become_dead_letters(self):
        self.search.ask("PUT", "/_index_template/wrong", {
            "index_patterns": ["dead-dmarc_aggregate-*"], "priority": 500,
            "template": {"mappings": {"dynamic": False, "properties": {
                "dmarc": {"properties": {"domain": {"type": "date"}}}}}}})
        self.imap.deliver("dead", GOOD[:1])
        text = self.imap.configuration("dead") + self.search.configuration("dead")
        self.search.set_up(PROGRAM, self.configure("dead", text))
        result = self.visit("dead", text)
        self.assertEqual(result.status, 1, result.stderr)
        self.assertEqual(self.imap.folders("dead"), {"Invalid": 1})
        letters = lab.read(f"{self.directory}/state/dead-letters.ndjson").splitlines()
        self.assertEqual(len(letters), RECORDS)
        self.assertIn("document_parsing_exception", letters[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
