#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What records cost the search server: bytes, its CPU time, and the time of each panel's query.

server.py PROGRAM [RECORDS [SERVER]]

The records of real reports (records.py) are multiplied to RECORDS and stored once per step: with
the mapping as it would be without any care, with one measure after the other, with what `setup`
writes now, with measures that were rejected, with names and places of the addresses, and with the
peer's names and mapping.  STEPS=0,3 selects some.

All steps are measured by turns on one warm server, so that neither its JIT compiler nor the load
of the machine favours one of them: each stores the same few documents, then the next does.  Each
index is merged to one segment before its bytes are counted and its queries timed.
"""
import concurrent.futures
import glob
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib", f"{HERE}/../dashboards", f"{HERE}/../demo"]
import bench  # noqa: E402
import lab  # noqa: E402
import panels  # noqa: E402
import records  # noqa: E402
import tables  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
RECORDS = int(sys.argv[2]) if len(sys.argv) > 2 else 200000
SERVER = sys.argv[3] if len(sys.argv) > 3 else "es8"
PREFIX = "cost"
DAY_MS = 86400000
BULK = 2000
TURN = 20000
CLIENTS = 2
WARM_UP = 25  # turns
ASKED = 5  # times each query, of which the median counts


# --- the server --------------------------------------------------------------------

class Server(bench.Search):
    def __init__(self, directory):
        subprocess.run([f"{lab.SERVERS}/search", "start", SERVER, directory], check=True)
        super().__init__(lab.read_env(f"{directory}/env"))

    def template(self, directory, schema):
        """Settings and mapping of the template that setup writes."""
        lab.write(f"{directory}/setup.conf", f"""[bridge]
