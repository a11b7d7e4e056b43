#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names of addresses, ours beside a serial look-up and parsedmarc's: enrich.py ENRICH_RATE [ADDRESSES]

All ask one name server, 50 ms away, that loses 5 of 100 questions. parsedmarc asks port 53 alone,
so the server listens there on a loopback address of its own, which takes root.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
from peer import peer  # noqa: E402

SERVER = "127.0.5.3"
DELAY_MS, LOSS_PERCENT = 50, 5
SERIAL = 200  # the slow ones are asked for so many
THEIRS = """
import sys, time
from parsedmarc.utils import get_ip_address_info
count, start, named = int(sys.argv[2]), time.time(), 0
for i in range(count):
    info = get_ip_address_info(f"45.200.{i // 256}.{i % 256}", nameservers=[sys.argv[1]], timeout=2.0,
                               always_use_local_files=True)
    named += bool(info["reverse_dns"])
print(int((time.time() - start) * 1000), named)
"""


def rate(addresses, ms):
    return f"{addresses * 1000 / max(ms, 1):10.0f} addresses/s"


def ours(program, count, at_once, *more):
    done = subprocess.run([program, f"{SERVER}:53", str(count), str(at_once), *more],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def say(what, addresses, ms, named, more=""):
    print(f"{what:44} {addresses:6} addresses {ms / 1000:8.2f} s {rate(addresses, ms)} {named:6} named{more}",
          flush=True)


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    server = subprocess.Popen([sys.executable, f"{HERE}/../lib/slow_dns.py", SERVER, "53", str(DELAY_MS),
                               str(LOSS_PERCENT)], stdout=subprocess.PIPE, text=True)
    try:
        server.stdout.readline()
        print(f"name server {DELAY_MS} ms away, {LOSS_PERCENT} % of the questions lost; PTR and, of ours, "
              "confirmation")
        with tempfile.TemporaryDirectory() as directory:
            cold = ours(program, count, 500, f"{directory}/names")
            say("ours, 500 at once", count, cold["ms"], cold["confirmed"],
                f", {cold['questions']} questions, longest batch {cold['longest_batch_ms']} ms, "
                f"{cold['kib'] / 1024:.1f} MiB")
            warm = ours(program, count, 500, f"{directory}/names")
            say("the same after a restart", count, warm["ms"], warm["confirmed"],
                f", {warm['questions']} questions")
        done = subprocess.run([f"{peer()}/bin/python", "-c", THEIRS, SERVER, str(SERIAL)],
                              capture_output=True, text=True, check=True)
        theirs_ms, named = map(int, done.stdout.split())
        say("parsedmarc, one after the other", SERIAL, theirs_ms, named)
        serial = ours(program, SERIAL, 1)
        say("ours, one after the other", SERIAL, serial["ms"], serial["confirmed"])
        print(f"{count} addresses: ours {cold['ms'] / 1000:.1f} s, parsedmarc "
              f"{theirs_ms * count / SERIAL / 1000:.0f} s at its rate")
    finally:
        server.terminate()
        server.wait()
    # A second run asks nothing, no batch is held beyond its budget.
    sys.exit(warm["questions"] != 0 or cold["longest_batch_ms"] > 6000 or cold["partial"] > count // 100)


main()
