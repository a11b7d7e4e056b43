#!/usr/bin/env python3
"""The rooms of the program and the arrows between them, held against the includes.

A room may include what stands in its row, and itself. A circle is an error.
"""
import glob
import os
import re
import sys

PARSERS = "base ingest/report ingest/document ingest/trust"
MAY_INCLUDE = {
    "base": "",
    "mailbox": "base",
    "output": "base",
    "enrich": "base",
    "domain": "base",
    # from bytes to documents
    "ingest/report": "base",
    "ingest/text": "base ingest/report",
    "ingest/document": "base ingest/report",
    "ingest/unwrap": "base ingest/report ingest/text",
    "ingest/trust": "base ingest/report ingest/unwrap",
    "ingest/dmarc": PARSERS + " ingest/text",
    "ingest/tlsrpt": PARSERS + " ingest/text",
    "ingest/failure": PARSERS + " ingest/text ingest/unwrap",
    "ingest": PARSERS + " ingest/text ingest/unwrap ingest/dmarc ingest/tlsrpt ingest/failure",
    # where the stages meet
    "bridge/config": "base mailbox output enrich ingest/report",
    "bridge/wiring": "base mailbox output enrich ingest bridge/config",
    "bridge/run": "base mailbox output enrich ingest ingest/report bridge/config",
    "bridge/watch": "base bridge/config bridge/run",
    "bridge/process": "base enrich bridge/config bridge/wiring bridge/run bridge/watch",
    "bridge/setup": "base output ingest/document bridge/config",
    "bridge/tenants": "base output ingest ingest/report ingest/document bridge/config bridge/wiring bridge/setup "
                      "bridge/report",
    "bridge/report": "base domain output ingest/report ingest/document bridge/config bridge/wiring",
    "bridge/tell": "base bridge/config bridge/wiring bridge/watch bridge/report",
    "bridge/commands": "base mailbox domain output enrich ingest ingest/document ingest/report ingest/tlsrpt ingest/trust bridge/config bridge/wiring bridge/run bridge/watch bridge/process bridge/setup "
                       "bridge/report bridge/tenants bridge/tell",
    "bridge": "base mailbox output domain ingest/trust bridge/config bridge/commands bridge/report bridge/watch "
              "bridge/tell",
}
# What ingest shows to bridge/: nobody hands a function in.
FUNCTION_POINTER = re.compile(r"\(\s*\*\s*\w*\s*\)\s*\(|\btypedef\b[^;{]*\w+_(fn|function)\s*\(")
# Posting, by who may call it: what mail brings leaves from the loops of a round;
# two commands post what no mail brought, and setup copies what is stored.
POSTS = re.compile(r"ops->start\(|\b(sink_post|output_queue_(add|post)|batch_(add|post))\(")
MAY_POST = ("bridge/run/", "bridge/commands/dead_letter_command.c", "bridge/commands/domain_store.c",
            "output/document_copy.c", "output/sink.")
# Inner code never logs: it returns an error, and bridge/ logs it once.
LOGS = "base/log.h"


def circle(room, path=()):
    if room in path:
        return path[path.index(room):] + (room,)
    for below in MAY_INCLUDE[room].split():
        if found := circle(below, path + (room,)):
            return found
    return None


def included(file):
    for number, line in enumerate(open(file, encoding="utf-8"), 1):
        if found := re.match(r'\s*#\s*include\s+"([^"]+)"', line):
            yield number, found[1]


def without_comments(file):
    text = open(file, encoding="utf-8").read()
    return re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), text, flags=re.S)


def public_headers(files):
    """The headers of ingest/ that bridge/ includes, and those that these include."""
    found, new = set(), {target for file in files if file.startswith("bridge/")
                         for _, target in included(file) if target.startswith("ingest/")}
    while new:
        found |= new
        new = {target for file in new for _, target in included(file)
               if target.startswith("ingest/")} - found
    return sorted(found)


def matches(file, pattern):
    for number, line in enumerate(without_comments(file).splitlines(), 1):
        if pattern.search(line):
            yield f"{file}:{number}: {line.strip()}"


def main():
    wrong = []
    files = [f for top in {room.split("/")[0] for room in MAY_INCLUDE}
             for f in glob.glob(top + "/**/*.[ch]", recursive=True)]
    for header in public_headers(files):
        wrong += [f"{where}: a function pointer in what ingest shows"
                  for where in matches(header, FUNCTION_POINTER)]
    for file in files:
        if not file.startswith(MAY_POST):
            wrong += [f"{where}: only the room of the round posts" for where in matches(file, POSTS)]
    for file in sorted(files):
        room = os.path.dirname(file)
        if room not in MAY_INCLUDE:
            wrong.append(f"{file}: the room {room} has no row in MAY_INCLUDE")
            continue
        for number, name in included(file):
            target = os.path.dirname(name)
            if not target or target not in MAY_INCLUDE:
                continue  # made by the Makefile
            if target != room and target not in MAY_INCLUDE[room].split():
                wrong.append(f"{file}:{number}: {room} may not include {target}")
            if name == LOGS and not room.startswith(("base", "bridge")):
                wrong.append(f"{file}:{number}: {room} may not log")
    for room in MAY_INCLUDE:
        if found := circle(room):
            sys.exit("circle: " + " -> ".join(found))
    if wrong:
        sys.exit("\n".join(wrong))


main()
