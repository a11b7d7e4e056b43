#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The domain check beside checkdmarc, on the zones of tests/domain: domain.py PROGRAM

Every domain was made with known faults, so it is known who is right: a fault that is not reported is a
miss, a report about a part without fault is a false alarm."""
import json
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../domain", f"{HERE}/../lib"]
import servers  # noqa: E402
import peer  # noqa: E402
import test_domain  # noqa: E402  takes PROGRAM off the arguments

PARTS = ("dmarc", "spf", "mx", "tlsrpt", "sts")
# What the peer does not look at: the policy behind the record, and the names in it.
POLICY = ("sts-host", "sts-connect", "sts-certificate", "sts-redirect", "sts-status", "sts-type", "sts-large",
          "sts-syntax", "sts-key", "sts-mx", "sts-max-age", "sts-testing", "sts-none-mode", "sts-cert", "sts-record-only",
          "sts-no-tlsrpt", "sts-policy-only")


def faults(found):
    """{part: {code: severity}} of what matters: critical, warning and notice."""
    parts = {part: {} for part in PARTS}
    for code, severity in found.items():
        part = "sts" if code.startswith("sts-") else code.split("-")[0]
        if part in parts and severity not in ("ok", "unknown") and not code.startswith(POLICY):
            parts[part][code] = severity
    return parts


class Score:
    def __init__(self):
        self.found = self.missed = self.false = 0
        self.lines = []

    def add(self, name, part, wanted, told):
        serious = [code for code, severity in wanted.items() if severity in ("critical", "warning")]
        if serious and told:
            self.found += 1
        elif serious:
            self.missed += 1
            self.lines.append(f"  missed       {name}: {' '.join(serious)}")
        elif told and not wanted:
            self.false += 1
            self.lines.append(f"  false alarm  {name}, {part}: {'; '.join(told)[:150]}")

    def print(self, title, seconds):
        print(f"\n{title}: {self.found} faults found, {self.missed} missed, {self.false} false alarms, "
              f"{seconds:.1f} s")
        print("\n".join(self.lines))


class Bench(unittest.TestCase):
    def test_beside_checkdmarc(self):
        try:
            venv = peer.environment("checkdmarc", "checkdmarc==6.0.4")
        except subprocess.SubprocessError:
            self.skipTest("checkdmarc cannot be had")
        bed = test_domain.Bed(type(self))
        chosen = [row for row in bed.rows if row.run == "plain" and row.zone == "test" and row.name != "no-such-domain.test"]
        names = [row.name for row in chosen]
        start = time.time()
        ours = bed.check(names, "--rua", "us@good.test")
        our_seconds = time.time() - start
        relay = servers.Forwarder(type(self), bed.names.port, lambda name, kind: None)
        start = time.time()
        done = subprocess.run([f"{venv}/bin/python", f"{HERE}/domain_peer.py", str(relay.port)], input=" ".join(names),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        their_seconds = time.time() - start
        theirs = {line["domain"]: line["parts"] for line in map(json.loads, done.stdout.splitlines())}
        us, them = Score(), Score()
        for row in chosen:
            found = {f["code"]: f["severity"] for f in ours[row.name]["findings"]}
            wanted = faults({code: severity or found.get(code, "warning") for code, severity in row.expected.items()})
            found = faults(found)
            for part in PARTS:
                us.add(row.name, part, wanted[part], list(found[part]))
                them.add(row.name, part, wanted[part], theirs[row.name][part])
        print(f"\n{len(names)} domains, {len(PARTS)} parts each")
        us.print("reportbridge", our_seconds)
        them.print("checkdmarc 6.0.4", their_seconds)
        self.assertEqual((us.missed, us.false), (0, 0))


if __name__ == "__main__":
    unittest.main()
