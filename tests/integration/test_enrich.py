#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From addresses to names, end to end: test_enrich.py PROGRAM"""
import json
import os
import shutil
import re
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import lab  # noqa: E402
from running import Running, until  # noqa: E402

PROGRAM = ""
DATABASE = f"{HERE}/../fuzz/corpus/mmdb/ipinfo-and-city"  # 1.1.1.0/24 and 2a00::/16
NETWORK = f"{HERE}/../fuzz/corpus/mmdb/network"  # 8.8.8.0/24
SENDERS = 'ptr bulk.example.net "Bulk Sender" marketing https://bulk.example.net/dkim\n'


def record(address, count, dkim="fail", spf="fail", signatures="", path="", reason=""):
    return f"""<record><row><source_ip>{address}</source_ip><count>{count}</count><policy_evaluated>
<disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{reason}</policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers><auth_results>
{"".join(f"<dkim><domain>{d}</domain><result>{r}</result></dkim>" for d, r in
         (s.split("=") for s in signatures.split()))}
{f"<spf><domain>{path}</domain><result>pass</result></spf>" if path else ""}</auth_results></record>"""


def report(number, *records):
    return f"""<?xml version="1.0"?><feedback><report_metadata><org_name>reporter.example</org_name>
<report_id>r{number}</report_id><date_range><begin>1795392000</begin><end>1795478399</end></date_range>
</report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
{"".join(records)}</feedback>"""


def mail(body, kind="text/xml", name="report.xml"):
    return (f"From: reports@reporter.example\nSubject: report\nMIME-Version: 1.0\n"
            f'Content-Type: {kind}; name="{name}"\n\n{body}')


TLS_REPORT = json.dumps({
    "organization-name": "reporter.example", "report-id": "t1", "contact-info": "tls@reporter.example",
    "date-range": {"start-datetime": "2026-11-23T00:00:00Z", "end-datetime": "2026-11-23T23:59:59Z"},
    "policies": [{"policy": {"policy-type": "sts", "policy-domain": "example.com"},
                  "summary": {"total-successful-session-count": 1, "total-failure-session-count": 2},
                  "failure-details": [{"result-type": "certificate-expired", "sending-mta-ip": "1.1.1.9",
                                       "receiving-ip": "8.8.8.8", "failed-session-count": 2}]}]})

FAILURE_REPORT = """From: reports@reporter.example
Subject: failure
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A message failed.
--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
Version: 1
User-Agent: test/1
Source-IP: 1.1.1.5
Reported-Domain: example.com
Auth-Failure: dmarc
Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0000

--b
Content-Type: text/rfc822-headers

From: someone@example.com
Subject: hello
--b--
"""


