# SPDX-License-Identifier: MIT
"""parsedmarc, installed once by pip, to be run beside us."""
import fcntl
import os
import subprocess
import sys

PACKAGE = "parsedmarc[elastic]==11.1.0"


def peer():
    """The directory of its virtual environment; CalledProcessError: it cannot be had."""
    cache = os.environ.get("REPORTBRIDGE_CACHE", os.path.expanduser("~/.cache/reportbridge"))
    venv = f"{cache}/parsedmarc"
    os.makedirs(cache, exist_ok=True)
    with open(f"{cache}/lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(f"{venv}/bin/parsedmarc"):
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            subprocess.run([f"{venv}/bin/pip", "install", "-q", PACKAGE], check=True)
    return venv
