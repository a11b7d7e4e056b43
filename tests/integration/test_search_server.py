#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A test server that cannot start says so and is not waited for: test_search_server.py PROGRAM"""
import os
import subprocess
import sys
import tempfile
import unittest

SEARCH = f"{os.path.dirname(os.path.abspath(__file__))}/../servers/search"
UNAVAILABLE = 77
# A dead server would be waited for twice as long.
SECONDS = 120
# It ends before it writes its process id, and after.
FAULTS = {"Too small": {"REPORTBRIDGE_HEAP": "1"},
          "no.such.setting": {"REPORTBRIDGE_CLUSTER": "-E no.such.setting=1"}}


class SearchServer(unittest.TestCase):
    def test_server_that_ends_is_not_waited_for(self):
        for words, environment in FAULTS.items():
            with self.subTest(words), tempfile.TemporaryDirectory() as directory:
                os.chmod(directory, 0o755)
                done = subprocess.run([SEARCH, "start", "es8", directory], env={**os.environ, **environment}, text=True,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SECONDS)
                if done.returncode == UNAVAILABLE:
                    self.skipTest(done.stderr.strip())
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