class Enrich(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{self.directory}/mail/{folder}")
        shutil.copy(DATABASE, f"{self.directory}/ip.mmdb")
        shutil.copy(NETWORK, f"{self.directory}/network.mmdb")
        lab.write(f"{self.directory}/senders", SENDERS)
        self.put(0, mail(report(
            0, record("1.1.1.1", 10, "pass", "fail", "example.com=pass"),
            record("1.1.1.2", 20, "pass", "pass", "example.com=pass mcsv.net=pass"),
            record("1.1.1.3", 30, "fail", "fail", "mcsv.net=fail"),
            record("192.168.1.1", 40), record("not an address", 50, "pass", "pass", "sendgrid.net=pass"),
            record("2a00::1", 60))))
        self.put(1, mail(TLS_REPORT, "application/tlsrpt+json", "report.json"))
        self.put(2, FAILURE_REPORT)

    def put(self, number, text):
        """A running program reads what is in new at once, so it gets there whole."""
        lab.write(f"{self.directory}/mail/tmp/{number}.M1.x", text)
        os.rename(f"{self.directory}/mail/tmp/{number}.M1.x", f"{self.directory}/mail/new/{number}.M1.x")

    def serve(self, delay=5, loss=0):
        """A name server; what it was asked is known once it has ended."""
        server = subprocess.Popen([sys.executable, f"{HERE}/../lib/slow_dns.py", "127.0.0.1", "0", str(delay),
                                   str(loss)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        server.port = int(server.stdout.readline())
        return server

    @staticmethod
    def questions(server):
        server.send_signal(signal.SIGTERM)
        return sum(map(int, server.stdout.readline().split()))

    def silence(self):
        """The port of a name server that never answers."""
        mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        mute.bind(("127.0.0.1", 0))
        self.addCleanup(mute.close)
        return mute.getsockname()[1]

    def configure(self, enrich, output="", tenant="", more=""):
        path = f"{self.directory}/bridge.conf"
        lab.write(path, f"[bridge]\nstate_directory = state\nworkers = 0\n{more}[enrich]\n{enrich}\n[mailbox m]\n"
                        f"source = maildir\npath = mail\nexamine = yes\n[output o]\ntype = file\n"
                        f"directory = out\n{output}\n{tenant}")
        return path

    def run_once(self, enrich, output="", tenant=""):
        shutil.rmtree(f"{self.directory}/out", ignore_errors=True)
        run = lab.Run(PROGRAM, "run", "--once", "-c", self.configure(enrich, output, tenant))
        self.assertEqual(run.status, 0, run.stderr)
        return run

    def documents(self, kind, key="source.ip"):
        """{address: document}; action lines are told apart by what they lack."""
        found = {}
        for name in os.listdir(f"{self.directory}/out"):
            if kind in name:
                for line in lab.read(f"{self.directory}/out/{name}").splitlines():
                    document = json.loads(line)
                    if "create" not in document:
                        found[document.get(key)] = document
        return found

    def ids(self):
        return sorted(json.loads(line)["create"]["_id"]
                      for name in os.listdir(f"{self.directory}/out")
                      for line in lab.read(f"{self.directory}/out/{name}").splitlines()
                      if line.startswith('{"create"'))

    def all_enriched(self, server):
        return (f"databases = ip.mmdb, network.mmdb\nsenders_file = senders\nresolvers = 127.0.0.1:{server.port}\n")

    def test_names_networks_and_senders(self):
        self.run_once(self.all_enriched(self.serve()))
        found = self.documents("dmarc_aggregate")

        def member(address, *names):
            return [found[address].get(f"source.{name}") for name in names]
        self.assertEqual(member("1.1.1.1", "domain", "registered_domain", "geo.country_iso_code", "as.number",
                                "as.organization.name", "enrichment"),
                         ["h-1-1-1-1.bulk.example.net", "example.net", "AU", 1, "One", None])
        self.assertEqual(member("1.1.1.1", "sender.name", "sender.type", "sender.rule", "sender.status",
                                "sender.help", "relay.name", "relay.rule", "forwarded"),
                         ["Bulk Sender", "marketing", "ptr", "known", "https://bulk.example.net/dkim",
                          "Bulk Sender", "ptr", None])
        self.assertEqual(member("1.1.1.2", "sender.name", "sender.rule", "relay.name"),
                         ["Mailchimp", "dkim", "Bulk Sender"])
        # A signature that fails names nobody.
        self.assertEqual(member("1.1.1.3", "sender.name", "sender.rule"), ["Bulk Sender", "ptr"])
        self.assertEqual(member("192.168.1.1", "enrichment", "domain", "sender.name", "sender.status"),
                         [None, None, None, "unknown"])
        self.assertEqual(found[None]["source.sender.name"], "Twilio SendGrid")
        self.assertEqual(member("2a00::1", "geo.country_iso_code", "geo.city_name", "geo.location", "domain"),
                         ["NL", "Delft", "52.0000,4.4000", None])
        failure = self.documents("dmarc_failure")["1.1.1.5"]
        self.assertEqual([failure["source.domain"], failure["source.sender.name"]],
                         ["h-1-1-1-5.bulk.example.net", "Bulk Sender"])
        tls = self.documents("tlsrpt_failure")["1.1.1.9"]
        self.assertEqual([tls["source.domain"], tls["source.as.number"], tls["server.as.number"],
                          tls["server.as.organization.name"]],
                         ["h-1-1-1-9.bulk.example.net", 1, 15169, "GOOGLE"])

    def test_ids_do_not_depend_on_it(self):
        self.run_once("reverse_dns = no")
        plain = self.ids()
        self.assertGreater(len(plain), 8)
        self.run_once(self.all_enriched(self.serve()))
        self.assertEqual(self.ids(), plain)
        self.run_once(f"databases = network.mmdb\nbudget = 100ms\nresolvers = 127.0.0.1:{self.silence()}")
        self.assertEqual(self.ids(), plain)

    def test_a_second_run_asks_nothing(self):
        server = self.serve()
        self.run_once(self.all_enriched(server))
        self.assertGreater(self.questions(server), 6)
        server = self.serve()
        self.run_once(self.all_enriched(server))
        self.assertEqual(self.documents("dmarc_aggregate")["1.1.1.1"]["source.sender.name"], "Bulk Sender")
        self.assertEqual(self.questions(server), 0)

    def test_what_a_failure_report_found(self):
        """Its own results name the sender, if they passed."""
        def failure(number, address, results):
            self.put(number, FAILURE_REPORT.replace("1.1.1.5", address).replace(
                "Auth-Failure: dmarc\n", f"Auth-Failure: dmarc\nAuthentication-Results: mx.reporter.example; {results}\n"))
        failure(3, "1.1.1.21", "dkim=pass header.d=mcsv.net header.s=k1; spf=fail smtp.mailfrom=x@example.com")
        failure(4, "1.1.1.22", "dkim=fail (bad) header.d=mcsv.net; spf=pass smtp.mailfrom=b@em7.SendGrid.net")
        failure(5, "1.1.1.23", "dkim=fail header.d=mcsv.net; spf=none smtp.helo=sendgrid.net; dmarc=fail")
        self.run_once("offline = yes\n")
        found = {d["source.ip"]: (d.get("source.sender.name"), d.get("source.sender.rule"))
                 for d in self.documents("dmarc_failure").values()}
        self.assertEqual([found[f"1.1.1.{n}"] for n in (21, 22, 23)],
                         [("Mailchimp", "dkim"), ("Twilio SendGrid", "spf"), (None, None)])

    def test_small_mails_wait_together(self):
        """One by one they would take twice the budget of the batch, and half of them would be partial."""
        for number in range(3, 103):
            self.put(number, mail(report(number, record(f"1.2.3.{number}", 1))))
        self.run_once(f"resolvers = 127.0.0.1:{self.serve(delay=200).port}\nbudget = 20s\n")
        found = self.documents("dmarc_aggregate")
        self.assertEqual(sum(f"1.2.3.{number}" in found for number in range(3, 103)), 100)
        self.assertEqual([a for a, d in found.items() if "source.enrichment" in d], [])

    def test_killed_while_mails_wait(self):
        """They are in the mailbox still, and are read by the next run."""
        for number in range(3, 43):
            self.put(number, mail(report(number, record(f"1.2.3.{number}", 1))))
        path = self.configure(f"resolvers = 127.0.0.1:{self.silence()}\nbudget = 60s\n")
        process = subprocess.Popen([PROGRAM, "run", "--once", "-c", path], stderr=subprocess.DEVNULL)
        time.sleep(2)
        process.kill()
        process.wait()
        self.run_once(f"resolvers = 127.0.0.1:{self.serve().port}\n")
        found = self.documents("dmarc_aggregate")
        self.assertEqual(sum(f"1.2.3.{number}" in found for number in range(3, 43)), 40)
        self.assertEqual([a for a, d in found.items() if "source.enrichment" in d], [])

    def test_a_dead_resolver_costs_its_budget(self):
        start = time.monotonic()
        run = self.run_once(f"databases = ip.mmdb\nbudget = 1s\nresolvers = 127.0.0.1:{self.silence()}")
        self.assertLess(time.monotonic() - start, 60)
        # 4 of the aggregate report, 1 of the failure report, 1 of the TLS report
        self.assertEqual(run.round()["partial"], "6")
        found = self.documents("dmarc_aggregate")
        self.assertEqual(found["1.1.1.1"]["source.enrichment"], "partial")
        self.assertEqual(found["1.1.1.1"]["source.geo.country_iso_code"], "AU")
        self.assertEqual(found["1.1.1.1"]["source.sender.name"], "example.com")
        self.assertEqual(found["1.1.1.2"]["source.sender.name"], "Mailchimp")
        self.assertNotIn("source.domain", found["1.1.1.1"])

    def test_offline(self):
        server = self.serve()
        self.run_once(self.all_enriched(server) + "offline = yes")
        self.assertEqual(self.documents("dmarc_aggregate")["1.1.1.1"]["source.enrichment"], "partial")
        self.assertEqual(self.questions(server), 0)

    def test_senders_of_a_tenant(self):
        self.run_once(self.all_enriched(self.serve()),
                      tenant="[tenant acme]\ndomains = example.com\nsenders = Bulk Sender, 192.168.0.0/16\n")
        found = self.documents("dmarc_aggregate")
        self.assertEqual({address: found[address]["source.sender.status"] for address in found},
                         {"1.1.1.1": "approved", "1.1.1.2": "known", "1.1.1.3": "approved",
                          "192.168.1.1": "approved", None: "known", "2a00::1": "unknown"})
        self.assertEqual(found["192.168.1.1"]["source.sender.name"], "192.168.0.0/16")

    def test_the_command_senders(self):
        tenant = "[tenant acme]\ndomains = example.com\nsenders = Bulk Sender\n"
        enrich = self.all_enriched(self.serve())
        self.run_once(enrich, tenant=tenant)
        run = lab.Run(PROGRAM, "senders", "-c", self.configure(enrich, tenant=tenant), "--tenant", "acme",
                      "--since", "2026-11-20")
        self.assertEqual(run.status, 0, run.stderr)
        lines = {" ".join(line.split()) for line in run.stdout.splitlines()}
        self.assertIn("Bulk Sender marketing 40 0 % 25 % 25 % 2026-11-23 2026-11-23 approved", lines)
        self.assertIn("Mailchimp marketing 20 100 % 100 % 100 % 2026-11-23 2026-11-23 known", lines)
        self.assertIn("192.168.1.1 40 0 % 0 % 0 % 2026-11-23 2026-11-23 unknown", lines)
        self.assertIn("senders = Twilio SendGrid, Mailchimp", lines)
        for wrong in ((), ("-c", "nowhere"), ("-c", "x", "--since", "soon"), ("-c", "x", "more")):
            self.assertEqual(lab.Run(PROGRAM, "senders", *wrong).status, 2)

    def test_names_of_parsedmarc(self):
        lab.write(f"{self.directory}/map.csv", "base_reverse_dns,name,type\nexample.net,Example Net,Web Host\n"
                                               "one.example,Network One,ISP\n")
        self.run_once(self.all_enriched(self.serve()) + "map_file = map.csv", "schema = parsedmarc")
        found = self.documents("dmarc_aggregate", "source_ip_address")
        self.assertEqual({key: value for key, value in found["1.1.1.1"].items() if key.startswith("source_")},
                         {"source_ip_address": "1.1.1.1", "source_country": "AU",
                          "source_reverse_dns": "h-1-1-1-1.bulk.example.net", "source_base_domain": "example.net",
                          "source_name": "Example Net", "source_type": "Web Host", "source_asn": 1,
                          "source_as_name": "One", "source_as_domain": "one.example"})
        failure = self.documents("dmarc_failure", "source_ip_address")["1.1.1.5"]
        self.assertEqual(failure["source_base_domain"], "example.net")
        self.assertNotIn("source_name", failure)

    def test_wrong_files_are_errors_at_start(self):
        lab.write(f"{self.directory}/bad.mmdb", "<html>not found</html>")
        lab.write(f"{self.directory}/bad-senders", "# x\nptr example.net Name colour\n")
        for enrich, why in (("databases = bad.mmdb", "bad.mmdb: is not an MMDB file"),
                            ("databases = nowhere.mmdb", "nowhere.mmdb: No such file"),
                            ("senders_file = bad-senders", "bad-senders:2: unknown type 'colour'"),
                            ("map_file = bad-senders", "bad-senders:1: has no column base_reverse_dns")):
            for command in (("run", "--once"), ("check",)):
                run = lab.Run(PROGRAM, *command, "-c", self.configure(enrich))
                self.assertEqual(run.status, 2, (command, enrich))
                self.assertIn(why, run.stderr + run.stdout)

    def test_a_database_that_is_cut_off_in_place(self):
        """The program goes on, and says what is wrong."""
        bridge = Running(self, PROGRAM, self.configure("databases = ip.mmdb\nreverse_dns = no"))
        bridge.wait_for("round")
        os.truncate(f"{self.directory}/ip.mmdb", 100)
        self.put(9, mail(report(9, record("1.1.1.7", 1))))
        until(lambda: any(int(e["mails"]) == 1 for e in bridge.events("round")))
        self.assertEqual(self.documents("dmarc_aggregate")["1.1.1.7"]["source.geo.country_iso_code"], "AU")
        self.assertEqual(bridge.stop()[0], 0)

    def test_questions_are_counted(self):
        """Over rounds and reloads, whoever asks."""
        for workers in (0, 1):
            server = self.serve()
            port = lab.free_port()
            path = self.configure(f"resolvers = 127.0.0.1:{server.port}", more=f"listen = 127.0.0.1:{port}\n")
            lab.write(path, lab.read(path).replace("workers = 0", f"workers = {workers}"))
            shutil.rmtree(f"{self.directory}/state", ignore_errors=True)
            bridge = Running(self, PROGRAM, path)
            bridge.wait_for("round")

            def counted():
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                    text = answer.read().decode()
                return {name: int(re.search(rf"(?m)^reportbridge_{name} (\d+)", text)[1]) for name in
                        ("name_questions_total", "name_failures_total", "name_servers_paused")}
            bridge.send(signal.SIGHUP)
            bridge.wait_for("ready", 2)
            self.put(20 + workers, mail(report(20 + workers, record(f"1.2.3.{4 + workers}", 1))))
            until(lambda: f"1.2.3.{4 + workers}" in self.documents("dmarc_aggregate"))
            self.put(30 + workers, mail(report(30 + workers, record("192.0.2.1", 1))))  # nobody is asked about it
            bridge.send(signal.SIGHUP)
            bridge.wait_for("ready", 3)
            until(lambda: counted()["name_questions_total"] > 0)
            self.assertEqual(bridge.events("worker-died"), [])
            found = counted()
            self.assertEqual(found["name_questions_total"], self.questions(server))
            self.assertEqual(found["name_servers_paused"], 0)
            bridge.stop()

    def test_a_database_that_is_replaced(self):
        """Workers, which cannot open it themselves, are replaced by others that have it."""
        path = self.configure("databases = ip.mmdb\nreverse_dns = no", more="log_level = debug\n")
        lab.write(path, lab.read(path).replace("workers = 0", "workers = 1"))
        bridge = Running(self, PROGRAM, path)
        bridge.wait_for("round")
        self.assertEqual(self.documents("dmarc_aggregate")["1.1.1.1"]["source.geo.country_iso_code"], "AU")
        os.rename(f"{self.directory}/network.mmdb", f"{self.directory}/ip.mmdb")
        bridge.wait_for("reload", seconds=150)
        bridge.wait_for("ready", 2)
        self.put(9, mail(report(9, record("8.8.8.8", 1))))
        until(lambda: "8.8.8.8" in self.documents("dmarc_aggregate"))
        self.assertEqual(self.documents("dmarc_aggregate")["8.8.8.8"]["source.as.number"], 15169)
        self.assertEqual(bridge.stop()[0], 0)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
