# SPDX-License-Identifier: MIT
"""Checks rendered files without a server: form, references, and that every field
stands in the field table of the program with a type that fits its use."""
import json
import os
import re

import panels

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = f"{HERE}/../.."
COLUMNS = 48
NUMBER, TERM = {"LONG"}, {"KEYWORD", "IP", "BOOLEAN"}
FITS = {"sum": NUMBER, "min": {"LONG", "DATE"}, "max": {"LONG", "DATE"}, "cardinality": TERM | NUMBER,
        "last": TERM | NUMBER, "terms": TERM, "day": {"DATE"}, "filter": TERM | NUMBER | {"DATE"}, "column": TERM | NUMBER | {"DATE"},
        "sort": {"DATE"}}
LENS_VERSIONS = {"dashboard": "8.9.0", "index-pattern": "8.0.0", "search": "8.0.0"}
CLASSIC_VERSIONS = {"dashboard": "7.9.3", "index-pattern": "7.6.0", "visualization": "7.10.0", "search": "7.9.3"}
LENS_KEYS = {"type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed"}
CLASSIC_KEYS = {"type", "id", "attributes", "references", "migrationVersion"}
DASHBOARD_KEYS = {"title", "description", "version", "hits", "timeRestore", "timeFrom", "timeTo", "optionsJSON",
                  "panelsJSON", "controlGroupInput", "kibanaSavedObjectMeta"}


def field_table():
    """{kind of document: {field: type}} out of ingest/document/field.h and field_table.h."""
    with open(f"{ROOT}/ingest/document/field.h", encoding="utf-8") as file:
        masks = dict(re.findall(r"#define (IN_\w+) \((.*)\)", file.read()))
    with open(f"{ROOT}/ingest/document/field_table.h", encoding="utf-8") as file:
        rows = re.findall(r'^FIELD\(\w+, "([^"]+)", (\w+), ([^,]+), ', file.read(), re.M)

    def kinds(mask):
        found = set(name.lower() for name in re.findall(r"DOCUMENT_(\w+)", mask))
        return found.union(*[kinds(masks[name]) for name in re.findall(r"\bIN_\w+", mask)])

    table = {}
    for field, kind, mask in rows:
        for document in kinds(mask):
            table.setdefault(document, {})[field] = kind
    assert set(table) == {"dmarc_aggregate", "dmarc_failure", "tlsrpt_policy", "tlsrpt_failure", "feed",
                          "domain_check"}, set(table)
    return table


def unsearched_fields():
    """Those without an index of their own: bridge/setup/template.c."""
    with open(f"{ROOT}/bridge/setup/template.c", encoding="utf-8") as file:
        listed = file.read().partition("unsearched[] = {")[2].partition("};")[0]
    with open(f"{ROOT}/ingest/document/field_table.h", encoding="utf-8") as file:
        names = dict(re.findall(r'^FIELD\((\w+), "([^"]+)"', file.read(), re.M))
    return {names[name] for name in re.findall(r"FIELD_ID_(\w+)", listed)}


FIELDS = field_table()
UNSEARCHED = unsearched_fields()
assert UNSEARCHED


def kind_of(view):
    return view.rpartition("-")[2]


def field_faults(panel):
    fields = FIELDS.get(kind_of(panel.view), {})
    for field, use in panel.fields():
        if field not in fields:
            yield f"{panel.name}: {kind_of(panel.view)} has no field {field}"
        elif fields[field] not in FITS[use]:
            yield f"{panel.name}: {field} of type {fields[field]} does not fit {use}"
        elif use == "filter" and field in UNSEARCHED:
            yield f"{panel.name}: {field} has no index to filter by"
    for bucket in panel.buckets:
        # a text in place of what is missing fits texts alone
        if bucket.missing and fields.get(bucket.field) != "KEYWORD":
            yield f"{panel.name}: {bucket.field} cannot show what is missing"


def grid_faults(name, shown):
    cells = {}
    for panel in shown:
        grid = panel["gridData"]
        if grid["i"] != panel["panelIndex"]:
            yield f"{name}: gridData.i of {panel['panelIndex']}"
        if grid["x"] + grid["w"] > COLUMNS:
            yield f"{name}: {grid['i']} is outside the grid"
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                if cells.setdefault((x, y), grid["i"]) != grid["i"]:
                    yield f"{name}: {grid['i']} overlaps {cells[x, y]}"
    rows = {y for _, y in cells}
    if rows != set(range(max(rows) + 1)):
        yield f"{name}: empty rows"
    names = [panel["panelIndex"] for panel in shown]
    if len(set(names)) != len(names):
        yield f"{name}: a panel's name is used twice"


def control_fields(dashboard, by_id):
    """(field, id of the data view) of the filters at the top."""
    group = dashboard["attributes"].get("controlGroupInput")
    if group:
        for control in json.loads(group["panelsJSON"]).values():
            yield control["explicitInput"]["fieldName"]
    for reference in dashboard["references"]:
        found = by_id[reference["type"], reference["id"]]
        state = json.loads(found["attributes"].get("visState", "{}"))
        if state.get("type") == "input_control_vis":
            yield from (control["fieldName"] for control in state["params"]["controls"])


