#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a mail costs in folders of 1,000 mails and more, and with 1, 2 and 4 bridges on one folder.

folder.py PROGRAM BULK_SINK MAILS

A scripted server over IMAPS and a sink on this machine.  The cost of a mail must stay the same up
to MAILS mails, and memory must stay below MOST_MB and UID_BYTES per mail.  Several bridges drain
10,000 mails by `shard`: each mail once.
"""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
import imap_many  # noqa: E402
import lab  # noqa: E402

PROGRAM, SINK, MAILS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3])
SHARED = 10000
MOST_MB = 32
# A round has a list of its mails, and at its end one of those that were known.
UID_BYTES = 8
# Between the costs of a mail; CPU times differ by so much between two runs on a busy machine.
MOST_RATIO = 1.5
MAIL = ("From: d@reporter.example\r\nSubject: Report Domain: example.com\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/xml\r\n\r\n<feedback><report_metadata><org_name>reporter.example</org_name>"
        "<email>d@reporter.example</email><report_id>{uid}</report_id><date_range><begin>1735689600</begin>"
        "<end>1735775999</end></date_range></report_metadata><policy_published><domain>example.com</domain>"
        "<p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip><count>1</count>"
        "<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated>"
        "</row><identifiers><header_from>example.com</header_from></identifiers><auth_results><dkim>"
        "<domain>example.com</domain><result>pass</result></dkim><spf><domain>example.com</domain>"
        "<result>pass</result></spf></auth_results></record></feedback>\r\n")


def mail(_, uid):
    return MAIL.format(uid=uid).encode()


def highest(pid):
    """Peak memory in MB.  What wait4() gives is never below that of this process, with its mails."""
    for line in lab.read(f"/proc/{pid}/status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0


def drain(directory, port, mails, bridges):
    """CPU seconds of the bridges together, peak memory of the largest in MB, seconds."""
    imap = imap_many.Many(directory, mail, mails)
    running, start = [], time.monotonic()
    for number in range(1, bridges + 1):
        home = f"{directory}/{mails}-{bridges}-{number}"
        os.mkdir(home)
        shard = {"shard": f"{number}/{bridges}"} if bridges > 1 else {}
        lab.write(f"{home}/conf", f"[bridge]\nstate_directory = {home}/state\nworkers = 0\nlog_level = error\n"
                  + imap.configuration("bench", **shard) + f"[output sink]\nurls = http://127.0.0.1:{port}\n")
        running.append(subprocess.Popen([PROGRAM, "run", "--once", "-c", f"{home}/conf"]))
    cpu = peak = failed = 0
    while running:
        for process in list(running):
            peak = max(peak, highest(process.pid))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                running.remove(process)
                process.returncode = os.waitstatus_to_exitcode(status)
                failed += process.returncode != 0
                cpu += usage.ru_utime + usage.ru_stime
        time.sleep(0.02)
    seconds = time.monotonic() - start
    if failed or len(imap.moved) != mails or imap.fetched != mails:
        sys.exit(f"{mails} mails, {bridges} bridges: {failed} failed, {len(imap.moved)} settled, "
                 f"{imap.fetched} fetched")
    return cpu, peak, seconds


def main():
    good, first = True, None
    with tempfile.TemporaryDirectory() as directory, \
            subprocess.Popen([SINK], stdout=subprocess.PIPE, text=True) as sink:
        port = sink.stdout.readline().strip()
        print(f"{'mails':>8} {'bridges':>8} {'us of CPU per mail':>19} {'peak MB':>8} {'mails/s':>8}")
        for mails, bridges in ([(n, 1) for n in (1000, 10000, 100000, 1000000) if n <= MAILS]
                               + [(SHARED, bridges) for bridges in (2, 4)]):
            cpu, peak, seconds = drain(directory, port, mails, bridges)
            cost = cpu * 1e6 / mails
            print(f"{mails:8} {bridges:8} {cost:19.0f} {peak:8.1f} {mails / seconds:8.0f}", flush=True)
            # The start is half of the cost of a thousand.
            first = first or (cost if mails == 10000 else None)
            good = good and peak <= MOST_MB + UID_BYTES * mails / 1e6
            good = good and (not first or bridges > 1 or cost <= MOST_RATIO * first)
        sink.kill()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
