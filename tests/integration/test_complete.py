#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names that came too late: test_complete.py PROGRAM

On real search servers: what run stored partial, "enrich" completes.
REPORTBRIDGE_SERVERS="es8 os3" names other servers.
"""
import os
import signal
import socket
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import lab  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
SERVERS = os.environ.get("REPORTBRIDGE_SERVERS", "es8 os2").split()
RECORDS = 900  # several groups of the command
FAILURES = 2
SENDERS = 'ptr bulk.example.net "Bulk Sender" marketing https://bulk.example.net/dkim\n'
REPORT = """From: r@reporter.example
Subject: report
MIME-Version: 1.0
Content-Type: text/xml; name="r.xml"

<feedback><report_metadata><org_name>reporter.example</org_name><report_id>1</report_id><date_range>
<begin>1795392000</begin><end>1795478399</end></date_range></report_metadata><policy_published>
<domain>example.com</domain><p>none</p></policy_published>%s</feedback>
"""
RECORD = """<record><row><source_ip>1.2.%d.%d</source_ip><count>%d</count><policy_evaluated>
<disposition>none</disposition><dkim>%s</dkim><spf>fail</spf></policy_evaluated></row><identifiers>
<header_from>example.com</header_from></identifiers><auth_results><dkim><domain>%s</domain><selector>s</selector>
<result>pass</result></dkim></auth_results></record>"""
FAILURE = """From: r@reporter.example
Subject: failure
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
Version: 1
User-Agent: test/1
Source-IP: 1.2.9.9
Reported-Domain: example.com
Auth-Failure: dmarc
Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0000

--b
Content-Type: text/rfc822-headers

