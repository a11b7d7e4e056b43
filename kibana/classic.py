# SPDX-License-Identifier: MIT
"""OpenSearch Dashboards 2 and 3, and Kibana 7.17: classic visualizations.

They cannot divide: a rate in a table is shown as its parts.  A number with a filter
of its own is the sum over a bucket with that filter.  Tiles of numbers, and lines,
which must show gaps, are drawn by TSVB (see tsvb.py).
"""
import dataclasses

import tsvb
from fields import fields_of
from lens import NO_END, SOURCE, TABLE_EDGES, dashboard_attributes, encode, field_formats, is_date, kuery, reference, source_of
from source import COLUMNS, NARROW_SCREEN, PREFIX, indices_of

AGGREGATIONS = {"sum": "sum", "min": "min", "max": "max", "unique": "cardinality", "count": "count", "last": "top_hits"}

CONTROLS_HEIGHT = 4
SENTENCES_HEIGHT = 8
# of a date
TILE = {"percentageMode": False, "useRanges": False, "colorSchema": "Green to Red", "metricColorMode": "None",
        "colorsRange": [{"from": 0, "to": NO_END}], "labels": {"show": False}, "invertColors": False,
        "style": {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 12}}
DATE_WIDTH, NUMBER_WIDTH = 110, 90
MISSING_WIDTH = 118
LISTED_COLUMNS = 6  # a list of records neither wraps nor shrinks


def saved_object(kind, name, version, attributes, references=()):
    return {"type": kind, "id": name, "attributes": attributes, "references": list(references),
            "migrationVersion": {kind: version}}


def data_view(name, kind, pattern, view):
    """With the list of fields: without one OpenSearch Dashboards writes it back at each visit, which a
    reader may not, and asks for ever while there is no index."""
    return saved_object("index-pattern", name, "7.6.0", {
        "title": pattern, "timeFieldName": view["time"], "fields": encode(fields_of(kind)),
        "fieldFormatMap": field_formats(view)})


def parts_of(panel):
    """The numbers a panel shows, rates as their parts, each once.  A column keeps the name of its rate."""
    parts = {}
    for value in panel.values:
        for part in value.parts():
            label = value.label if part is value.part and panel.chart == "table" else part.label
            parts.setdefault(part.name, dataclasses.replace(part, label=label))
    return list(parts.values())


def is_split_by_filters(panel, parts):
    """Series of a chart that differ by their filters alone."""
    return panel.chart in ("bars", "donut") and len(parts) > 1 and all(part.filter for part in parts)


def terms(panel, bucket, order):
    return {"field": bucket.field, "customLabel": bucket.label, "orderBy": order,
            "order": "asc" if panel.ascending else "desc",
            "size": bucket.size if panel.chart == "table" else min(bucket.size, 12),
            "otherBucket": panel.chart != "table" or bucket.missing, "otherBucketLabel": "Other",
            "missingBucket": bucket.missing, "missingBucketLabel": "(missing value)"}


def day(bucket):
    return {"field": bucket.field, "customLabel": bucket.label, "interval": "d", "min_doc_count": 0,
            "drop_partials": False, "extended_bounds": {}, "useNormalizedEsInterval": True, "scaleMetricValues": False}


def heading_width(label, is_sorted=False):
    """In bold, with what opens its menu, and an arrow."""
    return 8 * len(label) + 40 + 24 * is_sorted


def table_state(panel):
    """Rows of several terms in the order of one number, as one list.  Numbers and dates are as wide as they must be;
    names share the rest, but none is narrower than its heading and its usual values."""
    shown = [bucket.short for bucket in panel.rows if not bucket.long]
    numbers = parts_of(panel)
    order = next((at for at, part in enumerate(numbers) if panel.order and part.name == panel.order.name), None)
    if len(shown) == 1:
        order = None
    names = {at: max(heading_width(bucket.label), bucket.width or MISSING_WIDTH * bucket.missing)
             for at, bucket in enumerate(shown)}
    widths = {}
    for at, part in enumerate(numbers):
        least = heading_width(part.label, at == order)
        if part.operation == "last":
            names[len(shown) + at] = least
        else:
            widths[len(shown) + at] = max(least, DATE_WIDTH if is_date(part) else NUMBER_WIDTH)
    room = panel.size[0] * NARROW_SCREEN // COLUMNS - TABLE_EDGES - sum(widths.values())
    for at, width in sorted(names.items(), key=lambda item: -item[1])[:-1]:
        if width > room // len(names):
            widths[at] = width
            room -= names.pop(at)
    state = {"columnsWidth": [{"colIndex": at, "width": width} for at, width in sorted(widths.items())]}
    if order is not None:
        state["sortColumn"] = {"colIndex": len(shown) + order, "direction": "asc" if panel.ascending else "desc"}
    return state


