# SPDX-License-Identifier: MIT
"""OpenSearch Dashboards 2 and 3, and Kibana 7.17: classic visualizations.

They cannot divide, and cannot filter one number of several.  So a rate is shown
as its parts, and numbers with filters as rows or series of their own.
"""
from lens import SOURCE, dashboard_attributes, encode, field_formats, kuery, reference, source_of
from source import PREFIX

AGGREGATIONS = {"sum": "sum", "min": "min", "max": "max", "unique": "cardinality", "count": "count"}


def saved_object(kind, name, version, attributes, references=()):
    return {"type": kind, "id": name, "attributes": attributes, "references": list(references),
            "migrationVersion": {kind: version}}


def data_view(name, title, pattern, view):
    return saved_object("index-pattern", name, "7.6.0", {
        "title": pattern, "timeFieldName": view["time"], "fields": "[]", "fieldFormatMap": field_formats(view)})


def parts_of(panel):
    """(different numbers without their filters, different filters as (label, KQL))"""
    parts = list({part.name: part for value in panel.values for part in value.parts()}.values())
    numbers = list({(part.operation, part.field): part for part in parts}.values())
    filters = {part.filter: part.label for part in parts}
    if list(filters) == [""]:
        return numbers, []
    # all of them, unless the filters are everything that was asked for
    if "" in filters:
        filters = {"": "all", **{kql: label for kql, label in filters.items() if kql}}
    return numbers, [(label, kql) for kql, label in filters.items()]


def terms(panel, bucket, order):
    return {"field": bucket.field, "customLabel": bucket.label, "orderBy": order,
            "order": "asc" if panel.ascending else "desc",
            "size": bucket.size if panel.chart == "table" else min(bucket.size, 12),
            "otherBucket": panel.chart != "table" or bucket.missing, "otherBucketLabel": "Other",
            "missingBucket": bucket.missing, "missingBucketLabel": "(missing value)"}


def day(bucket):
    return {"field": bucket.field, "customLabel": bucket.label, "interval": "d", "min_doc_count": 1,
            "drop_partials": False, "extended_bounds": {}, "useNormalizedEsInterval": True, "scaleMetricValues": False}


def aggregations_of(panel):
    numbers, filters = parts_of(panel)
    aggs, order = [], "1"
    alone = len(numbers) == 1 and filters
    for number, value in enumerate(numbers, 1):
        label = "Messages" if alone else value.label
        params = {"customLabel": label, **({"field": value.field} if value.field else {})}
        aggs.append({"id": str(number), "enabled": True, "type": AGGREGATIONS[value.operation],
                     "schema": "metric", "params": params})
        if panel.order and (value.operation, value.field) == (panel.order.operation, panel.order.field):
            order = str(number)
    schema = {"table": "bucket", "metric": "group", "donut": "segment"}

    def add(kind, where, params):
        aggs.append({"id": str(len(aggs) + 1), "enabled": True, "type": kind, "schema": where, "params": params})

    for bucket in panel.buckets():
        where = schema.get(panel.chart) or ("group" if bucket is panel.split else "segment")
        add("date_histogram" if bucket.day else "terms", where,
            day(bucket) if bucket.day else terms(panel, bucket, order))
    if filters:
        add("filters", schema.get(panel.chart, "group"),
            {"filters": [{"input": kuery(kql), "label": label} for label, kql in filters]})
    return aggs


