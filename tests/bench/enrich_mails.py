#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many small mails and a cold cache of names: enrich_mails.py PROGRAM [MAILS]

Each mail has one record, each record an address of its own; the name server is 50 ms away.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER, PORT, DELAY_MS = "127.0.5.4", "5353", 50
REPORT = """From: r@reporter.example
Subject: report
MIME-Version: 1.0
Content-Type: text/xml; name="r.xml"

<feedback><report_metadata><org_name>reporter.example</org_name><report_id>%d</report_id><date_range>
<begin>1795392000</begin><end>1795478399</end></date_range></report_metadata><policy_published>
<domain>example.com</domain><p>none</p></policy_published><record><row><source_ip>45.201.%d.%d</source_ip>
<count>1</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated>
</row><identifiers><header_from>example.com</header_from></identifiers><auth_results/></record></feedback>
"""


def run(program, directory, mails, enrich):
    for folder in ("new", "cur", "tmp"):
        os.makedirs(f"{directory}/mail/{folder}")
    for number in range(mails):
        with open(f"{directory}/mail/new/{number:06}", "w") as out:
            out.write(REPORT % (number, number >> 8, number & 255))
    with open(f"{directory}/conf", "w") as out:
        out.write(f"[bridge]\nworkers = 0\nstate_directory = state\n[enrich]\n{enrich}[mailbox m]\nsource = maildir\n"
                  "path = mail\n[output o]\ntype = file\ndirectory = out\n")
    start = time.monotonic()
    subprocess.run([program, "run", "--once", "-c", f"{directory}/conf"], stderr=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - start
    names = {"named": 0, "partial": 0, "stored": 0}
    for where, _, files in os.walk(f"{directory}/out"):
        for name in files:
            if not name.startswith("."):
                for line in open(f"{where}/{name}"):
                    document = json.loads(line)
                    if document.get("event.dataset") == "dmarc_aggregate":
                        names["stored"] += 1
                        names["named"] += "source.domain" in document
                        names["partial"] += document.get("source.enrichment") == "partial"
    return seconds, names


def main():
    program, mails = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    server = subprocess.Popen([sys.executable, f"{HERE}/../lib/slow_dns.py", SERVER, PORT, str(DELAY_MS), "0"],
                              stdout=subprocess.PIPE, text=True)
    try:
        server.stdout.readline()
        with tempfile.TemporaryDirectory() as directory:
            for what, enrich in (("nobody is asked", "reverse_dns = no\n"),
                                 (f"name server {DELAY_MS} ms away", f"resolvers = {SERVER}:{PORT}\n")):
                seconds, names = run(program, f"{directory}/{what.split()[0]}", mails, enrich)
                print(f"{mails} mails of one record, {what}: {seconds:.1f} s, {names['named']} named, "
                      f"{names['partial']} partial of {names['stored']}", flush=True)
    finally:
        server.terminate()
        server.wait()
    sys.exit(names["stored"] != mails or names["partial"] > mails // 100)


main()
