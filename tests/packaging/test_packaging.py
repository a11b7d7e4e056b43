#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is installed beside the program: scripts, manual pages, units, completion; and the tarball of a release.

test_packaging.py PROGRAM
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(f"{os.path.dirname(os.path.abspath(__file__))}/../..")
PROGRAM = os.path.abspath(sys.argv.pop(1))
# What systemd-analyze calls OK ends at 5; ours need none of what is left.
EXPOSURE_MAX = 2.0


def run(*command, **options):
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def needs(tool):
    return unittest.skipUnless(shutil.which(tool), f"no {tool}")


def shell_scripts():
    for path in run("git", "ls-files").stdout.split("\n"):
        if os.path.isfile(f"{ROOT}/{path}"):
            with open(f"{ROOT}/{path}", "rb") as file:
                if re.match(rb"#!.*\b(ba)?sh\b", file.readline()):
                    yield path


class Files(unittest.TestCase):
    @needs("shellcheck")
    def test_scripts(self):
        done = run("shellcheck", *shell_scripts())
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @needs("mandoc")
    def test_manual_pages(self):
        for page in glob.glob(f"{ROOT}/man/*.[1-8]"):
            done = run("mandoc", "-T", "lint", "-W", "warning", page)
            self.assertEqual((done.returncode, done.stdout), (0, ""), page)

    @needs("systemd-analyze")
    def test_units_give_little_away(self):
        with tempfile.TemporaryDirectory() as directory:
            for unit in glob.glob(f"{ROOT}/contrib/*.service"):
                done = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
                exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
                self.assertIsNotNone(exposure, done.stdout)
                self.assertLessEqual(float(exposure[1]), EXPOSURE_MAX, unit)
                # The program is not installed here.
                with open(unit, encoding="utf-8") as file:
                    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", file.read(), flags=re.M)
                copy = f"{directory}/{os.path.basename(unit)}"
                with open(copy, "w", encoding="utf-8") as file:
                    file.write(text)
                verified = run("systemd-analyze", "verify", "--man=no", copy)
                self.assertNotIn(os.path.basename(unit), verified.stdout)

    def test_every_unit_has_a_timer_or_is_the_bridge(self):
        for unit in glob.glob(f"{ROOT}/contrib/*.service"):
            if os.path.basename(unit) != "reportbridge.service":
                self.assertTrue(os.path.exists(unit.replace(".service", ".timer")), unit)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.script = run(f"{ROOT}/packaging/completion", PROGRAM).stdout

    def complete(self, *words):
        quoted = " ".join(f"'{word}'" for word in words)
        done = subprocess.run(["bash", "-c", f"{self.script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}\n"
                               "_reportbridge; printf '%s\\n' \"${COMPREPLY[@]}\""], text=True, stdout=subprocess.PIPE)
        return done.stdout.split()

    def test_commands(self):
        commands = re.findall(r"^  ([a-z-]+) ", run(PROGRAM, "help").stdout, re.M)
        self.assertGreater(len(commands), 10)
        for command in commands:
            self.assertIn(command, self.complete("reportbridge", command[:2]))

    def test_help_offers_all_that_it_explains(self):
        usage = run(PROGRAM, "help").stdout
        commands = re.findall(r"^  ([a-z-]+) ", usage, re.M)
        references = re.search(r"^References: (.*)", usage, re.M)[1].split()
        self.assertEqual(sorted(self.complete("reportbridge", "help", "")), sorted(commands + references))
        # Those of docs/, and the options of the configuration file.
        for name in references:
            done = run(PROGRAM, "help", name)
            self.assertEqual((done.returncode, len(done.stdout) > 1000), (0, True), name)
        with open(f"{ROOT}/Makefile", encoding="utf-8") as file:
            written = re.search(r"^references := (.*)", file.read(), re.M)[1].split()
        self.assertEqual(sorted(references), sorted(["configuration", *written]))

    def test_formats(self):
        usage = run(PROGRAM, "help").stdout
        for command in re.findall(r"^  ([a-z-]+) ", usage, re.M):
            if "--format" in self.complete("reportbridge", command, "--f"):
                self.assertGreater(len(self.complete("reportbridge", command, "--format", "")), 1, command)

    def test_options_and_values(self):
        self.assertEqual(self.complete("reportbridge", "run", "--on"), ["--once"])
        self.assertEqual(self.complete("reportbridge", "report", "--form"), ["--format"])
        self.assertEqual(self.complete("reportbridge", "report", "--format", "h"), ["html"])
        self.assertIn("replay", self.complete("reportbridge", "dead-letter", "r"))
        self.assertEqual(self.complete("reportbridge", "parse", "--once"), [])