def metric_params(value, label):
    params = {"customLabel": label, **({"field": value.field} if value.field else {})}
    if value.operation == "last":
        params |= {"aggregate": "concat", "size": 1, "sortField": "@timestamp", "sortOrder": "desc"}
    return params


def number(key, value, label):
    """One number as an aggregation.  A filter of its own: the sum over one bucket that has it."""
    plain = {"id": key, "enabled": True, "schema": "metric"}
    if not value.filter:
        return {**plain, "type": AGGREGATIONS[value.operation], "params": metric_params(value, label)}
    inside = {"enabled": True, "params": {}}
    return {**plain, "type": "sum_bucket", "params": {
        "customLabel": label,
        "customBucket": {**inside, "id": f"{key}-bucket", "type": "filters", "schema": "bucketAgg", "params": {
            "filters": [{"input": kuery(value.filter), "label": label}]}},
        "customMetric": {**inside, "id": f"{key}-metric", "type": AGGREGATIONS[value.operation], "schema": "metricAgg",
                         "params": {"field": value.field} if value.field else {}}}}


def aggregations_of(panel):
    parts, aggs, order = parts_of(panel), [], None
    by_filters = is_split_by_filters(panel, parts)
    shown = parts[:1] if by_filters else parts
    for key, value in enumerate(shown, 1):
        label = panel.title if panel.chart == "metric" else "Messages" if by_filters else value.label
        if by_filters:  # the filters stand in a bucket
            value = dataclasses.replace(value, filter="")
        aggs.append(number(str(key), value, label))
        first = order is None or (panel.order and value.name == panel.order.name)
        if not value.filter and first and value.operation != "last":
            order = str(key)
    schema = {"table": "bucket", "donut": "segment"}

    def add(kind, where, params):
        aggs.append({"id": str(len(aggs) + 1), "enabled": True, "type": kind, "schema": where, "params": params})

    for bucket in panel.buckets():
        if bucket.long:
            continue
        where = schema.get(panel.chart) or ("group" if bucket is panel.split else "segment")
        bucket = bucket.short if panel.chart == "table" else bucket.legend
        add("date_histogram" if bucket.day else "terms", where,
            day(bucket) if bucket.day else terms(panel, bucket, order))
    if by_filters:
        add("filters", schema.get(panel.chart, "group"),
            {"filters": [{"input": kuery(part.filter), "label": part.label} for part in parts]})
    return aggs


