# SPDX-License-Identifier: MIT
"""Alert rules of Kibana and monitors of OpenSearch, out of alerts.toml.

Four lines for each: a word for it, its name, what creates it, what replaces it.
"""
import json

from source import PREFIX, TENANT, read

GROUPS = 500  # looked at per rule
INGESTED = "event.ingested"


def rules(product, scope):
    make = {"kibana": kibana, "opensearch": opensearch}[product]
    for rule in read("alerts.toml")["rule"]:
        if rule.get("set", "tenant") != scope:
            continue
        owner = TENANT if scope == "tenant" else "all customers"
        name = f"{PREFIX} {owner}: {rule['title']}"
        middle = f"-{TENANT}" if scope == "tenant" else ""
        yield rule["name"]
        yield name
        yield from make(rule, name, f"{PREFIX}-{rule['kind']}{middle}-*")


def query_string(rule):
    return {"query_string": {"query": rule["where"]}}


def days(rule):
    """Of the longest look back."""
    return rule.get("before", 0) + rule["window"]


# --- Kibana -----------------------------------------------------------------------

def time_window(length):
    whole = length == int(length)
    return {"timeWindowSize": int(length if whole else length * 24), "timeWindowUnit": "d" if whole else "h"}


def es_query(rule, index):
    """The query of an es-query rule; the rule adds the time window itself.  A group
    has one notification, when it appears: with the long window of "new" that is
    the first time."""
    grouped = "by" in rule
    params = {"searchType": "esQuery", "index": [index], "timeField": INGESTED, "size": 10,
              "esQuery": json.dumps({"query": query_string(rule)}), "excludeHitsFromPreviousRun": False,
              "thresholdComparator": ">" if grouped else "<", "threshold": [rule["above"] if grouped else 1],
              **time_window(days(rule)), "aggType": "sum" if "sum" in rule else "count",
              "groupBy": "top" if grouped else "all"}
    if grouped:
        params |= {"termField": rule["by"], "termSize": GROUPS}
    if "sum" in rule:
        params["aggField"] = rule["sum"]
    return params


def esql_query(rule, index):
    """A share, a change or an absence takes ES|QL (Kibana 8.13 and later)."""
    since = f"{INGESTED} >= NOW() - {rule['window'] * 24} hours"
    if rule["type"] == "broke":
        week = f"{INGESTED} < NOW() - 168 hours AND {INGESTED} >= NOW() - {168 + rule['window'] * 24} hours"
        steps = [f"EVAL n = {rule['sum']}, pass = CASE(dmarc.result == \"pass\", n, 0)",
                 "EVAL stopped = CASE(dmarc.result == \"fail\" AND dmarc.override.type IS NULL "
                 "AND (dmarc.disposition == \"reject\" OR dmarc.disposition == \"quarantine\"), n, 0)",
                 f"EVAL pass1 = CASE({since}, pass, 0), stopped1 = CASE({since}, stopped, 0)",
                 f"EVAL pass0 = CASE({week}, pass, 0), stopped0 = CASE({week}, stopped, 0)",
                 "STATS pass0 = SUM(pass0), pass1 = SUM(pass1), stopped0 = SUM(stopped0), stopped1 = SUM(stopped1) "
                 f"BY {rule['by']}",
                 f"WHERE stopped1 >= {rule['above']} AND pass0 >= {rule['above']}",
                 "WHERE 2 * pass1 <= pass0 AND stopped1 >= 2 * stopped0"]
    elif rule["type"] == "gone":
        steps = ["WHERE feed.reports > 0", f"STATS last = MAX({INGESTED}) BY {rule['by']}",
                 f"WHERE last < NOW() - {rule['window'] * 24} hours"]
    else:
        field, word = rule["good"]
        steps = [f"EVAL n = {rule['sum']}, good = CASE({field} == \"{word}\", {rule['sum']}, 0)",
                 f"EVAL n1 = CASE({since}, n, 0), good1 = CASE({since}, good, 0)",
                 f"STATS n = SUM(n), good = SUM(good), n1 = SUM(n1), good1 = SUM(good1) BY {rule['by']}",
                 f"WHERE n1 >= {rule['above']} AND n > n1",
                 f"WHERE 100.0 * good1 / n1 < 100.0 * (good - good1) / (n - n1) - {rule['points']}"]
    return {"searchType": "esqlQuery", "esqlQuery": {"esql": " | ".join([f"FROM {index}", *steps])},
            "timeField": INGESTED, "size": 10, "thresholdComparator": ">", "threshold": [0],
            "excludeHitsFromPreviousRun": False, "aggType": "count", "groupBy": "all", **time_window(days(rule))}


