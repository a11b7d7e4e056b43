#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run long checks and benches one after the other, and write a summary: long_run.py SUMMARY GOAL...

The summary has the commit, the date, and for each goal of the Makefile its result, its time and the last lines it
printed. Whole outputs are kept in build/long/GOAL.log. A goal that fails does not stop those after it.
"""
import os
import platform
import re
import subprocess
import sys
import time

LAST_LINES = 12


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def run(goal):
    path = f"build/long/{goal}.log"
    begin = time.monotonic()
    with open(path, "w") as log:
        status = subprocess.run(["make", "--no-print-directory", goal], stdout=log, stderr=subprocess.STDOUT).returncode
    seconds = time.monotonic() - begin
    with open(path, errors="replace") as log:
        lines = [re.sub(r"\s+$", "", line) for line in log.read().splitlines()]
    print(f"{goal}: {'passed' if status == 0 else f'failed, see {path}'}, {seconds:.0f} s", flush=True)
    return status, seconds, [line for line in lines if line][-LAST_LINES:]


def main():
    summary, goals = sys.argv[1], sys.argv[2:]
    os.makedirs("build/long", exist_ok=True)
    dirty = " with changes" if output_of("git", "status", "--porcelain") else ""
    head = (f"# Long run\n\n`make check-long` wrote this page on {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, "
            f"commit {output_of('git', 'rev-parse', '--short=12', 'HEAD')}{dirty}, "
            f"{os.cpu_count()} processors, {platform.machine()}.\n")
    rows, ends, failed = [], [], 0
    for goal in goals:
        status, seconds, last = run(goal)
        failed += status != 0
        rows.append(f"| {goal} | {'passed' if status == 0 else 'failed'} | {seconds / 60:.1f} min |")
        ends.append(f"## {goal}\n\n```\n" + "\n".join(last) + "\n```\n")
        with open(summary, "w") as out:
            out.write("\n".join([head, "| goal | result | time |", "| --- | --- | --- |", *rows, "", *ends]))
    sys.exit(bool(failed))


main()
