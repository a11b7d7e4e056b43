# SPDX-License-Identifier: MIT
"""What the panels of a rendered file ask the search server, read from the file as
Kibana and OpenSearch Dashboards would read it, not from the source of it."""
import dataclasses
import json

import kql


@dataclasses.dataclass
class Metric:
    operation: str  # "sum", "min", "max", "cardinality" or "count"
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

OPERATIONS = {"sum": "sum", "min": "min", "max": "max", "unique_count": "cardinality", "count": "count"}


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
    return Metric(agg["type"], agg["params"].get("field"))


def classic_bucket(agg, metrics):
    params = agg["params"]
    if agg["type"] == "filters":
        return Bucket("filters", filters=tuple(row["input"]["query"] for row in params["filters"]))
    if agg["type"] == "date_histogram":
        assert params["interval"] == "d"
        return Bucket("day", params["field"])
    return Bucket("terms", params["field"], params["size"], metrics[params["orderBy"]], params["order"] == "asc",
                  params["missingBucket"] and params["otherBucket"])


def of_visualization(name, found):
    state = json.loads(found["attributes"]["visState"])
    if state["type"] in ("markdown", "input_control_vis"):
        return None
    query, view = source_of(found)
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
