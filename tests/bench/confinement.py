#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the confinement of workers costs.

confinement.py PROGRAM UNCONFINED BULK_SINK DIR [RUNS]

Two builds of the program, one whose workers are not confined, drain the same
mailbox by turns over IMAPS into a sink that takes everything.  Prints CPU time
per mail of all processes of each, and fails when confinement costs more than
MOST of it.
"""
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib"]
import bench  # noqa: E402

MOST = 1.02
SOME_REFUSED = 1


def drain(program, config, directory, maildir):
    shutil.rmtree(maildir, ignore_errors=True)
    shutil.rmtree(f"{directory}/state", ignore_errors=True)
    mails = bench.deliver(maildir)
    row = bench.measure([program, "run", "--once", "-c", config], f"{directory}/log")
    if row["status"] not in (0, SOME_REFUSED) or bench.left_in_inbox(maildir) != 0:
        sys.exit(f"{program} ended with {row['status']}:\n{open(f'{directory}/log').read()}")
    return 1000 * row["cpu"] / mails


def compare(programs, sink, directory, runs):
    imap = bench.read_env(f"{directory}/imap/env")
    config = bench.configure_sink(directory, imap, sink.stdout.readline().strip(), 1)
    costs = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            costs[name].append(drain(program, config, directory, f"{directory}/imap/mail/reportbridge"))
    print(f"{'':12} {'least':>8} {'median':>8}  ms of CPU per mail, {runs} runs by turns")
    for name, figures in costs.items():
        print(f"{name:12} {min(figures):8.4f} {statistics.median(figures):8.4f}")
    ratio = statistics.median(a / b for a, b in zip(costs["confined"], costs["unconfined"]))
    print(f"confinement costs {100 * (ratio - 1):+.1f} % (median of the pairs), at most "
          f"{100 * (MOST - 1):.0f} %")
    return ratio <= MOST


def main():
    program, unconfined, sink, directory = (os.path.abspath(path) for path in sys.argv[1:5])
    runs = int(sys.argv[5]) if len(sys.argv) > 5 else 15
    os.makedirs(directory, exist_ok=True)
    subprocess.run([f"{bench.SERVERS}/dovecot", "start", f"{directory}/imap"], check=True)
    try:
        with subprocess.Popen([sink], stdout=subprocess.PIPE, text=True) as process:
            try:
                good = compare({"confined": program, "unconfined": unconfined}, process, directory, runs)
            finally:
                process.kill()
    finally:
        subprocess.run([f"{bench.SERVERS}/dovecot", "stop", f"{directory}/imap"], check=False)
    sys.exit(not good)


if __name__ == "__main__":
    main()
