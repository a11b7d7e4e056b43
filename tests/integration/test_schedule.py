#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Commands that a running bridge starts at given times.

test_schedule.py PROGRAM STEPS-PROGRAM   (in the second "every" may be one second)
"""
import glob
import http.client
import os
import signal
import socket
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import lab  # noqa: E402
import running  # noqa: E402
from running import until  # noqa: E402

PROGRAM, STEPS_PROGRAM = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
TENANT = "[tenant one]\ndomains = one.test\n"
TWO = "[tenant one]\ndomains = one.test, two.test, three.test\n"


class Schedule(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        self.state = f"{self.directory}/state"
        self.path = f"{self.directory}/conf"
        os.makedirs(self.state)
        for folder in ("cur", "new", "tmp"):
            os.makedirs(f"{self.directory}/mail/{folder}")
        self.port = lab.free_port()
        self.answers = True
        self.name_server = socket.socket(type=socket.SOCK_DGRAM)
        self.name_server.bind(("127.0.0.1", 0))
        self.addCleanup(self.name_server.close)
        threading.Thread(target=self.serve_names, daemon=True).start()

    def serve_names(self):
        """No name exists; or nothing is answered, and a check takes ten seconds."""
        while True:
            try:
                question, peer = self.name_server.recvfrom(512)
            except OSError:
                return
            if self.answers:
                self.name_server.sendto(question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:], peer)

    def configure(self, schedule, tenants=TENANT, bridge=""):
        if schedule:
            schedule = f"[schedule]\n{schedule}\n"
        options = f"domain_options = --name-server 127.0.0.1@{self.name_server.getsockname()[1]}\n" if schedule else ""
        lab.write(self.path, f"[bridge]\nstate_directory = {self.state}\nlisten = 127.0.0.1:{self.port}\n{bridge}\n"
                             f"{schedule}{options}[mailbox m]\nsource = maildir\npath = {self.directory}/mail\npoll = 1s\n"
                             f"[output files]\ntype = file\ndirectory = {self.directory}/documents\n{tenants}")

    def start(self, program=PROGRAM, *options):
        return running.Running(self, program, self.path, *options)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def metric(self, name):
        line = next(line for line in self.get("/metrics").splitlines() if line.startswith(f"reportbridge_command_{name}{{"))
        self.assertIn('{command="domain"}', line)
        return float(line.split()[1])

    def ready(self):
        until(lambda: self.get("/healthz") == "ok\n")
        return until(lambda: '"ready":true' in self.get("/readyz"))

    def children(self, bridge):
        """Command lines of the commands that run."""
        found = []
        for pid in bridge.workers():
            arguments = lab.read(f"/proc/{pid}/cmdline").split("\0")
            if "domain" in arguments:
                found.append((pid, arguments))
        return found

    def ran_before(self, started, succeeded=0):
        lab.write(f"{self.state}/schedule", f"domain {int(started)} {int(succeeded)}\n")

    def test_runs_and_stores(self):
        for workers in (0, 1):
            with self.subTest(workers=workers):
                for path in (*glob.glob(f"{self.state}/schedule"), *glob.glob(f"{self.state}/domains/one/*"), *glob.glob(f"{self.directory}/documents/*")):
                    os.unlink(path)
                self.configure("domain = every 1h", bridge=f"workers = {workers}")
                bridge = self.start()
                done = bridge.wait_for("command-done")
                self.assertEqual(done["command"], "domain")
                self.assertTrue(glob.glob(f"{self.directory}/documents/*domain_check-one-*"))
                self.assertLess(abs(self.metric("last_success_timestamp_seconds") - time.time()), 300)
                self.assertLess(abs(self.metric("next_timestamp_seconds") - time.time() - 3600), 300)
                self.assertEqual([self.metric(name) for name in ("runs_total", "failures_total", "failed", "running")], [1, 0, 0, 0])
                self.assertRegex(self.get("/status"), r"(?s)COMMAND .*\ndomain +good +\d+ m?s[a-z]* +\d+ s[a-z]* +20\d\d-\d\d-\d\dT")
                bridge.stop()
                # A restart repeats nothing.
                bridge = self.start()
                bridge.wait_for("ready")
                time.sleep(1)
                self.assertEqual(bridge.events("command-started"), [])
                bridge.stop()

    def test_what_was_missed_is_made_up_for(self):
        self.configure("domain = daily 03:00")
        bridge = self.start()
        bridge.wait_for("ready")
        time.sleep(1)
        self.assertEqual(bridge.events("command-started"), [])
        bridge.stop()
        self.ran_before(time.time() - 2 * 86400)
        self.start().wait_for("command-done")

    def test_failure_is_told_and_retried(self):
        self.configure("domain = every 1m", tenants="")
        bridge = self.start()
        failed = bridge.wait_for("command-failed")
        self.assertEqual((failed["command"], failed["status"]), ("domain", "2"))
        self.assertIn("it names no domain", failed["error"])
        self.assertTrue(failed["next"].endswith("Z"))
        self.assertTrue(self.ready())
        self.assertEqual([self.metric(name) for name in ("failures_total", "failed")], [1, 1])
        self.assertRegex(self.get("/status"), r"\ndomain +failed .*it names no domain")
        bridge.stop()
        self.ran_before(time.time() - 57)
        self.configure("domain = every 1m")
        bridge = self.start()
        bridge.wait_for("command-done")
        self.assertEqual(self.metric("failed"), 0)

    def test_one_at_a_time_and_bounded(self):
        self.answers = False
        self.configure("domain = every 1s\ntime_limit = 6s", tenants=TWO)
        bridge = self.start(STEPS_PROGRAM)
        bridge.wait_for("command-started")
        self.assertEqual(self.metric("running"), 1)
        self.assertTrue(self.ready())
        most = 0
        while not bridge.events("command-failed"):
            most = max(most, len(self.children(bridge)))
            time.sleep(0.05)
        self.assertEqual(most, 1)
        failed = bridge.wait_for("command-failed")
        self.assertEqual((failed["signal"], failed["error"]), ("15", "stopped at the time limit"))
        bridge.wait_for("command-started", 2)

    def test_reload_leaves_it_alone(self):
        self.answers = False
        self.configure("domain = every 1h", tenants=TWO)
        bridge = self.start()
        child = until(lambda: self.children(bridge))[0]
        self.assertEqual(child[1][:5], ["reportbridge", "domain", "-c", self.path, "--all"])
        for count in (1, 2):
            bridge.send(signal.SIGHUP)
            bridge.wait_for("ready", count + 1)
        self.assertEqual(self.children(bridge), [child])
        os.kill(child[0], signal.SIGKILL)
        self.assertEqual(bridge.wait_for("command-failed")["signal"], "9")

    def test_ends_with_the_program(self):
        self.answers = False
        for workers in (0, 1):
            with self.subTest(workers=workers):
                self.ran_before(time.time() - 7200)
                self.configure("domain = every 1h", tenants=TWO, bridge=f"workers = {workers}")
                bridge = self.start()
                pid = until(lambda: self.children(bridge))[0][0]
                self.assertLess(bridge.stop()[1], 45)
                self.assertFalse(running.alive(pid))
                # It is due again.
                bridge = self.start()
                pid = until(lambda: self.children(bridge))[0][0]
                bridge.process.kill()
                until(lambda: not running.alive(pid), 45)

    def test_who_keeps_house(self):
        for bridge, starts in (("housekeeping = no", False), ("housekeeping = yes", True)):
            with self.subTest(bridge):
                self.configure("domain = every 1h", bridge=bridge)
                started = self.start()
                started.wait_for("command-done" if starts else "ready")
                self.ready()
                self.assertEqual("\nCOMMAND" in self.get("/status"), starts)
                started.stop()

    def test_once_starts_nothing(self):
        self.configure("domain = every 1h")
        bridge = self.start(PROGRAM, "--once")
        self.assertEqual(bridge.process.wait(120), 0)
        self.assertEqual(bridge.events("command-started"), [])


if __name__ == "__main__":
    unittest.main()
