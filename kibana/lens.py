# SPDX-License-Identifier: MIT
"""Kibana 8.9 and later: dashboards with Lens panels inside, saved searches beside."""
import json

from fields import fields_of
from source import COLUMNS, NARROW_SCREEN, PREFIX

CORE = "8.8.0"
SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
OPERATIONS = {"sum": "sum", "min": "min", "max": "max", "unique": "unique_count", "count": "count", "last": "last_value"}
PREVIOUS = "previous"  # as long as the time range, and just before it
CHARTS = ("bars", "lines")
# The largest number a band of colour ends at.
NO_END = 1e12
TABLE_EDGES = 12  # pixels of a panel beside its table
NO_COLOUR = "#F5F7FA"  # as tiles without bands


def encode(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def kuery(text):
    return {"language": "kuery", "query": text}


def saved_object(kind, name, version, attributes, references=()):
    return {"type": kind, "id": name, "attributes": attributes, "references": list(references),
            "coreMigrationVersion": CORE, "typeMigrationVersion": version, "managed": False}


def reference(kind, name, label):
    return {"type": kind, "id": name, "name": label}


def field_formats(view):
    return encode(view["formats"])


def source_of(kql, view_name=None):
    """Which documents: a query, and the name of the reference to a data view."""
    index = {"indexRefName": view_name} if view_name else {}
    return {"searchSourceJSON": encode({"query": kuery(kql), "filter": [], **index})}


def dashboard_attributes(dashboard, panels, **options):
    return {"title": dashboard.title, "description": dashboard.description, "version": 1, "hits": 0,
            "timeRestore": True, "timeFrom": "now-30d/d", "timeTo": "now", "panelsJSON": encode(panels),
            "optionsJSON": encode({"useMargins": True, "hidePanelTitles": False, **options}),
            "kibanaSavedObjectMeta": source_of("")}


def data_view(name, kind, pattern, view):
    """Beside the documents stands an index without any: Kibana takes fields from indices alone,
    and reports an error in every panel and filter while there is none."""
    labels = {field["name"]: {"customLabel": view["labels"][field["name"]]} for field in fields_of(kind)
              if field["name"] in view["labels"]}
    return saved_object("index-pattern", name, "8.0.0", {
        "title": f"{pattern},{PREFIX}-empty-{kind}", "name": view["name"], "timeFieldName": view["time"],
        "allowNoIndex": True, "fields": "[]", "fieldAttrs": encode(labels), "fieldFormatMap": field_formats(view),
        "runtimeFieldMap": "{}", "sourceFilters": "[]"})


def is_date(value):
    return value.operation in ("min", "max") and not value.field.startswith("feed.")


def metric_column(value, label=None, shift=None, empty=False):
    """empty: no documents make a gap, not a zero."""
    params = {"emptyAsNull": empty} if value.operation in ("sum", "unique", "count") else {}
    if value.operation == "last":  # as a list: so it needs no aggregation beyond the basic ones
        params = {"sortField": "@timestamp", "showArrayValues": True}
    column = {"label": label or value.label, "customLabel": True, "isBucketed": False,
              "dataType": "date" if is_date(value) else "number", "scale": "ratio",
              "operationType": OPERATIONS[value.operation], "sourceField": value.field or "___records___",
              "params": params}
    if value.operation == "last":
        column.update(dataType="string", scale="ordinal",
                      filter=kuery(f'"{value.field}": *'))
    if value.filter:
        column["filter"] = kuery(value.filter)
    if shift:
        column["timeShift"] = shift
    return column


def formula_of(value):
    function = {"sum": "sum", "unique": "unique_count", "count": "count"}[value.operation]
    kql = f", kql='{value.filter}'" if value.filter else ""
    return f"{function}({value.field}{kql})"


def rate_columns(key, value, label=None):
    """A formula must be stored expanded: its sums, a tree over them, and itself."""
    whole = " + ".join(formula_of(part) for part in value.whole)
    text = f"{formula_of(value.part)} / {f'({whole})' if len(value.whole) > 1 else whole}"
    columns, names = {key: None}, []
    for number, part in enumerate(value.parts()):
        name = f"{key}X{number}"
        columns[name] = metric_column(part, f"Part of {value.label}")
        names.append(name)
    divisor = names[1] if len(names) == 2 else {
        "type": "function", "name": "add", "args": names[1:], "location": {"min": 0, "max": len(text)}, "text": whole}
    math = f"{key}X{len(names)}"
    columns[math] = {
        "label": f"Part of {value.label}", "customLabel": True, "dataType": "number", "isBucketed": False,
        "operationType": "math", "scale": "ratio", "references": names,
        "params": {"tinymathAst": {"type": "function", "name": "divide", "args": [names[0], divisor],
                                   "location": {"min": 0, "max": len(text)}, "text": text}}}
    columns[key] = {
        "label": label or value.label, "customLabel": True, "dataType": "number", "isBucketed": False,
        "operationType": "formula", "scale": "ratio", "references": [math],
        "params": {"formula": text, "isFormulaBroken": False,
                   "format": {"id": "percent", "params": {"decimals": 1}}}}
    return columns


def bucket_column(panel, bucket, order):
    column = {"label": bucket.label, "customLabel": True, "isBucketed": True, "sourceField": bucket.field}
    if bucket.day:
        return {**column, "dataType": "date", "operationType": "date_histogram", "scale": "interval",
                "params": {"interval": "1d", "includeEmptyRows": panel.chart != "table", "dropPartials": False}}
    by = {"type": "column", "columnId": order} if order else {"type": "alphabetical", "fallback": True}
    return {**column, "dataType": "ip" if bucket.field.endswith(".ip") else "string",
            "operationType": "terms", "scale": "ordinal",
            "params": {"size": bucket.size if panel.chart == "table" else min(bucket.size, 12), "orderBy": by,
                       "orderDirection": "asc" if panel.ascending or not order else "desc",
                       # what is missing is shown only where the rest is
                       "otherBucket": panel.chart != "table" or bucket.missing, "missingBucket": bucket.missing,
                       "parentFormat": {"id": "terms"}, "include": [], "exclude": [],
                       "includeIsRegex": False, "excludeIsRegex": False}}


def number_columns(key, value, label=None, empty=False):
    if value.operation == "rate":
        return rate_columns(key, value, label)
    return {key: metric_column(value, label, empty=empty)}


def beside(panel):
    """(its name, column) of the smaller number of a tile; None: it has one number.  Beside a share
    stands of how many: a share of a time without reports would be shown as null."""
    if panel.chart != "metric":
        return None
    value = panel.values[0]
    if value.operation == "rate":
        (whole,) = value.whole
        return "of", metric_column(whole, "of")
    return ("before", metric_column(value, "before", PREVIOUS)) if panel.before else None


def columns_of(panel):
    """(columns in order, names of the buckets, names of the values)"""
    columns, keys = {}, {}
    for value in panel.values:
        keys[value.name] = f"m{len(keys)}"
    order = keys.get(panel.order.name) if panel.order else None
    metrics = {}
    for value in panel.values:
        label = panel.title if panel.chart == "metric" else None
        metrics.update(number_columns(keys[value.name], value, label, empty=panel.chart == "lines"))
    if found := beside(panel):
        metrics["beside"] = found[1]
    for number, bucket in enumerate(panel.buckets()):
        columns[f"b{number}"] = bucket_column(panel, bucket, order)
    buckets = list(columns)
    columns.update(metrics)
    return columns, buckets, list(keys.values())


def palette_of(tone):
    """Bands of colour: the lowest value of each in colorStops, its end in stops."""
    ends = [start for start, _ in tone[1:]] + [NO_END]
    return {"type": "palette", "name": "custom", "params": {
        "name": "custom", "reverse": False, "rangeType": "number", "rangeMin": tone[0][0], "rangeMax": None,
        "progression": "fixed", "steps": len(tone), "maxSteps": 5, "continuity": "above",
        "colorStops": [{"color": colour, "stop": start} for start, colour in tone],
        "stops": [{"color": colour, "stop": end} for end, (_, colour) in zip(ends, tone)]}}


def tile(panel, layer, metrics):
    found = beside(panel)
    second = {"secondaryMetricAccessor": "beside", "secondaryPrefix": found[0]} if found else {}
    # A share or a maximum of nothing is no number, which gets the first colour.
    nothing = [(-1, NO_COLOUR)] if panel.values[0].operation in ("rate", "max") else []
    colour = {"palette": palette_of(nothing + panel.tone)} if panel.tone else {}
    return "lnsMetric", {**layer, "metricAccessor": metrics[0], **second, **colour}


def donut(layer, buckets, metrics, word_colours):
    """Colours of words are known from Kibana 8.11 on; before, the palette gives them."""
    chosen = [{"rule": {"type": "matchExactly", "values": [word]}, "color": {"type": "colorCode", "colorCode": colour},
               "touched": False} for word, colour in word_colours.items()]
    return "lnsPie", {"shape": "donut", "layers": [{
        **layer, "primaryGroups": buckets, "metrics": metrics, "numberDisplay": "percent", "categoryDisplay": "default",
        "legendDisplay": "show", "nestedLegend": False, "colorMapping": {
            "assignments": chosen, "paletteId": "eui_amsterdam_color_blind", "colorMode": {"type": "categorical"},
            "specialAssignments": [{"rule": {"type": "other"}, "color": {"type": "loop"}, "touched": False}]}}]}


def chart(panel, layer, buckets, metrics):
    kind = "bar_stacked" if panel.chart == "bars" else "line"
    xy = {**layer, "seriesType": kind, "xAccessor": buckets[-1], "accessors": metrics,
          "position": "top", "showGridlines": False}
    if panel.split:
        xy.update(splitAccessor=buckets[0], palette={"type": "palette", "name": panel.palette})
    else:
        xy["yConfig"] = [{"forAccessor": key, "color": value.colour}
                         for key, value in zip(metrics, panel.values) if value.colour]
    # Two names fit below the plot.  Of more, a legend there shows two rows at most, at some widths one.
    legend = {"position": "right" if panel.split or len(metrics) > 2 else "bottom"}
    if panel.split and panel.palette == "warm":
        legend["legendSize"] = "large"  # sentences
    return "lnsXY", {"legend": {"isVisible": True, "shouldTruncate": False, "maxLines": 3, **legend}, "valueLabels": "hide",
                     "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
                     "fittingFunction": "None", "preferredSeriesType": kind, "layers": [xy]}


def width_of(value, is_sorted):
    """A date, or a number below its heading, which breaks between words and may have an arrow: in pixels."""
    if value.operation == "last":
        return 0
    arrow = 20 if is_sorted else 0
    return arrow + (115 if is_date(value) else max(100, 48 + 8 * max(map(len, value.label.split()))))


def table(panel, layer, buckets, metrics):
    order = next((key for key, value in zip(metrics, panel.values) if value is panel.order), metrics[0])
    tones = {key: value.tone for key, value in zip(metrics, panel.values) if value.tone}
    # What needs less than its share of a narrow screen leaves the rest to names and sentences.
    share = (panel.size[0] * NARROW_SCREEN // COLUMNS - TABLE_EDGES) // (len(buckets) + len(metrics))
    needs = {key: width_of(value, key == order) for key, value in zip(metrics, panel.values)}
    widths = {key: width for key, width in needs.items() if 0 < width < share}

    def column(key):
        number = {"isMetric": True} if key in metrics else {}
        colour = {"colorMode": "cell", "palette": palette_of(tones[key])} if key in tones else {}
        width = {"width": widths[key]} if key in widths else {}
        return {"columnId": key, "isTransposed": False, **number, **colour, **width}
    return "lnsDatatable", {
        **layer, "sorting": {"columnId": order, "direction": "asc" if panel.ascending else "desc"},
        "paging": {"enabled": True, "size": 10}, "rowHeight": "auto", "headerRowHeight": "auto",
        "columns": [column(key) for key in [*buckets, *metrics]]}


def visualization(panel, buckets, metrics, word_colours):
    layer = {"layerId": "l1", "layerType": "data"}
    if panel.chart == "metric":
        return tile(panel, layer, metrics)
    if panel.chart == "donut":
        return donut(layer, buckets, metrics, word_colours)
    return (chart if panel.chart in CHARTS else table)(panel, layer, buckets, metrics)


def lens_panel(panel, view, word_colours):
    columns, buckets, metrics = columns_of(panel)
    kind, drawn = visualization(panel, buckets, metrics, word_colours)
    label = "indexpattern-datasource-layer-l1"
    order = [*buckets, *[key for key in columns if key not in buckets]]
    layer = {"columnOrder": order, "columns": columns, "incompleteColumns": {}, "sampling": 1}
    config = {"enhancements": {}, "hidePanelTitles": panel.chart == "metric", "attributes": {
        "title": "", "type": "lens", "visualizationType": kind,
        "references": [reference("index-pattern", view, label)],
        "state": {"datasourceStates": {"formBased": {"layers": {"l1": layer}},
                                       "indexpattern": {"layers": {}}, "textBased": {"layers": {}}},
                  "visualization": drawn, "query": kuery(panel.filter), "filters": [],
                  "internalReferences": [], "adHocDataViews": {}}}}
    return {"type": "lens", "embeddableConfig": config}, [reference("index-pattern", view, f"{panel.name}:{label}")]


def text_panel(panel):
    return {"type": "visualization", "embeddableConfig": {"enhancements": {}, "hidePanelTitles": True, "savedVis": {
        "id": "", "title": "", "description": "", "type": "markdown", "uiState": {},
        "params": {"fontSize": 12, "openLinksInNewTab": False, "markdown": panel.text},
        "data": {"aggs": [], "searchSource": {"query": kuery(""), "filter": []}}}}}, []


def saved_search(panel, name, view):
    return saved_object("search", name, "8.0.0", {
        "title": panel.title, "description": "", "columns": panel.columns, "sort": [[panel.sort, "desc"]],
        "grid": {"columns": {field: {"width": width} for field, width in panel.widths.items()}}, "hideChart": True, "rowHeight": -1, "kibanaSavedObjectMeta": source_of(panel.filter, SOURCE)},
        [reference("index-pattern", view, SOURCE)])


def control_group(dashboard, view):
    panels, references = {}, []
    for number, bucket in enumerate(dashboard.controls):
        name = f"c{number}"
        panels[name] = {"type": "optionsListControl", "order": number, "grow": True, "width": "medium",
                        "explicitInput": {"id": name, "fieldName": bucket.field, "title": bucket.label,
                                          "selectedOptions": [], "enhancements": {}}}
        references.append(reference("index-pattern", view, f"controlGroup_{name}:optionsListDataView"))
    ignore = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}
    return {"chainingSystem": "HIERARCHICAL", "controlStyle": "oneLine", "panelsJSON": encode(panels),
            "ignoreParentSettingsJSON": encode(ignore)}, references


def objects_of(dashboard, scope, word_colours):
    """The saved objects of one dashboard; scope is the tenant's token or a word for all."""
    start = f"{PREFIX}-{scope}"
    panels, references, objects = [], [], []
    for panel in dashboard.panels:
        view = f"{start}-{panel.view}"
        if panel.chart == "text":
            shown, found = text_panel(panel)
        elif panel.chart == "documents":
            name = f"{start}-{dashboard.name}-{panel.name}"
            objects.append(saved_search(panel, name, view))
            shown = {"type": "search", "embeddableConfig": {"enhancements": {}},
                     "panelRefName": f"panel_{panel.name}"}
            found = [reference("search", name, f"{panel.name}:panel_{panel.name}")]
        else:
            shown, found = lens_panel(panel, view, word_colours)
        (x, y), (w, h) = panel.at, panel.size
        panels.append({**shown, "panelIndex": panel.name, "title": panel.title,
                       "gridData": {"x": x, "y": y, "w": w, "h": h, "i": panel.name}})
        references += found
    attributes = dashboard_attributes(dashboard, panels, syncColors=True, syncCursor=True, syncTooltips=False)
    if dashboard.controls:
        main = next(panel.view for panel in dashboard.panels if panel.view)
        attributes["controlGroupInput"], found = control_group(dashboard, f"{start}-{main}")
        references += found
    return [*objects, saved_object("dashboard", f"{start}-{dashboard.name}", "8.9.0", attributes, references)]
