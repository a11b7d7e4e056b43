# SPDX-License-Identifier: MIT
"""Programs of others, installed once by pip, to be run beside us."""
import fcntl
import os
import subprocess
import sys

PACKAGE = "parsedmarc[elastic]==11.1.0"


def peer():
    """The directory of its virtual environment; SubprocessError: it cannot be had."""
    return environment("parsedmarc", PACKAGE)


def environment(program, package):
    """A virtual environment with this package in it."""
    cache = os.environ.get("REPORTBRIDGE_CACHE", os.path.expanduser("~/.cache/reportbridge"))
    venv = f"{cache}/{program}"
    os.makedirs(cache, exist_ok=True)
    with open(f"{cache}/lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(f"{venv}/bin/{program}"):
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            subprocess.run([f"{venv}/bin/pip", "install", "-q", package], check=True, timeout=900)
    return venv
