# SPDX-License-Identifier: MIT
"""A panel as a search request, and its answer as a table."""
import kql

MISSING = "__missing__"  # what Kibana puts in place of a text that is not there
DAY_MS = 86400000


def metric_aggregation(metric):
    """(name of the number below it, aggregation); None: the number of documents."""
    if metric.operation == "count":
        return None
    if metric.operation == "last":
        return {"top_hits": {"size": 1, "sort": [{"@timestamp": "desc"}], "_source": False,
                             "fields": [{"field": metric.field}]}}
    return {metric.operation: {"field": metric.field}}


def add_metrics(aggs, panel):
    for number, metric in enumerate(panel.all_metrics()):
        inner = metric_aggregation(metric)
        if metric.filter:
            aggs[f"m{number}"] = {"filter": kql.to_query(kql.parse(metric.filter)),
                                  "aggs": {"value": inner} if inner else {}}
        elif inner:
            aggs[f"m{number}"] = inner


def order_path(panel, order):
    if order == "_key":
        return "_key"
    if order.operation == "count" and not order.filter:
        return "_count"
    number = list(panel.all_metrics()).index(order)
    if order.operation == "count":
        return f"m{number}"
    return f"m{number}>value" if order.filter else f"m{number}"


def bucket_aggregation(panel, bucket):
    if bucket.kind == "filters":
        return {"filters": {"filters": {text: kql.to_query(kql.parse(text)) for text in bucket.filters}}}
    if bucket.kind == "day":
        return {"date_histogram": {"field": bucket.field, "fixed_interval": "1d", "min_doc_count": 1}}
    terms = {"field": bucket.field, "size": bucket.size,
             "order": {order_path(panel, bucket.order): "asc" if bucket.ascending else "desc"}}
    if bucket.missing:
        terms["missing"] = MISSING
    return {"terms": terms}


def request_of(panel, time_range):
    filters = [kql.to_query(kql.parse(panel.filter)), *time_range]
    request = {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": filters}}}
    if panel.documents is not None:
        sort = [{field: {"order": direction, "unmapped_type": "boolean"}} for field, direction in panel.sort]
        return {**request, "size": 500, "sort": sort, "_source": False,
                "fields": [{"field": field} for field in panel.documents]}
    top = {}
    aggs = top
    for number, bucket in enumerate(panel.buckets):
        # A number is asked for at every level: outer buckets are ordered by it.
        add_metrics(aggs, panel)
        inner = {}
        aggs[f"b{number}"] = {**bucket_aggregation(panel, bucket), "aggs": inner}
        aggs = inner
    add_metrics(aggs, panel)
    return {**request, "aggs": top}


def numbers_of(answer, panel, documents):
    numbers = []
    for number, metric in enumerate(panel.all_metrics()):
        if metric.operation == "count":
            numbers.append(answer[f"m{number}"]["doc_count"] if metric.filter else documents)
            continue
        found = answer[f"m{number}"]
        if metric.operation == "last":
            found = found["value"] if metric.filter else found
            hits = found["hits"]["hits"]
            numbers.append(hits[0]["fields"].get(metric.field, [None])[0] if hits and "fields" in hits[0] else None)
            continue
        value = (found["value"] if metric.filter else found)["value"]
        numbers.append(0 if value is None and metric.operation in ("sum", "cardinality") else value)
    return tuple(numbers)


def key_of(bucket, found):
    return found["key"] if not isinstance(found["key"], (int, float)) or bucket.kind == "day" else str(found["key"])


def table_of(answer, panel):
    """{(key of each bucket): (numbers)}"""
    documents = answer["hits"]["total"]["value"]
    if documents == 0 and not panel.buckets:
        return {}
    table = {}

    def walk(level, number, key, documents):
        if number == len(panel.buckets):
            table[key] = numbers_of(level, panel, documents)
            return
        bucket, found = panel.buckets[number], level[f"b{number}"]["buckets"]
        if bucket.kind == "filters":
            for text in bucket.filters:
                walk(found[text], number + 1, (*key, text), found[text]["doc_count"])
        else:
            for one in found:
                walk(one, number + 1, (*key, key_of(bucket, one)), one["doc_count"])

    if "aggregations" in answer or not panel.buckets:  # without an index there are none
        walk(answer.get("aggregations"), 0, (), documents)
    return table


# --- the same over rows, without a search server -------------------------------------

def keys_of(row, bucket):
    if bucket.kind == "filters":
        return [text for text in bucket.filters if kql.holds(kql.parse(text), row)]
    values = sorted(set(kql.values_of(row, bucket.field)))
    if bucket.kind == "day":
        return [value // DAY_MS * DAY_MS for value in values]
    return values or ([MISSING] if bucket.missing else [])


def number_of(rows, metric):
    rows = [row for row in rows if kql.holds(kql.parse(metric.filter), row)]
    if metric.operation == "count":
        return len(rows)
    if metric.operation == "last":
        newest = max(rows, key=lambda row: row["@timestamp"], default={})
        return next(iter(kql.values_of(newest, metric.field)), None)
    values = [value for row in rows for value in kql.values_of(row, metric.field)]
    if metric.operation == "sum":
        return sum(values)
    if metric.operation == "cardinality":
        return len(set(values))
    return (min if metric.operation == "min" else max)(values) if values else None


def expected_table(rows, panel):
    rows = [row for row in rows if kql.holds(kql.parse(panel.filter), row)]
    groups = {(): rows} if rows or panel.buckets else {}
    for bucket in panel.buckets:
        inner = {}
        for key, members in groups.items():
            if bucket.kind == "filters":
                for text in bucket.filters:
                    inner[(*key, text)] = []
            for row in members:
                for value in keys_of(row, bucket):
                    inner.setdefault((*key, value), []).append(row)
        groups = inner
    return {key: tuple(number_of(members, metric) for metric in panel.all_metrics())
            for key, members in groups.items()}
