#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same faults, the same documents: reportbridge, rsyslog and syslog-ng side by side.

bench_faults.py PROGRAM   (built with -DBATCH_MAILS=10, to have many requests)

rsyslog and syslog-ng get the finished documents, one per line, and are told to
try for ever.  With ids they "create" under the id that reportbridge gives; as
they are usually set up they have none.
"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import fault_run  # noqa: E402
import fault_server  # noqa: E402

FAULT_SECONDS = 4
QUIET_SECONDS = 12   # without anything new in the store: there is no more to come
MOST_SECONDS = 75
ID_SIZE = 24
BATCH = 40           # documents of a request, about as many as those of ten mails
SHARES = {"503": 1.0, "redirect": 1.0, "413": 1.0, "slow": 0.3}

RSYSLOG = """
global(workDirectory="{directory}")
module(load="imfile" mode="polling" PollingInterval="1")
module(load="omelasticsearch")
template(name="id" type="string" string="%msg:1:{id_size}%")
template(name="document" type="string" string="%msg:{first}:$%")
template(name="id_again" type="string" string="%$.omes!_id%")
template(name="document_again" type="string" string="%msg%")
ruleset(name="again") {{
  if strlen($.omes!status) > 0 then {{
    action(type="omelasticsearch" template="document_again" {common}
      retryfailures="on" retryruleset="again" {id_again})
  }} else {{
    action(type="omelasticsearch" template="document" {common}
      retryfailures="on" retryruleset="again" {id})
  }}
}}
ruleset(name="out" queue.type="LinkedList" queue.dequeueBatchSize="{batch}" queue.size="20000"
  queue.workerThreads="{workers}" queue.workerThreadMinimumMessages="{batch}") {{
  action(type="omelasticsearch" template="document" {common}
    retryfailures="on" retryruleset="again" {id})
}}
input(type="imfile" File="{documents}" Tag="documents" ruleset="out")
"""
RSYSLOG_COMMON = """server="127.0.0.1" serverport="{port}" searchIndex="documents" searchType=""
    bulkmode="on" action.resumeRetryCount="-1" action.resumeInterval="1" indexTimeout="2000" """

SYSLOG_NG = """@version: 3.35
options {{ time-reopen(1); stats-freq(0); }};
source s {{ file("{documents}" flags(no-parse) follow-freq(0.2) log-msg-size(262144) log-iw-size(20000)); }};
destination d {{ http(url("http://127.0.0.1:{port}/_bulk") method("POST")
  headers("Content-Type: application/x-ndjson") batch-lines({batch}) batch-timeout(500) workers({workers})
  timeout(2) retries(100000) log-fifo-size(40000)
  body("{action}\n$(substr \\"${{MESSAGE}}\\" {id_size})") delimiter("\n") body-suffix("\n")); }};
log {{ source(s); destination(d); flags(flow-control); }};
"""


