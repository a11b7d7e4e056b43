#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real Kafka as output and as source: test_kafka.py PROGRAM

One broker, killed and started again.  What files get beside the output says
which messages there must be; what a Maildir gives, which documents.
"""
import collections
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import fault_server  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = ""
KINDS = ("dmarc_aggregate", "tlsrpt_policy", "tlsrpt_failure", "feed")


class Broker(unittest.TestCase):
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

    def administer(self, *words):
        done = subprocess.run(["java", "-cp", self.env["KAFKA_CLASSPATH"],
                               f"{lab.SERVERS}/KafkaAdmin.java", self.address, *words],
                              text=True, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def stranger(self):
        """The certificate of somebody else's authority."""
        path = f"{self.home}/stranger.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                        "-keyout", "/dev/null", "-out", path], check=True, capture_output=True)
        return path

    def run_once(self, *options):
        return lab.Run(PROGRAM, "run", "--once", *options, "-c", f"{self.directory}/bridge.conf")

    def check(self):
        return lab.Run(PROGRAM, "check", "-c", f"{self.directory}/bridge.conf")


class Output(Broker):
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
            check = self.check()
            self.assertEqual(check.status, 0, check.stdout)
            run = self.run_once()
            self.assertEqual(run.status, 0, run.stderr)
            self.assertEqual(self.waiting(), 0)
            self.compare(once=True)

    def test_what_does_not_verify_or_log_in_gets_nothing(self):
        """And is told why, by the run and by check."""
        for name, changes, why in (("stranger", {"ca_file": self.stranger()}, "certificate verify failed"),
                                   ("wrong", {"password_command": "echo wrong"}, "uthentication failed"),
                                   ("clear", {"kafka_tls": "no"}, "isconnected")):
            count = self.secure(name, "5s", **changes)
            run = self.run_once()
            self.assertEqual(run.status, 3, run.stderr)
            self.assertIn(why, run.stderr)
            self.assertNotIn("echo wrong", run.stderr)
            self.assertEqual(self.waiting(), count)
            check = self.check()
            self.assertEqual(check.status, 3, check.stdout)
            self.assertIn(why, check.stdout)

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
        check = self.check()
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
        check = self.check()
        self.assertEqual(check.status, 2, check.stdout)
        self.assertIn("topic denied-feed: Broker: Topic authorization failed; the login may not "
                      "write there: grant it WRITE", check.stdout)
        self.administer("allow", "denied-feed", "bridge")
        seen = len(list(self.messages("feed")))
        check = self.check()
        self.assertEqual(check.status, 0, check.stdout)
        self.assertEqual(len(list(self.messages("feed"))), seen, "check writes nothing")
        run = self.run_once()
        self.assertEqual(run.status, 0, run.stderr)
        self.compare(once=False)

    def test_a_broker_restarted_under_a_run_doubles_nothing(self):
        for kind in KINDS:  # the broker may stop before it has made them
            self.administer("topic", f"restarted-{kind}")
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


