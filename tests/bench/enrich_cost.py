#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What enrichment costs once its caches are warm: enrich_cost.py ENRICH_COST PROGRAM

Counted by valgrind, so that the figures are the same on any machine and under any load. The report is read
once and three times; the difference is that of warm caches. Then: the memory of all processes with and without
a database of 60 MB, each page once however many processes have it (PSS).
"""
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASE = f"{HERE}/../fuzz/corpus/mmdb/ipinfo-and-city"
RECORDS = 2500
LIMIT_PERCENT = 10
SERVICES = ("mcsv.net", "sendgrid.net", "example.com", "news.example", "google.com")
HEAD = """<feedback><report_metadata><org_name>r.example</org_name><report_id>1</report_id><date_range>
<begin>1795392000</begin><end>1795478399</end></date_range></report_metadata><policy_published>
<domain>example.com</domain><p>none</p></policy_published>"""


def record(number, addresses):
    service, address = SERVICES[number % len(SERVICES)], number % addresses
    return f"""<record><row><source_ip>45.200.{address >> 8}.{address & 255}</source_ip><count>{number % 97 + 1}</count>
<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><envelope_from>bounce.{service}</envelope_from><header_from>example.com</header_from></identifiers>
<auth_results><dkim><domain>example.com</domain><selector>s1</selector><result>pass</result></dkim>
<dkim><domain>{service}</domain><selector>k1</selector><result>pass</result></dkim>
<spf><domain>bounce.{service}</domain><scope>mfrom</scope><result>pass</result></spf></auth_results></record>"""


def instructions(program, directory, times, enrich):
    done = subprocess.run(["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                           program, f"{directory}/report.xml", str(times), enrich, f"{directory}/names", str(RECORDS), DATABASE],
                          capture_output=True, text=True, check=True)
    return int(re.search(r"I +refs: +([0-9,]+)", done.stderr)[1].replace(",", ""))


def per_record(program, directory, enrich):
    return (instructions(program, directory, 3, enrich) - instructions(program, directory, 1, enrich)) / 2 / RECORDS


def make_large_database(path):
    """The small one, with so much between its data and its metadata."""
    with open(DATABASE, "rb") as small, open(path, "wb") as out:
        content = small.read()
        marker = content.rindex(b"\xab\xcd\xefMaxMind.com")
        out.write(content[:marker] + os.urandom(1 << 20) * 60 + content[marker:])


def pss_kib(pids):
    return sum(int(re.search(r"^Pss: +([0-9]+)", open(f"/proc/{pid}/smaps_rollup").read(), re.M)[1]) for pid in pids)


def memory_kib(program, directory, name, databases):
    """Of a supervisor and four workers that wait for mail."""
    home = f"{directory}/{name}"
    sections = ""
    for number in range(4):
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{home}/mail{number}/{folder}")
        sections += f"[mailbox m{number}]\nsource = maildir\npath = mail{number}\n"
    with open(f"{home}/conf", "w") as out:
        out.write(f"[bridge]\nworkers = 4\nstate_directory = state\n{sections}[output o]\ntype = file\n"
                  f"directory = out\n[enrich]\noffline = yes\n{databases}")
    process = subprocess.Popen([program, "run", "-c", f"{home}/conf"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(5)
        children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
        return pss_kib([process.pid, *children]), len(children)
    finally:
        process.terminate()
        process.wait()


def say_memory(directory):
    make_large_database(f"{directory}/large.mmdb")
    without, _ = memory_kib(sys.argv[2], directory, "without", "")
    with_it, workers = memory_kib(sys.argv[2], directory, "with", f"databases = {directory}/large.mmdb\n")
    print(f"supervisor and {workers} workers: PSS {without / 1024:.1f} MiB, with a database of 60 MB "
          f"{with_it / 1024:.1f} MiB, beside the one copy of it that they share")
    return with_it - without


def main():
    worst = 0
    with tempfile.TemporaryDirectory() as directory:
        for what, addresses in (("300 addresses that recur", 300), ("each record its own address", RECORDS)):
            with open(f"{directory}/report.xml", "w") as out:
                out.write(HEAD + "".join(record(i, addresses) for i in range(RECORDS)) + "</feedback>")
            without, with_it = (per_record(sys.argv[1], directory, word) for word in ("no", "yes"))
            more = (with_it / without - 1) * 100
            worst = max(worst, more)
            print(f"{what:28} {without:9,.0f} instructions per record, enriched {with_it:9,.0f}: {more:+.1f} %")
        more_kib = say_memory(directory)
    sys.exit(worst > LIMIT_PERCENT or more_kib > 70 * 1024)


main()
