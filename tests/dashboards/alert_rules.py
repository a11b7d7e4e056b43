# SPDX-License-Identifier: MIT
"""Alert rules as Kibana and OpenSearch run them, and documents that make them fire
or not.  Reads the rendered files."""
import json
import time

DAY_MS = 86400000
UNITS = {"h": 3600000, "d": DAY_MS}


def rendered(path, prefix, tenant):
    """(name of the rule, what creates it) of each."""
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("@@PREFIX@@", prefix).replace("@@TENANT@@", tenant)
    lines = [json.loads(line) for line in text.splitlines()]
    return list(zip(lines[0::4], lines[2::4]))


def fields_of(rule):
    """(index pattern, field) of all that a rule names, but for its free query."""
    if "params" in rule:
        params = rule["params"]
        for key in ("timeField", "aggField", "termField"):
            if key in params and "index" in params:
                yield params["index"][0], params[key]
        return
    search = rule["inputs"][0]["search"]

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("field"), str):
                yield node["field"]
            for key in ("range", "term"):
                yield from node.get(key, {})
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)
    for field in walk(search["query"]):
        yield search["indices"][0], field


def needs_esql(rule):
    return rule.get("params", {}).get("searchType") == "esqlQuery"


def kibana_groups(ask, rule, end):
    """What an es-query rule finds active at the time end: groups, or {"all"}."""
    params = rule["params"]
    start = end - params["timeWindowSize"] * UNITS[params["timeWindowUnit"]]
    window = {"range": {params["timeField"]: {"gte": start, "lt": end, "format": "epoch_millis"}}}
    request = {"size": 0, "track_total_hits": True,
               "query": {"bool": {"filter": [json.loads(params["esQuery"])["query"], window]}}}
    if params["groupBy"] == "top":
        request["aggs"] = {"by": {"terms": {"field": params["termField"], "size": params["termSize"]},
                                  "aggs": {"value": {"sum": {"field": params["aggField"]}}} if "aggField" in params else {}}}
        assert params["aggType"] == ("sum" if "aggField" in params else "count")
    answer = ask(params["index"][0], request)
    (limit,) = params["threshold"]
    met = {">": lambda value: value > limit, "<": lambda value: value < limit}[params["thresholdComparator"]]
    if params["groupBy"] == "all":
        return {"all"} if met(answer["hits"]["total"]["value"]) else set()
    buckets = answer.get("aggregations", {"by": {"buckets": []}})["by"]["buckets"]
    return {bucket["key"] for bucket in buckets if met(bucket["value"]["value"] if "value" in bucket else bucket["doc_count"])}


def kibana_tells(ask, rule, end):
    """A group is told of when it comes up: it was not active a day before."""
    found = kibana_groups(ask, rule, end)
    return found - kibana_groups(ask, rule, end - DAY_MS) if rule["params"]["groupBy"] == "top" else found


def monitor_fires(ask, execute, rule, end):
    """A query-level monitor: its query, then its condition in the server's own Painless."""
    search = rule["inputs"][0]["search"]
    request = json.loads(json.dumps(search["query"]).replace("{{period_end}}", str(end)))
    answer = ask(search["indices"][0], request)
    answer.setdefault("aggregations", {"by": {"buckets": []}})
    source = rule["triggers"][0]["query_level_trigger"]["condition"]["script"]["source"]
    return execute("def ctx = params.ctx; " + source, {"ctx": {"results": [answer]}}) == "true"


def tls_refused(ago, failed, kind="sts", mode="enforce", result="certificate-expired"):
    return "tlsrpt_failure", ago, {"tlsrpt.failed_sessions": failed, "tlsrpt.policy.type": kind, "error.code": result,
                                   "tlsrpt.policy.mode": mode, "tlsrpt.policy.domain": "example.com"}


def tls_failure(ago, host):
    return "tlsrpt_failure", ago, {"tlsrpt.failed_sessions": 3, "server.domain": host}


def feed(ago, reporter="google.com", kind="aggregate", rejects=0):
    return "feed", ago, {"report.organization": reporter, "feed.kind": kind, "feed.reports": 0 if rejects else 1,
                         "feed.rejects": rejects, **({"error.code": "bad-gzip"} if rejects else {})}


def messages(ago, count, result="pass", address="192.0.2.1", network="Example Net"):
    return "dmarc_aggregate", ago, {"dmarc.message_count": count, "dmarc.result": result, "source.ip": address,
                                    "dmarc.header_from": "example.com", "source.as.organization.name": network}


def named(ago, count, name, result="pass", status="known", type="marketing"):
    sender = {"source.sender.name": name, "source.sender.status": status, "source.sender.type": type}
    return "dmarc_aggregate", ago, {"dmarc.message_count": count, "dmarc.result": result,
                                    "dmarc.header_from": "example.com", **{k: v for k, v in sender.items() if v}}


