#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""contrib/import-config on configurations of parsedmarc: test_import.py [--accept] PROGRAM

CASE/parsedmarc.ini becomes expected.conf on stdout and expected.notes on
stderr, never shows a secret, and the result is a configuration of ours unless
a note says what is to be written by hand.  --accept rewrites what is expected.
"""
import glob
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ACCEPT = "--accept" in sys.argv
SCRIPT = os.path.abspath(f"{HERE}/../../contrib/import-config")
PROGRAM = ""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Import(unittest.TestCase):
    maxDiff = None

    def convert(self, directory, file="parsedmarc.ini"):
        return subprocess.run([SCRIPT, file], cwd=directory, text=True,
                              capture_output=True, check=False)

    def compare(self, path, text):
        if ACCEPT:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        self.assertEqual(text, read(path))

    def test_cases(self):
        for directory in sorted(glob.glob(f"{HERE}/*/")):
            with self.subTest(os.path.basename(directory[:-1])):
                done = self.convert(directory)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("s3cr3t", done.stdout + done.stderr)
                self.compare(f"{directory}expected.conf", done.stdout)
                self.compare(f"{directory}expected.notes", done.stderr)
                self.understood(done.stdout, "by hand" in done.stderr or "to be written" in done.stderr)

    def understood(self, text, incomplete):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([PROGRAM, "setup", "--print", "-c", file.name], text=True,
                                  capture_output=True, check=False)
        if not incomplete and "built without" not in done.stderr:
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_cannot_be_read(self):
        for text, expected in (("key = value\n", "parsedmarc.ini:1: "), ("[a\n", "parsedmarc.ini:1: "),
                               ("[a]\nb = c\npassword s3cr3t\n", "parsedmarc.ini:3: "),
                               ("[a]\npassword = s3cr3t\npassword = s3cr3t\n", "parsedmarc.ini:3: "),
                               ("[general]\nindex_prefix_domain_map = /none.yaml\n", "/none.yaml"),
                               ("[general]\nindex_prefix_domain_map = bad.yaml\n", "bad.yaml:2")):
            with self.subTest(text), tempfile.TemporaryDirectory() as directory:
                for name, content in (("parsedmarc.ini", text), ("bad.yaml", "a: [b\nc: d\n")):
                    with open(f"{directory}/{name}", "w", encoding="utf-8") as out:
                        out.write(content)
                done = self.convert(directory)
                self.assertEqual(done.returncode, 2)
                self.assertIn(expected, done.stderr)
                self.assertNotIn("s3cr3t", done.stderr)
                self.assertEqual(done.stdout, "")
        self.assertEqual(self.convert(HERE, "none.ini").returncode, 2)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop())
    unittest.main(argv=sys.argv[:1])
