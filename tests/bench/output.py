#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What posting costs the client: reportbridge's engine, rsyslog and syslog-ng to one local sink.

output.py PROGRAM POST_DOCUMENTS BULK_SINK [DOCUMENTS]

The same finished documents, one per line, read from a file and posted; the
sink takes everything.  The last rows are the whole program, mail and all.
Each figure is the least of RUNS runs.
"""
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../faults"]
import bench_faults  # noqa: E402
import fault_run  # noqa: E402

PROGRAM, POST, SINK = (os.path.abspath(path) for path in sys.argv[1:4])
DOCUMENTS = int(sys.argv[4]) if len(sys.argv) > 4 else 100000
RUNS = 3
PATIENCE = 120


class Sink:
    def __enter__(self):
        self.process = subprocess.Popen([SINK], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def stats(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats") as answer:
            return json.load(answer)

    def wait(self, total, process):
        """Peak memory in MiB; None: it does not come to its end."""
        until, peak = time.monotonic() + PATIENCE, 0
        while time.monotonic() < until:
            done = self.stats()["items"] >= total
            peak = max(peak, peak_memory(process))
            if done:
                return peak
            time.sleep(0.02)
        return None


def peak_memory(process):
    """Of the program alone: ru_maxrss counts what this one had at the fork."""
    try:
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            return max(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
    except (OSError, ValueError):  # it has ended
        return 0


def many(path, documents, total):
    """total documents with ids of their own, made of those there are."""
    with open(documents, encoding="utf-8") as file:
        lines = file.read().splitlines()
    with open(path, "w", encoding="utf-8") as out:
        for number, line in zip(range(total), itertools.cycle(lines)):
            out.write(f"{number:024}{line[24:]}\n")
    return sum(len(lines[number % len(lines)]) - 24 for number in range(total)) / total


def cpu_seconds(process):
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def one(start, stop, total):
    with Sink() as sink:
        begin = time.monotonic()
        process = start(sink.port)
        memory = sink.wait(total, process)
        if memory is None:
            process.kill()
            process.wait()
            return None
        seconds = time.monotonic() - begin
        stats = sink.stats()
        if stop:
            process.terminate()
        return (cpu_seconds(process) / total * 1e6, memory, stats["bytes"] / total, stats["requests"],
                total / seconds)


def row(name, start, total, stop=False):
    runs = [one(start, stop, total) for _ in range(RUNS)]
    if None in runs:
        print(f"{name:38} did not come to its end", flush=True)
        return
    cpu, memory, size, requests, _ = (min(column) for column in zip(*runs))
    speed = max(run[4] for run in runs)
    print(f"{name:38}{cpu:10.2f}{memory:10.1f}{size:12.0f}{requests:10}{speed:12.0f}", flush=True)


def shipper(kind, directory, documents, connections):
    def start(port):
        shutil.rmtree(f"{directory}/shipper", ignore_errors=True)
        client = kind(directory, "shipper", port, documents, True)
        client.start(batch=1000, workers=connections)
        return client.process
    return start


def whole(directory, level, mails):
    def start(port):
        shutil.rmtree(f"{directory}/whole", ignore_errors=True)
        shutil.rmtree(f"{directory}/whole.state", ignore_errors=True)
        bridge = fault_run.Bridge(PROGRAM, directory, "whole", f"http://127.0.0.1:{port}", mails,
                                  f"gzip_level = {level}\n", "workers = 0\n")
        return subprocess.Popen([PROGRAM, "run", "--once", "-c", bridge.config],
                                stderr=subprocess.DEVNULL)
    return start


def main():
    directory = tempfile.mkdtemp(prefix="reportbridge-output.")
    mails = fault_run.mails()
    source, _ = bench_faults.write_documents(PROGRAM, directory, mails)
    documents = f"{directory}/many.ndjson"
    size = many(documents, source, DOCUMENTS)
    print(f"{DOCUMENTS} documents of {size:.0f} bytes; least of {RUNS} runs\n"
          f"{'':38}{'CPU s/1M':>10}{'RSS MiB':>10}{'wire B/doc':>12}{'requests':>10}{'docs/s':>12}")
    for connections, level in itertools.product((1, 2, 4), (0, 1, 6)):
        row(f"reportbridge, {connections} connections, gzip {level}",
            lambda port, c=connections, z=level: subprocess.Popen(
                [POST, documents, f"http://127.0.0.1:{port}", str(c), str(z)]), DOCUMENTS)
    for connections in (1, 2, 4):
        row(f"rsyslog, {connections} workers",
            shipper(bench_faults.Rsyslog, directory, documents, connections), DOCUMENTS, True)
        row(f"syslog-ng, {connections} workers",
            shipper(bench_faults.SyslogNg, directory, documents, connections), DOCUMENTS, True)
    fault_run.DAYS = 1000
    mails = fault_run.mails()
    bench = fault_run.Bridge(PROGRAM, directory, "count", "http://127.0.0.1:1", mails)
    total = sum(1 for _ in subprocess.run(
        [PROGRAM, "parse", "--format", "ndjson", bench.maildir], check=False,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines())
    print(f"the whole program: {len(mails)} mails, {total} documents")
    for level in (0, 1, 6):
        row(f"reportbridge from mail, gzip {level}", whole(directory, level, mails), total)
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