class Source(Broker):
    """Report mails in a topic, which bridges read as members of a group."""

    def prepare(self, name, output="", brokers=None, bridge="", **options):
        self.directory = f"{self.home}/{name}"
        self.topic = name
        os.makedirs(self.directory, exist_ok=True)
        settings = {"source": "kafka", "topic": name, "group": name, "brokers": brokers or self.address,
                    "kafka_tls": "no", "poll": "1s", "timeout": "20s", **options}
        lab.write(f"{self.directory}/bridge.conf", "[bridge]\nstate_directory = state\n" + bridge + "[mailbox m]\n" +
                  lab.lines(settings) + (output or "[output files]\ntype = file\ndirectory = files\n"))

    def index(self):
        """A search server in memory, and the output for it."""
        server = fault_server.FaultServer(fault_server.Store())
        self.addCleanup(server.stop)
        return server, f"[output index]\nurls = {server.url}\nretry = 2s\n"

    def produce(self, mails, *options):
        pieces = f"{self.directory}/mails"
        shutil.rmtree(pieces, ignore_errors=True)
        os.mkdir(pieces)
        for number, mail in enumerate(mails):
            with open(f"{pieces}/{number}", "wb") as out:
                out.write(mail)
        subprocess.run(["kcat", "-P", "-b", self.address, "-t", self.topic, "-X", "message.max.bytes=8000000", *options,
                        *(f"{pieces}/{number}" for number in range(len(mails)))], check=True, timeout=120)

    def produce_line(self, line, *options):
        subprocess.run(["kcat", "-P", "-b", self.address, "-t", self.topic, *options], input=line, check=True,
                       timeout=60)

    def committed(self):
        """The group's offsets of both partitions together."""
        return sum(int(line.split()[1]) for line in self.administer("offsets", self.topic).splitlines())

    def drained(self):
        """Whether the group's offsets are at the end, as check sees them."""
        return "no mail waits" in self.check().stdout

    def documents(self, directory=None):
        """{id: document} of the files, without what depends on the time of arrival."""
        found = {}
        for name in os.listdir(directory or f"{self.directory}/files"):
            lines = lab.read(f"{directory or self.directory + '/files'}/{name}").splitlines()
            for action, document in zip(lines[0::2], lines[1::2]):
                document = json.loads(document)
                for clock in ("event.ingested", "feed.delay"):
                    document.pop(clock, None)
                found[json.loads(action)["create"]["_id"]] = document
        return found

    def maildir(self, mails, output):
        """Runs the same mails from a Maildir."""
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{self.directory}/mail/{folder}")
        for number, mail in enumerate(mails):
            with open(f"{self.directory}/mail/new/{number}.M1.x", "wb") as out:
                out.write(mail)
        lab.write(f"{self.directory}/maildir.conf", "[bridge]\nstate_directory = other\n[mailbox m]\n"
                  f"source = maildir\npath = mail\nunrelated = move\n{output}")
        return lab.Run(PROGRAM, "run", "--once", "-c", f"{self.directory}/maildir.conf")

    def set_aside(self):
        """What is kept of mails that could not be used."""
        kept = f"{self.directory}/state/invalid-m/cur"
        found = []
        for name in os.listdir(kept):
            with open(f"{kept}/{name}", "rb") as file:
                found.append(file.read())
        return sorted(found)

    def test_documents_are_those_of_a_maildir(self):
        self.administer("topic", "plain-mails")
        self.prepare("plain-mails")
        mails = list(sample_mail.mails())
        broken = b"From: a@b.example\nDate: Thu, 01 Jan 2026 00:00:00 +0000\nContent-Type: application/gzip\n\nno report"
        self.produce([*mails, broken])
        check = self.check()
        self.assertEqual(check.status, 0, check.stdout)
        self.assertIn("move the group's offset past it", check.stdout)
        dry = self.run_once("--dry-run")
        self.assertEqual(dry.round()["mails"], str(len(mails) + 1))
        self.assertEqual(self.committed(), 0, "neither check nor --dry-run commits")
        self.assertFalse(os.path.exists(f"{self.directory}/state/invalid-m"))
        shutil.rmtree(f"{self.directory}/files", ignore_errors=True)
        run = self.run_once()
        self.assertEqual(run.status, 1, run.stderr)
        self.assertEqual(self.committed(), len(mails) + 1)
        self.assertEqual(self.set_aside(), sorted([mails[-1], broken]))
        other = self.maildir([*mails, broken], "[output files]\ntype = file\ndirectory = others\n")
        self.assertEqual(other.status, 1, other.stderr)
        documents, others = self.documents(), self.documents(f"{self.directory}/others")
        self.assertEqual(set(documents), set(others))
        for name, document in documents.items():
            self.assertEqual(document, others[name])
        run = self.run_once()
        self.assertEqual((run.status, run.round()["mails"]), (0, "0"))
        print(f"{len(mails) + 1} mails, {len(documents)} documents as from a Maildir")

    def test_records_that_are_no_mails(self):
        """Larger than max_mail, empty, without a value: each is refused, and the next mail is read."""
        self.administer("topic", "odd", "max.message.bytes=8000000")
        self.prepare("odd", max_mail="100KiB")
        mail = next(sample_mail.mails())
        large = mail + b"x" * 3000000
        self.produce([large], "-p", "0")
        self.produce_line(b"k:\n", "-K", ":", "-p", "0")
        self.produce_line(b"k:\n", "-K", ":", "-p", "0", "-Z")
        self.produce([mail], "-p", "0")
        run = self.run_once()
        self.assertEqual(run.status, 1, run.stderr)
        self.assertEqual([(m["fate"], m.get("reason")) for m in run.mails()],
                         [("Invalid", "too-large"), ("Invalid", "bad-mime"), ("Invalid", "bad-mime"),
                          ("Aggregate", None)])
        self.assertEqual(self.set_aside(), [large])
        self.assertEqual(self.committed(), 4)
        self.prepare("odd", max_mail="1KiB", timeout="5s")
        self.produce([b"x" * 7000000], "-p", "0")
        self.produce([b"x" * 2000], "-p", "1")
        run = self.run_once()
        self.assertEqual(run.status, 3, run.stderr)
        self.assertEqual(len(run.mails()), 1, "the other partition is read")
        self.assertIn("too large for max_mail", run.stderr)

    def test_tls_login_and_a_member_that_leaves(self):
        self.administer("topic", "safe")
        login = {"kafka_tls": "yes", "ca_file": self.env["KAFKA_CA"], "sasl": "scram-sha-512", "user": "bridge",
                 "password_command": "echo secret123"}
        self.prepare("safe", brokers=self.env["KAFKA_SECURE"], **login)
        self.produce(list(mails_of(1)))
        bridge = running.Running(self, PROGRAM, f"{self.directory}/bridge.conf")
        running.until(lambda: sum(int(e["mails"]) for e in bridge.events("round")) == 56)
        self.assertEqual(bridge.stop()[0], 0)
        begin = time.monotonic()
        self.assertEqual(self.run_once().status, 0)
        self.assertLess(time.monotonic() - begin, 8, "a stopped bridge leaves the group at once")
        for changes, why in (({"password_command": "echo wrong"}, "uthentication failed"),
                             ({"ca_file": self.stranger()}, "certificate verify failed"),
                             ({"topic": "nowhere"}, "topic nowhere: create it")):
            self.prepare("safe", brokers=self.env["KAFKA_SECURE"], **{**login, "timeout": "5s", **changes})
            for run in (self.run_once(), self.check()):
                self.assertIn(run.status, (2, 3), run.stderr)
                self.assertIn(why, run.stderr + run.stdout)
                self.assertNotIn("echo wrong", run.stderr)
        self.administer("allow", "safe", "somebody")
        self.prepare("safe", brokers=self.env["KAFKA_SECURE"], **login)
        self.assertIn("topic safe: grant the login READ", self.run_once().stderr)

    def test_an_output_that_fails_moves_no_offset(self):
        server, output = self.index()
        self.administer("topic", "waits")
        self.prepare("waits", output)
        mails = list(mails_of(2))
        self.produce(mails)
        server.set("503", 1)
        bridge = running.Running(self, PROGRAM, f"{self.directory}/bridge.conf")
        running.until(lambda: any(int(e["kept"]) for e in bridge.events("round")))
        self.produce(list(mails_of(3)))
        running.until(lambda: len([e for e in bridge.events("round") if int(e["kept"])]) >= 3)
        self.assertEqual(self.committed(), 0)
        server.set(None, 0)
        running.until(self.drained, 600, 1)
        self.assertEqual(bridge.stop()[0], 0)
        self.assertEqual(self.committed(), 2 * len(mails))
        self.assertEqual(set(server.backend.documents.values()), {1})
        archived = sum(int(e["archived"]) for e in bridge.events("round"))
        self.assertEqual(archived, 2 * len(mails))
        print(f"{archived} mails, kept while the output failed: each stored once")

    def test_members_that_are_killed(self):
        """Two bridges, one of them killed again and again, while mails arrive."""
        server, output = self.index()
        self.administer("topic", "members")
        batches = [list(mails_of(number)) for number in range(20)]
        self.prepare("members", output, bridge="listen = none\n")
        shutil.copy(f"{self.directory}/bridge.conf", f"{self.directory}/second.conf")
        lab.write(f"{self.directory}/second.conf",
                  lab.read(f"{self.directory}/bridge.conf").replace("= state", "= state2"))
        first = running.Running(self, PROGRAM, f"{self.directory}/bridge.conf")
        second = running.Running(self, PROGRAM, f"{self.directory}/second.conf")
        kills, chance = 0, random.Random(1)
        for batch in batches:
            self.produce(batch)
            time.sleep(chance.random())
            if len(server.backend.ids) and chance.random() < 0.4:
                for pid in second.processes():
                    os.kill(pid, signal.SIGKILL)
                kills += 1
                second = running.Running(self, PROGRAM, f"{self.directory}/second.conf")
        count = sum(map(len, batches))
        running.until(self.drained, 600, 1)
        self.assertEqual(self.committed(), count)
        for bridge in (first, second):
            self.assertEqual(bridge.stop()[0], 0)
        expected, other = self.index()
        self.maildir([mail for batch in batches for mail in batch], other)
        self.assertEqual(server.backend.ids, expected.backend.ids)
        self.assertEqual(set(server.backend.documents.values()), {1})
        self.assertGreaterEqual(kills, 3)
        served = [sum(int(e["mails"]) for e in bridge.events("round")) for bridge in (first, second)]
        print(f"{count} mails, {kills} kills: lost 0, {len(server.backend.ids)} documents each once; rounds of the first "
              f"bridge had {served[0]} mails, of the last process of the second {served[1]}")


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
