#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs parser_process over the mails of the bench: parser_process.py PARSER_PROCESS"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402

with tempfile.TemporaryDirectory(prefix="reportbridge-parser.") as maildir:
    bench.deliver(maildir)
    sys.exit(subprocess.run([os.path.abspath(sys.argv[1]), f"{maildir}/new", "9"],
                            check=False).returncode)
