#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who watches the bridge: metrics, health, readiness, the command "status".

test_watch.py PROGRAM STEPS-PROGRAM   (the second built with -DTEST_STEPS, see base/step.h)
"""
import collections
import contextlib
import glob
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import fault_run  # noqa: E402
import fault_server  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402
from running import until  # noqa: E402

PROGRAM, STEPS_PROGRAM = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
MIDNIGHT = 1735689600
CONTRIB = f"{HERE}/../../contrib"
# poll and ready_within of these tests: what is not served any more is known after both.
POLL, READY_WITHIN = 1, 2
INTERVAL = POLL + READY_WITHIN
SLACK = 20
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
SAMPLE = re.compile(r'reportbridge_(\w+)(?:\{(.*)\})? (\S+)')


def report(number):
    xml = sample_mail.dmarc_report(f"r{number}.example", f"d@r{number}.example", "example.com",
                                   MIDNIGHT, random.Random(number))
    return sample_mail.mail(f"d@r{number}.example", f"Report {number}", "application/zip",
                            f"{number}.zip", sample_mail.zipped(f"{number}.xml", xml), MIDNIGHT)


class Watcher:
    """Asks a bridge."""

    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"

    def get(self, path, headers=None):
        """(status, text, content type)"""
        request = urllib.request.Request(f"http://{self.address}{path}", headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode(), answer.headers["Content-Type"]
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode(), answer.headers["Content-Type"]

    def metrics(self):
        """{(name, label, ...): value}"""
        found = {}
        for line in self.get("/metrics")[1].splitlines():
            if match := SAMPLE.fullmatch(line):
                labels = re.findall(r'\w+="((?:[^"\\]|\\.)*)"', match[2] or "")
                found[(match[1], *labels)] = float(match[3])
        return found

    def sum(self, name, *labels):
        return sum(value for key, value in self.metrics().items()
                   if key[0] == name and set(labels) <= set(key[1:]))

    def ready(self):
        status, text, _ = self.get("/readyz")
        answer = json.loads(text)
        assert (status == 200) == answer["ready"] == (not answer["not_served"])
        return answer

    def not_served(self):
        return {(trouble["kind"], trouble["name"]) for trouble in self.ready()["not_served"]}


class Watch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")
        cls.files = lab.Files(f"{cls.directory}/files")

    def setUp(self):
        self.name = self._testMethodName.removeprefix("test_")
        self.path = f"{self.directory}/{self.name}.conf"
        self.port = lab.free_port()
        self.watcher = Watcher(self.port)

    def configure(self, mailboxes, output=None, workers=1, listen=None, per_tenant="no"):
        os.makedirs(f"{self.directory}/{self.name}.state", exist_ok=True)
        with open(self.path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/{self.name}.state\n"
                      f"workers = {workers}\nready_within = {READY_WITHIN}s\n"
                      f"metrics_per_tenant = {per_tenant}\n"
                      + (f"listen = {listen or self.watcher.address}\n" if listen != "" else "")
                      + mailboxes + (output or self.files.configuration(self.name)))

    def mailbox(self, user, **options):
        return self.imap.configuration(user, poll=f"{POLL}s", **options)

    def start(self, program=PROGRAM, **environment):
        bridge = running.Running(self, program, self.path, **environment)
        bridge.wait_for("ready")
        return bridge

    def deliver(self, user, numbers):
        self.imap.deliver(user, [report(number) for number in numbers], numbers[0] if numbers else 0)

    def until_ready(self, seconds=60):
        until(lambda: self.watcher.ready()["ready"], seconds)

    def until_not_served(self, *names):
        """Known within an interval, and by name."""
        until(lambda: self.watcher.not_served() == set(names), INTERVAL + SLACK)

    def status(self):
        return lab.Run(PROGRAM, "status", "-c", self.path)

    # --- forms ---------------------------------------------------------------------

    def test_pages(self):
        for workers in (0, 1, 2):
            with self.subTest(workers=workers):
                users = [f"{self.name}{workers}{n}" for n in range(3)]
                for number, user in enumerate(users):
                    self.deliver(user, [100 * workers + 10 * number + n for n in range(2)])
                self.configure("".join(self.mailbox(user) for user in users), workers=workers)
                bridge = self.start()
                self.until_ready()
                self.assertEqual(self.watcher.get("/healthz")[:2], (200, "ok\n"))
                self.assertEqual(self.watcher.get("/elsewhere")[0], 404)
                with contextlib.closing(http.client.HTTPConnection(self.watcher.address, timeout=60)) as posted:
                    posted.request("POST", "/metrics", "x" * 1000)
                    self.assertEqual(posted.getresponse().status, 405)
                old, new = (self.watcher.get("/metrics", headers) for headers in ({}, OPENMETRICS))
                self.assertTrue(old[2].startswith("text/plain; version=0.0.4"))
                self.assertTrue(new[2].startswith("application/openmetrics-text; version=1.0.0"))
                self.assertTrue(new[1].endswith("\n# EOF\n"))
                self.assertIn("# TYPE reportbridge_mails_total counter", old[1])
                self.assertIn("# TYPE reportbridge_mails counter", new[1])
                metrics = self.watcher.metrics()
                self.assertEqual(metrics["mails_total", "aggregate"], 6)
                self.assertEqual(metrics["reports_total", "aggregate"], 6)
                self.assertEqual(metrics["report_lag_seconds_count", "aggregate"], 6)
                self.assertGreater(metrics["report_lag_seconds_sum", "aggregate"], 6 * 30 * 86400)
                self.assertEqual(metrics["report_lag_seconds_bucket", "aggregate", "2592000.00"], 0)
                self.assertEqual(metrics["ready",], 1)
                self.assertEqual(metrics["workers",], workers)
                for user in users:
                    self.assertEqual(metrics["mailbox_mails_total", user], 2)
                    self.assertEqual(metrics["mailbox_connected", user], 1)
                    self.assertEqual(metrics["mailbox_backlog", user], 0)
                    self.assertLess(abs(metrics["mailbox_last_mail_timestamp_seconds", user]
                                        - time.time()), 60)
                status = self.status()
                self.assertEqual(status.status, 0, status.stderr)
                self.assertEqual([line.split()[0] for line in status.stdout.splitlines()[3:6]], users)
                bridge.stop()
                self.assertEqual(self.status().status, 3)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (package prometheus)")
    def test_promtool_has_nothing_to_say(self):
        self.deliver(self.name, [1])
        self.configure(self.mailbox(self.name))
        bridge = self.start()
        self.until_ready()
        checked = subprocess.run(["promtool", "check", "metrics"], text=True, timeout=300,
                                 input=self.watcher.get("/metrics")[1], capture_output=True)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))
        bridge.stop()

    def test_unix_socket(self):
        """In the state directory when nothing is said; left behind by kill -9, it is no obstacle."""
        self.deliver(self.name, [])
        self.configure(self.mailbox(self.name), listen="")
        path = f"{self.directory}/{self.name}.state/status.sock"
        bridge = self.start()
        until(lambda: self.status().status == 0)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
        # A second bridge has no listener, and says so.
        second = self.start()
        self.assertIn("Address already in use", second.wait_for("listen")["error"])
        second.stop()
        self.assertEqual(self.status().status, 0)
        bridge.kill()
        self.assertTrue(os.path.exists(path))
        bridge = self.start()
        until(lambda: self.status().status == 0)
        self.assertFalse(bridge.events("listen"))
        bridge.stop()
        self.assertFalse(os.path.exists(path))

    def test_an_address_that_cannot_be_had(self):
        self.deliver(self.name, [])
        with socket.create_server(("127.0.0.1", 0)) as taken:
            for listen, word in ((f"127.0.0.1:{taken.getsockname()[1]}", "Address already in use"),
                                 ("localhost:9464", "neither an address"), ("/" + 200 * "x", "neither")):
                self.configure(self.mailbox(self.name), listen=listen)
                result = lab.Run(PROGRAM, "run", "-c", self.path)
                self.assertEqual(result.status, 2)
                self.assertIn(word, result.stderr)

    def test_connections_that_say_nothing_stop_nobody(self):
        self.deliver(self.name, [])
        self.configure(self.mailbox(self.name))
        bridge = self.start()
        self.until_ready()
        silent = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(20)]
        for connection in silent[:10]:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nX: " + 2000 * b"y")
        self.assertEqual(self.watcher.get("/healthz")[0], 200)
        self.deliver(self.name, [1])
        until(lambda: self.watcher.sum("mails_total", "aggregate") == 1)
        for connection in silent:
            connection.close()
        self.assertEqual(bridge.stop()[0], 0)

    def test_certificates_that_expire(self):
        key, certificates = f"{self.directory}/{self.name}.key", {}
        for name, days in (("soon", 3), ("later", 300)):
            certificates[name] = f"{self.directory}/{self.name}.{name}.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
                            "-keyout", key, "-out", certificates[name], "-days", str(days)],
                           check=True, capture_output=True)
            os.chmod(key, 0o600)
        self.deliver("soon", [])
        self.deliver("later", [])
        self.configure("".join(self.mailbox(name, client_cert_file=file, client_key_file=key)
                               for name, file in certificates.items()))
        bridge = self.start()
        warning = bridge.wait_for("certificate-expires")
        self.assertEqual((warning["mailbox"], warning["file"]), ("soon", certificates["soon"]))
        self.assertIn(warning["days"], ("2", "3"))
        metrics = self.watcher.metrics()
        for name, days in (("soon", 3), ("later", 300)):
            left = metrics["certificate_expires_timestamp_seconds", "mailbox", name] - time.time()
            self.assertLess(abs(left - days * 86400), 600)
        self.assertEqual(len(bridge.events("certificate-expires")), 1)
        bridge.stop()

    # --- readiness -------------------------------------------------------------------

    def test_not_ready_before_everything_was_served(self):
        hanging = running.Hanging(self)
        self.deliver(self.name, [1])
        self.configure(self.mailbox(self.name)
                       + f"[mailbox mute]\nhost = 127.0.0.1\nport = {hanging.port}\ntls = none\n"
                       "user = u\npassword_command = echo x\n")
        bridge = self.start()
        until(lambda: self.watcher.not_served() == {("mailbox", "mute")})
        self.assertEqual(self.status().status, 3)
        metrics = self.watcher.metrics()
        self.assertEqual(metrics["mailbox_served", self.name], 1)
        self.assertEqual(metrics["mailbox_served", "mute"], 0)
        self.assertEqual(metrics["mailbox_phase", "mute", "opening"], 1)
        bridge.stop()

    def meet(self, begin, end, *names):
        """Not ready within an interval of the fault, and ready again after its end."""
        self.until_ready()
        begin()
        self.until_not_served(*names)
        troubles = self.watcher.ready()["not_served"]
        self.assertEqual(self.status().status, 3)
        end()
        self.until_ready()
        self.assertEqual(self.status().status, 0)
        return troubles

    def test_readiness_under_faults(self):
        proxy = running.Proxy(int(self.imap.env["IMAPS_PORT"]))
        folder, near, far = (f"{self.name}{n}" for n in ("folder", "near", "far"))
        for user in (folder, near, far):
            self.deliver(user, [])
        path = self.imap.maildir(folder)
        self.configure(self.mailbox(near) + self.mailbox(far, port=proxy.near_port, timeout="5s")
                       + f"[mailbox {folder}]\nsource = maildir\npath = {path}\npoll = {POLL}s\n",
                       workers=2)
        bridge = self.start()

        def hang(stalled):
            proxy.stalled = stalled

        self.meet(lambda: hang(True), lambda: hang(False), ("mailbox", far))
        self.meet(lambda: os.rename(path, path + ".away"), lambda: os.rename(path + ".away", path),
                  ("mailbox", folder))
        bridge.stop()

    # Readiness stays: everything is stored within an interval, at a second try or in
    # smaller requests.
    ABSORBED = {"closed after the answer", "413", "429 items"}

    def after(self, condition, seconds):
        start = time.monotonic()
        until(condition, seconds)
        return time.monotonic() - start

    def fault_is_seen(self, server, fault, number):
        """Seconds until not ready, and from the end of the fault until ready."""
        both = {("mailbox", self.name), ("output", "es")}
        self.until_ready(120)
        server.set(fault, 1)
        self.deliver(self.name, [number])
        if fault in self.ABSORBED:
            until(lambda: not self.imap.folders(self.name).get("INBOX", 0), INTERVAL + SLACK)
            server.set(None, 0)
            return None, self.after(lambda: self.watcher.ready()["ready"], INTERVAL + SLACK)
        seen = self.after(lambda: not self.watcher.ready()["ready"], INTERVAL + SLACK)
        until(lambda: self.watcher.not_served() == both, 2 * INTERVAL + SLACK)
        self.assertTrue(all(trouble["error"] for trouble in self.watcher.ready()["not_served"]
                            if trouble["kind"] == "output"))
        self.assertEqual(self.status().status, 3)
        server.set(None, 0)
        return seen, self.after(lambda: self.watcher.ready()["ready"], 120)

    def test_readiness_for_each_fault_of_the_table(self):
        store = fault_server.Store()
        server = fault_server.FaultServer(store)
        self.addCleanup(server.stop)
        self.deliver(self.name, [])
        self.configure(self.mailbox(self.name),
                       f"[output es]\nurls = {server.url}\nretry = 1s\ntimeout = 2s\n")
        bridge = self.start()
        table = fault_run.Table(f"readiness, an interval of {INTERVAL} s", "not ready", "ready again")
        for number, fault in enumerate(fault_server.Handler.FAULTS, 1):
            with self.subTest(fault=fault):
                seen, again = self.fault_is_seen(server, fault, number)
                table.add(fault, "   stays" if seen is None else f"{seen:6.1f} s", f"{again:9.1f} s")
            server.set(None, 0)
        table.print()
        self.assertEqual(self.watcher.sum("output_failing"), 0)
        bridge.stop()

    def breaker(self):
        """The state that is 1, and no other."""
        state, = (key[2] for key, value in self.watcher.metrics().items()
                  if key[0] == "output_circuit_breaker" and value)
        return state

    def test_circuit_breaker_and_queue(self):
        store = fault_server.Store()
        server = fault_server.FaultServer(store)
        self.addCleanup(server.stop)
        self.deliver(self.name, list(range(5)))
        self.configure(self.mailbox(self.name), f"[output es]\nurls = {server.url}\nretry = 1s\n")
        bridge = self.start()
        self.until_ready()
        self.assertEqual((self.breaker(), self.watcher.sum("output_queue_documents")), ("closed", 0))
        server.set("503", 1)
        self.deliver(self.name, list(range(10, 15)))
        until(lambda: self.watcher.sum("output_queue_documents", "es") >= 10)
        until(lambda: self.breaker() == "waiting")
        server.set(None, 0)
        until(lambda: self.breaker() == "closed")
        store.refuses = True
        self.deliver(self.name, list(range(100, 250)))
        until(lambda: self.breaker() == "open")
        self.assertGreater(self.watcher.sum("documents_total", "es", "held"), 0)
        store.refuses = False
        until(lambda: self.breaker() == "closed")
        until(lambda: self.watcher.sum("output_queue_documents", "es") == 0)
        # What a worker had in its queues ends with it.
        server.set("503", 1)
        self.deliver(self.name, list(range(300, 305)))
        until(lambda: self.watcher.sum("output_queue_documents", "es") >= 10)
        os.kill(until(bridge.workers)[0], signal.SIGKILL)
        server.set(None, 0)
        until(lambda: self.imap.folders(self.name).get("INBOX", 0) == 0)
        until(lambda: self.watcher.sum("output_queue_documents", "es") == 0)
        bridge.stop()

    # --- Prometheus ------------------------------------------------------------------

    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], text=True, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (package prometheus)")
    def test_alert_rules(self):
        self.promtool("check", "rules", f"{CONTRIB}/prometheus/reportbridge.rules.yml")
        self.promtool("check", "config", f"{CONTRIB}/prometheus/scrape.yml")
        self.promtool("test", "rules", f"{HERE}/alert_rules_test.yml")

    def test_rules_and_dashboard_ask_for_what_there_is(self):
        known = set()
        for name, kind in re.findall(r"^\| `(reportbridge_\w+)` \| (\w+)",
                                     lab.read(f"{HERE}/../../docs/metrics.md"), re.M):
            known |= {name + part for part in
                      (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))}
        self.assertGreater(len(known), 25)
        for file in ("prometheus/reportbridge.rules.yml", "grafana/reportbridge.json"):
            text = lab.read(f"{CONTRIB}/{file}")
            asked = set(re.findall(r"\b(reportbridge_\w+)", text))
            self.assertGreater(len(asked), 5)
            self.assertFalse(asked - known, file)
        titles = [panel["title"] for panel in
                  json.loads(lab.read(f"{CONTRIB}/grafana/reportbridge.json"))["panels"]]
        self.assertEqual(len(titles), len(set(titles)))

    @unittest.skipUnless(shutil.which("prometheus"), "Prometheus is not installed")
    def test_prometheus_scrapes_and_alerts(self):
        """Its own parser reads every page, and an alert comes and goes with the fault."""
        proxy = running.Proxy(int(self.imap.env["IMAPS_PORT"]))
        self.deliver(self.name, [1])
        self.configure(self.mailbox(self.name, port=proxy.near_port, timeout="5s"))
        bridge = self.start()
        port, directory = lab.free_port(), f"{self.directory}/{self.name}.prometheus"
        os.makedirs(directory)
        rules = lab.read(f"{CONTRIB}/prometheus/reportbridge.rules.yml")
        with open(f"{directory}/reportbridge.rules.yml", "w") as out:
            out.write(re.sub(r"for: \w+", "for: 1s", rules))
        with open(f"{directory}/prometheus.yml", "w") as out:
            out.write("global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 500ms}\n"
                      + lab.read(f"{CONTRIB}/prometheus/scrape.yml").replace(
                          "127.0.0.1:9464", self.watcher.address))
        with open(f"{directory}/log", "w") as log:
            prometheus = subprocess.Popen(
                ["prometheus", f"--config.file={directory}/prometheus.yml",
                 f"--storage.tsdb.path={directory}/data", f"--web.listen-address=127.0.0.1:{port}"],
                stdout=log, stderr=log)
        self.addCleanup(running.end, prometheus)

        def ask(path):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=60) as answer:
                    return json.load(answer)["data"]
            except OSError:
                return {"alerts": [], "activeTargets": []}

        def firing():
            return {alert["labels"]["alertname"] for alert in ask("alerts")["alerts"]
                    if alert["state"] == "firing"}

        until(lambda: [t["health"] for t in ask("targets")["activeTargets"]] == ["up"])
        self.assertEqual(ask("targets")["activeTargets"][0]["lastError"], "")
        self.until_ready()
        until(lambda: not firing())
        for panel in json.loads(lab.read(f"{CONTRIB}/grafana/reportbridge.json"))["panels"]:
            for target in panel["targets"]:
                query = target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
                path = "query?" + urllib.parse.urlencode({"query": query})
                self.assertIn("result", ask(path), query)
                if ">" not in query and "== 0" not in query:
                    until(lambda: ask(path).get("result"))
        proxy.stalled = True
        until(lambda: firing() == {"ReportbridgeMailboxNotServed"})
        proxy.stalled = False
        until(lambda: not firing())
        bridge.stop()
        until(lambda: firing() == {"ReportbridgeDown"})

    # --- counters --------------------------------------------------------------------

    def test_counters_survive_reloads(self):
        users = [f"{self.name}{n}" for n in range(3)]
        for number, user in enumerate(users):
            self.deliver(user, [10 * number, 10 * number + 1])
        other = f"[output other]\ntype = file\nformat = ndjson\ndirectory = {self.directory}/other\nrequired = no\n"
        first = self.files.configuration(self.name)
        self.configure("".join(map(self.mailbox, users)), first)
        bridge = self.start()
        until(lambda: self.watcher.sum("mails_total") == 6)
        documents = self.watcher.sum("documents_total", self.name, "stored")
        quirks = {document["report.digest"]: document.get("report.quirks", []) for _, _, document
                  in self.files.documents(self.name) if document["event.dataset"] == "dmarc_aggregate"}
        self.assertEqual(len(quirks), 6)
        self.assertEqual({key[1]: value for key, value in self.watcher.metrics().items()
                          if key[0] == "quirks_total" and value},
                         collections.Counter(quirk for found in quirks.values() for quirk in found))
        # Another place in the list, another output in front, and a mailbox less.
        self.configure("".join(map(self.mailbox, users[:0:-1])), other + first, 2)
        bridge.send(signal.SIGHUP)
        bridge.wait_for("ready", 2)
        metrics = self.watcher.metrics()
        self.assertEqual(self.watcher.sum("documents_total", self.name, "stored"), documents)
        self.assertEqual(self.watcher.sum("documents_total", "other"), 0)
        self.assertEqual([metrics["mailbox_mails_total", user] for user in users[1:]], [2, 2])
        self.assertNotIn(("mailbox_mails_total", users[0]), metrics)
        self.deliver(users[1], [90])
        until(lambda: self.watcher.sum("documents_total", "other", "stored") > 1)
        until(lambda: self.watcher.sum("mailbox_mails_total", users[1]) == 3)
        bridge.stop()

    def test_metrics_per_tenant(self):
        """Only when asked; they move with the names of tenants at a reload."""
        def tenants(*names):
            return "".join(f"[tenant {name}]\ndomains = {domain}\n" for name, domain in names)

        def counted(name):
            return {key[1:]: value for key, value in self.watcher.metrics().items()
                    if key[0] == name and value}

        acme, second = ("acme", "example.com"), ("second", "example.net")
        output = self.files.configuration(self.name)
        self.deliver(self.name, [1, 2, 3])

        def reload(text, ready, asked="yes"):
            self.configure(self.mailbox(self.name), output + text, per_tenant=asked)
            bridge.send(signal.SIGHUP)
            bridge.wait_for("ready", ready)
        self.configure(self.mailbox(self.name), output + tenants(acme, second), per_tenant="yes")
        bridge = self.start()
        until(lambda: self.watcher.sum("mails_total") == 3)
        stored = self.watcher.sum("documents_total", "stored")
        reports = {("acme", "aggregate"): 3}
        self.assertEqual(counted("tenant_reports_total"), reports)
        self.assertEqual(counted("tenant_documents_total"), {("acme", "stored"): stored})
        self.assertEqual({key[1] for key in self.watcher.metrics() if key[0] == "tenant_reports_total"},
                         {"acme", "second", "unclaimed"})
        reload(tenants(("aaa", "aaa.example"), acme), 2)
        self.assertEqual(counted("tenant_reports_total"), reports)
        self.assertEqual(counted("tenant_documents_total"), {("acme", "stored"): stored})
        # The domain is nobody's from here on.
        reload(tenants(second), 3)
        self.assertEqual(counted("tenant_reports_total"), {})
        self.deliver(self.name, [4])
        until(lambda: counted("tenant_reports_total") == {("unclaimed", "aggregate"): 1})
        reload(tenants(second), 4, "no")
        self.assertNotIn("tenant_", self.watcher.get("/metrics")[1])
        # More tenants than have a value of their own: those of the end share one.
        reload(tenants(*((f"t{n:04}", f"t{n}.example") for n in range(1100)), acme), 5)
        self.deliver(self.name, [5])
        until(lambda: counted("tenant_reports_total") == {("(others)", "aggregate"): 1})
        values = {key[1] for key in self.watcher.metrics() if key[0] == "tenant_reports_total"}
        self.assertEqual(len(values), 1023)
        bridge.stop()

    def stored_in_files(self):
        kinds = {}
        for _, _, document in self.files.documents(self.name):
            kind = document["event.dataset"]
            kinds[kind] = kinds.get(kind, 0) + 1
        return kinds

    def test_counters_equal_the_index_after_kills(self):
        """Workers killed at any moment: every document that stands in the index was
        counted as stored once."""
        kills, chance = lab.kills(50), random.Random(7)
        users = [f"{self.name}{n}" for n in range(3)]
        for user in users:
            self.deliver(user, [])
        self.configure("".join(map(self.mailbox, users)), workers=2)
        bridge = self.start(STEPS_PROGRAM)
        numbers = iter(range(1000, 100000))
        delivered = 0
        for _ in range(kills):
            for user in users:
                self.deliver(user, [next(numbers) for _ in range(10)])
                delivered += 10
            time.sleep(chance.uniform(0, 0.3))
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(until(bridge.workers)), signal.SIGKILL)
        until(lambda: sum(self.imap.folders(user).get("Aggregate", 0) for user in users) == delivered,
              180)
        self.until_ready(120)
        metrics = self.watcher.metrics()
        counted = {key[1]: value for key, value in metrics.items()
                   if key[0] == "documents_total" and key[3] == "stored" and value}
        self.assertEqual(counted, self.stored_in_files())
        self.assertEqual(metrics["worker_deaths_total",], len(bridge.events("worker-died")))
        self.assertGreater(metrics["worker_deaths_total",], kills / 2)
        self.assertEqual(set(self.files.ids(self.name).values()), {1})
        bridge.stop()

    def test_counters_equal_the_index_after_lost_answers(self):
        """Stored, and the connection cut before the answer: stored all the same."""
        store = fault_server.Store()
        server = fault_server.FaultServer(store)
        self.addCleanup(server.stop)
        self.deliver(self.name, list(range(200)))
        self.configure(self.mailbox(self.name), f"[output es]\nurls = {server.url}\nretry = 1s\n")
        server.set("reset before the answer", 0.5)
        bridge = self.start()
        until(lambda: self.imap.folders(self.name).get("Aggregate", 0) == 200, 120)
        until(lambda: self.watcher.sum("documents_total", "stored") == len(store.ids))
        self.assertEqual(self.watcher.sum("documents_total", "duplicate"), 0)
        bridge.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