class Shipper:
    def __init__(self, directory, name, port, documents, ids):
        self.directory, self.port, self.documents, self.ids = f"{directory}/{name}", port, documents, ids
        os.makedirs(self.directory)
        self.root = subprocess.run([f"{HERE}/../servers/shippers"], stdout=subprocess.PIPE,
                                   text=True, check=True).stdout.strip()
        self.process = None

    def path(self, name):
        return f"{self.root}/usr/{name}"

    def launch(self, *command):
        libraries = ":".join([self.path("lib/x86_64-linux-gnu"), self.path("lib/syslog-ng"),
                              f"{self.root}/lib/x86_64-linux-gnu"])
        with open(f"{self.directory}/log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            env={**os.environ, "LD_LIBRARY_PATH": libraries})

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Rsyslog(Shipper):
    def start(self, batch=BATCH, workers=1):
        with_id = 'dynBulkId="on" bulkid="{}" writeoperation="create"'
        with open(f"{self.directory}/conf", "w", encoding="utf-8") as file:
            file.write(RSYSLOG.format(
                directory=self.directory, documents=self.documents, id_size=ID_SIZE,
                first=ID_SIZE + 1, batch=batch, workers=workers,
                common=RSYSLOG_COMMON.format(port=self.port),
                id=with_id.format("id") if self.ids else "",
                id_again=with_id.format("id_again") if self.ids else ""))
        self.launch(self.path("sbin/rsyslogd"), "-n", "-f", f"{self.directory}/conf",
                    "-i", f"{self.directory}/pid",
                    "-M", self.path("lib/x86_64-linux-gnu/rsyslog"))


class SyslogNg(Shipper):
    def start(self, batch=BATCH, workers=1):
        target = '{"_index":"documents","_id":"$(substr "${MESSAGE}" 0 %d)"}' % ID_SIZE
        action = '{"create":%s}' % target if self.ids else '{"index":{"_index":"documents"}}'
        with open(f"{self.directory}/conf", "w", encoding="utf-8") as file:
            file.write(SYSLOG_NG.format(documents=self.documents, port=self.port, batch=batch, workers=workers,
                                        action=action.replace('"', '\\"'), id_size=ID_SIZE))
        self.launch(self.path("sbin/syslog-ng"), "-F", "--no-caps", "-f", f"{self.directory}/conf",
                    "--module-path", self.path("lib/syslog-ng/3.38"),
                    "-p", f"{self.directory}/pid", "-c", f"{self.directory}/ctl",
                    "-R", f"{self.directory}/persist")


class Ours(fault_run.Bridge):
    def __init__(self, program, directory, name, port, mails):
        super().__init__(program, directory, name, f"http://127.0.0.1:{port}", mails)


def write_documents(program, directory, mails):
    """The documents as reportbridge makes them, each behind its id; how many."""
    bridge = fault_run.Bridge(program, directory, "documents", "unused", mails)
    with open(bridge.config, encoding="utf-8") as file:
        text = file.read()
    with open(bridge.config, "w", encoding="utf-8") as file:
        file.write(text[:text.index("[output")] +
                   f"[output documents]\ntype = file\ndirectory = {directory}/files\n")
    bridge.command("run", "--once")
    count = 0
    with open(f"{directory}/documents.ndjson", "w", encoding="utf-8") as out:
        for name in sorted(os.listdir(f"{directory}/files")):
            with open(f"{directory}/files/{name}", encoding="utf-8") as file:
                lines = file.read().split("\n")
            for action, source in zip(lines[0::2], lines[1::2]):
                key = json.loads(action)["create"]["_id"]
                assert len(key) == ID_SIZE
                out.write(key + source + "\n")
                count += 1
    return f"{directory}/documents.ndjson", count


def run(server, client, fault, total):
    """lost, doubled, seconds after the end of the fault until the last new document."""
    store = server.backend
    server.set(fault, SHARES.get(fault, 0.5) if fault else 0)
    client.start()
    time.sleep(FAULT_SECONDS)
    server.set(None, 0)
    lifted = last = time.monotonic()
    seen = 0
    while time.monotonic() < lifted + MOST_SECONDS:
        now = sum(store.documents.values())
        if now != seen:
            seen, last = now, time.monotonic()
        if time.monotonic() > last + QUIET_SECONDS + (50 if fault == "redirect" and
                                                      len(store.documents) < total else 0):
            break
        time.sleep(0.1)
    client.stop()
    server.stop()
    return (total - len(store.documents), sum(store.documents.values()) - len(store.documents),
            last - lifted if seen else 0)


def main():
    program = os.path.abspath(sys.argv[1])
    directory = tempfile.mkdtemp(prefix="reportbridge-faults.")
    mails = fault_run.mails()
    documents, total = write_documents(program, directory, mails)
    clients = {
        "reportbridge": lambda name, port: Ours(program, directory, name, port, mails),
        "rsyslog": lambda name, port: Rsyslog(directory, name, port, documents, True),
        "rsyslog, no ids": lambda name, port: Rsyslog(directory, name, port, documents, False),
        "syslog-ng": lambda name, port: SyslogNg(directory, name, port, documents, True),
        "syslog-ng, no ids": lambda name, port: SyslogNg(directory, name, port, documents, False),
    }
    print(f"lost + doubled of {total} documents, seconds from the end of the fault ({FAULT_SECONDS} s "
          f"long) to the last new document")
    print("fault".ljust(26) + "".join(name.rjust(24) for name in clients), flush=True)
    for number, fault in enumerate([None, *fault_server.Handler.FAULTS]):
        def one(item):
            order, (name, make) = item
            server = fault_server.FaultServer(fault_server.Store())
            return run(server, make(f"run{number}x{order}", server.server_address[1]), fault, total)
        with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
            results = list(pool.map(one, enumerate(clients.items())))
        print((fault or "none").ljust(26) + "".join(
            f"{lost} + {doubled}, {max(0, after):.0f} s".rjust(24)
            for lost, doubled, after in results), flush=True)
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
