# SPDX-License-Identifier: MIT
"""What the panels of a rendered file ask the search server, read from the file as
Kibana and OpenSearch Dashboards would read it, not from the source of it."""
import dataclasses
import json

import kql


@dataclasses.dataclass
class Metric:
    operation: str  # "sum", "min", "max", "cardinality", "count" or "last"
    field: str = None
    filter: str = ""


@dataclasses.dataclass
class Rate:
    part: Metric
    whole: list


@dataclasses.dataclass
class Bucket:
    kind: str  # "terms", "day" or "filters"
    field: str = None
    size: int = 0
    order: object = "_key"  # a Metric, or by the value itself
    ascending: bool = False
    missing: bool = False
    filters: tuple = ()


@dataclasses.dataclass
class Panel:
    name: str
    view: str  # id of the data view
    filter: str
    buckets: list = dataclasses.field(default_factory=list)
    metrics: list = dataclasses.field(default_factory=list)
    documents: list = None  # columns of a saved search
    sort: list = None

    def fields(self):
        """(field, what is done to it) of all that the panel names."""
        for text in [self.filter, *[m.filter for m in self.all_metrics()],
                     *[text for bucket in self.buckets for text in bucket.filters]]:
            for field in kql.fields_of(kql.parse(text)):
                yield field, "filter"
        for metric in self.all_metrics():
            if metric.field:
                yield metric.field, metric.operation
        for bucket in self.buckets:
            if bucket.field:
                yield bucket.field, bucket.kind
        for column in self.documents or []:
            yield column, "column"
        for column, _ in self.sort or []:
            yield column, "sort"

    def all_metrics(self):
        for metric in self.metrics:
            yield from [metric.part, *metric.whole] if isinstance(metric, Rate) else [metric]


def objects(path, prefix, tenant):
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("@@PREFIX@@", prefix).replace("@@TENANT@@", tenant)
    return [json.loads(line) for line in text.splitlines()]


