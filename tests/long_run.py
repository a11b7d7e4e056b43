#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run long checks and benches one after the other, and write a summary: long_run.py SUMMARY MINUTES GOAL...

The summary has for each goal of the Makefile its result, time, date, commit and the load of the machine at its start,
and the last lines it printed; build/long/GOAL.log has all lines. A goal that fails, lacks something on this machine or
takes longer than MINUTES is a row, and the next one runs. All of them take many hours: a run replaces the rows of its
own goals and keeps those of others, and it writes the summary after each goal.
"""
import os
import platform
import re
import signal
import subprocess
import sys
import time

sys.path[:0] = [f"{os.path.dirname(os.path.abspath(__file__))}/lib"]
import processes  # noqa: E402

LAST_LINES = 12
UNAVAILABLE = 77  # exit status of a script that lacks something
LOGS = "build/long"


def output_of(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""


def commit():
    """Of the tree; changes of the summary, which this script makes, do not count."""
    changed = output_of("git", "status", "--porcelain", "--", ".", ":!docs/long-run.md")
    return (output_of("git", "rev-parse", "--short=12", "HEAD") or "unknown") + (" with changes" if changed else "")


def machine():
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / (1 << 20)
    return f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB of memory"


def result_of(status, text):
    if status is None:
        return "too long"
    if status == 0:
        return "passed"
    # make names the exit status of the command that failed.
    return "not available" if re.search(rf"\*\*\* .*Error {UNAVAILABLE}$", text, re.M) else "failed"


def run(goal, seconds):
    """Returns the row of a goal, and its last lines."""
    path = f"{LOGS}/{goal}.log"
    begin, load, date = time.monotonic(), os.getloadavg()[0], time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    with open(path, "w") as log:
        process = subprocess.Popen(["make", "--no-print-directory", goal], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT)
    try:
        status = processes.wait(process, seconds)
    finally:
        # A test that is interrupted cleans up; what is left of a goal that has ended does not.
        processes.end(process, *([signal.SIGINT] if process.poll() is None else []), signal.SIGTERM, signal.SIGKILL)
    taken = time.monotonic() - begin
    with open(path, errors="replace") as log:
        text = log.read()
    result = result_of(status, text)
    print(f"{goal}: {result}, {taken:.0f} s" + ("" if result == "passed" else f", see {path}"), flush=True)
    # Three backquotes would end the block in which the lines stand.
    lines = [re.sub(r"[^\x20-\x7e\u00a0-\uffff]", "", line).rstrip().replace("```", "") for line in text.splitlines()]
    return (result, f"{taken / 60:.1f} min", date, commit(), f"{load:.1f}"), \
        [line for line in lines if line][-LAST_LINES:] or ["(nothing printed)"]


def read(summary):
    """The rows and lines of goals that ran before."""
    try:
        with open(summary) as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    lines = {goal: block.splitlines() for goal, block in re.findall(r"^## (\S+)\n\n```\n(.*?)\n```$", text, re.M | re.S)}
    rows = (line.strip("| \n").split(" | ") for line in re.findall(r"^\| .*\d min .*\|$", text, re.M))
    return {goal: (row, lines[goal]) for goal, *row in rows}


def write(summary, goals):
    head = (f"# Long run\n\n`make check-long` writes this page, on {machine()}.\nEach goal has the date and the commit "
            "of its last run, and the load of the machine when it began.\n")
    rows = [f"| {goal} | {' | '.join(row)} |" for goal, (row, _) in goals.items()]
    ends = [f"## {goal}\n\n```\n" + "\n".join(last) + "\n```\n" for goal, (_, last) in goals.items()]
    with open(f"{summary}.new", "w") as out:
        out.write("\n".join([head, "| goal | result | time | date (UTC) | commit | load |",
                             "| --- | --- | --- | --- | --- | --- |", *rows, "", *ends]))
    os.replace(f"{summary}.new", summary)


def main():
    summary, seconds, names = sys.argv[1], 60 * float(sys.argv[2]), sys.argv[3:]
    processes.become_subreaper()
    os.makedirs(LOGS, exist_ok=True)
    goals = read(summary)
    for name in names:
        goals[name] = run(name, seconds)
        write(summary, goals)
    sys.exit(any(goals[name][0][0] in ("failed", "too long") for name in names))


main()
