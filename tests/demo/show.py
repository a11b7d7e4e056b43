#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the demo stored, per kind and domain: show.py DIR

Asks the search server that the environment variable SEARCH_URL and the
credentials in DIR/search/env name; else reads the files in DIR/state/documents.
"""
import base64
import collections
import glob
import json
import os
import sys
import urllib.request

DOMAIN = {"dmarc_aggregate": "dmarc.domain", "tlsrpt_policy": "tlsrpt.policy.domain",
          "tlsrpt_failure": "tlsrpt.policy.domain", "feed": "feed.domains"}
COUNTS = {"dmarc_aggregate": ("dmarc.message_count",),
          "tlsrpt_policy": ("tlsrpt.successful_sessions", "tlsrpt.failed_sessions"),
          "tlsrpt_failure": ("tlsrpt.failed_sessions",), "feed": ("feed.reports", "feed.rejects")}


def from_server(directory):
    env = dict(line.strip().split("=", 1) for line in open(f"{directory}/search/env"))
    login = base64.b64encode(f"{env['SEARCH_USER']}:{env['SEARCH_PASSWORD']}".encode()).decode()

    def ask(path, body=None):
        request = urllib.request.Request(
            env["SEARCH_URL"] + path, data=body and json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Basic {login}"},
            method="POST")
        return json.load(urllib.request.urlopen(request))

    ask("/reportbridge-*/_refresh")
    for kind, domain in DOMAIN.items():
        sums = {count: {"sum": {"field": count}} for count in COUNTS[kind]}
        answer = ask(f"/reportbridge-{kind}-*/_search?size=0", {"aggs": {"domains": {
            "terms": {"field": domain, "missing": "-"}, "aggs": sums}}})
        for bucket in answer["aggregations"]["domains"]["buckets"]:
            yield kind, bucket["key"], bucket["doc_count"], [
                int(bucket[count]["value"]) for count in COUNTS[kind]]


def from_files(directory):
    rows = collections.defaultdict(lambda: [0, collections.Counter()])
    for path in glob.glob(f"{directory}/state/documents/*.ndjson"):
        for line in open(path):
            document = json.loads(line)
            if "create" in document:
                continue
            kind = document["event.dataset"]
            for domain in [document.get(DOMAIN[kind], "-")]:
                row = rows[kind, domain if isinstance(domain, str) else ", ".join(domain)]
                row[0] += 1
                row[1].update({c: document.get(c, 0) for c in COUNTS[kind]})
    for (kind, domain), (documents, sums) in sorted(rows.items()):
        yield kind, domain, documents, [sums[c] for c in COUNTS[kind]]


def main():
    rows = from_server(sys.argv[1]) if os.environ.get("SEARCH_URL") else from_files(sys.argv[1])
    for kind, domain, documents, sums in rows:
        what = ", ".join(f"{value:,} {name.split('.')[1].replace('_', ' ')}"
                         for value, name in zip(sums, COUNTS[kind]))
        print(f"{kind:16} {domain:16} {documents:6,} documents   {what}")


main()