def bar_params(numbers):
    return {
        "type": "histogram", "addLegend": True, "addTooltip": True, "addTimeMarker": False, "legendPosition": "bottom",
        "times": [], "labels": {"show": False}, "grid": {"categoryLines": False},
        "thresholdLine": {"show": False, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
        "categoryAxes": [{"id": "CategoryAxis-1", "type": "category", "position": "bottom", "show": True, "style": {},
                          "scale": {"type": "linear"}, "labels": {"show": True, "filter": True, "truncate": 100},
                          "title": {}}],
        "valueAxes": [{"id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": "left", "show": True,
                       "style": {}, "scale": {"type": "linear", "mode": "normal"},
                       "labels": {"show": True, "rotate": 0, "filter": False, "truncate": 100}, "title": {"text": ""}}],
        "seriesParams": [{"show": True, "type": "histogram", "mode": "stacked", "valueAxis": "ValueAxis-1",
                          "data": {"id": str(number), "label": value.label}, "drawLinesBetweenPoints": True,
                          "lineWidth": 2, "showCircles": True} for number, value in enumerate(numbers, 1)]}


def params_of(panel, numbers):
    if panel.chart == "table":
        return "table", {"perPage": 10, "showPartialRows": False, "showMetricsAtAllLevels": False,
                         "showTotal": False, "totalFunc": "sum", "percentageCol": "",
                         "sort": {"columnIndex": None, "direction": None}}
    if panel.chart == "metric":
        return "metric", {"type": "metric", "addTooltip": True, "addLegend": False, "metric": TILE}
    if panel.chart == "donut":
        return "pie", {"type": "pie", "addTooltip": True, "addLegend": True, "legendPosition": "right", "isDonut": True,
                       "labels": {"show": False, "values": True, "last_level": True, "truncate": 100}}
    return "histogram", bar_params(numbers)


def visualization(panel, name, view, word_colours, indices):
    if tsvb.draws(panel):
        state = tsvb.state_of(panel, indices)
    else:
        parts = parts_of(panel)
        kind, params = params_of(panel, parts[:1] if is_split_by_filters(panel, parts) else parts)
        state = {"title": panel.title, "type": kind, "params": params, "aggs": aggregations_of(panel)}
    interface = {"colors": {**word_colours, **panel.colours,
                            **{part.label: part.colour for part in parts_of(panel) if part.colour}}}
    if panel.chart == "table":
        interface |= table_state(panel)
    return saved_object("visualization", name, "7.10.0", {
        "title": panel.title, "description": panel.asks, "version": 1, "visState": encode(state),
        "uiStateJSON": encode({"vis": interface}),
        "kibanaSavedObjectMeta": source_of(panel.filter, SOURCE)},
        [reference("index-pattern", view, SOURCE)])


def sentences(panel, bucket, name, view, indices):
    """The sentences that a table of this set would cut."""
    state, interface = tsvb.table_of(panel, bucket, indices)
    return saved_object("visualization", name, "7.10.0", {
        "title": bucket.label, "description": panel.asks, "version": 1, "visState": encode(state),
        "uiStateJSON": encode(interface), "kibanaSavedObjectMeta": source_of(panel.filter, SOURCE)},
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
        "title": panel.title, "description": "", "columns": panel.columns[:LISTED_COLUMNS], "sort": [[panel.sort, "desc"]],
        "version": 1, "kibanaSavedObjectMeta": source_of(panel.filter, SOURCE)},
        [reference("index-pattern", view, SOURCE)])


def object_of(panel, name, view, indices, word_colours):
    if panel.chart == "text":
        return plain(name, panel.name, "markdown", {"fontSize": 12, "openLinksInNewTab": False, "markdown": panel.text})
    if panel.chart == "documents":
        return saved_search(panel, name, view)
    return visualization(panel, name, view, word_colours, indices)


def objects_of(dashboard, scope, word_colours):
    start = f"{PREFIX}-{scope}"
    panels, references, objects = [], [], []

    def place(found, name, title, x, y, w, h):
        objects.append(found)
        references.append(reference(found["type"], found["id"], f"panel_{name}"))
        panels.append({"version": "7.10.2", "panelIndex": name, "panelRefName": f"panel_{name}", "title": title,
                       "gridData": {"x": x, "y": y, "w": w, "h": h, "i": name},
                       "embeddableConfig": {"hidePanelTitles": not title}})

    # The filters have a row of their own below the tiles.
    first_row = max(panel.size[1] for panel in dashboard.panels if panel.at[1] == 0)
    shift = CONTROLS_HEIGHT if dashboard.controls else 0
    for panel in dashboard.panels:
        name, view, indices = f"{start}-{dashboard.name}-{panel.name}", f"{start}-{panel.view}", indices_of(panel.view, scope)
        found = object_of(panel, name, view, indices, word_colours)
        (x, y), (w, h) = panel.at, panel.size
        y = y + shift if y else 0
        long = [bucket for bucket in panel.rows if bucket.long]
        if long:
            h -= SENTENCES_HEIGHT // 2  # the rows are low without sentences
        place(found, panel.name, "" if panel.chart == "text" else panel.title, x, y, w, h)
        if long:
            bucket = long[-1]
            place(sentences(panel, bucket, f"{name}-{bucket.name}", view, indices), f"{panel.name}-{bucket.name}",
                  bucket.label, x, y + h, w, SENTENCES_HEIGHT)
            shift += SENTENCES_HEIGHT - SENTENCES_HEIGHT // 2
    if dashboard.controls:
        main = next(panel.view for panel in dashboard.panels if panel.view)
        place(controls(dashboard, f"{start}-{dashboard.name}-controls", f"{start}-{main}"), "controls", "",
              0, first_row, COLUMNS, CONTROLS_HEIGHT)
    return [*objects, saved_object("dashboard", f"{start}-{dashboard.name}", "7.9.3",
                                   dashboard_attributes(dashboard, panels), references)]
