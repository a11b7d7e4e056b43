#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A command loads only the libraries that it calls, and says what is wrong with a module.

test_modules.py PROGRAM
"""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import lab  # noqa: E402
import running  # noqa: E402

PROGRAM = os.path.realpath(sys.argv.pop(1))
REPORT = f"{HERE}/../golden/dmarc/rfc7489/input.xml"
# Which module is linked to the library.
LIBRARIES = {"libcurl": "http", "libetpan": "imap", "libgsasl": "imap", "libmicrohttpd": "listener",
             "libopendkim": "dkim", "libunbound": "dns", "librdkafka": "kafka"}
IMAP = "host = 127.0.0.1\nport = 1\ntls = none\nuser = u\npassword_env = PASSWORD\n"


class Modules(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        self.path = f"{self.directory}/conf"
        for folder in "cur", "new", "tmp":
            os.makedirs(f"{self.directory}/mail/{folder}", exist_ok=True)
        self.maildir = f"source = maildir\npath = {self.directory}/mail\n"
        self.files = f"type = file\ndirectory = {self.directory}/documents\n"

    def configure(self, mailbox, output, bridge=""):
        lab.write(self.path, f"[bridge]\nstate_directory = {self.directory}/state\nlisten = none\n{bridge}"
                             f"[mailbox m]\n{mailbox}[output o]\n{output}[enrich]\noffline = yes\n")

    def run_program(self, *words, program=PROGRAM, **environment):
        return subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "PASSWORD": "p", **environment})

    def loaded(self, *words):
        """Modules that the processes of the command have loaded."""
        for path in glob.glob(f"{self.directory}/loaded.*"):
            os.remove(path)
        result = self.run_program(*words, LD_DEBUG="files", LD_DEBUG_OUTPUT=f"{self.directory}/loaded")
        self.assertIn(result.returncode, (0, 3), result.stderr)
        paths = glob.glob(f"{self.directory}/loaded.*")
        objects = set(re.findall(r"calling init: (\S+)", "".join(lab.read(path) for path in paths)))
        self.assertTrue(objects)
        modules = {re.sub(r"\.so$", "", os.path.basename(path)) for path in objects if "/lib/reportbridge/" in path}
        linked = {module for library, module in LIBRARIES.items() if any(f"/{library}." in path for path in objects)}
        self.assertEqual(modules, linked)
        return modules

    def test_which_command_loads_which(self):
        run = ("run", "--once", "-c", self.path)
        for words, modules in (
                (("help",), ""), (("help", "configuration"), ""), (("parse", REPORT), ""),
                (("parse", "--format", "html", REPORT), ""),
                (("parse", "--verify-dkim=127.0.0.1:1", REPORT), "dkim"),
                (("domain", "--name-server", "127.0.0.1@1", "example.com"), "dns")):
            with self.subTest(words):
                self.assertEqual(self.loaded(*words), set(modules.split()))
        elastic = "type = elasticsearch\nurls = http://127.0.0.1:1\n"
        kafka = "type = kafka\nbrokers = 127.0.0.1:1\n"
        for mailbox, output, bridge, modules in (
                (self.maildir, self.files, "", ""),
                (self.maildir, self.files, "verify_dkim = yes\n", "dkim"),
                (self.maildir, elastic, "", "http"),
                (IMAP, self.files, "", "imap"),
                (IMAP, elastic, "workers = 2\n", "http imap"),
                *([(self.maildir, kafka, "", "kafka")] if os.path.exists(module("kafka")) else [])):
            with self.subTest(mailbox=mailbox, output=output, bridge=bridge):
                self.configure(mailbox, output, bridge)
                self.assertEqual(self.loaded(*run), set(modules.split()))

    def copy(self):
        """The program and its modules as if installed elsewhere."""
        for directory in "bin", "lib":
            shutil.copytree(f"{os.path.dirname(PROGRAM)}/../{directory}", f"{self.directory}/prefix/{directory}")
        return f"{self.directory}/prefix/bin/reportbridge"

    def test_missing(self):
        program = self.copy()
        self.configure(IMAP, self.files)
        os.remove(module("imap", program))
        result = self.run_program("run", "--once", "-c", self.path, program=program)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"reportbridge: cannot load a module: \S*/imap\.so: .*No such file")
        result = self.run_program("--version", program=program)
        self.assertEqual(result.returncode, 2)
        self.assertIn("/imap.so", result.stderr)
        self.assertEqual(self.run_program("parse", REPORT, program=program).returncode, 0)

    def test_an_upgrade_while_it_runs(self):
        """The running program keeps its modules, and takes none of another version."""
        program = self.copy()
        self.configure(self.maildir, self.files, "verify_dkim = yes\n")
        bridge = running.Running(self, program, self.path, PASSWORD="p")
        bridge.wait_for("ready")
        version = self.run_program("--version").stdout.split()[1].encode()
        other = version[:-1] + b"?"
        for name in "dkim", "imap":
            with open(module(name, program), "rb") as file:
                content = file.read()
            self.assertEqual(content.count(version + b"\0"), 1)
            os.remove(module(name, program))
            with open(module(name, program), "wb") as file:
                file.write(content.replace(version + b"\0", other + b"\0"))
        os.kill(bridge.pid, signal.SIGHUP)
        bridge.wait_for("ready", 2)
        self.configure(IMAP, self.files)
        os.kill(bridge.pid, signal.SIGHUP)
        event = bridge.wait_for("reload", 2)
        self.assertIn(f"version {other.decode()}, but the running program is version {version.decode()}: restart it",
                      event["error"])
        os.kill(bridge.pid, signal.SIGTERM)
        self.assertEqual(bridge.process.wait(20), 0)


def module(name, program=PROGRAM):
    return f"{os.path.dirname(program)}/../lib/reportbridge/{name}.so"


unittest.main()
