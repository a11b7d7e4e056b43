#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every command and configuration in docs/ and README.md is one that the program takes.

test_guides.py PROGRAM   (make check-guides)

A configuration block must be understood. A command is run from the page as it stands, but for the
path of the configuration and name servers, beside a real Elasticsearch: no page may show a command
that is a usage error, and those below must do what their page says they do.
"""
import glob
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(f"{HERE}/../..")
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
USAGE = 2
CONFIG = "/etc/reportbridge/reportbridge.conf"
PAGES = [f"{ROOT}/README.md", *sorted(glob.glob(f"{ROOT}/docs/*.md"))]
MAILBOX = "[mailbox filler]\nsource = maildir\npath = .\n"
# Run for ever, need the service manager, or install.
NOT_RUN = {"run", "login"}
WITHOUT_CONFIGURATION = {"parse", "domain", "records", "help", "--version"}


def blocks(language):
    """(page, text) of each block."""
    for page in PAGES:
        for text in re.findall(rf"^```{language}\n(.*?)^```$", lab.read(page), re.M | re.S):
            yield os.path.basename(page), text


def commands():
    """(page, words) of each command line that calls the program."""
    for page, text in blocks("sh"):
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] in ("reportbridge", "build/reportbridge"):
                yield page, [word for word in words[1:] if not word.startswith(">")]
    for page in PAGES:  # in a sentence the configuration goes without saying
        for line in re.findall(r"`(reportbridge [^`]+)`", lab.read(page)):
            words = [word for word in shlex.split(line)[1:] if not re.match(r">|\[|.*\]$", word)]
            if len(words) == 1 and words[0] in {*WITHOUT_CONFIGURATION, "tenant", "dead-letter"}:
                continue  # the name of a command
            without = words[0] in WITHOUT_CONFIGURATION or "-c" in words
            yield os.path.basename(page), words if without else [*words, "-c", CONFIG]


class Symptoms(unittest.TestCase):
    def test_every_message_has_an_entry(self):
        """Events that ask for something, and reasons of refusals."""
        page = lab.read(f"{ROOT}/docs/troubleshooting.md")
        events = re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \|", lab.read(f"{ROOT}/docs/log.md").partition("| member")[0], re.M)
        reasons = re.findall(r"^\| `([a-z-]+)` \|", lab.read(f"{ROOT}/docs/reasons.md"), re.M)
        self.assertGreater(len(events), 20)
        self.assertGreater(len(reasons), 10)
        wanted = reasons + [event for event, level in events if re.search("warning|error", level)]
        self.assertEqual([name for name in wanted if f"`{name}`" not in page], [])

    def test_every_page_is_in_the_list(self):
        listed = lab.read(f"{ROOT}/docs/README.md")
        self.assertEqual([name for name in os.listdir(f"{ROOT}/docs")
                          if name != "README.md" and name not in listed], [])


class Configurations(unittest.TestCase):
    def test_each_is_understood(self):
        count = 0
        for page, text in blocks("ini"):
            with self.subTest(page=page, text=text), tempfile.TemporaryDirectory() as directory:
                if "[mailbox" not in text:
                    text = MAILBOX + text
                text = text.replace("/var/lib/reportbridge", directory)
                text = re.sub(r"^(\w*ca_file|databases) = .*\n", "", text, flags=re.M)
                text = re.sub(r"^(\w+)_env = (\w+)$", r"\1_command = echo secret", text, flags=re.M)
                text = text.replace("[bridge]\n", f"[bridge]\nstate_directory = {directory}/state\n")
                if "[bridge]" not in text:
                    text = f"[bridge]\nstate_directory = {directory}/state\n" + text
                for name in re.findall(r"^(?:\w+_file) = (\S+)$", text, re.M):
                    lab.write(os.path.join(directory, name), "a.example acme\n" if name == "tenants" else
                              "network 192.0.2.0/24 = ours, own\n" if name == "senders" else "secret\n")
                lab.write(f"{directory}/c.conf", text)
                done = lab.Run(PROGRAM, "status", "-c", f"{directory}/c.conf")
                if "built without librdkafka" in done.stderr:
                    continue
                self.assertEqual(done.status, 3, done.stderr)  # nobody runs
                count += 1
        self.assertGreater(count, 10)


class Service(unittest.TestCase):
    """What a page writes for the service manager, below a directory of the test."""

    def test_it_gets_every_secret_file(self):
        page = lab.read(f"{ROOT}/docs/getting-started.md")
        units = tempfile.mkdtemp(prefix="reportbridge-units-")
        self.addCleanup(shutil.rmtree, units)
        lines = [line.replace("/etc/systemd/system", units) for line in page.splitlines() if "/etc/systemd/system" in line]
        subprocess.run(["sh", "-eu", "-c", "\n".join(lines)], check=True)
        written = lab.read(f"{units}/reportbridge.service.d/secrets.conf").splitlines()
        files = re.findall(r"^\w+_file = (\S+)$", page.partition("## 4.")[0], re.M)
        self.assertEqual(files, ["imap-password"])
        self.assertEqual(written, ["[Service]", *(f"LoadCredential={name}:/etc/reportbridge/{name}" for name in files)])
        if not shutil.which("systemd-analyze"):
            self.skipTest("needs systemd-analyze")
        unit = lab.read(f"{ROOT}/contrib/reportbridge.service").replace("/usr/local/bin/reportbridge", "/bin/true")
        lab.write(f"{units}/reportbridge.service", unit)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"{units}/reportbridge.service"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual([line for line in done.stdout.splitlines() if "secrets.conf" in line], [], done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)
        cls.config = f"{cls.directory}/reportbridge.conf"
        # Some commands write files where they run.
        cls.addClassCleanup(os.chdir, os.getcwd())
        os.chdir(cls.directory)
        mails = f"{cls.directory}/Maildir"
        for folder in ("cur", "new", "tmp", ".Archive.Aggregate/cur", ".Archive.Aggregate/new",
                       ".Archive.Aggregate/tmp"):
            os.makedirs(f"{mails}/{folder}")
        report = sample_mail.tls_report("acme.example", 1735689600, 1, random.Random(1))
        mail = sample_mail.mail("r@example.net", "Report", "application/tlsrpt+json", "r.json",
                                report, 1735689600)
        with open(f"{mails}/new/1.M.x", "wb") as out:
            out.write(mail)
        lab.write(f"{cls.directory}/tenants", "former.example formercustomer\n")
        lab.write(cls.config, f"[bridge]\nstate_directory = {cls.directory}/state\n"
                              f"tenants_file = {cls.directory}/tenants\nworkers = 0\n"
                              f"[enrich]\noffline = yes\n"
                              f"[mailbox reports]\nsource = maildir\npath = {mails}\n"
                              + cls.search.configuration("guides"))

    def run_line(self, words, directory):
        words = [word.replace(CONFIG, self.config).replace("/etc/reportbridge", directory)
                 for word in words]
        words = [self.config if word == "FILE" and words[at - 1] == "-c" else word
                 for at, word in enumerate(words)]
        words = [directory if word == "DIR" else "acme" if word == "NAME" else
                 "reports@example.org" if word == "ADDRESS" else word for word in words]
        if words[0] in ("domain", "records") and "-c" not in words:
            words += ["--name-server", "127.0.0.1@1"]
        return lab.Run(PROGRAM, *words, timeout=120)

    def test_none_is_a_usage_error(self):
        """In the order of the pages, each command once."""
        lab.Run(PROGRAM, "setup", "-c", self.config)
        seen = set()
        for page, words in commands():
            if not words or tuple(words) in seen or "FILE" in words and "-c" not in words or \
                    (words[0] in NOT_RUN and "--once" not in words):
                continue
            seen.add(tuple(words))
            with self.subTest(page=page, command=" ".join(words)):
                if words[0] in ("help", "--version"):
                    self.assertEqual(lab.Run(PROGRAM, *words).status, 0)
                    continue
                done = self.run_line(words, self.directory)
                self.assertNotIn("usage:", done.stderr)
                self.assertNotIn("see 'reportbridge help", done.stderr)
                if USAGE == done.status:  # for a reason that has to do with the stage alone
                    self.assertRegex(done.stderr, r"\[mail\]|still configured|is configured|still in the configuration|NAME|no such tenant|"
                                                  r"kibana_url|page.html|report.xml|No such file")
        self.assertGreater(len(seen), 15)

    def test_first_steps(self):
        """The README's configuration and commands in their order, and those of the pages for one domain."""
        directory = tempfile.mkdtemp(prefix="first-", dir=self.directory)
        mails = f"{directory}/Maildir"
        subprocess.run([sys.executable, sample_mail.__file__, mails], check=True, stdout=subprocess.DEVNULL)
        settings = next(text for page, text in blocks("ini") if page == "README.md" and "[output main]" in text)
        started = next(text for page, text in blocks("ini") if page == "getting-started.md" and "[tenant" in text)
        settings = settings[settings.index("[output main]"):] + started[started.index("[tenant"):]
        for key, value in {"urls": self.search.env["SEARCH_URL"], "kibana_url": None, "ca_file": None}.items():
            settings = re.sub(rf"^{key} = .*\n", f"{key} = {value}\n" if value else "", settings, flags=re.M)
        # Indices of other tests stay out of its pages.
        settings = settings.replace("[output main]\n", "[output main]\nindex_prefix = first\n")
        lab.write(f"{directory}/reportbridge.conf", f"[bridge]\nstate_directory = {directory}/state\n[enrich]\noffline = yes\n"
                                                    f"[mailbox reports]\nsource = maildir\npath = {mails}\n{settings}")
        lab.write(f"{directory}/elastic-password", self.search.env["SEARCH_PASSWORD"] + "\n")
        steps = [words for page, words in commands() if page == "README.md" and words[0] in ("setup", "check", "run")
                 and CONFIG in words]
        self.assertEqual([words[0] for words in steps[:3]], ["setup", "check", "run"])
        later = [words for page, words in commands() if page == "getting-started.md" and words[0] in ("report", "senders")]
        self.assertGreater(len(later), 2)
        for words in [*steps[:2], ["run", "--once", "-c", CONFIG], *later]:
            with self.subTest(" ".join(words)):
                words = [word.replace("/etc/reportbridge", directory) for word in words]
                done = lab.Run(PROGRAM, *words, timeout=120)
                self.assertEqual(done.status, 0, done.stderr)
        # What [schedule] of the page starts.
        done = lab.Run(PROGRAM, "domain", "--all", "--store", "--name-server", "127.0.0.1@1",
                       "-c", f"{directory}/reportbridge.conf", timeout=120)
        self.assertNotEqual(done.status, USAGE, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
