#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reportbridge beside parsedmarc, on the same mailbox and the same server.

bench.py PROGRAM DIR

Starts Dovecot and Elasticsearch 8 below DIR, delivers the same mails to one
mailbox for each program, lets each drain its own over IMAPS into its own
indices, and prints what it took and what it stored.  The mails have headers as
servers hand them over, and hold the real reports of REPORTBRIDGE_CORPUS (a
directory with XML files) when it is set, else made-up ones.  The peer is
installed into the cache by pip.
"""
import base64
import functools
import glob
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../demo", f"{HERE}/../lib"]
import sample_mail  # noqa: E402
from peer import peer  # noqa: E402

SERVERS = f"{HERE}/../servers"
MADE_UP = 1600


def corpus():
    """(name, XML) of every different report."""
    directory = os.environ.get("REPORTBRIDGE_CORPUS")
    if directory:
        seen = set()
        for path in sorted(glob.glob(f"{directory}/**/*.xml", recursive=True)):
            data = open(path, "rb").read()
            if hashlib.sha256(data).digest() not in seen:
                seen.add(hashlib.sha256(data).digest())
                yield os.path.basename(path)[:-4], data
        return
    chance = random.Random(1)
    for number in range(MADE_UP):
        begin = 1735689600 + number % 60 * 86400
        yield f"report{number}", sample_mail.dmarc_report(
            f"reporter{number % 40}.example", "dmarc@reporter.example",
            f"customer{number}.example", begin, chance)

# Fields that mail servers on the way add.
SIGNATURE = "\r\n ".join(["b=" + 66 * "A"] + 4 * [68 * "A"])
ADDED = "".join(f"{field}\r\n" for field in [
    "Return-Path: <reports@example.net>",
    "Delivered-To: reports@example.com",
    *(f"Received: from out{hop}.example.net (out{hop}.example.net [192.0.2.{hop}])\r\n"
      f"\tby mx{hop}.example.com (Postfix) with ESMTPS id 4ZQ{hop}xyz\r\n"
      "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
      f"\tfor <reports@example.com>; Thu,  2 Jan 2025 01:00:0{hop} +0000 (UTC)" for hop in range(3)),
    f"ARC-Seal: i=1; a=rsa-sha256; t=1735779600; cv=none;\r\n d=example.com; s=arc; {SIGNATURE}",
    "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=example.com; s=arc;\r\n"
    f" h=mime-version:subject:message-id:to:from:date; {SIGNATURE}",
    "ARC-Authentication-Results: i=1; mx.example.com;\r\n dkim=pass header.d=example.net; spf=pass",
    "Authentication-Results: mx.example.com;\r\n dkim=pass header.d=example.net;\r\n"
    " spf=pass smtp.mailfrom=reports@example.net;\r\n dmarc=pass header.from=example.net",
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s1;\r\n"
    f" t=1735779600; h=date:from:to:subject:message-id; bh={43 * 'A'}=;\r\n {SIGNATURE}",
    "X-Spam-Status: No, score=-2.1",
]).encode()


def deliver(maildir):
    count = 0
    for folder in ("cur", "new", "tmp"):
        os.makedirs(f"{maildir}/{folder}", exist_ok=True)
    for count, (name, data) in enumerate(corpus(), 1):
        if count % 2:
            parts = "application/gzip", f"{name}.xml.gz", gzip.compress(data, mtime=0)
        else:
            parts = "application/zip", f"{name}.zip", sample_mail.zipped(f"{name}.xml", data)
        mail = ADDED + sample_mail.mail("reports@example.net", f"Report {name}", *parts, 1735689600,
                                        (f"Message-ID: <{count}@example.net>",))
        with open(f"{maildir}/new/{1700000000 + count}.M{count}.bench,S={len(mail)}", "wb") as out:
            out.write(mail)
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", "nobody:nogroup", maildir], check=True)
    return count


def read_env(path):
    return dict(line.strip().split("=", 1) for line in open(path))


def mailbox_section(imap):
    os.environ["BENCH_IMAP_PASSWORD"] = "secret"
    return f"""[mailbox bench]
host = localhost
port = {imap['IMAPS_PORT']}
ca_file = {imap['CA_FILE']}
user = reportbridge
password_env = BENCH_IMAP_PASSWORD
"""


def configure_sink(directory, imap, port, workers):
    """A configuration that drains the mailbox into a sink on that port; returns its path."""
    path = f"{directory}/reportbridge.conf"
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"""[bridge]
state_directory = state
log_level = warning
workers = {workers}
{mailbox_section(imap)}[output bench]
urls = http://127.0.0.1:{port}
""")
    return path


class Search:
    def __init__(self, env):
        self.env = env
        login = f"{env['SEARCH_USER']}:{env['SEARCH_PASSWORD']}".encode()
        self.login = "Basic " + base64.b64encode(login).decode()

    def ask(self, method, path, body=None, kind="application/json"):
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        request = urllib.request.Request(
            self.env["SEARCH_URL"] + path, method=method, data=data and data.encode(),
            headers={"Content-Type": kind, "Authorization": self.login})
        return json.load(urllib.request.urlopen(request, timeout=3600))

    @functools.cached_property
    def pid(self):
        return int(self.ask("GET", "/_nodes/process")["nodes"].popitem()[1]["process"]["id"])

    def cpu(self):
        """Seconds that the server has used."""
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stored(self, indices, field):
        self.ask("POST", f"/{indices}/_refresh")
        answer = self.ask("POST", f"/{indices}/_search?size=0", {
            "track_total_hits": True, "aggs": {"sum": {"sum": {"field": field}}}})
        return answer["hits"]["total"]["value"], int(answer["aggregations"]["sum"]["value"])


def reportbridge(program, directory, imap, search, prefix, option=""):
    config = f"{directory}/{prefix}.conf"
    with open(config, "w") as out:
        out.write(f"""[bridge]
