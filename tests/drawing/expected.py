# SPDX-License-Identifier: MIT
"""What the tiles of a dashboard must show: counted from the reports of the scene by
other code than the program's."""
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../dashboards"]
import mails  # noqa: E402
import panels  # noqa: E402
import scene  # noqa: E402
import structure  # noqa: E402
import tables  # noqa: E402

RANGE_DAYS = 30
READERS = {True: ("opensearch", panels.classic_panels), False: ("kibana", panels.lens_panels)}
# Filled by the program, or by the clock: not counted here.
NOT_COUNTED = {"source.sender.name", "feed.delay", "event.ingested"}


def rows(midnight):
    found = scene.all_mails(midnight)
    for mail in found:
        for report in mail.reports:
            yield from report
    for row in mails.feed_rows(found):
        if row["organization.name"] != "unclaimed":
            yield {**row, "@timestamp": row["event.end"] + scene.READ_AFTER_S * 1000}
    for when, document in scene.checks(midnight):
        yield {**document, "@timestamp": when * 1000}


def shown(panel, numbers):
    """As a tile shows it."""
    metric = panel.metrics[0]
    if isinstance(metric, panels.Rate):
        part, *whole = numbers
        return f"{100 * part / sum(whole):.1f}%"
    return f"{numbers[0] or 0:,}"


def titles(opensearch, found):
    """{name of the panel: its title}"""
    for one in found:
        if opensearch and one["type"] == "visualization":
            yield one["id"], one["attributes"]["title"]
        elif not opensearch and one["type"] == "dashboard":
            for panel in json.loads(one["attributes"]["panelsJSON"]):
                yield f"{one['id']}-{panel['panelIndex']}", panel["title"]


def wrong_numbers(opensearch, prefix, tenant, dashboard, drawn, midnight):
    product, read = READERS[opensearch]
    found = panels.objects(f"{HERE}/../../kibana/rendered/{product}-tenant.ndjson", prefix, tenant)
    names, known = dict(titles(opensearch, found)), list(rows(midnight))
    now = time.time() * 1000
    since = (int(time.time()) // scene.DAY - RANGE_DAYS) * scene.DAY * 1000  # midnight may have passed
    for panel in read(found):
        start, _, name = panel.name.partition("/")
        if start != f"{prefix}-{tenant}-{dashboard}" or panel.buckets or panel.documents is not None:
            continue
        used = {field for field, _ in panel.fields()}
        if used & NOT_COUNTED or panel.metrics[0] in ("max", "min") or "max" in str(panel.metrics[0]):
            continue
        kind = structure.kind_of(panel.view)
        chosen = [row for row in known if row["event.dataset"] == kind and since <= row["@timestamp"] <= now]
        table = tables.expected_table(chosen, panel)
        wanted = shown(panel, table.get((), (0,)))
        title = names[f"{start}-{name}"]
        seen = next((text for label, text in drawn.items() if label == title), None)
        if seen is None or re.sub(r"[\s\u00a0]", "", seen) != wanted:
            yield f"the tile {title} shows {seen}, the reports have {wanted}"
