#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The events and members of bridge/watch/log_table.h are those of the code: check_log.py, from the root"""
import glob
import re
import sys

TABLE = "bridge/watch/log_table.h"


def table(macro):
    with open(TABLE, encoding="utf-8") as file:
        return set(re.findall(rf'^{macro}\("([^"]+)"', file.read(), re.M))


def used():
    events, members = set(), set()
    for path in glob.glob("bridge/**/*.[ch]", recursive=True) + ["base/log.c"]:
        if path == TABLE:
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read()
        events |= set(re.findall(r'\b(?:log_event|make_line|log_members)\([^;"]*?LOG_LEVEL_\w+\)?,\s*"([^"]+)"', text))
        events |= set(re.findall(r'\blog_event\([^;"]*,\s*"([^"]+)"', text))
        for name in re.findall(r"\bLOG_(?:TEXT|NUMBER)\(([^,;]*?),", text):
            members |= set(re.findall(r'"([^"]+)"', name))
        if "ROUND_COUNTS(COUNT)" in text and "define ROUND_COUNTS" in text:
            members |= set(re.findall(r"\bCOUNT\((\w+)\)", text.split("define ROUND_COUNTS")[1].split("struct")[0]))
    return events, members


def main():
    wrong = []
    for what, macro, code in zip(("event", "member"), ("EVENT", "MEMBER"), used()):
        known = table(macro)
        wrong += [f"{TABLE} lacks the {what} {name}" for name in sorted(code - known)]
        if what == "event":
            wrong += [f"{TABLE}: nothing logs the event {name}" for name in sorted(known - code)]
    if wrong:
        sys.exit("\n".join(wrong))


main()