state_directory = state
log_level = warning
{mailbox_section(imap)}[output bench]
urls = {search['SEARCH_URL']}
user = {search['SEARCH_USER']}
password_env = BENCH_SEARCH_PASSWORD
index_prefix = {prefix}
{option}
""")
    os.environ["BENCH_SEARCH_PASSWORD"] = search["SEARCH_PASSWORD"]
    subprocess.run([program, "setup", "-c", config], check=True, stdout=subprocess.DEVNULL)
    return [program, "run", "-c", config, "--once"]


def parsedmarc(directory, imap, search):
    venv = peer()
    with open(f"{directory}/parsedmarc.ini", "w") as out:
        out.write(f"""[general]
save_aggregate = True
save_smtp_tls = True
offline = True
[mailbox]
archive_folder = Archive
batch_size = 0
[imap]
host = localhost
port = {imap['IMAPS_PORT']}
skip_certificate_verification = True
user = parsedmarc
password = secret
[elasticsearch]
hosts = {search['SEARCH_URL']}
user = {search['SEARCH_USER']}
password = {search['SEARCH_PASSWORD']}
ssl = False
monthly_indexes = True
""")
    return [f"{venv}/bin/parsedmarc", "-c", f"{directory}/parsedmarc.ini"]


def measure(command, log):
    start = time.monotonic()
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    _, status, usage = os.wait4(process.pid, 0)
    return {"wall": time.monotonic() - start, "cpu": usage.ru_utime + usage.ru_stime,
            "rss": usage.ru_maxrss / 1024, "status": os.waitstatus_to_exitcode(status)}


def left_in_inbox(maildir):
    return sum(len(os.listdir(f"{maildir}/{folder}")) for folder in ("new", "cur"))


def bench(program, directory):
    subprocess.run([f"{SERVERS}/dovecot", "start", f"{directory}/imap"], check=True)
    subprocess.run([f"{SERVERS}/search", "start", "es8", f"{directory}/search"], check=True)
    imap = read_env(f"{directory}/imap/env")
    search = Search(read_env(f"{directory}/search/env"))
    runs = {
        "reportbridge": (reportbridge(program, directory, imap, search.env, "default"),
                         "default-dmarc_aggregate-*", "dmarc.message_count"),
        # The peer does not compress its requests.
        "reportbridge, not compressed": (reportbridge(program, directory, imap, search.env, "plain", "gzip_level = 0"),
                                         "plain-dmarc_aggregate-*", "dmarc.message_count"),
        "parsedmarc 11.1.0": (parsedmarc(directory, imap, search.env),
                              "dmarc_aggregate-*", "message_count"),
    }
    print(f"{'':28} {'mails/s':>8} {'wall s':>8} {'CPU s':>8} {'CPU ms/mail':>12} "
          f"{'server CPU s':>13} {'peak MB':>8} {'records':>8} {'messages':>9} {'left':>5}")
    for name, (command, indices, field) in runs.items():
        user = re.match(r"\w+", name)[0]
        maildir = f"{directory}/imap/mail/{user}"
        shutil.rmtree(maildir, ignore_errors=True)
        mails = deliver(maildir)
        used = search.cpu()
        row = measure(command, f"{directory}/{user}.log")
        row["server"] = search.cpu() - used
        row["records"], row["messages"] = search.stored(indices, field)
        runs[name] = row
        print(f"{name:28} {mails / row['wall']:8.1f} {row['wall']:8.1f} {row['cpu']:8.2f} "
              f"{1000 * row['cpu'] / mails:12.3f} {row['server']:13.2f} {row['rss']:8.1f} {row['records']:8} "
              f"{row['messages']:9} {left_in_inbox(maildir):5}", flush=True)
    ours, plain, peer = runs.values()
    print(f"{mails} mails over IMAPS into Elasticsearch 8; the peer needs "
          f"{peer['cpu'] / ours['cpu']:.0f} times the CPU ({peer['cpu'] / plain['cpu']:.0f} times what we need without "
          f"compression), {peer['wall'] / ours['wall']:.1f} times the time and {peer['rss'] / ours['rss']:.1f} times the memory, and stored "
          f"{100 * peer['messages'] / max(1, ours['messages']):.1f} % of the messages")
    print(f"of the time of {os.cpu_count()} processors, the server used {share(ours, 'server'):.0f} % while reportbridge ran, "
          f"which used {share(ours, 'cpu'):.0f} %")


def share(row, user):
    return 100 * row[user] / row["wall"] / os.cpu_count()


def main():
    program, directory = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(directory, exist_ok=True)
    subprocess.run(["rm", "-rf", f"{directory}/imap", f"{directory}/state"], check=True)
    try:
        bench(program, directory)
    finally:
        subprocess.run([f"{SERVERS}/dovecot", "stop", f"{directory}/imap"], check=False)
        subprocess.run([f"{SERVERS}/search", "stop", "es8", f"{directory}/search"], check=False)


if __name__ == "__main__":
    main()
