#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What records cost the search server: bytes, its CPU time, and the time of each panel's query.

server.py PROGRAM [RECORDS [SERVER]]

The records of real reports (REPORTBRIDGE_CORPUS, else made-up ones) are multiplied to RECORDS
with reports, days and addresses of their own, and stored once per step: with the mapping as it
would be without any care, with one measure after the other, with what `setup` writes now, with
measures that were rejected, and with the peer's names and mapping.  Each index is merged to one
segment before it is measured.
"""
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib", f"{HERE}/../dashboards", f"{HERE}/../demo"]
import bench  # noqa: E402
import lab  # noqa: E402
import panels  # noqa: E402
import tables  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
RECORDS = int(sys.argv[2]) if len(sys.argv) > 2 else 200000
SERVER = sys.argv[3] if len(sys.argv) > 3 else "es8"
PREFIX = "cost"
DAY_MS = 86400000
DAYS = 365
BULK = 2000
ASKED = 7  # times each query, of which the median counts


# --- documents ---------------------------------------------------------------------

def originals(directory, schema):
    """[(id, document)] of all reports, as the program posts them."""
    folder = f"{directory}/{schema}"
    mails = f"{folder}/mail"
    bench.deliver(mails)
    os.mkdir(f"{folder}/documents")
    lab.write(f"{folder}/c.conf", f"""[bridge]
state_directory = {folder}/state
workers = 0
log_level = error
[mailbox mail]
source = maildir
path = {mails}
[output files]
type = file
directory = {folder}/documents
schema = {schema}
""")
    subprocess.run([PROGRAM, "run", "--once", "-c", f"{folder}/c.conf"], check=False)
    found = []
    for name in sorted(os.listdir(f"{folder}/documents")):
        if "aggregate" in name:
            lines = lab.read(f"{folder}/documents/{name}").splitlines()
            found += [(json.loads(action)["create"]["_id"], document)
                      for action, document in zip(lines[0::2], lines[1::2])]
    return found


def other(text, copy):
    """A digest of the same length and alphabet."""
    return hashlib.sha256(f"{text}/{copy}".encode()).hexdigest()[:len(text)]


def address(text, copy):
    """The address of another host of the same network."""
    head, dot, last = text.rpartition(".")
    return f"{head}{dot}{(int(last) + copy) % 256}" if dot and last.isdigit() else text


def moved(document, copy):
    """The record of another report: later, of other hosts."""
    found = json.loads(document)
    shift = copy % DAYS
    day = re.compile(r"^\d{4}-\d\d-\d\dT|^\d{4}-\d\d-\d\d \d")
    for name, value in found.items():
        if isinstance(value, str) and day.match(value):
            seconds = time.mktime(time.strptime(value[:10], "%Y-%m-%d")) + shift * 86400
            found[name] = time.strftime("%Y-%m-%d", time.localtime(seconds)) + value[10:]
    for name in ("report.digest", "report.id", "report_id"):
        if name in found:
            found[name] = other(found[name], copy)
    for name in ("source.ip", "source_ip_address"):
        if name in found:
            found[name] = address(found[name], copy)
    return json.dumps(found, separators=(",", ":"))


def bodies(documents):
    """Bulk bodies of RECORDS documents, report by report as they come."""
    copies = -(-RECORDS // len(documents))
    lines, count = [], 0
    for copy in range(copies):
        for key, document in documents[:RECORDS - copy * len(documents)]:
            lines.append(f'{{"create":{{"_id":"{other(key, copy)}"}}}}\n'
                         f"{moved(document, copy)}\n")
            count += 1
            if count % BULK == 0:
                yield "".join(lines)
                lines = []
    if lines:
        yield "".join(lines)


# --- the server --------------------------------------------------------------------

class Server:
    def __init__(self, directory):
        subprocess.run([f"{lab.SERVERS}/search", "start", SERVER, directory], check=True)
        self.search = bench.Search(lab.read_env(f"{directory}/env"))
        self.pid = int(self.ask("GET", "/_nodes/process")["nodes"].popitem()[1]["process"]["id"])

    def ask(self, method, path, body=None, kind="application/json"):
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        request = urllib.request.Request(
            self.search.env["SEARCH_URL"] + path, method=method, data=data and data.encode(),
            headers={"Content-Type": kind, "Authorization": self.search.login})
        return json.load(urllib.request.urlopen(request, timeout=3600))

    def cpu(self):
        fields = lab.read(f"/proc/{self.pid}/stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def template(self, directory, schema):
        """Settings and mapping of the template that setup writes."""
        lab.write(f"{directory}/setup.conf", f"""[bridge]
