#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run long checks and benches one after the other, and write a summary: long_run.py SUMMARY MINUTES GOAL...

The summary has the date, the commit and the machine, and for each goal of the Makefile its result, its time and the
last lines it printed; build/long/GOAL.log has all lines. A goal that fails, lacks something on this machine or takes
longer than MINUTES is a row, and the next one runs. The summary is written after each goal, so it has all that was
run even if the run is stopped.
"""
import ctypes
import os
import platform
import re
import signal
import subprocess
import sys
import time

LAST_LINES = 12
UNAVAILABLE = 77  # exit status of a script that lacks something
LOGS = "build/long"
PR_SET_CHILD_SUBREAPER = 36


def output_of(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""


def machine():
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / (1 << 20)
    return (f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB of memory, "
            f"load {os.getloadavg()[0]:.1f} at the start")


def descendants(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [one for child in children for one in (child, *descendants(child))]


def end_all(process):
    """Ends what a goal started, and servers that it left behind: as a subreaper we are the parent of those."""
    # A test that is interrupted cleans up; what is left of a goal that has ended does not.
    for number in ([signal.SIGINT] if process.poll() is None else []) + [signal.SIGTERM, signal.SIGKILL]:
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        until = time.monotonic() + 10
        while descendants(os.getpid()) and time.monotonic() < until:
            time.sleep(0.1)
            process.poll()
            for pid in descendants(os.getpid()):
                if pid != process.pid:
                    reap(pid)


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # the child of another process that still runs
        pass


def result_of(status, text):
    if status is None:
        return "too long"
    if status == 0:
        return "passed"
    # make names the exit status of the command that failed.
    return "not available" if re.search(rf"\*\*\* .*Error {UNAVAILABLE}$", text, re.M) else "failed"


def run(goal, seconds):
    path = f"{LOGS}/{goal}.log"
    begin = time.monotonic()
    with open(path, "w") as log:
        process = subprocess.Popen(["make", "--no-print-directory", goal], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        end_all(process)
    taken = time.monotonic() - begin
    with open(path, errors="replace") as log:
        text = log.read()
    result = result_of(status, text)
    print(f"{goal}: {result}, {taken:.0f} s" + ("" if result == "passed" else f", see {path}"), flush=True)
    # Three backquotes would end the block in which the lines stand.
    lines = [re.sub(r"[^\x20-\x7e\u00a0-\uffff]", "", line).rstrip().replace("```", "") for line in text.splitlines()]
    return result, taken, [line for line in lines if line][-LAST_LINES:] or ["(nothing printed)"]


def main():
    summary, seconds, goals = sys.argv[1], 60 * float(sys.argv[2]), sys.argv[3:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.makedirs(LOGS, exist_ok=True)
    commit = output_of("git", "rev-parse", "--short=12", "HEAD") or "unknown"
    changed = " with changes" if output_of("git", "status", "--porcelain") else ""
    head = (f"# Long run\n\n`make check-long` wrote this page on {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}: "
            f"commit {commit}{changed}, {machine()}. A goal may take {seconds / 60:g} minutes.\n")
    rows, ends, bad = [], [], 0
    for goal in goals:
        result, taken, last = run(goal, seconds)
        bad += result in ("failed", "too long")
        rows.append(f"| {goal} | {result} | {taken / 60:.1f} min |")
        ends.append(f"## {goal}\n\n```\n" + "\n".join(last) + "\n```\n")
        with open(f"{summary}.new", "w") as out:
            out.write("\n".join([head, "| goal | result | time |", "| --- | --- | --- |", *rows, "", *ends]))
        os.replace(f"{summary}.new", summary)
    sys.exit(bool(bad))


main()