def source_of(found):
    """(KQL, id of the data view) of a saved search or classic visualization."""
    source = json.loads(found["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    by_name = {reference["name"]: reference["id"] for reference in found["references"]}
    return source["query"]["query"], by_name.get(source.get("indexRefName"))


def of_search(name, found):
    query, view = source_of(found)
    return Panel(name, view, query, documents=found["attributes"]["columns"], sort=found["attributes"]["sort"])


# --- Lens -------------------------------------------------------------------------

OPERATIONS = {"sum": "sum", "min": "min", "max": "max", "unique_count": "cardinality", "count": "count",
              "last_value": "last"}


def lens_metric(columns, key):
    column = columns[key]
    if column["operationType"] == "formula":
        math = columns[column["references"][0]]
        part, *whole = [lens_metric(columns, key) for key in math["references"]]
        tree = math["params"]["tinymathAst"]
        assert tree["name"] == "divide" and tree["args"][0] == math["references"][0]
        divisor = tree["args"][1]
        added = [divisor] if isinstance(divisor, str) else divisor["args"]
        assert added == math["references"][1:] and (isinstance(divisor, str) or divisor["name"] == "add")
        return Rate(part, whole)
    field = None if column["operationType"] == "count" else column["sourceField"]
    if column["operationType"] == "last_value":
        assert column["filter"]["query"] == f'"{field}": *' and column["params"]["sortField"] == "@timestamp"
        return Metric("last", field, column["filter"]["query"])
    return Metric(OPERATIONS[column["operationType"]], field, column.get("filter", {}).get("query", ""))


def lens_bucket(columns, key):
    column, params = columns[key], columns[key]["params"]
    if column["operationType"] == "date_histogram":
        assert params["interval"] == "1d"
        return Bucket("day", column["sourceField"])
    by = params["orderBy"]
    order = lens_metric(columns, by["columnId"]) if by["type"] == "column" else "_key"
    return Bucket("terms", column["sourceField"], params["size"], order, params["orderDirection"] == "asc",
                  params["missingBucket"] and params["otherBucket"])


def of_lens(panel):
    attributes = panel["embeddableConfig"]["attributes"]
    state = attributes["state"]
    (layer,) = state["datasourceStates"]["formBased"]["layers"].values()
    columns = layer["columns"]
    drawn = state["visualization"]
    shown = drawn.get("layers", [drawn])[0]
    metrics = (shown.get("accessors") or shown.get("metrics") or
               ([shown["metricAccessor"]] if "metricAccessor" in shown else None) or
               [c["columnId"] for c in shown["columns"] if not columns[c["columnId"]]["isBucketed"]])
    buckets = [key for key in layer["columnOrder"] if columns[key]["isBucketed"]]
    return Panel(panel["panelIndex"], attributes["references"][0]["id"], state["query"]["query"],
                 [lens_bucket(columns, key) for key in buckets], [lens_metric(columns, key) for key in metrics])


def lens_panels(found):
    by_id = {(o["type"], o["id"]): o for o in found}
    for dashboard in (o for o in found if o["type"] == "dashboard"):
        references = {r["name"]: r for r in dashboard["references"]}
        for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
            name = f"{dashboard['id']}/{panel['panelIndex']}"
            if panel["type"] == "lens":
                read = of_lens(panel)
            elif panel["type"] == "search":
                reference = references[f"{panel['panelIndex']}:{panel['panelRefName']}"]
                read = of_search(name, by_id[reference["type"], reference["id"]])
            else:
                continue
            read.name = name
            yield read


# --- classic visualizations ---------------------------------------------------------

def classic_metric(agg):
    params = agg["params"]
    if agg["type"] == "sum_bucket":  # over the one bucket that has the filter
        (bucket,) = params["customBucket"]["params"]["filters"]
        inner = classic_metric(params["customMetric"])
        return Metric(inner.operation, inner.field, bucket["input"]["query"])
    if agg["type"] == "top_hits":
        assert (params["size"], params["sortField"], params["sortOrder"]) == (1, "@timestamp", "desc")
        return Metric("last", params["field"])
    return Metric(agg["type"], params.get("field"))


def classic_bucket(agg, metrics):
    params = agg["params"]
    if agg["type"] == "filters":
        return Bucket("filters", filters=tuple(row["input"]["query"] for row in params["filters"]))
    if agg["type"] == "date_histogram":
        assert params["interval"] == "d"
        return Bucket("day", params["field"])
    return Bucket("terms", params["field"], params["size"], metrics[params["orderBy"]], params["order"] == "asc",
                  params["missingBucket"] and params["otherBucket"])


def tsvb_metric(series):
    """What a series shows: its last metric, made of those before it."""
    *parts, shown = series["metrics"]
    if shown["type"] == "calculation":  # the same number, and none of no documents
        assert shown["script"] == "params.a" and shown["variables"][0]["field"] == parts[-1]["id"]
        *parts, shown = parts
    own = series["filter"]["query"] if series["split_mode"] == "filter" else ""
    if shown["type"] == "filter_ratio":
        assert shown["metric_agg"] == "sum" and not own
        whole = shown["denominator"]["query"].strip("()")
        return Rate(Metric("sum", shown["field"], shown["numerator"]["query"]),
                    [Metric("sum", shown["field"], "" if whole == "*" else whole)])
    if shown["type"] == "math":
        names = {variable["name"]: variable["field"] for variable in shown["variables"]}
        by_id = {part["id"]: Metric(part["type"], part["field"], own) for part in parts}
        whole = list(names)[1:]
        assert shown["script"] == f"params.a / ({' + '.join('params.' + name for name in whole)})"
        return Rate(by_id[names["a"]], [by_id[names[name]] for name in whole])
    return Metric(shown["type"], shown["field"], own)


def of_tsvb(name, view, params, interface):
    first = params["series"][0]
    metrics = [tsvb_metric(series) for series in params["series"]]
    buckets = []
    if params["type"] == "table":
        sort = interface["table"]["sort"]
        assert sort["column"] == first["id"] and len(metrics) == 1
        buckets.append(Bucket("terms", params["pivot_id"], int(params["pivot_rows"]), metrics[0], sort["order"] == "asc"))
    if first["split_mode"] == "terms":
        buckets.append(Bucket("terms", first["terms_field"], int(first["terms_size"]), Metric("count")))
    if first["split_mode"] == "filters":
        buckets.append(Bucket("filters", filters=tuple(row["filter"]["query"] for row in first["split_filters"])))
    if params["type"] == "timeseries":
        assert params["interval"] == "1d"
        buckets.append(Bucket("day", params["time_field"]))
    return Panel(name, view, params["filter"]["query"], buckets, metrics)


def of_visualization(name, found):
    state = json.loads(found["attributes"]["visState"])
    if state["type"] in ("markdown", "input_control_vis"):
        return None
    query, view = source_of(found)
    if state["type"] == "metrics":
        return of_tsvb(name, view, state["params"], json.loads(found["attributes"]["uiStateJSON"]))
    metrics = {agg["id"]: classic_metric(agg) for agg in state["aggs"] if agg["schema"] == "metric"}
    buckets = [agg for agg in state["aggs"] if agg["schema"] != "metric"]
    # The series of a chart are asked for before its axis.
    buckets.sort(key=lambda agg: state["type"] in ("histogram", "line") and agg["schema"] != "group")
    return Panel(name, view, query, [classic_bucket(agg, metrics) for agg in buckets], list(metrics.values()))


def classic_panels(found):
    by_id = {(o["type"], o["id"]): o for o in found}
    for dashboard in (o for o in found if o["type"] == "dashboard"):
        references = {r["name"]: r for r in dashboard["references"]}
        for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
            name = f"{dashboard['id']}/{panel['panelIndex']}"
            reference = references[panel["panelRefName"]]
            read = (of_search if reference["type"] == "search" else of_visualization)(
                name, by_id[reference["type"], reference["id"]])
            if read:
                yield read