From: someone@example.com
Subject: hello
--b--
"""


def record(number):
    """The first ones are signed by a service, the second by the domain itself, the others by nobody known."""
    kinds = [("fail", "mcsv.net"), ("pass", "example.com"), ("fail", "else.example.org")]
    return RECORD % (number // 250, number % 250, number + 1, *kinds[number % 3])


class Complete:
    """Mixed into a test case per server."""

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.output = lab.Search(cls, cls.server, f"{cls.directory}/search")
        if cls.output.missing:
            raise unittest.SkipTest(cls.output.missing)
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{cls.directory}/mail/{folder}")
        lab.write(f"{cls.directory}/mail/new/1.M1.x", REPORT % "".join(map(record, range(RECORDS))))
        lab.write(f"{cls.directory}/mail/new/2.M1.x", FAILURE)
        found = "Auth-Failure: dmarc\nAuthentication-Results: mx.reporter.example; dkim=pass header.d=mcsv.net\n"
        lab.write(f"{cls.directory}/mail/new/3.M1.x", FAILURE.replace("1.2.9.9", "1.2.9.8").replace(
            "Auth-Failure: dmarc\n", found))
        lab.write(f"{cls.directory}/senders", SENDERS)
        cls.mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.mute.bind(("127.0.0.1", 0))
        cls.addClassCleanup(cls.mute.close)
        cls.names = subprocess.Popen([sys.executable, f"{HERE}/../lib/slow_dns.py", "127.0.0.1", "0", "5", "0"],
                                     stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.names.wait)
        cls.addClassCleanup(cls.names.stdout.close)
        cls.addClassCleanup(cls.names.kill)
        cls.port = int(cls.names.stdout.readline())
        cls.output.set_up(PROGRAM, cls.configure("setup", cls.mute.getsockname()[1]))
        done = lab.Run(PROGRAM, "run", "--once", "-c", cls.configure("run", cls.mute.getsockname()[1]))
        assert done.status == 0, done.stderr

    @classmethod
    def configure(cls, name, port):
        path = f"{cls.directory}/{name}.conf"
        lab.write(path, f"[bridge]\nstate_directory = {name}-state\nworkers = 0\n[enrich]\nsenders_file = senders\n"
                        f"resolvers = 127.0.0.1:{port}\nbudget = {1 if port != cls.port else 60}s\n[mailbox m]\nsource = maildir\npath = mail\n"
                        f"examine = yes\n{cls.output.configuration('rb')}[tenant t]\ndomains = example.com\n"
                        "senders = Mailchimp\n")
        return path

    def documents(self, kind="dmarc_aggregate"):
        found = self.output.search(f"rb-{kind}-*", {"size": 2000})["hits"]["hits"]
        return {hit["_source"]["source.ip"]: {"_id": hit["_id"], **hit["_source"]} for hit in found}

    def partial(self):
        query = {"term": {"source.enrichment": "partial"}}
        return self.output.search("rb-*", {"size": 0, "query": query})["hits"]["total"]["value"]

    def enrich(self, *more, name="good", port=None):
        return lab.Run(PROGRAM, "enrich", "-c", self.configure(name, port or self.port), "--since", "2020-01-01", *more)

    def test_1_without_answers_nothing_changes(self):
        self.assertEqual(self.partial(), RECORDS + FAILURES)
        before = self.documents()
        done = self.enrich(name="mute", port=self.mute.getsockname()[1])
        self.assertEqual(done.status, 0, done.stderr)
        self.assertIn(f"0 documents completed, {RECORDS + FAILURES} still without a name", done.stdout)
        self.assertEqual(self.documents(), before)

    def test_2_only_what_is_asked_for(self):
        self.assertIn("0 documents completed", self.enrich("--tenant", "unclaimed").stdout)
        done = lab.Run(PROGRAM, "enrich", "-c", self.configure("good", self.port), "--since", "2026-12-31")
        self.assertIn("0 documents completed, 0 still", done.stdout)
        self.assertEqual(self.partial(), RECORDS + FAILURES)

    def partial_at_rest(self):
        """Once the server has done what it was sent."""
        same, left = 0, self.partial()
        while same < 4:
            time.sleep(0.5)
            same, left, before = same + 1, self.partial(), left
            if left != before:
                same = 0
        return left

    def test_3_killed_and_started_again(self):
        process = subprocess.Popen([PROGRAM, "enrich", "-c", self.configure("good", self.port), "--since", "2020-01-01"],
                                   stdout=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while process.poll() is None and self.partial() == RECORDS + FAILURES and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = self.partial_at_rest()
        self.assertLess(left, RECORDS + FAILURES)
        done = self.enrich()
        self.assertEqual(done.status, 0, done.stderr)
        self.assertIn(f"{left} documents completed, 0 still", done.stdout)

    def test_4_documents_are_as_if_the_names_had_been_there(self):
        self.assertEqual(self.partial(), 0)
        found = self.documents()
        self.assertEqual(len(found), RECORDS)
        self.assertEqual(sum(d["dmarc.message_count"] for d in found.values()), RECORDS * (RECORDS + 1) // 2)

        def member(address, *names):
            return [found[address].get(f"source.{name}") for name in names]
        self.assertEqual(member("1.2.0.0", "domain", "registered_domain", "enrichment", "sender.name",
                                "sender.rule", "sender.status", "relay.name"),
                         ["h-1-2-0-0.bulk.example.net", "example.net", None, "Mailchimp", "dkim", "approved",
                          "Bulk Sender"])
        self.assertEqual(member("1.2.0.2", "sender.name", "sender.rule", "sender.status"),
                         ["example.org", "dkim", "unknown"])
        failure = self.documents("dmarc_failure")["1.2.9.9"]
        self.assertEqual((failure["source.domain"], failure["source.sender.name"]),
                         ("h-1-2-9-9.bulk.example.net", "Bulk Sender"))
        failure = self.documents("dmarc_failure")["1.2.9.8"]
        self.assertEqual((failure["source.domain"], failure["source.sender.name"], failure["source.sender.rule"]),
                         ("h-1-2-9-8.bulk.example.net", "Mailchimp", "dkim"))

    def test_5_the_same_as_a_run_with_names(self):
        """A second prefix gets the same mail, with answers from the first."""
        path = f"{self.directory}/whole.conf"
        lab.write(path, lab.read(self.configure("whole", self.port)).replace("index_prefix = rb", "index_prefix = whole"))
        self.output.set_up(PROGRAM, path)
        done = lab.Run(PROGRAM, "run", "--once", "-c", path)
        self.assertEqual(done.status, 0, done.stderr)
        found = self.output.search("whole-dmarc_aggregate-*", {"size": 2000})["hits"]["hits"]

        def plain(document):
            return {k: v for k, v in document.items() if v is not None and k not in ("_id", "event.ingested")}
        whole = {hit["_source"]["source.ip"]: plain(hit["_source"]) for hit in found}
        completed = {address: plain(d) for address, d in self.documents().items()}
        self.assertEqual(completed["1.2.0.1"], whole["1.2.0.1"])
        self.assertEqual(completed, whole)


for _server in SERVERS:
    globals()[_server] = type(_server, (Complete, unittest.TestCase), {"server": _server})

if __name__ == "__main__":
    unittest.main()
