#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Renders the dashboards: generate.py [--check]

rendered/kibana-SET.ndjson and rendered/opensearch-SET.ndjson, SET being tenant
(for one tenant) or operator (over all of them), with two tokens that are
replaced when they are imported: @@PREFIX@@ and @@TENANT@@.  The same for the
alert rules, and the list of panels in README.md.  --check writes nothing and
fails when a file is not what would be written.
"""
import os
import sys

import alerts
import classic
import lens
from source import HERE, PREFIX, SCOPES, TENANT, Source, indices_of

PRODUCTS = {"kibana": lens, "opensearch": classic}
BEGIN, END = "<!-- panels: written by generate.py -->\n", "<!-- end of panels -->\n"


def dashboards(source, product, name):
    scope = SCOPES[name]
    chosen = [dashboard for dashboard in source.dashboards if dashboard.set == name]
    views = sorted({view for dashboard in chosen for view in dashboard.views()})
    for view in views:
        yield product.data_view(f"{PREFIX}-{scope}-{view}", view, indices_of(view, scope), source.views[view])
    for dashboard in chosen:
        yield from product.objects_of(dashboard, scope, source.word_colours)


def lines(objects):
    return "".join(lens.encode(found) + "\n" for found in objects)


def value_text(value):
    if value.operation == "rate":
        return f"{value_text(value.part)} / {' + '.join(map(value_text, value.whole))}"
    inside = f"`{value.field}`" if value.field else "documents"
    return f"{value.operation} {inside}" + (f" where `{value.filter}`" if value.filter else "")


def panel_rows(dashboard):
    yield f"\n### {dashboard.title}\n\n"
    yield "| question | panel | numbers | by | only where |\n| --- | --- | --- | --- | --- |\n"
    for panel in dashboard.panels:
        if panel.chart == "text":
            continue
        numbers = "; ".join(map(value_text, panel.values)) or ", ".join(f"`{c}`" for c in panel.columns)
        by = ", ".join(f"`{bucket.field}`" for bucket in panel.buckets())
        only = f"`{panel.filter}`" if panel.filter else ""
        yield f"| {panel.asks} | {panel.title} ({panel.chart}) | {numbers} of `{panel.view}` | {by} | {only} |\n"


def readme(source):
    with open(f"{HERE}/README.md", encoding="utf-8") as file:
        text = file.read()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    rows = "".join(row for dashboard in source.dashboards for row in panel_rows(dashboard))
    return head + BEGIN + rows + "\n" + END + tail


def whole(text):
    """The program replaces two tokens, and looks for nothing but the @@ they begin with."""
    assert "@@" not in text.replace(PREFIX, "").replace(TENANT, ""), "a token that nobody replaces"
    return text


def files(source):
    for product_name, product in PRODUCTS.items():
        for name in SCOPES:
            yield f"rendered/{product_name}-{name}.ndjson", whole(lines(dashboards(source, product, name)))
            yield f"rendered/{product_name}-{name}-alerts.ndjson", whole(lines(alerts.rules(product_name, name)))
    yield "README.md", readme(source)


def main():
    stale = []
    for path, text in files(Source()):
        full = os.path.join(HERE, path)
        old = None
        if os.path.exists(full):
            with open(full, encoding="utf-8") as file:
                old = file.read()
        if old == text:
            continue
        stale.append(path)
        if "--check" not in sys.argv:
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
    if "--check" in sys.argv and stale:
        sys.exit(f"not current: {' '.join(stale)}; run kibana/generate.py")


if __name__ == "__main__":
    main()
