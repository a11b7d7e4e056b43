# SPDX-License-Identifier: MIT
"""Kibana 8.9 and later: dashboards with Lens panels inside, saved searches beside."""
import json

from source import PREFIX

CORE = "8.8.0"
SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
OPERATIONS = {"sum": "sum", "min": "min", "max": "max", "unique": "unique_count", "count": "count"}


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
    return encode({field: {"id": "duration", "params": {"inputFormat": "seconds", "outputFormat": "humanize"}}
                   for field in view.get("durations", [])})


def source_of(kql, view_name=None):
    """Which documents: a query, and the name of the reference to a data view."""
    index = {"indexRefName": view_name} if view_name else {}
    return {"searchSourceJSON": encode({"query": kuery(kql), "filter": [], **index})}


def dashboard_attributes(dashboard, panels, **options):
    return {"title": dashboard.title, "description": dashboard.description, "version": 1, "hits": 0,
            "timeRestore": True, "timeFrom": "now-30d/d", "timeTo": "now", "panelsJSON": encode(panels),
            "optionsJSON": encode({"useMargins": True, "hidePanelTitles": False, **options}),
            "kibanaSavedObjectMeta": source_of("")}


def data_view(name, title, pattern, view):
    return saved_object("index-pattern", name, "8.0.0", {
        "title": pattern, "name": title, "timeFieldName": view["time"], "allowNoIndex": True,
        "fields": "[]", "fieldAttrs": "{}", "fieldFormatMap": field_formats(view),
        "runtimeFieldMap": "{}", "sourceFilters": "[]"})


def metric_column(value, label=None):
    is_date = value.operation in ("min", "max") and not value.field.startswith("feed.")
    column = {"label": label or value.label, "customLabel": True, "isBucketed": False,
              "dataType": "date" if is_date else "number", "scale": "ratio",
              "operationType": OPERATIONS[value.operation], "sourceField": value.field or "___records___",
              "params": {"emptyAsNull": True} if value.operation in ("sum", "unique", "count") else {}}
    if value.filter:
        column["filter"] = kuery(value.filter)
    return column


def formula_of(value):
    function = {"sum": "sum", "unique": "unique_count", "count": "count"}[value.operation]
    kql = f", kql='{value.filter}'" if value.filter else ""
    return f"{function}({value.field}{kql})"


def rate_columns(key, value):
    """A formula must be stored expanded: its sums, a tree over them, and itself."""
    whole = " + ".join(map(formula_of, value.whole))
    text = f"{formula_of(value.part)} / {f'({whole})' if len(value.whole) > 1 else whole}"
    columns, names = {key: None}, []
    for number, part in enumerate(value.parts()):
        name = f"{key}X{number}"
        columns[name] = metric_column(part, f"Part of {value.label}")
        columns[name]["params"] = {"emptyAsNull": False}
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
        "label": value.label, "customLabel": True, "dataType": "number", "isBucketed": False,
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


def columns_of(panel):
    """(columns in order, names of the buckets, names of the values)"""
    columns, keys = {}, {}
    for value in panel.values:
        keys[value.name] = f"m{len(keys)}"
    order = keys.get(panel.order.name) if panel.order else None
    metrics = {}
    for value in panel.values:
        key = keys[value.name]
        metrics.update(rate_columns(key, value) if value.operation == "rate" else {key: metric_column(value)})
    for number, bucket in enumerate(panel.buckets()):
        columns[f"b{number}"] = bucket_column(panel, bucket, order)
    buckets = list(columns)
    columns.update(metrics)
    return columns, buckets, list(keys.values())


def visualization(panel, buckets, metrics):
    layer = {"layerId": "l1", "layerType": "data"}
    if panel.chart == "metric":
        colour = panel.colour or panel.values[0].colour
        return "lnsMetric", {**layer, "metricAccessor": metrics[0], **({"color": colour} if colour else {})}
    if panel.chart == "donut":
        return "lnsPie", {"shape": "donut", "layers": [
            {**layer, "primaryGroups": buckets, "metrics": metrics, "numberDisplay": "percent",
             "categoryDisplay": "default", "legendDisplay": "show", "nestedLegend": False}]}
    if panel.chart in ("bars", "lines"):
        kind = "bar_stacked" if panel.chart == "bars" else "line"
        xy = {**layer, "seriesType": kind, "xAccessor": buckets[-1], "accessors": metrics,
              "position": "top", "showGridlines": False}
        if panel.split:
            xy["splitAccessor"] = buckets[0]
        else:
            xy["yConfig"] = [{"forAccessor": key, "color": value.colour}
                             for key, value in zip(metrics, panel.values) if value.colour]
        return "lnsXY", {"legend": {"isVisible": True, "position": "bottom"}, "valueLabels": "hide",
                         "fittingFunction": "None", "preferredSeriesType": kind, "layers": [xy]}
    order = next((key for key, value in zip(metrics, panel.values) if value is panel.order), metrics[0])
    return "lnsDatatable", {
        **layer, "sorting": {"columnId": order, "direction": "asc" if panel.ascending else "desc"},
        "paging": {"enabled": True, "size": 10}, "rowHeight": "auto", "headerRowHeight": "auto",
        "columns": [{"columnId": key, "isTransposed": False, **({"isMetric": True} if key in metrics else {})}
                    for key in [*buckets, *metrics]]}


def lens_panel(panel, view):
    columns, buckets, metrics = columns_of(panel)
    kind, drawn = visualization(panel, buckets, metrics)
    label = "indexpattern-datasource-layer-l1"
    order = [*buckets, *[key for key in columns if key not in buckets]]
    layer = {"columnOrder": order, "columns": columns, "incompleteColumns": {}, "sampling": 1}
    config = {"enhancements": {}, "hidePanelTitles": False, "attributes": {
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
        "grid": {}, "hideChart": True, "kibanaSavedObjectMeta": source_of(panel.filter, SOURCE)},
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


def objects_of(dashboard, scope):
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
            shown, found = lens_panel(panel, view)
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
