#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many tenants on one server: set-up, a run, a run that finds nothing, shards.

bench_tenants.py PROGRAM [TENANTS [SERVER]]   200 tenants on es8 by default
"""
import os
import random
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
TENANTS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
SERVER = sys.argv[3] if len(sys.argv) > 3 else "es8"
del sys.argv[1:]
MIDNIGHT = 1735689600


class Tenants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, SERVER, f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)

    def timed(self, what, *arguments):
        start, before = time.monotonic(), os.times()
        done = lab.Run(PROGRAM, *arguments, timeout=1200)
        after = os.times()
        self.assertEqual(done.status, 0, done.stderr[-2000:])
        cpu = after.children_user + after.children_system - before.children_user \
            - before.children_system
        print(f"{what}: {time.monotonic() - start:.1f} s, of which {cpu:.2f} s CPU of ours")
        return done

    def test_many(self):
        maildir = f"{self.directory}/maildir"
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(maildir + folder)
        with open(f"{self.directory}/tenants", "w") as out:
            for n in range(TENANTS):
                out.write(f"d{n}.example t{n}\n")
                mail = sample_mail.mail(
                    "r@example.net", f"Report {n}", "text/xml", "r.xml",
                    sample_mail.dmarc_report("r.example", "d@r.example", f"d{n}.example", MIDNIGHT,
                                             random.Random(n)), MIDNIGHT)
                with open(f"{maildir}/new/{1700000000 + n}.M{n}.x", "wb") as file:
                    file.write(mail)
        config = f"{self.directory}/c.conf"
        with open(config, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\n"
                      f"tenants_file = tenants\n"
                      f"[mailbox m]\nsource = maildir\npath = {maildir}\n"
                      + self.search.configuration("o", index_prefix="rb", retention="400d",
                                                  retry="10m"))
        print(f"{TENANTS} tenants on {SERVER}")
        self.timed("setup", "setup", "-c", config)
        self.timed("setup, nothing to change", "setup", "-c", config)
        done = self.timed("run, a first report of each", "run", "-c", config, "--once")
        self.assertEqual(done.round()["archived"], str(TENANTS))
        self.timed("run, empty mailbox", "run", "-c", config, "--once")
        self.assertEqual(self.search.count("rb", "feed"), TENANTS)
        shards = self.search.ask("GET", "/_cat/shards/rb-*?format=json&h=index,prirep")
        print(f"shards: {len(shards)} of one month, {len(shards) / TENANTS:.1f} per tenant")
        self.timed("retention, which deletes all of it", "retention", "-c", config)
        self.assertEqual(self.search.count("rb", "feed"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=0)