class Release(unittest.TestCase):
    def test_the_same_commit_makes_the_same_tarball(self):
        digests = set()
        with tempfile.TemporaryDirectory() as directory:
            for mask in (0o022, 0o077):
                path = f"{directory}/{mask}.tar.gz"
                done = run(f"{ROOT}/packaging/tarball", "1.2.3", path, umask=mask)
                self.assertEqual(done.returncode, 0, done.stdout)
                with open(path, "rb") as file:
                    digests.add(hashlib.sha256(file.read()).hexdigest())
            unpacked = run("tar", "-xzOf", path, "reportbridge-1.2.3/VERSION").stdout
            modes = run("tar", "-tvzf", path, "reportbridge-1.2.3/packaging/tarball").stdout
        self.assertEqual(len(digests), 1)
        self.assertEqual(unpacked, "1.2.3\n")
        self.assertTrue(modes.startswith("-rwxr-xr-x 0/0"), modes)

    def test_version_and_libraries(self):
        lines = run(PROGRAM, "--version").stdout.splitlines()
        self.assertRegex(lines[0], r"^reportbridge \d+\.\d+\.\d+")
        for library in ("curl", "GnuTLS", "libxml2", "libetpan", "zlib"):
            self.assertTrue([line for line in lines if re.match(rf"  {library}  .*\d+\.?\d+", line)], library)

    def test_the_changelog_has_this_version(self):
        with open(f"{ROOT}/VERSION", encoding="utf-8") as version, open(f"{ROOT}/CHANGELOG.md", encoding="utf-8") as log:
            self.assertRegex(log.read(), rf"(?m)^## {re.escape(version.read().strip())} ")


class LongRun(unittest.TestCase):
    MAKEFILE = """good:
\t@echo fine
bad:
\t@echo wrong; exit 1
lacking:
\t@echo needs a tool; exit 77
endless:
\t@setsid sleep 1000 & echo $$! >pid; sleep 1000
"""

    def test_each_goal_has_a_row(self):
        """Also one that does not exist or end; what it has started ends with it."""
        goals = {"good": "passed", "bad": "failed", "lacking": "not available", "endless": "too long",
                 "unknown": "failed"}
        # Not a part of the make that runs this test.
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
        with tempfile.TemporaryDirectory() as directory:
            with open(f"{directory}/Makefile", "w", encoding="utf-8") as file:
                file.write(self.MAKEFILE)
            command = [sys.executable, f"{ROOT}/tests/long_run.py", "summary.md", "0.05"]
            done = subprocess.run([*command, *goals], cwd=directory, stdout=subprocess.PIPE, env=environment, timeout=120)
            self.assertEqual(done.returncode, 1)
            # A second run replaces the row of its own goal.
            with open(f"{directory}/Makefile", "w", encoding="utf-8") as file:
                file.write(self.MAKEFILE.replace("wrong; exit 1", "right"))
            goals["bad"] = "passed"
            done = subprocess.run([*command, "bad"], cwd=directory, stdout=subprocess.PIPE, env=environment, timeout=120)
            self.assertEqual(done.returncode, 0)
            with open(f"{directory}/summary.md", encoding="utf-8") as file:
                text = file.read()
            with open(f"{directory}/pid", encoding="utf-8") as file:
                self.assertFalse(os.path.exists(f"/proc/{file.read().strip()}"))
        rows = re.findall(r"^\| (\w+) \| ([a-z ]+) \| [\d.]+ min \| \d{4}-\d\d-\d\d \d\d:\d\d \| unknown \| [\d.]+ \|$",
                          text, re.M)
        self.assertEqual(rows, list(goals.items()))
        self.assertEqual(re.findall(r"^## (\w+)\n\n```\n(.*)", text, re.M)[:2], [("good", "fine"), ("bad", "right")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
