#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What it costs to read documents back: "report" from a search server and from files.

report.py PROGRAM [DOCUMENTS [SERVER]]

The same documents are stored on the server and in files, and both reports must have the same sums.
The floor is the same scroll by a client that parses nothing.  With up to 20,000 documents it also
counts instructions, which no load of the machine changes, and fails above a bound.
"""
import contextlib
import http.client
import json
import multiprocessing
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
import lab  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
DOCUMENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
SERVER = sys.argv[3] if len(sys.argv) > 3 else "es8"
RECORDS = 1000  # of one report
DAYS = 25
SINCE = "3000d"
MOST_MB = 32
COUNTED = 20000
MOST_INSTRUCTIONS = 80000  # per document of COUNTED, the start included
# The members of an aggregate record that a report uses.
FIELDS = ["@timestamp", "organization.name", "report.organization", "report.quirks", "source.ip", "source.domain",
          "source.sender.name", "source.relay.name", "dmarc.message_count", "dmarc.result", "dmarc.aligned_dkim",
          "dmarc.aligned_spf", "dmarc.disposition", "dmarc.header_from", "dmarc.domain", "dmarc.policy.p",
          "dmarc.dkim.combined", "dmarc.spf.combined"]
WHOLE = {}
SOURCE = {"_source": FIELDS}
# Without _id, which is read from where _source is.  A report cannot use them: they have lost the
# order of lists, and the first signature of a list is the one that counts.
VALUES = {"_source": False, "stored_fields": "_none_", "docvalue_fields": FIELDS}
# Documents are stored report by report, so those of some days are not side by side.
LAST_DAYS = {"query": {"range": {"@timestamp": {"gte": "2025-01-23"}}}}
FILTER = "filter_path=_scroll_id,hits.hits._id,hits.hits._source,hits.hits.fields&"
BARE = (("pages of 1,000", WHOLE, 1000, ""), ("pages of 5,000", WHOLE, 5000, ""),
        ("filter_path", WHOLE, 5000, FILTER), ("members", SOURCE, 5000, ""),
        ("members, filter_path", SOURCE, 5000, FILTER), ("doc values", VALUES, 5000, FILTER),
        ("members of three days", {**SOURCE, **LAST_DAYS}, 5000, FILTER),
        ("doc values of three days", {**VALUES, **LAST_DAYS}, 5000, FILTER))

RECORD = ("<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>"
          "<disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row>"
          "<identifiers><header_from>example.com</header_from><envelope_from>{host}</envelope_from>"
          "</identifiers><auth_results><dkim><domain>example.com</domain><selector>s{selector}</selector>"
          "<result>{dkim}</result></dkim><spf><domain>{host}</domain><result>{spf}</result></spf>"
          "</auth_results></record>\n")


def report(number):
    day = 1735689600 + number % DAYS * 86400
    some = random.Random(number)
    records = "".join(RECORD.format(
        ip=f"198.51.100.{some.randrange(256)}", count=some.randrange(1, 50),
        dkim=some.choice(("pass", "pass", "fail")), spf=some.choice(("pass", "fail")),
        host=f"mail{some.randrange(40)}.example.com", selector=some.randrange(3)) for _ in range(RECORDS))
    return (f"<feedback><report_metadata><org_name>reporter{number % 20}.example</org_name>"
            f"<email>d@reporter.example</email><report_id>{number}</report_id><date_range><begin>{day}</begin>"
            f"<end>{day + 86399}</end></date_range></report_metadata><policy_published>"
            f"<domain>example.com</domain><p>none</p></policy_published>\n{records}</feedback>\n")


def deliver(maildir, count):
    for folder in ("cur", "new", "tmp"):
        os.makedirs(f"{maildir}/{folder}")
    for number in range(count):
        lab.write(f"{maildir}/new/{1700000000 + number}.M{number}.x",
                  "From: d@reporter.example\nSubject: Report Domain: example.com\nMIME-Version: 1.0\n"
                  f"Message-ID: <{number}@reporter.example>\nContent-Type: text/xml\n\n{report(number)}")


def measure(command):
    """What it wrote, seconds, its CPU time, and its peak memory in MB."""
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command}: exit status {process.returncode}")
        out.seek(0)
        return (json.load(out), time.monotonic() - start, usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss * 1024 / 1e6)


def instructions(command):
    """Per document."""
    done = subprocess.run(["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                           *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{command}: exit status {done.returncode}: {done.stderr}")
    return int(re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)[1].replace(",", "")) / DOCUMENTS


class Floor:
    """A scroll over the documents by a client that does not parse them."""

    def __init__(self, server):
        self.server = server
        self.host = urllib.parse.urlsplit(server.env["SEARCH_URL"])
        kind = http.client.HTTPSConnection if server.tls else http.client.HTTPConnection
        options = {"context": server.tls} if server.tls else {}
        self.connection = kind(self.host.hostname, self.host.port, timeout=600, **options)

    def ask(self, path, body):
        self.connection.request("POST", path, json.dumps(body), self.server.headers)
        return self.connection.getresponse().read()

    def scroll(self, index, search, page, some):
        """The number of documents, and of the bytes read."""
        answer = self.ask(f"/{index}/_search?{some}scroll=2m",
                          {**search, "size": page, "sort": ["_doc"], "track_total_hits": True})
        count = size = 0
        while b'"hits":[{' in answer:
            count += answer.count(b'"_source":') + answer.count(b'"fields":')
            size += len(answer)
            key = answer.split(b'"_scroll_id":"', 1)[1].split(b'"', 1)[0].decode()
            answer = self.ask(f"/_search/scroll?{some}", {"scroll": "2m", "scroll_id": key})
        return count, size


def cpu(pid):
    fields = lab.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(server, directory):
    """Stores the same documents on the server and in files: the configuration to read each."""
    # A child's peak memory is never below that of this process, which must stay small.
    maker = multiprocessing.get_context("fork").Process(
        target=deliver, args=(f"{directory}/mail", -(-DOCUMENTS // RECORDS)))
    maker.start()
    maker.join()
    os.mkdir(f"{directory}/documents")
    files = f"[output files]\ntype = file\ndirectory = {directory}/documents\n"
    bridge = f"[bridge]\nstate_directory = {directory}/state\nlog_level = error\n"
    mailbox = f"[mailbox mail]\nsource = maildir\npath = {directory}/mail\n"
    # Valgrind lacks a system call that a command needs.
    os.environ["READ_PASSWORD"] = server.env["SEARCH_PASSWORD"]
    login = {"password_command": None, "password_env": "READ_PASSWORD"} if server.env["SEARCH_USER"] else {}
    stored = server.configuration("read", **login)
    for name, outputs in ("both", stored + files), ("files", files), ("server", stored):
        lab.write(f"{directory}/{name}.conf", bridge + mailbox + outputs)
    server.set_up(PROGRAM, f"{directory}/server.conf")
    subprocess.run([PROGRAM, "run", "--once", "-c", f"{directory}/both.conf"], check=True)
    server.ask("POST", "/read-*/_refresh")
    return [f"{directory}/{name}.conf" for name in ("server", "files")]


def sums(found):
    """Without examples, which depend on the order of the documents."""
    senders = [(sender["name"], sender["messages"], sender["passed"]) for sender in found["senders"]]
    findings = [(finding["code"], finding.get("subject"), finding["severity"], finding.get("amount"))
                for finding in found["findings"]]
    return found["figures"], found["domains"], senders, findings


def main():
    with contextlib.ExitStack() as stack:
        stack.addClassCleanup = stack.callback
        directory = lab.make_directory(stack)
        server = lab.Search(stack, SERVER, f"{directory}/server")
        if server.missing:
            sys.exit(server.missing)
        pid = int(server.ask("GET", "/_nodes/process")["nodes"].popitem()[1]["process"]["id"])
        from_server, from_files = fill(server, directory)
        print(f"{server.count('read', 'dmarc_aggregate')} records on {SERVER}")
        print(f"{'':44} {'wall s':>8} {'our CPU s':>10} {'server CPU s':>13} {'peak MB':>8}")
        found, counts = {}, []
        for name, config in ("report from files", from_files), ("report from the server", from_server):
            command = [PROGRAM, "report", "-c", config, "--since", SINCE, "--format", "json"]
            before = cpu(pid)
            found[name], wall, ours, peak = measure(command)
            print(f"{name:44} {wall:8.1f} {ours:10.1f} {cpu(pid) - before:13.1f} {peak:8.1f}", flush=True)
            if DOCUMENTS <= COUNTED:
                counts.append(instructions(command))
                print(f"  instructions per document: {counts[-1]:,.0f} (bound {MOST_INSTRUCTIONS:,})", flush=True)
        floor = Floor(server)
        for name, search, page, some in BARE:
            before, start = cpu(pid), time.monotonic()
            used = resource.getrusage(resource.RUSAGE_SELF)
            count, size = floor.scroll("read-dmarc_aggregate-*", search, page, some)
            now = resource.getrusage(resource.RUSAGE_SELF)
            print(f"{f'bare scroll, {name}':44} {time.monotonic() - start:8.1f} "
                  f"{now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime:10.1f} "
                  f"{cpu(pid) - before:13.1f}   {count} documents, {size / 1e6:.1f} MB", flush=True)
        same = sums(found["report from files"]) == sums(found["report from the server"])
        print("figures are equal" if same else "figures differ")
        sys.exit(not same or peak > MOST_MB or any(count > MOST_INSTRUCTIONS for count in counts))


if __name__ == "__main__":
    main()
