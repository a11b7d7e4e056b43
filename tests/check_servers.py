#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each test that runs on every search server has a class for each: check_servers.py, from the root"""
import re
import sys

TESTS = ("tests/integration/test_main_job.py", "tests/integration/test_setup.py", "tests/dashboards/test_dashboards.py")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


servers = re.search(r"^list\) echo (.*) ;;$", read("tests/servers/search"), re.MULTILINE)[1].split()
started = re.findall(r"^\t([a-z0-9 |]+)\) version=", read("tests/servers/search"), re.MULTILINE)
started = {name.removesuffix("s") for names in started for name in names.split(" | ")}
missing = [f"tests/servers/search starts {name}, and its list lacks it" for name in sorted(started - set(servers))]
for test in TESTS:
    there = re.findall(r"^    server\b.* = \"(\w+)\"", read(test), re.MULTILINE)
    missing += [f"{test} has no class with server = \"{name}\"" for name in servers if name not in there]
print("\n".join(missing), end="\n" if missing else "")
sys.exit(bool(missing))
