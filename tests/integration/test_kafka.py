#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real Kafka as output: test_kafka.py PROGRAM

One broker, killed and started again.  What files get beside it says which
messages there must be.
"""
import collections
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = ""
KINDS = ("dmarc_aggregate", "tlsrpt_policy", "tlsrpt_failure", "feed")


class Kafka(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("kcat"):
            raise unittest.SkipTest("needs kcat")
        cls.home = lab.make_directory(cls)
        cls.addClassCleanup(cls.broker, "stop")
        started = cls.broker("start")
        if started.returncode == lab.UNAVAILABLE:
            raise unittest.SkipTest(started.stderr.strip())
        if started.returncode:
            raise RuntimeError(started.stderr)
        cls.env = lab.read_env(f"{cls.home}/kafka/env")
        cls.address = cls.env["KAFKA_BROKER"]

    @classmethod
    def broker(cls, command):
        return subprocess.run([f"{lab.SERVERS}/kafka", command, f"{cls.home}/kafka"], text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)

    def prepare(self, name, mails, timeout="60s", access="kafka_tls = no\n", brokers=None):
        self.directory = f"{self.home}/{name}"
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{self.directory}/mail/{folder}")
        for number, mail in enumerate(mails):
            with open(f"{self.directory}/mail/new/{number}.M1.x", "wb") as out:
                out.write(mail)
        with open(f"{self.directory}/bridge.conf", "w", encoding="utf-8") as out:
            out.write(f"""[bridge]
