#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the instructions of a mail go, beside those of the libraries alone.

profile.py PROGRAM XML_FLOOR FETCH_RATE BULK_SINK DIR

Counts under valgrind, which no load of the machine changes: instructions per mail by library
and allocations per record of `run --once` over IMAPS into a sink that takes everything; system
calls per mail of the same run; and the ratios to libxml2 and libetpan alone.  Fails when a
figure is above its bound.  PROGRAM is a build without confinement, which refuses a tracer.
Valgrind hides the processor's instructions for SHA-256, so hashing costs more than it does in
reality.
"""
import collections
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib"]
import bench  # noqa: E402

# (with real reports, with made-up ones)
BOUNDS = {"instructions of parsing, libxml2 alone = 1": (3.1, 3.5),
          "instructions of fetching, libetpan alone = 1": (1.95, 1.95),
          "allocations per record": (86, 119),
          "system calls per mail": (7, 7)}
ALLOCATORS = {"malloc", "calloc", "realloc"}
SOME_REFUSED = 1


def callgrind(directory, *command):
    """(instructions by library, allocations, what the command printed)"""
    path = f"{directory}/callgrind.out"
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={path}", "--compress-strings=no",
                           "--compress-pos=no", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, SOME_REFUSED):
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stderr}")
    costs, allocations = collections.Counter(), 0
    library = callee = None
    with open(path) as lines:
        for line in lines:
            if line.startswith("ob="):
                library = os.path.basename(line[3:].strip())
            elif line.startswith("cfn="):
                callee = line[4:].strip()
            elif line.startswith("calls="):
                allocations += int(line[6:].split()[0]) if callee in ALLOCATORS else 0
                next(lines)  # what the callee cost
            elif line[0].isdigit():
                costs[library] += int(line.split()[-1])
    return costs, allocations, done.stdout


def system_calls(directory, *command):
    path = f"{directory}/strace.out"
    subprocess.run(["strace", "-f", "-c", "-o", path, *command], stderr=subprocess.DEVNULL, check=False)
    with open(path) as table:
        return int(re.findall(r"^100\.00.*?(\d+)(?:\s+\d+)? total$", table.read(), re.M)[0])


class Mailbox:
    """Dovecot with the mails, and a sink for their documents."""

    def __init__(self, directory, sink):
        self.directory = directory
        self.folder = f"{directory}/imap/mail/reportbridge"
        imap = bench.read_env(f"{directory}/imap/env")
        self.login = [imap["IMAPS_PORT"], "reportbridge", "secret", imap["CA_FILE"]]
        self.config = bench.configure_sink(directory, imap, sink.stdout.readline().strip(), 0)

    def fill(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(f"{self.directory}/state", ignore_errors=True)
        return bench.deliver(self.folder)


def print_libraries(costs, mails):
    print(f"\ninstructions per mail, {mails} mails: {sum(costs.values()) / mails:,.0f}")
    for library, cost in costs.most_common(14):
        print(f"  {cost / mails:10,.0f} {100 * cost / sum(costs.values()):5.1f} %  {library}")


def measure(program, floor, fetch, mailbox):
    directory = mailbox.directory
    reports = f"{directory}/reports"
    shutil.rmtree(reports, ignore_errors=True)
    os.mkdir(reports)
    records = 0
    for name, data in bench.corpus():
        records += data.count(b"<record>")
        with open(f"{reports}/{name}.xml", "wb") as out:
            out.write(data)
    run = [program, "run", "--once", "-c", mailbox.config]
    mails = mailbox.fill()
    costs, allocations, _ = callgrind(directory, *run)
    print_libraries(costs, mails)
    mailbox.fill()
    calls = system_calls(directory, *run)
    parsed = sum(callgrind(directory, program, "parse", reports)[0].values())
    scanned = sum(callgrind(directory, floor, reports)[0].values())
    mailbox.fill()
    ours, bare = (sum(callgrind(directory, fetch, way, *mailbox.login)[0].values()) for way in ("ours", "bare"))
    return dict(zip(BOUNDS, (parsed / scanned, ours / bare, allocations / records, calls / mails)))


def main():
    program, floor, fetch, sink, directory = (os.path.abspath(path) for path in sys.argv[1:6])
    os.makedirs(directory, exist_ok=True)
    subprocess.run([f"{bench.SERVERS}/dovecot", "start", f"{directory}/imap"], check=True)
    try:
        with subprocess.Popen([sink], stdout=subprocess.PIPE, text=True) as process:
            try:
                figures = measure(program, floor, fetch, Mailbox(directory, process))
            finally:
                process.kill()
    finally:
        subprocess.run([f"{bench.SERVERS}/dovecot", "stop", f"{directory}/imap"], check=False)
    print()
    good = True
    for name, figure in figures.items():
        most = BOUNDS[name]["REPORTBRIDGE_CORPUS" not in os.environ]
        print(f"{name:46} {figure:7.2f}, at most {most:g}")
        good = good and figure <= most
    sys.exit(not good)


if __name__ == "__main__":
    main()
