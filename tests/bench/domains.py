#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""1,000 domains, the name servers of a tenth of which are silent or fail: domains.py PROGRAM [COUNT]

Prints time and memory, and what was said: no finding about a domain that is well, and nothing but unknown
about one that could not be looked at."""
import collections
import glob
import json
import os
import random
import subprocess
import sys
import time
import unittest

COUNT = int(sys.argv.pop(2)) if len(sys.argv) > 2 else 1000
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../domain", f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402
import rows  # noqa: E402
import servers  # noqa: E402
import test_domain  # noqa: E402  takes PROGRAM off the arguments


MIDNIGHT = 1735689600


def trouble(name, _):
    """Of d0 to d999, every tenth: in turn silence and failure."""
    number = name.split(".")[-2][1:] if name.endswith(".test") and name.count(".") else ""
    if not number.isdigit() or int(number) % 10:
        return None
    return "drop" if int(number) % 20 else "fail"


def sample(number):
    xml = sample_mail.dmarc_report(f"r{number}.example", f"d@r{number}.example", "example.com", MIDNIGHT, random.Random(number))
    return sample_mail.mail(f"d@r{number}.example", f"Report {number}", "application/zip", f"{number}.zip",
                            sample_mail.zipped(f"{number}.xml", xml), MIDNIGHT)


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rows.DMARC[:] = [rows.Row(f"d{i}", "") for i in range(COUNT)]
        for part in (rows.SPF, rows.STS, rows.TLSRPT, rows.MX, rows.DNSSEC, rows.OTHER):
            part.clear()
        rows.all_rows = lambda certificates: rows.DMARC
        # A certificate has room for some hundred names: policies are the business of other tests.
        for row in rows.DMARC:
            row.records.update({"_mta-sts": None, "mta-sts": None})
        cls.bed = test_domain.Bed(cls)
        cls.relay = servers.Forwarder(cls, cls.bed.names.port, trouble)
        cls.names = [row.name for row in rows.DMARC]

    def delays(self, home, numbers, until):
        """Seconds from the delivery of a mail to its document, one mail after the other."""
        taken = []
        for number in numbers:
            if until():
                break
            with open(f"{home}/mail/tmp/{number}", "wb") as file:
                file.write(sample(number))
            start = time.monotonic()
            os.rename(f"{home}/mail/tmp/{number}", f"{home}/mail/new/{number}")
            running.until(lambda: not os.path.exists(f"{home}/mail/new/{number}") and
                          not glob.glob(f"{home}/mail/cur/{number}*"), 60, pause=0.005)
            taken.append(time.monotonic() - start)
        return sorted(taken)

    def test_beside_mailboxes(self):
        """The same, started by a running bridge: mail is stored as fast as before."""
        home = f"{self.bed.directory}/beside"
        for folder in ("cur", "new", "tmp"):
            os.makedirs(f"{home}/mail/{folder}")
        options = self.bed.command("--jobs", "50", port=self.relay.port)[2:]
        lab.write(f"{home}/conf", f"[bridge]\nstate_directory = {home}/state\n[mailbox m]\nsource = maildir\npath = {home}/mail\n"
                                  f"poll = 1s\n[output o]\ntype = file\ndirectory = {home}/out\n[enrich]\nreverse_dns = no\n"
                                  f"[schedule]\ndomain = every 1h\ndomain_options = {' '.join(options)}\n"
                                  f"[tenant one]\ndomains = {', '.join(self.names)}\n")
        os.makedirs(f"{home}/state")
        lab.write(f"{home}/state/schedule", f"domain {int(time.time()) - 3590} 0\n")
        bridge = running.Running(self, test_domain.PROGRAM, f"{home}/conf")
        bridge.wait_for("ready")
        rest = self.delays(home, range(10000), lambda: bridge.events("command-started"))
        during = self.delays(home, range(10000, 100000), lambda: bridge.events("command-done") + bridge.events("command-failed"))
        self.assertEqual(bridge.events("command-failed"), [])
        seconds = int(bridge.events("command-done")[0]["duration_ms"]) / 1000
        bridge.stop()
        middle = lambda taken: taken[len(taken) // 2] * 1000
        print(f"\n{COUNT} domains checked in {seconds:.1f} s by a running bridge; from delivery of a mail to its document: "
              f"{middle(rest):.0f} ms before ({len(rest)} mails, at most {rest[-1] * 1000:.0f}), "
              f"{middle(during):.0f} ms beside it ({len(during)} mails, at most {during[-1] * 1000:.0f})")
        self.assertLess(middle(during), middle(rest) + 1000)

    def test_many(self):
        bed, relay, names = self.bed, self.relay, self.names
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