state_directory = state
[mailbox m]
source = maildir
path = mail
[output topics]
type = kafka
brokers = {brokers or self.address}
{access}topic_prefix = {name}-
timeout = {timeout}
[output files]
type = file
directory = files
""")
        self.prefix = f"{name}-"

    def run_once(self):
        return lab.Run(PROGRAM, "run", "--once", "-c", f"{self.directory}/bridge.conf")

    def waiting(self):
        return sum(len(os.listdir(f"{self.directory}/mail/{folder}")) for folder in ("new", "cur"))

    def documents(self):
        """{kind: {id: document}} of the files."""
        found = collections.defaultdict(dict)
        for name in os.listdir(f"{self.directory}/files"):
            lines = lab.read(f"{self.directory}/files/{name}").splitlines()
            for action, document in zip(lines[0::2], lines[1::2]):
                document = json.loads(document)
                found[document["event.dataset"]][json.loads(action)["create"]["_id"]] = document
        return found

    def messages(self, kind):
        """(key, document) of each message of a topic."""
        done = subprocess.run(["kcat", "-C", "-q", "-e", "-b", self.address, "-t", self.prefix + kind,
                               "-o", "beginning", "-f", "%k %s\n"], text=True, capture_output=True,
                              timeout=60, check=True)
        for line in done.stdout.splitlines():
            key, _, document = line.partition(" ")
            yield key, json.loads(document)

    def compare(self, once):
        documents = self.documents()
        self.assertEqual(sorted(documents), sorted(KINDS))
        repeats = 0
        for kind in KINDS:
            found = list(self.messages(kind))
            counts = collections.Counter(key for key, _ in found)
            self.assertEqual(set(counts), set(documents[kind]))
            for key, document in found:
                for one in (document, documents[kind][key]):
                    for clock in ("event.ingested", "feed.delay"):
                        one.pop(clock, None)
                self.assertEqual(document, documents[kind][key])
            repeats += sum(counts.values()) - len(counts)
        if once:
            self.assertEqual(repeats, 0)
        return sum(map(len, documents.values())), repeats

    def test_messages_are_the_documents(self):
        self.prepare("plain", list(sample_mail.mails())[:-1])
        run = self.run_once()
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(self.waiting(), 0)
        count, _ = self.compare(once=True)
        print(f"{count} documents, {count} messages")

    def secure(self, name, timeout="60s", **changes):
        """By TLS and with a login."""
        options = {"ca_file": self.env["KAFKA_CA"], "sasl": "scram-sha-512", "user": "bridge",
                   "password_command": "echo secret123", **changes}
        mails = list(sample_mail.mails())[:-1]
        self.prepare(name, mails, timeout, access=lab.lines(options), brokers=self.env["KAFKA_SECURE"])
        return len(mails)

    def test_tls_and_each_login(self):
        for number, sasl in enumerate(("plain", "scram-sha-256", "scram-sha-512")):
            self.secure(f"secure{number}", sasl=sasl)
            check = lab.Run(PROGRAM, "check", "-c", f"{self.directory}/bridge.conf")
            self.assertEqual(check.status, 0, check.stdout)
            run = self.run_once()
            self.assertEqual(run.status, 0, run.stderr)
            self.assertEqual(self.waiting(), 0)
            self.compare(once=True)

    def test_what_does_not_verify_or_log_in_gets_nothing(self):
        """And is told why, by the run and by check."""
        stranger = f"{self.home}/stranger.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                        "-keyout", "/dev/null", "-out", stranger], check=True, capture_output=True)
        for name, changes, why in (("stranger", {"ca_file": stranger}, "certificate verify failed"),
                                   ("wrong", {"password_command": "echo wrong"}, "uthentication failed"),
                                   ("clear", {"kafka_tls": "no"}, "isconnected")):
            count = self.secure(name, "5s", **changes)
            run = self.run_once()
            self.assertEqual(run.status, 3, run.stderr)
            self.assertIn(why, run.stderr)
            self.assertNotIn("echo wrong", run.stderr)
            self.assertEqual(self.waiting(), count)
            check = lab.Run(PROGRAM, "check", "-c", f"{self.directory}/bridge.conf")
            self.assertEqual(check.status, 3, check.stdout)
            self.assertIn(why, check.stdout)

    def administer(self, *words):
        done = subprocess.run(["java", "-cp", self.env["KAFKA_CLASSPATH"],
                               f"{lab.SERVERS}/KafkaAdmin.java", self.address, *words],
                              text=True, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_topic_of_small_messages_takes_them_singly(self):
        """Kafka refuses a batch for its size: that is no verdict on the documents in it."""
        for kind in KINDS:
            self.administer("topic", f"small-{kind}", "max.message.bytes=3000")
        self.prepare("small", [mail for n in range(4) for mail in mails_of(n)],
                     access="kafka_tls = no\ncompression = none\n")
        run = self.run_once()
        self.assertEqual(run.status, 0, run.stderr)
        self.assertFalse(os.path.exists(f"{self.directory}/state/dead-letters.ndjson"))
        self.assertEqual(self.waiting(), 0)
        self.compare(once=True)

    def test_a_refused_topic_does_not_make_others_grow(self):
        """check names the topic, and no mail that needs it is sent in part at every run."""
        mails = self.secure("denied")
        self.administer("topic", "denied-feed")
        self.administer("allow", "denied-feed", "somebody")
        check = lab.Run(PROGRAM, "check", "-c", f"{self.directory}/bridge.conf")
        self.assertEqual(check.status, 2, check.stdout)
        self.assertIn("topic denied-feed: Broker: Topic authorization failed; the login may not "
                      "write there", check.stdout)
        self.assertIn("topic denied-dmarc_aggregate: ok", check.stdout)
        for number in (1, 2, 3):
            run = self.run_once()
            self.assertEqual(run.status, 3, run.stderr)
            self.assertIn("topic denied-feed: ", run.stderr)
            self.assertEqual(self.waiting(), mails)
            for kind in ("dmarc_aggregate", "tlsrpt_policy"):
                self.assertLessEqual(len(list(self.messages(kind))), number)
        self.administer("allow", "denied-feed", "bridge", "DESCRIBE")
        check = lab.Run(PROGRAM, "check", "-c", f"{self.directory}/bridge.conf")
        self.assertEqual(check.status, 2, check.stdout)
        self.assertIn("topic denied-feed: Broker: Topic authorization failed; the login may not "
                      "write there: grant it WRITE", check.stdout)
        self.administer("allow", "denied-feed", "bridge")
        seen = len(list(self.messages("feed")))
        check = lab.Run(PROGRAM, "check", "-c", f"{self.directory}/bridge.conf")
        self.assertEqual(check.status, 0, check.stdout)
        self.assertEqual(len(list(self.messages("feed"))), seen, "check writes nothing")
        run = self.run_once()
        self.assertEqual(run.status, 0, run.stderr)
        self.compare(once=False)

    def test_a_broker_restarted_under_a_run_doubles_nothing(self):
        self.prepare("restarted", [mail for n in range(12) for mail in mails_of(n)], "100s")
        killer = threading.Timer(0.2, self.restart)
        killer.start()
        run = self.run_once()
        killer.join()
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(self.waiting(), 0)
        count, repeats = self.compare(once=True)
        print(f"restarted under a run of {run.round()['duration_ms']} ms: {count} documents, repeated {repeats}")

    def restart(self):
        self.broker("stop")
        self.broker("start")

    def test_a_broker_killed_and_started_again(self):
        self.prepare("killed", [mail for n in range(12) for mail in mails_of(n)], "5s")
        before = self.waiting()
        killer = threading.Timer(0.3, self.broker, ["stop"])
        killer.start()
        run = self.run_once()
        killer.join()
        self.assertEqual(run.status, 3, run.stderr)
        kept = self.waiting()
        self.assertGreater(kept, 0)
        self.assertEqual(self.broker("start").returncode, 0)
        deadline = time.time() + 120
        while self.waiting() and time.time() < deadline:
            run = self.run_once()
        self.assertEqual(self.waiting(), 0, run.stderr)
        count, repeats = self.compare(once=False)
        print(f"{before} mails, {kept} kept when the broker was killed; {count} documents, lost 0, repeated {repeats}")


def mails_of(number):
    """The sample mails about other domains, so that they are other reports."""
    chance = random.Random(number)
    for day in range(28):
        begin = 1767225600 + day * 86400
        domain = f"d{number}.example"
        yield sample_mail.mail("r@reporter.example", "r", "application/gzip", "r.xml.gz",
                               gzip.compress(sample_mail.dmarc_report(
                                   "reporter.example", "r@reporter.example", domain, begin, chance), mtime=0), begin)
        report = sample_mail.tls_report("example.com", begin, number, chance).replace(
            b'"report-id": "', b'"report-id": "%d-' % number)
        yield sample_mail.mail("t@reporter.example", "t", "application/tlsrpt+gzip", "t.json.gz",
                               gzip.compress(report, mtime=0), begin)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
