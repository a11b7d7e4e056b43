#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws every dashboard in a real Kibana or OpenSearch Dashboards.

draw.py PROGRAM DISTRIBUTION PICTURES [DASHBOARD...]

DISTRIBUTION is an unpacked one.  It is started over a search server of the tests;
the program's setup brings in the dashboards.  Each is opened with data, without
data and as a reader.  Fails where something is wrong with what is seen.
"""
import base64
import datetime
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../dashboards", f"{HERE}/../lib"]
import expected  # noqa: E402
import lab  # noqa: E402
import panels  # noqa: E402
import product as products  # noqa: E402
import scene  # noqa: E402
import view as views  # noqa: E402

PREFIX = "draw"
NEWCOMER = "newcomer"  # a tenant without any report
TENANTS = int(os.environ.get("TENANTS", "2"))  # with more of them, which are not drawn
READER, PASSWORD = "visitor", "Looks-at-Tests-1"
WIDTHS = (1600, 1280)
OPERATOR = "all-tenants"
SETUP_S = 3600  # of hundreds of tenants


class Once:
    """What lab.Search wants of a test case."""

    def __init__(self):
        self.cleanups = []

    def addClassCleanup(self, *call):
        self.cleanups.append(call)

    def close(self):
        for function, *arguments in reversed(self.cleanups):
            function(*arguments)


def run(program, *arguments):
    done = lab.Run(program, *arguments, timeout=SETUP_S)
    if done.status not in (0, 1):
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")
    return done


def configure(search, directory, name, tenants, **options):
    config = f"{directory}/{name}.conf"
    lab.write(config, f"[bridge]\nstate_directory = {directory}/state\n[enrich]\noffline = yes\n"
              f"[mailbox reports]\nsource = maildir\npath = {directory}/mail\n"
              + search.configuration(PREFIX, **options) + tenants)
    return config


def fill(program, search, product, directory, midnight):
    """Mail through the program, and checks of domains as it would store them.  Further tenants have indices alone."""
    for folder in ("cur", "new", "tmp"):
        os.makedirs(f"{directory}/mail/{folder}")
    others = [f"more{number}" for number in range(2, TENANTS)]
    for number, mail in enumerate([*scene.all_mails(midnight), *scene.further_mails(others, midnight)]):
        with open(f"{directory}/mail/new/{1700000000 + number}.M{number}.x", "wb") as file:
            file.write(mail.data)
    tenants = (f"[tenant {scene.TENANT}]\ndomains = {', '.join(scene.DOMAINS)}\nsenders = {scene.SENDERS}\n"
               f"[tenant {NEWCOMER}]\ndomains = example.net\n")
    shown = configure(search, directory, "shown", tenants, kibana_url=product.url)
    begin = time.monotonic()
    print(f"setup of the tenants to draw: {run(program, 'setup', '-c', shown).stdout.splitlines()[-1]}, "
          f"{time.monotonic() - begin:.1f} s, {shards(search)} shards before the first report", flush=True)
    whole = configure(search, directory, "whole", tenants + "".join(
        f"[tenant {name}]\ndomains = {name}.example\n" for name in others))
    # three shards of each tenant, with those of the product more than a node takes by default
    search.ask("PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": 1000 + 10 * TENANTS}})
    run(program, "setup", "-c", whole)
    run(program, "run", "-c", whole, "--once")
    for when, document in scene.checks(midnight):
        stamp = datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        search.ask("POST", f"/{PREFIX}-domain_check-{scene.TENANT}-{stamp[:4]}.{stamp[5:7]}/_doc",
                   {**document, "@timestamp": stamp, "event.ingested": stamp, "organization.name": scene.TENANT})
    search.ask("POST", f"/{PREFIX}-*/_refresh")
    spread(search)
    search.ask("POST", f"/{PREFIX}-*/_refresh")
    print(f"{TENANTS} tenants, {shards(search)} shards", flush=True)


def shards(search):
    return len(search.ask("GET", f"/_cat/shards/{PREFIX}-*?format=json"))


def spread(search):
    """As if each mail had been read when it came."""
    found = search.search(f"{PREFIX}-feed-{scene.TENANT}-*", {"size": 10000, "_source": ["event.end"]})
    for hit in found["hits"]["hits"]:
        end = datetime.datetime.fromisoformat(hit["_source"]["event.end"].replace("Z", "+00:00"))
        read = end + datetime.timedelta(seconds=scene.READ_AFTER_S)
        search.ask("POST", f"/{hit['_index']}/_update/{hit['_id']}", {"doc": {
            "event.ingested": read.strftime("%Y-%m-%dT%H:%M:%SZ"), "feed.delay": scene.READ_AFTER_S}})


def make_reader(search, opensearch):
    role = f"{PREFIX}-{scene.TENANT}-reader"
    if opensearch:
        search.ask("PUT", f"/_plugins/_security/api/internalusers/{READER}",
                   {"password": PASSWORD, "opendistro_security_roles": [role, "kibana_user"]})
    else:
        search.ask("PUT", f"/_security/user/{READER}", {"password": PASSWORD, "roles": [role]})
    return "Basic " + base64.b64encode(f"{READER}:{PASSWORD}".encode()).decode()


def dashboards(opensearch, scope):
    path = f"{HERE}/../../kibana/rendered/{'opensearch' if opensearch else 'kibana'}-{scope}.ndjson"
    start = f"{PREFIX}-{scene.TENANT if scope == 'tenant' else OPERATOR}-"
    return [found["id"].removeprefix(start) for found in panels.objects(path, PREFIX, scene.TENANT)
            if found["type"] == "dashboard"]


class Drawing:
    def __init__(self, product, pictures, wanted, midnight):
        self.product, self.pictures, self.wanted = product, pictures, wanted
        self.midnight, self.faults, self.drawn = midnight, 0, 0

    def url(self, space, name):
        scope = OPERATOR if space in ("default", "global") else space
        path = f"/app/dashboards#/view/{PREFIX}-{scope}-{name}"
        if self.product.opensearch:
            return f"{self.product.url}{path.replace('#', f'?security_tenant={space}#')}"
        return self.product.url + ("" if space == "default" else f"/s/{space}") + path

    def series(self, what, authorization, space, scope, widths, known=False):
        view = views.View(authorization, space if self.product.opensearch else None)
        try:
            for name in dashboards(self.product.opensearch, scope):
                if self.wanted and name not in self.wanted:
                    continue
                begin = time.monotonic()
                for width, complaints, numbers, height in view.draw(
                        self.url(space, name), widths, lambda width: f"{self.pictures}/{name}-{what}-{width}.png"):
                    if known:
                        complaints += expected.wrong_numbers(self.product.opensearch, PREFIX, scene.TENANT, name, numbers,
                                                             self.midnight)
                    print(f"{what:8} {width:5} {height:5} px {time.monotonic() - begin:5.1f} s {name}: "
                          f"{len(numbers)} numbers, {len(complaints)} complaints", flush=True)
                    for complaint in complaints:
                        print(f"    {complaint}", flush=True)
                    self.faults += len(complaints)
                    self.drawn += 1
                    begin = time.monotonic()
        finally:
            view.close()


def main():
    program, distribution, pictures, *wanted = sys.argv[1:]
    begin = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # and what was started ends
    program = os.path.abspath(program)
    shutil.rmtree(pictures, ignore_errors=True)
    os.makedirs(pictures)
    once, directory = Once(), tempfile.mkdtemp(prefix="reportbridge-draw.")
    os.chmod(directory, 0o755)
    once.addClassCleanup(shutil.rmtree, directory)
    try:
        opensearch = products.read_package(distribution)[0] == "opensearch-dashboards"
        search = lab.Search(once, "os2s" if opensearch else "es8", f"{directory}/search")
        if search.missing:
            sys.exit(search.missing)
        port = subprocess.run([f"{lab.SERVERS}/free-port"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        product = products.Product(distribution, search, int(port), f"{directory}/product")
        once.addClassCleanup(product.close)
        midnight = int(time.time()) // scene.DAY * scene.DAY
        fill(program, search, product, directory, midnight)
        drawing = Drawing(product, pictures, wanted, midnight)
        everything, everywhere = search.headers["Authorization"], "global" if opensearch else "default"
        drawing.series("data", everything, scene.TENANT, "tenant", WIDTHS, known=True)
        drawing.series("operator", everything, everywhere, "operator", WIDTHS)
        drawing.series("empty", everything, NEWCOMER, "tenant", WIDTHS[:1])
        drawing.series("reader", make_reader(search, opensearch), scene.TENANT, "tenant", WIDTHS[:1], known=True)
        print(f"{'OpenSearch Dashboards' if opensearch else 'Kibana'} {product.version}: {drawing.drawn} dashboards drawn "
              f"in {time.monotonic() - begin:.0f} s, {drawing.faults} complaints; pictures in {pictures}")
        sys.exit(1 if drawing.faults else 0)
    finally:
        once.close()


if __name__ == "__main__":
    main()
