#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""1,000 domains, the name servers of a tenth of which are silent or fail: domains.py PROGRAM [COUNT]

Prints time and memory, and what was said: no finding about a domain that is well, and nothing but unknown
about one that could not be looked at."""
import collections
import json
import os
import subprocess
import sys
import time
import unittest

COUNT = int(sys.argv.pop(2)) if len(sys.argv) > 2 else 1000
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../domain"]
import rows  # noqa: E402
import servers  # noqa: E402
import test_domain  # noqa: E402  takes PROGRAM off the arguments


def trouble(name, _):
    """Of d0 to d999, every tenth: in turn silence and failure."""
    number = name.split(".")[-2][1:] if name.endswith(".test") and name.count(".") else ""
    if not number.isdigit() or int(number) % 10:
        return None
    return "drop" if int(number) % 20 else "fail"


class Bench(unittest.TestCase):
    def test_many(self):
        rows.DMARC[:] = [rows.Row(f"d{i}", "") for i in range(COUNT)]
        for part in (rows.SPF, rows.STS, rows.TLSRPT, rows.MX, rows.DNSSEC, rows.OTHER):
            part.clear()
        rows.all_rows = lambda certificates: rows.DMARC
        # A certificate has room for some hundred names: policies are the business of other tests.
        for row in rows.DMARC:
            row.records.update({"_mta-sts": None, "mta-sts": None})
        bed = test_domain.Bed(type(self))
        relay = servers.Forwarder(type(self), bed.names.port, trouble)
        names = [row.name for row in rows.DMARC]
        output = f"{bed.directory}/output"
        start = time.time()
        with open(output, "wb") as file:
            process = subprocess.Popen(bed.command("--format", "json", "--jobs", "50", *names, port=relay.port),
                                       stdout=file)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
        seconds = time.time() - start
        self.assertEqual(status, 0)
        with open(output, encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
        self.assertEqual([d["domain"] for d in found], names)
        said = collections.Counter()
        for number, document in enumerate(found):
            codes = {f["code"]: f["severity"] for f in document["findings"]}
            said.update(codes.keys())
            self.assertEqual(set(codes), {"sts-none"} if number % 10 else {"dns-failed"}, document["domain"])
        print(f"\n{COUNT} domains in {seconds:.1f} s, 50 at once; {usage.ru_utime + usage.ru_stime:.1f} s of processor, "
              f"{usage.ru_maxrss / 1024:.0f} MB; {dict(said)}")


if __name__ == "__main__":
    unittest.main()
