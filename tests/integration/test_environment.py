#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Started in odd ways: closed descriptors, a log that nobody reads, signals too early.

test_environment.py PROGRAM   no server is needed
"""
import fcntl
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
F_SETPIPE_SZ = 1031


class Environment(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="reportbridge-test.")
        self.addCleanup(shutil.rmtree, self.directory)
        os.chmod(self.directory, 0o711)
        self.maildir = f"{self.directory}/maildir"
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(self.maildir + folder)
        os.mkdir(f"{self.directory}/documents")
        self.config = self.configure("c", "")

    def configure(self, name, more, head=""):
        path = f"{self.directory}/{name}.conf"
        lab.write(path, f"[bridge]\nstate_directory = {self.directory}/state\n{head}"
                        f"[mailbox m]\nsource = maildir\npath = {self.maildir}\npoll = 1s\n"
                        f"[output files]\ntype = file\ndirectory = {self.directory}/documents\n"
                        + more)
        return path

    def deliver(self, first, count):
        for number in range(first, first + count):
            report = sample_mail.tls_report("example.com", 1735689600 + number * 86400, 1,
                                            random.Random(number))
            mail = sample_mail.mail("r@example.net", f"Report {number}", "application/tlsrpt+json",
                                    "r.json", report, 1735689600)
            with open(f"{self.directory}/mail", "wb") as out:
                out.write(mail)
            os.rename(f"{self.directory}/mail", f"{self.maildir}/new/{1700000000 + number}.M.x")

    def waiting(self):
        return len(os.listdir(f"{self.maildir}/new"))

    def test_closed_descriptors(self):
        """What would be written to them must not get into a file that got their numbers."""
        self.deliver(0, 3)

        def close():
            for number in (0, 1, 2):
                os.close(number)
        done = subprocess.run([PROGRAM, "run", "-c", self.config, "--once"], timeout=60,
                              preexec_fn=close)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.waiting(), 0)
        lines = [line for name in os.listdir(f"{self.directory}/documents")
                 for line in lab.read(f"{self.directory}/documents/{name}").splitlines()]
        self.assertGreater(len(lines), 0)
        for line in lines:
            json.loads(line)

    def test_a_log_pipe_that_nobody_reads(self):
        """Mails are archived all the same, and the lines that were lost are counted later."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
        os.set_blocking(reader, False)

        def read():
            try:
                return os.read(reader, 1 << 20).decode()
            except BlockingIOError:
                return ""
        for workers in (0, 2):
            with self.subTest(workers=workers):
                config = self.configure(f"w{workers}", "", f"workers = {workers}\n"
                                                           "log_level = debug\n")
                process = subprocess.Popen([PROGRAM, "run", "-c", config], stderr=writer)
                self.addCleanup(process.kill)
                for number in range(60):
                    self.deliver(1000 * workers + number, 1)
                    running.until(lambda: self.waiting() == 0, seconds=240)
                log = read()
                self.assertLessEqual(len(log), 4096)
                self.deliver(1000 * workers + 500, 1)
                running.until(lambda: self.waiting() == 0)

                def told():
                    nonlocal log
                    log += read()
                    return "log-lines-lost" in log
                running.until(told)
                process.terminate()
                self.assertEqual(process.wait(120), 0)
                read()
                for line in log.splitlines():
                    lab.event(line)
        os.close(writer)

    def test_a_hang_up_before_it_is_ready(self):
        """SIGHUP while secrets are read is a reload, not the end."""
        config = self.configure("early", "[mailbox i]\nhost = 127.0.0.1\nport = 1\ntls = none\n"
                                f"user = u\npassword_command = : >{self.directory}/asked; "
                                f"while [ ! -e {self.directory}/go ]\\; do sleep 0.05\\; done\\; echo x\n"
                                .replace("\\;", ";"))
        process = running.Running(self, PROGRAM, config)
        running.until(lambda: os.path.exists(f"{self.directory}/asked"))
        process.send(signal.SIGHUP)
        lab.write(f"{self.directory}/go", "")
        process.wait_for("ready")
        process.wait_for("reload")
        self.assertEqual(process.stop()[0], 0)

    def test_stopped_before_it_is_ready(self):
        config = self.configure("stop", "[mailbox i]\nhost = 127.0.0.1\nport = 1\ntls = none\n"
                                f"user = u\npassword_command = : >{self.directory}/asked; sleep 3000\n")
        process = running.Running(self, PROGRAM, config)
        running.until(lambda: os.path.exists(f"{self.directory}/asked"))
        status, seconds = process.stop()
        self.assertEqual(status, 0)
        self.assertLess(seconds, 60)

    def test_too_many_open_files(self):
        """Told as that, whichever library met it: not as a missing file or name server."""
        server = running.Hanging(self)
        more = "".join(f"[mailbox i{number}]\nhost = localhost\nport = {server.port}\nuser = u\n"
                       "timeout = 5m\npassword_command = echo x\n" for number in range(20))
        config = self.configure("many", more, "workers = 0\n")
        for limit in (10, 14, 18):
            with self.subTest(limit=limit):
                bound = f"{self.directory}/bound"
                lab.write(bound, f"#!/bin/sh\nulimit -n {limit}\nexec {PROGRAM} \"$@\"\n")
                os.chmod(bound, 0o755)
                process = running.Running(self, bound, config)
                process.wait_for("visit-failed", 3)
                for event in process.events("visit-failed"):
                    self.assertIn("too many open files", event["error"].lower())
                process.stop()

    def test_memory_is_nobodys(self):
        """No core file and no debugger of the same user: the kernel gives /proc to root."""
        os.mkdir(f"{self.directory}/state")
        if os.geteuid() == 0:
            for path, folders, _ in os.walk(self.directory):
                os.chown(path, 65534, 65534)
        process = subprocess.Popen([PROGRAM, "run", "-c", self.config], stderr=subprocess.PIPE,
                                   preexec_fn=lambda: os.geteuid() == 0 and os.setuid(65534))
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        running.until(lambda: b"event=ready" in process.stderr.readline())
        children = lab.read(f"/proc/{process.pid}/task/{process.pid}/children").split()
        for pid in (process.pid, *children):
            self.assertEqual(os.stat(f"/proc/{pid}/environ").st_uid, 0)
        process.terminate()
        self.assertEqual(process.wait(120), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