def domain_check(ago, changes=0, critical=0, codes=("dmarc-p-none",), expires=90):
    """expires: days from now until the first certificate does."""
    not_after = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + expires * 86400))
    return "domain_check", ago, {"domain.smtp.not_after": not_after, "domain.name": "example.com", "domain.changes": changes, "domain.critical": critical,
                                 "domain.severity": "critical" if critical else "notice",
                                 "domain.findings": len(codes), "domain.finding.code": list(codes)}


def sent(ago, count, result="pass", disposition="none", service="bounce.news.example", **more):
    return "dmarc_aggregate", ago, {"dmarc.message_count": count, "dmarc.result": result,
                                    "dmarc.disposition": disposition, "dmarc.spf.domain": [service],
                                    "dmarc.header_from": "example.com", **more}


BEFORE = [sent(ago + 0.1, 50) for ago in range(3, 28)]

# name of the rule: (documents that make it fire, documents that do not); ago in days
SCENARIOS = {
    "passed-mail-stopped": ([sent(0.1, 1, disposition="reject")],
                            [sent(0.1, 99), sent(0.1, 9, "fail", "reject"), sent(3, 9, disposition="quarantine")]),
    "service-broke": ([*BEFORE, sent(0.1, 15, "fail", "reject"), sent(1.1, 15, "fail", "quarantine")],
                      [*BEFORE, sent(0.1, 50), sent(1.1, 50), sent(0.1, 60, "fail", "reject"),
                       sent(0.1, 60, "fail", "none", "b.other.example"), sent(8, 60, service="b.other.example"),
                       sent(8, 60, service="b.list.example"), sent(8, 60, service="b.gone.example"),
                       sent(0.1, 60, "fail", "reject", "b.list.example", **{"dmarc.override.type": ["mailing_list"]})]),
    "tls-held-back": ([tls_refused(0.1, 8), tls_refused(0.2, 4)],
                      [tls_refused(0.1, 10), tls_refused(0.1, 99, mode="testing"), tls_refused(3, 99),
                       tls_refused(0.1, 99, result="sts-policy-fetch-error")]),
    "mail-server-first-failure": ([tls_failure(0.1, "new.example.com"), tls_failure(3, "old.example.com")],
                                  [tls_failure(0.1, "old.example.com"), tls_failure(3, "old.example.com")]),
    "reporter-silent": ([feed(5, "gone.example"), feed(1)], [feed(5), feed(1), feed(40, "gone.example")]),
    "no-tls-reports": ([feed(1), feed(4, kind="tlsrpt")], [feed(2, kind="tlsrpt")]),
    "no-dmarc-reports": ([feed(1, kind="tlsrpt"), feed(4)], [feed(2)]),
    "dmarc-pass-rate-drop": ([messages(5, 1000), messages(0.1, 90), messages(0.1, 20, "fail")],
                             [messages(5, 900), messages(5, 100, "fail"), messages(0.1, 180), messages(0.1, 20, "fail")]),
    "new-sending-address": ([messages(0.1, 101, "fail", "2001:db8::66")],
                            [messages(0.1, 101, "fail"), messages(9, 101, "fail"), messages(0.1, 9, "fail", "2001:db8::7")]),
    "new-sending-network": ([messages(0.1, 101, network="Never Seen")], [messages(0.1, 101), messages(9, 101)]),
    "new-sender": ([named(0.1, 21, "Zendesk")],
                   [named(0.1, 21, "Mailchimp"), named(9, 25, "Mailchimp"), named(0.1, 99, "Brevo", status="approved"),
                    named(0.1, 99, "host.example", type=None), named(0.1, 20, "Klaviyo")]),
    "approved-sender-fails": ([named(0.1, 11, "Brevo", "fail", "approved"), named(0.2, 11, "Brevo", "fail", "approved")],
                              [named(0.1, 99, "Brevo", "pass", "approved"), named(0.1, 99, "Zendesk", "fail"),
                               named(3, 99, "Klaviyo", "fail", "approved")]),
    "mail-refused": ([feed(0.5, rejects=1)], [feed(0.5), feed(2, rejects=1)]),
    "record-changed": ([domain_check(0.1, changes=1)], [domain_check(0.1), domain_check(3, changes=2)]),
    "record-broken": ([domain_check(0.1, critical=1)], [domain_check(0.1), domain_check(3, critical=1)]),
    "certificate-expires": ([domain_check(0.1, expires=13)], [domain_check(0.1, expires=15), domain_check(3, expires=13)]),
    "bridge-not-polling": ([feed(2)], [feed(1)]),
}