def dashboard_faults(dashboard, by_id, read):
    name, attributes = dashboard["id"], dashboard["attributes"]
    if unknown := set(attributes) - DASHBOARD_KEYS:
        yield f"{name}: attributes {sorted(unknown)} are refused"
    if not (attributes.get("timeRestore") and attributes["timeFrom"] and attributes["timeTo"]):
        yield f"{name}: no time range is stored"
    shown = json.loads(attributes["panelsJSON"])
    yield from grid_faults(name, shown)
    names = {reference["name"] for reference in dashboard["references"]}
    for panel in shown:
        if panel["type" if "type" in panel else "panelRefName"] in ("lens", "search") and not panel["title"]:
            yield f"{name}: {panel['panelIndex']} has no title"
        if panel.get("type") == "lens" and f"{panel['panelIndex']}:indexpattern-datasource-layer-l1" not in names:
            yield f"{name}: {panel['panelIndex']} has no reference at the dashboard"
    if "text" not in str(shown[0]) and "read" not in shown[0]["panelIndex"]:
        yield f"{name}: no text at the top says how to read it"
    # A filter on a field that a panel's documents lack would empty the panel.
    own = {kind_of(panel.view) for panel in read if panel.name.startswith(name + "/")}
    for field in control_fields(dashboard, by_id):
        for kind in own:
            if FIELDS.get(kind, {}).get(field) not in TERM:
                yield f"{name}: the filter {field} does not fit {kind}"


def layer_faults(found):
    for dashboard in (o for o in found if o["type"] == "dashboard"):
        for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
            if panel.get("type") != "lens":
                continue
            state = panel["embeddableConfig"]["attributes"]["state"]
            layer = state["datasourceStates"]["formBased"]["layers"]["l1"]
            columns, where = layer["columns"], f"{dashboard['id']}/{panel['panelIndex']}"
            if sorted(columns) != sorted(layer["columnOrder"]):
                yield f"{where}: columnOrder differs from the columns"
            if "secondaryGroups" in str(state["visualization"]):
                yield f"{where}: secondaryGroups"
            flags = [columns[key]["isBucketed"] for key in layer["columnOrder"]]
            if flags != sorted(flags, reverse=True):
                yield f"{where}: a bucket after a number"
            named = set(re.findall(r"'([bm]\d+)'", str(state["visualization"])))
            if missing := named - set(columns):
                yield f"{where}: shows unknown columns {sorted(missing)}"


def view_faults(view, lens):
    """Kibana learns the fields from the indices, OpenSearch Dashboards from a list that must be whole."""
    attributes, kind = view["attributes"], kind_of(view["id"])
    listed = {field["name"] for field in json.loads(attributes["fields"])}
    if lens and listed:
        yield f"{view['id']}: a frozen list of fields"
    if not lens and listed != {*FIELDS.get(kind, {}), "_id", "_index", "_source"}:
        yield f"{view['id']}: fields {sorted(listed ^ {*FIELDS.get(kind, {}), '_id', '_index', '_source'})}"
    if lens and not attributes["title"].endswith(f"-empty-{kind}"):
        yield f"{view['id']}: errors while there is no index"
    for member in ("fieldAttrs", "fieldFormatMap"):
        if unknown := set(json.loads(attributes.get(member, "{}"))) - set(FIELDS.get(kind, {})):
            yield f"{view['id']}: {member} names {sorted(unknown)}"


def faults(path, prefix, tenant, lens):
    found = panels.objects(path, prefix, tenant)
    by_id = {(o["type"], o["id"]): o for o in found}
    versions, keys = (LENS_VERSIONS, LENS_KEYS) if lens else (CLASSIC_VERSIONS, CLASSIC_KEYS)
    if "@@" in json.dumps(found):
        yield f"{path}: a token is left"
    if len(by_id) != len(found):
        yield f"{path}: an id is used twice"
    used = set()
    for o in found:
        version = o.get("typeMigrationVersion") if lens else o["migrationVersion"].get(o["type"])
        if version != versions.get(o["type"]) or (lens and o["coreMigrationVersion"] != "8.8.0"):
            yield f"{o['id']}: version {version}"
        if set(o) != keys:
            yield f"{o['id']}: members {sorted(o)}"
        if not o["id"].startswith(prefix + "-"):
            yield f"{o['id']}: does not begin with {prefix}-"
        names = [reference["name"] for reference in o["references"]]
        if len(names) != len(set(names)):
            yield f"{o['id']}: a reference's name is used twice"
        for reference in o["references"]:
            used.add((reference["type"], reference["id"]))
            if (reference["type"], reference["id"]) not in by_id:
                yield f"{o['id']}: {reference['name']} leads nowhere"
        if o["type"] == "index-pattern":
            yield from view_faults(o, lens)
    for unused in set(by_id) - used:
        if unused[0] != "dashboard":
            yield f"{unused[1]}: nobody uses it"
    read = list((panels.lens_panels if lens else panels.classic_panels)(found))
    for o in found:
        if o["type"] == "dashboard":
            yield from dashboard_faults(o, by_id, read)
        for link in re.findall(r"\(#/view/([^)]*)\)", json.dumps(o)):
            if ("dashboard", link) not in by_id:
                yield f"{o['id']}: the link to {link} leads nowhere"
    for panel in read:
        yield from field_faults(panel)
    if lens:
        yield from layer_faults(found)