state_directory = {directory}/state
[mailbox none]
host = localhost
user = nobody
password_env = BENCH_SEARCH_PASSWORD
[output bench]
urls = {self.search.env['SEARCH_URL']}
user = {self.search.env['SEARCH_USER']}
password_env = BENCH_SEARCH_PASSWORD
schema = {schema}
{'index_prefix = ' + PREFIX if schema == 'ecs' else ''}
""")
        os.environ["BENCH_SEARCH_PASSWORD"] = self.search.env["SEARCH_PASSWORD"]
        subprocess.run([PROGRAM, "setup", "-c", f"{directory}/setup.conf"], check=True,
                       stdout=subprocess.DEVNULL)
        found = self.ask("GET", "/_index_template")["index_templates"]
        wanted = f"{PREFIX}-dmarc_aggregate" if schema == "ecs" else "reportbridge-parsedmarc-dmarc_aggregate"
        return next(t["index_template"]["template"] for t in found if t["name"] == wanted)

    def fill(self, index, template, documents):
        """(bytes, CPU seconds, seconds) of storing and merging them."""
        self.ask("PUT", f"/{index}", template)
        cpu, start = self.cpu(), time.monotonic()
        for body in bodies(documents):
            answer = self.ask("POST", f"/{index}/_bulk?filter_path=errors,items.*.error", body,
                              "application/x-ndjson")
            if answer["errors"]:
                sys.exit(f"{index}: {json.dumps(answer)[:1000]}")
        self.ask("POST", f"/{index}/_forcemerge?max_num_segments=1")
        self.ask("POST", f"/{index}/_refresh")
        cpu, seconds = self.cpu() - cpu, time.monotonic() - start
        self.ask("POST", f"/{index}/_flush?force=true")
        size = self.ask("GET", f"/{index}/_stats/store")["_all"]["primaries"]["store"]
        count = self.ask("GET", f"/{index}/_count")["count"]
        if count != RECORDS:
            sys.exit(f"{index}: {count} of {RECORDS} documents")
        return size["size_in_bytes"], cpu, seconds


# --- steps ---------------------------------------------------------------------------

def leaves(properties):
    for field in properties.values():
        if "properties" in field:
            yield from leaves(field["properties"])
        else:
            yield field


def copied(template):
    return json.loads(json.dumps(template))


def careless(template):
    """As a mapping is written without a thought of its price."""
    plain = copied(template)
    for name in ("codec", "sort"):
        plain["settings"]["index"].pop(name, None)
    for field in leaves(plain["mappings"]["properties"]):
        field.pop("index", None)
    return plain


def compressed(template):
    template = copied(template)
    template["settings"]["index"]["codec"] = "best_compression"
    return template


def in_order(template, *fields):
    template = copied(template)
    template["settings"]["index"]["sort"] = {"field": list(fields)}
    return template


def unsearched(template, but):
    template = copied(template)
    for path, field in named(template["mappings"]["properties"]):
        if path not in but and field["type"] != "text":
            field["index"] = False
    return template


def named(properties, prefix=""):
    for name, field in properties.items():
        if "properties" in field:
            yield from named(field["properties"], f"{prefix}{name}.")
        else:
            yield prefix + name, field


def steps(shipped):
    plain = careless(shipped)
    small = compressed(plain)
    by_report = in_order(small, "report.digest")
    return {
        "plain mapping": plain,
        "+ best_compression": small,
        "+ in order of reports": by_report,
        "as setup writes it": shipped,
        "rejected: only days are searched": unsearched(by_report, ("@timestamp",)),
        "rejected: in order of days": in_order(small, "@timestamp"),
        "rejected: of domains, days": in_order(small, "dmarc.domain", "@timestamp"),
        "rejected: of addresses": in_order(small, "source.ip"),
    }


# --- queries -------------------------------------------------------------------------

def queries():
    """{name: request} of all panels that ask for aggregate reports."""
    found = {}
    for dashboard in sorted(os.listdir(f"{HERE}/../../kibana/rendered")):
        if not dashboard.endswith(".ndjson"):
            continue
        objects = panels.objects(f"{HERE}/../../kibana/rendered/{dashboard}", PREFIX, "default")
        for reader in (panels.lens_panels, panels.classic_panels):
            try:
                listed = list(reader(objects))
            except (KeyError, ValueError, TypeError):  # of the other product
                continue
            for panel in listed:
                if "dmarc_aggregate" in panel.view or "dmarc.message_count" in dict(panel.fields()):
                    found.setdefault(panel.name, tables.request_of(panel, []))
    found["one address"] = {"query": {"term": {"source.ip": "203.0.113.9"}}, "size": 20}
    found["one domain and day"] = {"size": 20, "query": {"bool": {"filter": [
        {"term": {"dmarc.domain": "example.com"}},
        {"range": {"@timestamp": {"gte": "now-40d", "lt": "now-39d"}}}]}}}
    found["one selector"] = {"query": {"term": {"dmarc.dkim.selector": "s1"}}, "size": 20}
    return found


def times(server, index, asked):
    """{query: milliseconds}"""
    result = {}
    for name, request in asked.items():
        took = []
        for _ in range(ASKED):
            start = time.monotonic()
            server.ask("POST", f"/{index}/_search?request_cache=false", request)
            took.append(1000 * (time.monotonic() - start))
        result[name] = statistics.median(took)
    return result


# --- the table -----------------------------------------------------------------------

def main():
    directory = tempfile.mkdtemp(prefix="reportbridge-server.")
    os.chmod(directory, 0o755)
    os.environ.setdefault("REPORTBRIDGE_HEAP", "2g")
    try:
        server = Server(f"{directory}/search")
        measure(server, directory)
    finally:
        subprocess.run([f"{lab.SERVERS}/search", "stop", SERVER, f"{directory}/search"], check=False)
        shutil.rmtree(directory, ignore_errors=True)


def measure(server, directory):
    os.mkdir(f"{directory}/ecs")
    os.mkdir(f"{directory}/parsedmarc")
    ours, theirs = originals(directory, "ecs"), originals(directory, "parsedmarc")
    shipped = server.template(directory, "ecs")
    cases = [(name, template, ours, "ecs") for name, template in steps(shipped).items()]
    cases.append(("parsedmarc's documents and mapping", server.template(directory, "parsedmarc"),
                  theirs, "parsedmarc"))
    chosen = os.environ.get("STEPS")
    asked = queries()
    print(f"{RECORDS} records of {len(ours)} real ones on {SERVER}, merged to one segment, "
          f"{len(asked)} queries\n"
          f"{'':38}{'bytes/record':>13}{'CPU s/1M':>10}{'records/s':>11}{'all queries, ms':>17}",
          flush=True)
    first = {}
    for number, (name, template, documents, schema) in enumerate(cases):
        if chosen and str(number) not in chosen.split(","):
            continue
        template["settings"]["index"]["number_of_replicas"] = 0
        template["settings"]["index"].pop("auto_expand_replicas", None)
        index = f"{PREFIX}-measured-{number}"
        size, cpu, seconds = server.fill(index, template, documents)
        took = times(server, index, asked) if schema == "ecs" else {}
        print(f"{name:38}{size / RECORDS:13.1f}{1e6 * cpu / RECORDS:10.1f}{RECORDS / seconds:11.0f}"
              f"{sum(took.values()):17.0f}", flush=True)
        if took and not first:
            first = took
        slower = {query: (first[query], ms) for query, ms in took.items()
                  if ms > first[query] * 1.1 + 2}
        for query, (before, ms) in slower.items():
            print(f"    slower: {query}: {before:.1f} -> {ms:.1f} ms")
        if os.environ.get("FIELDS") and schema == "ecs":
            fields(server, index)
        server.ask("DELETE", f"/{index}")


def fields(server, index):
    """The price of each field."""
    answer = server.ask("POST", f"/{index}/_disk_usage?run_expensive_tasks=true")
    found = answer[index]["fields"]
    for name, usage in sorted(found.items(), key=lambda item: -item[1]["total_in_bytes"]):
        if usage["total_in_bytes"] * 2 > RECORDS:
            inverted = usage["inverted_index"]["total_in_bytes"] + usage.get("points_in_bytes", 0)
            print(f"    {name:36}{usage['total_in_bytes'] / RECORDS:7.2f} bytes, "
                  f"to search {inverted / RECORDS:6.2f}, "
                  f"values {usage['doc_values_in_bytes'] / RECORDS:6.2f}")


if __name__ == "__main__":
    main()
