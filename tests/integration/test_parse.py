#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What "parse" is like for people and scripts, without any server: test_parse.py PROGRAM"""
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden")
DMARC = os.path.join(GOLDEN, "dmarc", "rfc7489", "input.xml")
TLS = os.path.join(GOLDEN, "tlsrpt", "mail-ru", "input.json")
MAIL = os.path.join(GOLDEN, "mail", "both-kinds", "input.eml")
PROGRAM = os.path.abspath(sys.argv.pop(1))
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def content(path):
    with open(path, "rb") as file:
        return file.read()


def mbox(*mails):
    return b"".join(b"From x Sun Nov  1 10:00:00 2026\n" + mail + b"\n" for mail in mails)


def columns_of(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


def parse(*arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    if "input" in options:
        del options["stdin"]
    return subprocess.run([PROGRAM, "parse", *arguments], capture_output=True, timeout=240,
                          check=False, **options)


def documents(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def on_terminal(arguments, columns=80, outputs=(1, 2), feed=None, **environment):
    """Status and what came to a terminal that is standard output, standard error or both."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    names = {key: value for key, value in os.environ.items()
             if key not in ("NO_COLOR", "COLUMNS", "TERM")}
    names["TERM"] = "xterm"
    names.update(environment)
    process = subprocess.Popen([PROGRAM, "parse", *arguments], env=names,
                               stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                               stdout=slave if 1 in outputs else subprocess.DEVNULL,
                               stderr=slave if 2 in outputs else subprocess.DEVNULL)
    os.close(slave)
    if feed:
        feed(process.stdin, master)
        process.stdin.close()
    said = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(master)
    return process.wait(240), said.decode()


class Directory(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, *names):
        path = os.path.join(self.directory, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, content, *names):
        with open(self.path(*names), "wb") as file:
            file.write(content)
        return self.path(*names)


class Sources(Directory):
    def test_exit_status(self):
        junk = self.write(b"junk", "junk")
        for arguments, status, said in (
                ((DMARC, TLS, MAIL), 0, ""),
                ((junk, DMARC), 1, "not-a-report"),
                ((self.write(b"", "empty"),), 1, "empty"),
                ((junk, "/nowhere/at/all"), 2, "No such file"),
                ((), 2, "name files or directories"),
                (("--nonsense", DMARC), 2, "reportbridge help parse"),
                (("--format", "xml", DMARC), 2, "--format"),
                (("--max-unpacked", "x", DMARC), 2, "--max-unpacked")):
            with self.subTest(arguments):
                result = parse(*arguments)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(said, result.stderr.decode())
                if not said:
                    self.assertEqual(result.stderr, b"")

    def test_unreadable(self):
        path = self.write(content(DMARC), "secret")
        program = shutil.copy(PROGRAM, self.path("program"))
        os.chmod(self.directory, 0o755)
        os.chmod(path, 0)
        nobody = {"user": 65534} if os.geteuid() == 0 else {}  # root may read everything
        result = subprocess.run([program, "parse", path], capture_output=True, check=False,
                                **nobody)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"Permission denied", result.stderr)

    def test_standard_input(self):
        mail = content(MAIL)
        whole = documents(parse(MAIL))
        for document in whole:
            document.pop("event.ingested")
            document.pop("feed.delay", None)
        for options in ({"input": mail}, {"stdin": open(MAIL, "rb")}):
            result = parse("-", **options)
            if "stdin" in options:
                options["stdin"].close()
            self.assertEqual(result.returncode, 0)
            got = documents(result)
            for document in got:
                document.pop("event.ingested")
                document.pop("feed.delay", None)
            self.assertEqual(got, whole)
        self.assertEqual(parse("-").returncode, 1)

    def test_a_pipe_without_end(self):
        result = parse("--max-unpacked", "1", "-", input=b" " * (2 << 20))
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"too much for a pipe", result.stderr)
        path = self.write(b" " * (2 << 20), "large")
        with open(path, "rb") as file:
            self.assertEqual(parse("--max-unpacked", "1", "-", stdin=file).returncode, 1)

    def test_directories_inside_of_themselves(self):
        self.write(content(DMARC), "d", "a.xml")
        count = len(documents(parse(self.path("d"))))
        os.symlink("../d", self.path("d", "loop"))
        os.symlink(".", self.path("d", "self"))
        os.symlink("d", self.path("also"))
        for name in ("d", "also"):
            result = parse(self.path(name))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(documents(result)), count)
        self.assertEqual(len(documents(parse(self.directory))), 2 * count)
        os.symlink("nowhere", self.path("d", "dangling"))
        self.assertEqual(parse(self.path("d")).returncode, 2)

    def test_maildir(self):
        mail = content(MAIL)
        self.write(mail, "m", "cur", "1:2,S")
        self.write(mail.replace(b"Subject:", b"X-Subject:"), "m", "new", "2")
        self.write(b"half a mail", "m", "tmp", "3")
        self.write(b"3 V1", "m", "dovecot-uidlist")
        self.write(b"3 V1", "m", "courierimapuiddb")
        result = parse(self.path("m"))
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertEqual(len(documents(result)), 2 * len(documents(parse(MAIL))))

    def test_what_is_no_file(self):
        os.mkfifo(self.path("fifo"))
        for path in (self.path("fifo"), "/dev/null"):
            result = parse(path)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"neither a file nor a directory", result.stderr)


class Names(Directory):
    REPORT = """<feedback><report_metadata><org_name>r.example</org_name><report_id>1</report_id><date_range>
<begin>1700000000</begin><end>1700086399</end></date_range></report_metadata><policy_published>
<domain>example.com</domain><p>none</p></policy_published><record><row><source_ip>198.2.179.9</source_ip>
<count>3</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>
</policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers><auth_results>
<dkim><domain>mcsv.net</domain><result>%s</result></dkim></auth_results></record></feedback>"""

    def sender(self, result):
        path = self.write((self.REPORT % result).encode(), f"{result}.xml")
        document = json.loads(subprocess.run([PROGRAM, "parse", path], capture_output=True).stdout.splitlines()[0])
        return {key[14:]: value for key, value in document.items() if key.startswith("source.sender.")}

    def test_services_have_names_without_any_server(self):
        said = self.sender("pass")
        self.assertEqual((said["name"], said["type"], said["rule"], said["status"]),
                         ("Mailchimp", "marketing", "dkim", "known"))
        self.assertTrue(said["help"].startswith("https://"), said)

    def test_a_signature_that_fails_names_nobody(self):
        self.assertEqual(self.sender("fail"), {"status": "unknown"})


class Output(Directory):
    def test_a_full_disk(self):
        for kind in ("ndjson", "summary", "html"):
            with open("/dev/full", "wb") as full:
                result = subprocess.run([PROGRAM, "parse", "--format", kind, DMARC], stdout=full,
                                        stderr=subprocess.PIPE, check=False)
            self.assertEqual(result.returncode, 2, kind)
            self.assertIn(b"standard output: No space left", result.stderr)

    def test_nobody_listens(self):
        path = self.write(mbox(*[content(MAIL)] * 500), "mbox")
        for signals, status in ((signal.SIG_DFL, -signal.SIGPIPE), (signal.SIG_IGN, 2)):
            read, write = os.pipe()
            os.close(read)
            process = subprocess.Popen([PROGRAM, "parse", path], stdout=write,
                                       stderr=subprocess.PIPE, restore_signals=False,
                                       preexec_fn=lambda s=signals: signal.signal(signal.SIGPIPE, s))
            os.close(write)
            said = process.communicate(timeout=240)[1]
            self.assertEqual(process.returncode, status, said)
            if status == 2:
                self.assertEqual(said.count(b"Broken pipe"), 1, said)


class Terminal(Directory):
    def summary(self, **options):
        status, said = on_terminal(("--format", "summary", DMARC, TLS, MAIL), **options)
        self.assertEqual(status, 0)
        return said

    def test_colors(self):
        self.assertIn("\x1b[", self.summary())
        self.assertIn("\x1b[", self.summary(NO_COLOR=""))
        self.assertNotIn("\x1b", self.summary(NO_COLOR="1"))
        self.assertNotIn("\x1b", self.summary(TERM="dumb"))
        said = on_terminal(("--no-color", "--format", "summary", DMARC))[1]
        self.assertIn("DMARC", said)
        self.assertNotIn("\x1b", said)
        self.assertNotIn(b"\x1b", parse("--format", "summary", DMARC).stdout)
        self.assertNotIn("\x1b", on_terminal((DMARC,))[1])

    def widest(self, **options):
        return max(map(columns_of, ESCAPE.sub("", self.summary(**options)).splitlines()))

    def test_width(self):
        for columns in (40, 60, 80, 132, 200):
            with self.subTest(columns):
                self.assertLessEqual(self.widest(columns=columns), columns)
                self.assertLessEqual(self.widest(COLUMNS=str(columns)), columns)
        self.assertLess(self.widest(columns=50), self.widest(columns=150))
        self.assertLess(self.widest(columns=150, COLUMNS="50"), self.widest(columns=150))
        self.assertLessEqual(self.widest(columns=5000), 200)
        self.assertLessEqual(self.widest(columns=0, COLUMNS="nonsense"), 80)

    def test_names_of_others(self):
        names = ("Org", "\u65e5\u672c\u8a9e \U0001f4ec", "e\u0301te\u0301", "a\u202eb\x9b31m\u2066")
        paths = [self.write(content(DMARC).replace(b"<org_name>", b"<org_name>" + name.encode()),
                            f"{i}.xml") for i, name in enumerate(names)]
        said = parse("--format", "summary", *paths).stdout.decode()
        lines = said[said.index("Who reports"):].split("\n\n")[0].splitlines()[1:]
        self.assertEqual(len(lines), len(names))
        self.assertEqual(len({columns_of(line) for line in lines}), 1, lines)
        self.assertIn("a?b?31m?", said)

    def test_progress(self):
        def slowly(stdin, _):
            """Ends the input, and so the mail, when progress is due."""
            stdin.write(mbox(content(MAIL)))
            stdin.flush()
            while struct.unpack("i", fcntl.ioctl(stdin, termios.FIONREAD, b"\0" * 4))[0] > 0:
                time.sleep(0.05)
            time.sleep(1.5)

        status, said = on_terminal(("-",), outputs=(2,), feed=slowly)
        self.assertEqual(status, 0)
        self.assertRegex(said, r"1 of 1 files, \d+ reports")
        self.assertTrue(said.endswith("\r\x1b[K"), said)
        # it would stand between the documents
        self.assertNotIn("of 1 files", on_terminal(("-",), outputs=(1, 2), feed=slowly)[1])
        self.assertEqual(on_terminal((DMARC,), outputs=(2,)), (0, ""))
        # a message begins a line of its own
        self.write(b"junk", "z")
        said = on_terminal(("-", self.path("z")), outputs=(2,), feed=slowly)[1]
        self.assertIn("\x1b[Kreportbridge: ", said)


if __name__ == "__main__":
    unittest.main()
