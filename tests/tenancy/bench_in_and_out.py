#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One customer among many, taken in and out: requests and seconds.

bench_in_and_out.py PROGRAM [TENANTS [SERVER]]   300 tenants on es8 by default

What the server and Kibana hold is compared before and after: nothing of the
customer is left, nothing of others is touched.
"""
import os
import random
import re
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402
from kibana_script import Kibana  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
TENANTS = int(sys.argv[2]) if len(sys.argv) > 2 else 300
SERVER = sys.argv[3] if len(sys.argv) > 3 else "es8"
del sys.argv[1:]
MIDNIGHT = 1735689600
REPORTS = 200


class InAndOut(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, SERVER, f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)

    def timed(self, what, *arguments):
        start = time.monotonic()
        done = lab.Run(PROGRAM, *arguments, timeout=1200)
        seconds = time.monotonic() - start
        self.assertEqual(done.status, 0, done.stdout[-1000:] + done.stderr[-2000:])
        requests = re.search(r"^requests: (\d+)$", done.stdout, re.M)
        print(f"{what}: {seconds:.1f} s" + (f", {requests[1]} requests" if requests else ""))
        return done

    def listing(self, kibana):
        """All that there is, but for the indices of the server's own."""
        found = {one["index"]: one["docs.count"] for one in self.search.ask(
            "GET", "/_cat/indices?format=json&h=index,docs.count") if not one["index"].startswith(".")}
        for path in ("/_security/role", "/_security/user", "/_security/role_mapping"):
            found.update({f"{path} {name}": one for name, one in self.search.ask("GET", path).items()})
        for template in self.search.ask("GET", "/_index_template")["index_templates"]:
            found[f"template {template['name']}"] = template
        keys = self.search.ask("GET", "/_security/api_key")["api_keys"]
        found.update({f"key {key['id']}": key for key in keys if not key["invalidated"]})
        return {**found, **{("space", name): one for name, one in kibana.spaces.items()}, **kibana.objects,
                **kibana.rules}

    def test_in_and_out(self):
        maildir, kibana = f"{self.directory}/maildir", Kibana(self)
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(maildir + folder)
        text = "".join(f"d{n}.example t{n}\n" for n in range(TENANTS))
        lab.write(f"{self.directory}/tenants", text)
        for n in range(REPORTS):
            mail = sample_mail.mail(
                "r@example.net", f"Report {n}", "text/xml", "r.xml",
                sample_mail.dmarc_report("r.example", "d@r.example", "leaver.example", MIDNIGHT + 86400 * n,
                                         random.Random(n)), MIDNIGHT)
            with open(f"{maildir}/new/{1700000000 + n}.M{n}.x", "wb") as file:
                file.write(mail)
        config = f"{self.directory}/c.conf"
        lab.write(config, f"[bridge]\nstate_directory = {self.directory}/state\ntenants_file = tenants\nlisten = none\n"
                  f"[mailbox m]\nsource = maildir\npath = {maildir}\n"
                  + self.search.configuration("o", index_prefix="rb", kibana_url=kibana.url, retry="10m"))
        print(f"{TENANTS} tenants on {SERVER}")
        self.timed("setup", "setup", "-c", config)
        again = self.timed("setup, nothing to change", "setup", "-c", config)
        self.assertNotIn("created", again.stdout)
        self.timed("run, reports of a domain that nobody claims", "run", "-c", config, "--once")
        before = self.listing(kibana)
        self.timed("tenant add, with a login", "tenant", "add", "leaver", "--domains", "leaver.example",
                   "--reader", "user", "-c", config)
        moved = self.timed("tenant move", "tenant", "move", "--from", "unclaimed", "--to", "leaver",
                           "--domain", "leaver.example", "-c", config).stdout
        print("  " + moved.splitlines()[-1])
        self.timed("setup, nothing to change", "setup", "-c", config)
        exported = f"{self.directory}/export.ndjson"
        self.timed("tenant export", "tenant", "export", "leaver", "--file", exported, "-c", config)
        with open(exported, "rb") as file:
            self.assertEqual(sum(1 for _ in file), int(moved.splitlines()[-1].split()[0]))
        lab.write(f"{self.directory}/tenants", text)
        self.timed("tenant delete, shown", "tenant", "delete", "leaver", "-c", config)
        self.timed("tenant delete", "tenant", "delete", "leaver", "-c", config, "--yes")
        after = self.listing(kibana)
        left = [key for key in after if "leaver" in str(key)]
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)
                   and not str(key).startswith(("rb-dmarc_aggregate-unclaimed", "rb-feed-unclaimed"))]
        print(f"left of it: {len(left)}, changed of others: {len(changed)}, of {len(after)} things")
        self.assertEqual((left, changed), ([], []))


if __name__ == "__main__":
    unittest.main(verbosity=0)