state_directory = {directory}/state
[mailbox none]
host = localhost
user = nobody
password_env = BENCH_SEARCH_PASSWORD
[output bench]
urls = {self.env['SEARCH_URL']}
user = {self.env['SEARCH_USER']}
password_env = BENCH_SEARCH_PASSWORD
schema = {schema}
{'index_prefix = ' + PREFIX if schema == 'ecs' else ''}
""")
        os.environ["BENCH_SEARCH_PASSWORD"] = self.env["SEARCH_PASSWORD"]
        subprocess.run([PROGRAM, "setup", "-c", f"{directory}/setup.conf"], check=True,
                       stdout=subprocess.DEVNULL)
        found = self.ask("GET", "/_index_template")["index_templates"]
        wanted = f"{PREFIX}-dmarc_aggregate" if schema == "ecs" else "reportbridge-parsedmarc-dmarc_aggregate"
        return next(t["index_template"]["template"] for t in found if t["name"] == wanted)

    def create(self, index, template):
        template = copied(template)
        template["settings"]["index"]["number_of_replicas"] = 0
        template["settings"]["index"].pop("auto_expand_replicas", None)
        self.ask("PUT", f"/{index}", template)

    def post(self, index, bulk):
        answer = self.ask("POST", f"/{index}/_bulk?filter_path=errors,items.*.error", bulk,
                          "application/x-ndjson")
        if answer["errors"]:
            sys.exit(f"{index}: {json.dumps(answer)[:1000]}")

    def settle(self, index):
        """Makes what was posted searchable, and waits until nothing is merged."""
        self.ask("POST", f"/{index}/_refresh")
        while self.ask("GET", f"/{index}/_stats/merge")["_all"]["primaries"]["merges"]["current"]:
            time.sleep(0.02)

    def merge(self, index):
        self.ask("POST", f"/{index}/_forcemerge?max_num_segments=1")
        self.ask("POST", f"/{index}/_refresh")
        self.ask("POST", f"/{index}/_flush?force=true")

    def size(self, index):
        store = self.ask("GET", f"/{index}/_stats/store")["_all"]["primaries"]["store"]
        count = self.ask("GET", f"/{index}/_count")["count"]
        if count != RECORDS:
            sys.exit(f"{index}: {count} of {RECORDS} documents")
        return store["size_in_bytes"]


# --- steps ---------------------------------------------------------------------------

def copied(template):
    return json.loads(json.dumps(template))


def careless(template):
    """As a mapping is written without a thought of its price."""
    plain = with_objects(template)
    plain["settings"]["index"].pop("codec", None)
    for field in plain["mappings"]["properties"].values():
        field.pop("index", None)
    return plain


def with_objects(template):
    """The server makes an object of each dot."""
    template = copied(template)
    template["mappings"].pop("subobjects", None)
    return template


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
    for name, field in template["mappings"]["properties"].items():
        if name not in but and field["type"] != "text":
            field["index"] = False
    return template


def steps(shipped):
    plain = careless(shipped)
    small = compressed(plain)
    return {
        "plain mapping": plain,
        "+ best_compression": small,
        "+ fields without an index": with_objects(shipped),
        "+ names without objects: setup's": shipped,
        "rejected: in order of reports": in_order(shipped, "report.digest"),
        "rejected: only days are searched": unsearched(shipped, ("@timestamp",)),
        "rejected: in order of days": in_order(shipped, "@timestamp"),
        "rejected: of domains, days": in_order(shipped, "dmarc.domain", "@timestamp"),
        "rejected: of addresses": in_order(shipped, "source.ip"),
    }


# --- queries -------------------------------------------------------------------------

def queries():
    """{name: request} of all panels and alert rules that ask for aggregate reports."""
    found = {}
    for monitors in glob.glob(f"{HERE}/../../kibana/rendered/opensearch-*-alerts.ndjson"):
        # Documents of the bench were received between today and a year from now.
        end = str(int(1000 * time.time()) + records.DAYS // 2 * DAY_MS)
        for line in lab.read(monitors).splitlines():
            monitor = json.loads(line.replace("{{period_end}}", end))
            if isinstance(monitor, dict) and "dmarc_aggregate" in line:
                found["rule: " + monitor["name"].partition(": ")[2]] = monitor["inputs"][0]["search"]["query"]
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


def times(server, indices, asked):
    """{index: {query: milliseconds}}, each query asked of one index after the other."""
    result = {index: {} for index in indices}
    for name, request in asked.items():
        took = {index: [] for index in indices}
        for _ in range(ASKED):
            for index in indices:
                start = time.monotonic()
                server.ask("POST", f"/{index}/_search?request_cache=false", request)
                took[index].append(1000 * (time.monotonic() - start))
        for index in indices:
            result[index][name] = statistics.median(took[index])
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


class Step:
    def __init__(self, number, name, template, documents):
        self.name, self.template, self.documents = name, template, documents
        self.index = f"{PREFIX}-measured-{number}"
        self.cpu = self.seconds = 0

    def measure(self, server, work, *arguments):
        cpu, start = server.cpu(), time.monotonic()
        work(*arguments)
        self.cpu += server.cpu() - cpu
        self.seconds += time.monotonic() - start

    def store(self, server, bulks):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
            for _ in clients.map(lambda bulk: server.post(self.index, bulk), bulks):
                pass
        server.settle(self.index)


def store_by_turns(server, documents, chosen):
    """Fills the indices of all steps; another one begins each turn."""
    sources = {name: records.turns(documents[name], RECORDS, TURN, BULK) for name in sorted({step.documents for step in chosen})}
    for number, bulks in enumerate(zip(*sources.values())):
        bulks = dict(zip(sources, bulks))
        first = number % len(chosen)
        for step in chosen[first:] + chosen[:first]:
            step.measure(server, step.store, server, bulks[step.documents])
    for step in chosen:
        step.measure(server, server.merge, step.index)


def warm_up(server, template, documents):
    server.create(f"{PREFIX}-warm", template)
    for bulks in itertools.islice(records.turns(documents, RECORDS, TURN, BULK), WARM_UP):
        for bulk in bulks:
            server.post(f"{PREFIX}-warm", bulk)
    server.merge(f"{PREFIX}-warm")
    server.ask("DELETE", f"/{PREFIX}-warm")


def measure(server, directory):
    documents = {}
    for name, schema, enrich in ("ecs", "ecs", ""), ("enriched", "ecs", "[enrich]\noffline = yes\n"), ("parsedmarc", "parsedmarc", ""):
        documents[name] = [records.Record(*one, has_names=name == "enriched")
                           for one in records.originals(PROGRAM, directory, schema, enrich)]
    shipped = server.template(directory, "ecs")
    listed = [(name, template, "ecs") for name, template in steps(shipped).items()]
    listed.append(("setup's, enriched", shipped, "enriched"))
    listed.append(("parsedmarc's documents and mapping", server.template(directory, "parsedmarc"), "parsedmarc"))
    wanted = os.environ.get("STEPS", "").replace(",", " ").split()
    chosen = [Step(number, *step) for number, step in enumerate(listed) if not wanted or str(number) in wanted]
    warm_up(server, chosen[0].template, documents[chosen[0].documents])
    for step in chosen:
        server.create(step.index, step.template)
    store_by_turns(server, documents, chosen)
    asked = queries()
    took = times(server, [step.index for step in chosen if step.documents == "ecs"], asked)
    for step in chosen:
        if step.documents == "enriched":
            prices(server, step, "source.")
        elif os.environ.get("FIELDS") and step.documents == "ecs":
            prices(server, step, "")
    print(f"{RECORDS} records of {len(documents['ecs'])} real ones on {SERVER}, merged to one segment, "
          f"{len(asked)} queries\n"
          f"{'':38}{'bytes/record':>13}{'CPU s/1M':>10}{'of first':>9}{'records/s':>11}{'all queries, ms':>17}{'of first':>9}")
    for step in chosen:
        show(server, step, chosen[0], took)


def show(server, step, first, took):
    own, before = took.get(step.index, {}), took.get(first.index, {})
    total, total_before = sum(own.values()), sum(before.values())
    print(f"{step.name:38}{server.size(step.index) / RECORDS:13.1f}{1e6 * step.cpu / RECORDS:10.1f}"
          f"{100 * step.cpu / first.cpu:7.0f} %{RECORDS / step.seconds:11.0f}"
          + (f"{total:17.0f}{100 * total / total_before:7.0f} %" if own and before else ""))
    for query, ms in own.items():
        if before and ms > before[query] * 1.1 + 2:
            print(f"    slower: {query}: {before[query]:.1f} -> {ms:.1f} ms")


def prices(server, step, prefix):
    """What each field costs, beside its part of the stored document."""
    print(step.name)
    answer = server.ask("POST", f"/{step.index}/_disk_usage?run_expensive_tasks=true")
    found = answer[step.index]["fields"]
    for name, usage in sorted(found.items(), key=lambda item: -item[1]["total_in_bytes"]):
        if name.startswith(prefix) and usage["total_in_bytes"] * 3 > RECORDS:
            inverted = usage["inverted_index"]["total_in_bytes"] + usage.get("points_in_bytes", 0)
            print(f"    {name:36}{usage['total_in_bytes'] / RECORDS:7.2f} bytes, "
                  f"to search {inverted / RECORDS:6.2f}, "
                  f"values {usage['doc_values_in_bytes'] / RECORDS:6.2f}")


if __name__ == "__main__":
    main()