def kibana(rule, name, index):
    params = (esql_query if rule["type"] in ("gone", "drop", "broke") else es_query)(rule, index)
    replace = {"name": name, "tags": ["reportbridge"], "schedule": {"interval": "1h"}, "params": params, "actions": []}
    yield {**replace, "rule_type_id": ".es-query", "consumer": "stackAlerts", "enabled": True}
    yield replace


# --- OpenSearch -------------------------------------------------------------------

def since(rule, start, end):
    """From so many days ago to so many days ago; period_end is filled in by the monitor."""
    def at(ago):
        return "{{period_end}}" + (f"||-{round(ago * 24)}h" if ago else "")
    return {"range": {INGESTED: {"gte": at(start), "lt": at(end), "format": "epoch_millis"}}}


def sums(rule):
    aggs = {"sum": {"sum": {"field": rule["sum"]}}} if "sum" in rule else {}
    if rule["type"] == "broke":
        stopped = {"bool": {"filter": [{"term": {"dmarc.result": "fail"}},
                                       {"terms": {"dmarc.disposition": ["quarantine", "reject"]}}],
                            "must_not": [{"exists": {"field": "dmarc.override.type"}}]}}
        for name, query in (("pass", {"term": {"dmarc.result": "pass"}}), ("stopped", stopped)):
            aggs[name] = {"filter": query, "aggs": {"sum": {"sum": {"field": rule["sum"]}}}}
    if "good" in rule:
        field, word = rule["good"]
        aggs["good"] = {"filter": {"term": {field: word}}, "aggs": {"sum": {"sum": {"field": rule["sum"]}}}}
    return aggs


# What a monitor fires on, per group b of the answer.
CONDITIONS = {
    "above": "b.sum.value > {above}",
    "counted": "b.doc_count > {above}",
    "new": "b.recent.sum.value > {above} && b.earlier.doc_count == 0",
    "broke": "b.recent.stopped.sum.value >= {above} && b.earlier.pass.sum.value >= {above} && "
             "2 * b.recent.pass.sum.value <= b.earlier.pass.sum.value && "
             "b.recent.stopped.sum.value >= 2 * b.earlier.stopped.sum.value",
    "gone": "b.recent.doc_count == 0 && b.earlier.doc_count > 0",
    "drop": "b.recent.sum.value >= {above} && b.earlier.sum.value > 0 && "
            "100.0 * b.recent.good.sum.value / b.recent.sum.value < "
            "100.0 * b.earlier.good.sum.value / b.earlier.sum.value - {points}",
}


def opensearch(rule, name, index):
    query = {"bool": {"filter": [query_string(rule), since(rule, days(rule), 0)]}}
    search = {"size": 0, "track_total_hits": True, "query": query}
    condition = "return ctx.results[0].hits.total.value < 1"
    if rule["type"] != "none":
        inner = sums(rule)
        if "before" in rule:
            # Of what broke, the same days of the week before.
            end = rule["before"] if rule["type"] == "broke" else rule["window"]
            inner = {"recent": {"filter": since(rule, rule["window"], 0), "aggs": inner},
                     "earlier": {"filter": since(rule, days(rule), end), "aggs": inner}}
        search["aggs"] = {"by": {"terms": {"field": rule["by"], "size": GROUPS}, "aggs": inner}}
        kind = "counted" if rule["type"] == "above" and "sum" not in rule else rule["type"]
        condition = ("for (def b : ctx.results[0].aggregations.by.buckets) { if ("
                     + CONDITIONS[kind].format(**rule) + ") { return true } } return false")
    trigger = {"name": rule["title"], "severity": "2", "actions": [],
               "condition": {"script": {"source": condition, "lang": "painless"}}}
    monitor = {"type": "monitor", "name": name, "monitor_type": "query_level_monitor", "enabled": True,
               "schedule": {"period": {"interval": 1, "unit": "HOURS"}},
               "inputs": [{"search": {"indices": [index], "query": search}}],
               "triggers": [{"query_level_trigger": trigger}]}
    yield monitor
    yield monitor