def xy_params(panel, numbers):
    kind = "histogram" if panel.chart == "bars" else "line"
    mode = "stacked" if panel.chart == "bars" else "normal"
    return {
        "type": kind, "addLegend": True, "addTooltip": True, "addTimeMarker": False, "legendPosition": "bottom",
        "times": [], "labels": {"show": False}, "grid": {"categoryLines": False},
        "thresholdLine": {"show": False, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
        "categoryAxes": [{"id": "CategoryAxis-1", "type": "category", "position": "bottom", "show": True, "style": {},
                          "scale": {"type": "linear"}, "labels": {"show": True, "filter": True, "truncate": 100},
                          "title": {}}],
        "valueAxes": [{"id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": "left", "show": True,
                       "style": {}, "scale": {"type": "linear", "mode": "normal"},
                       "labels": {"show": True, "rotate": 0, "filter": False, "truncate": 100}, "title": {"text": ""}}],
        "seriesParams": [{"show": True, "type": kind, "mode": mode, "valueAxis": "ValueAxis-1",
                          "data": {"id": str(number), "label": value.label}, "drawLinesBetweenPoints": True,
                          "lineWidth": 2, "showCircles": True} for number, value in enumerate(numbers, 1)]}


def params_of(panel, numbers):
    if panel.chart == "table":
        return "table", {"perPage": 10, "showPartialRows": False, "showMetricsAtAllLevels": False,
                         "showTotal": False, "totalFunc": "sum", "percentageCol": "",
                         "sort": {"columnIndex": None, "direction": None}}
    if panel.chart == "metric":
        return "metric", {"type": "metric", "addTooltip": True, "addLegend": False, "metric": {
            "percentageMode": False, "useRanges": False, "colorSchema": "Green to Red", "metricColorMode": "None",
            "colorsRange": [{"from": 0, "to": 10000}], "labels": {"show": True}, "invertColors": False,
            "style": {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 36}}}
    if panel.chart == "donut":
        return "pie", {"type": "pie", "addTooltip": True, "addLegend": True, "legendPosition": "right", "isDonut": True,
                       "labels": {"show": True, "values": True, "last_level": True, "truncate": 100}}
    return ("histogram" if panel.chart == "bars" else "line"), xy_params(panel, numbers)


def visualization(panel, name, view):
    numbers, _ = parts_of(panel)
    kind, params = params_of(panel, numbers)
    colours = {part.label: part.colour for value in panel.values for part in value.parts() if part.colour}
    state = {"title": panel.title, "type": kind, "params": params, "aggs": aggregations_of(panel)}
    return saved_object("visualization", name, "7.10.0", {
        "title": panel.title, "description": panel.asks, "version": 1, "visState": encode(state),
        "uiStateJSON": encode({"vis": {"colors": colours}}),
        "kibanaSavedObjectMeta": source_of(panel.filter, SOURCE)},
        [reference("index-pattern", view, SOURCE)])


def plain(name, title, kind, params, references=()):
    """A visualization without data: a text, or the controls."""
    return saved_object("visualization", name, "7.10.0", {
        "title": title, "description": "", "version": 1, "uiStateJSON": "{}",
        "visState": encode({"title": title, "type": kind, "params": params, "aggs": []}),
        "kibanaSavedObjectMeta": source_of("")}, references)


def controls(dashboard, name, view):
    rows = [{"id": f"c{number}", "indexPatternRefName": f"control_{number}_index_pattern", "parent": "",
             "fieldName": bucket.field, "label": bucket.label, "type": "list",
             "options": {"type": "terms", "multiselect": True, "size": 100, "order": "desc", "dynamicOptions": True}}
            for number, bucket in enumerate(dashboard.controls)]
    return plain(name, f"{dashboard.title} (filters)", "input_control_vis",
                 {"controls": rows, "updateFiltersOnChange": True, "useTimeFilter": True, "pinFilters": False},
                 [reference("index-pattern", view, row["indexPatternRefName"]) for row in rows])


def saved_search(panel, name, view):
    return saved_object("search", name, "7.9.3", {
        "title": panel.title, "description": "", "columns": panel.columns, "sort": [[panel.sort, "desc"]],
        "version": 1, "kibanaSavedObjectMeta": source_of(panel.filter, SOURCE)},
        [reference("index-pattern", view, SOURCE)])


def object_of(panel, name, view):
    if panel.chart == "text":
        return plain(name, panel.name, "markdown", {"fontSize": 12, "openLinksInNewTab": False, "markdown": panel.text})
    if panel.chart == "documents":
        return saved_search(panel, name, view)
    return visualization(panel, name, view)


def objects_of(dashboard, scope):
    start = f"{PREFIX}-{scope}"
    panels, references, objects = [], [], []

    def place(found, name, title, x, y, w, h):
        objects.append(found)
        references.append(reference(found["type"], found["id"], f"panel_{name}"))
        panels.append({"version": "7.10.2", "panelIndex": name, "panelRefName": f"panel_{name}", "title": title,
                       "gridData": {"x": x, "y": y, "w": w, "h": h, "i": name},
                       "embeddableConfig": {"hidePanelTitles": not title}})

    below = 0
    for panel in dashboard.panels:
        found = object_of(panel, f"{start}-{dashboard.name}-{panel.name}", f"{start}-{panel.view}")
        (x, y), (w, h) = panel.at, panel.size
        place(found, panel.name, panel.title, x, y + below, w, h)
        if panel.chart == "text" and dashboard.controls:
            main = next(panel.view for panel in dashboard.panels if panel.view)
            place(controls(dashboard, f"{start}-{dashboard.name}-controls", f"{start}-{main}"), "controls", "",
                  0, y + h, w, 4)
            below = 4
    return [*objects, saved_object("dashboard", f"{start}-{dashboard.name}", "7.9.3",
                                   dashboard_attributes(dashboard, panels), references)]
