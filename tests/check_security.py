#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every test that SECURITY.md names exists: check_security.py, from the root"""
import os
import re
import sys

missing = []
with open("SECURITY.md", encoding="utf-8") as file:
    text = file.read()
named = re.findall(r"`(tests/\S+): (\w+)`", text)
missing += [f"SECURITY.md names {path}, which is not there"
            for path in re.findall(r"`(tests/[^`:]+)`", text) if not os.path.exists(path)]
for path, name in named:
    try:
        with open(path, encoding="utf-8") as file:
            found = re.search(rf"\b{name}\(", file.read())
    except FileNotFoundError:
        found = None
    if not found:
        missing.append(f"SECURITY.md names {path}: {name}, which is not there")
print("\n".join(missing), end="\n" if missing else "")
sys.exit(bool(missing) or not named)
