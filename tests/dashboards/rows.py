# SPDX-License-Identifier: MIT
"""Reads reports without any of the program's code, into rows that carry the names
of the document fields: what the panels must show."""
import datetime
import hashlib
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
from counts import child, local, number  # noqa: E402


def text(element, *names):
    for name in names:
        element = child(element, name) if element is not None else None
    found = (element.text or "").strip() if element is not None else ""
    return found or None


def several(element, name):
    return [e for e in element if local(e) == name] if element is not None else []


def ms(value):
    if value.isdigit():
        return int(value) * 1000
    return int(datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000)


def kept(row):
    """Without members that are absent, as in a document."""
    return {key: value for key, value in row.items() if value not in (None, [], "")}


def digest(content):
    """Not the program's, but the same for the same content."""
    return hashlib.sha256(repr(content).encode()).hexdigest()


def common(dataset, organization, report_id, begin, end, content):
    return {"event.dataset": dataset, "@timestamp": begin, "event.end": end, "report.organization": organization,
            "report.id": report_id, "report.digest": digest(content)}


def checks(record, kind, qualifier):
    found = several(child(record, "auth_results"), kind)
    parts = [[text(e, qualifier), text(e, "domain"), text(e, "result")] for e in found]
    return {f"dmarc.{kind}.combined": ["/".join(part or "" for part in check) for check in parts],
            f"dmarc.{kind}.domain": [check[1] for check in parts if check[1]]}


def dmarc(data):
    root = ElementTree.fromstring(data.lstrip(b"\xef\xbb\xbf"))
    content = tuple((local(e), (e.text or "").strip()) for e in root.iter())
    head, policy = child(root, "report_metadata"), child(root, "policy_published")
    organization = text(head, "org_name")
    head = common("dmarc_aggregate", organization, text(head, "report_id"),
                  ms(text(head, "date_range", "begin") or "0"), ms(text(head, "date_range", "end") or "0"), content)
    for record in several(root, "record"):
        evaluated = child(child(record, "row"), "policy_evaluated")
        dkim, spf = text(evaluated, "dkim"), text(evaluated, "spf")
        names = "identifiers" if child(record, "identifiers") is not None else "identities"  # a reporter's slip
        yield kept({
            **head, "dmarc.domain": text(policy, "domain"), "source.ip": text(record, "row", "source_ip"),
            "dmarc.message_count": number(text(record, "row", "count")),
            "dmarc.result": "pass" if "pass" in (dkim, spf) else "fail",
            "dmarc.aligned_dkim": dkim, "dmarc.aligned_spf": spf, "dmarc.disposition": text(evaluated, "disposition"),
            "dmarc.override.type": [text(reason, "type") for reason in several(evaluated, "reason")],
            "dmarc.header_from": text(record, names, "header_from"),
            "dmarc.envelope_from": text(record, names, "envelope_from"),
            **checks(record, "dkim", "selector"), **checks(record, "spf", "scope"),
            **{f"dmarc.policy.{tag}": text(policy, tag) for tag in ("p", "sp", "np", "adkim", "aspf", "testing")}})


def causes():
    """The table of ingest/tlsrpt/tlsrpt_cause.c: (result, policy, without reason, group, cause, advice)."""
    with open(f"{HERE}/../../ingest/tlsrpt/tlsrpt_cause.c", encoding="utf-8") as file:
        source = file.read()
    source = re.sub(r'TLSRPT_UNSPECIFIED', '"unspecified"', source)
    source = re.sub(r'"[\s\\]*\n\s*"', "", source)
    policy = re.search(r'#define NO_USABLE_POLICY[\s\\]*("[^"]*")', source).group(1)
    source = source.replace("NO_USABLE_POLICY }", policy + " }")
    literal = r'("(?:[^"\\]|\\.)*"|NULL)'
    rows = re.findall(rf'\{{ {literal}, {literal}, (\w+), {literal},\s*{literal},\s*{literal} \}}', source)
    effects = re.findall(rf'\{{ {literal}, {literal}, {literal},\s*{literal} \}}', source)
    plain = [[None if word == "NULL" else json.loads(word) if word[0] == '"' else word for word in row]
             for row in rows]
    assert len(plain) == 18 and len(effects) == 10, (len(plain), len(effects))
    return plain, [[None if word == "NULL" else json.loads(word) for word in row] for row in effects]


ROWS, EFFECTS = causes()


def words(result, policy, mode, has_reason):
    row = next(r for r in ROWS if r[0] in (None, result) and r[1] in (None, policy)
               and not (r[2] == "WITHOUT" and has_reason))
    effect = next(e for e in EFFECTS if e[0] in (None, policy) and e[1] in (None, mode) and e[2] in (None, result))
    return {"tlsrpt.result.group": row[3], "tlsrpt.result.cause": row[4], "tlsrpt.result.advice": row[5],
            "tlsrpt.result.effect": effect[3]}


def tls(data):
    report = json.loads(data.lstrip(b"\xef\xbb\xbf"))
    period = report["date-range"]
    content = json.dumps(report, sort_keys=True)
    for entry in report["policies"]:
        policy, summary = entry["policy"], entry.get("summary") or {}
        lines = policy.get("policy-string", [])
        said = dict(line.split(": ", 1) for line in lines if ": " in line)
        head = {"tlsrpt.policy.type": policy["policy-type"], "tlsrpt.policy.domain": policy["policy-domain"],
                "tlsrpt.policy.mode": said.get("mode"), "tlsrpt.policy.digest": digest(lines) if lines else None}

        def row(dataset, **members):
            return kept({**common(dataset, report["organization-name"], report["report-id"],
                                  ms(period["start-datetime"]), ms(period["end-datetime"]), content),
                         **head, **members})

        failed = number(summary.get("total-failure-session-count"))
        is_sts = policy["policy-type"] == "sts"
        yield row("tlsrpt_policy", **{
            "tlsrpt.successful_sessions": number(summary.get("total-successful-session-count")),
            "tlsrpt.failed_sessions": failed, "tlsrpt.policy.strings": lines,
            "tlsrpt.policy.mx_hosts": [line[4:] for line in lines if is_sts and line.startswith("mx: ")],
            "tlsrpt.policy.tlsa": [] if is_sts else [line.lower() for line in lines]})
        details = entry.get("failure-details") or []
        if failed and not details:
            details = [{"result-type": "unspecified", "failed-session-count": failed}]
        for detail in details:
            reason = detail.get("failure-reason-code")
            yield row("tlsrpt_failure", **{
                "error.code": detail["result-type"], "tlsrpt.failed_sessions": number(detail["failed-session-count"]),
                "server.domain": detail.get("receiving-mx-hostname"), "server.ip": detail.get("receiving-ip"),
                "source.ip": detail.get("sending-mta-ip"), "tlsrpt.receiving_mx_helo": detail.get("receiving-mx-helo"),
                "tlsrpt.failure_reason_code": reason, "tlsrpt.additional_information": detail.get("additional-information"),
                **words(detail["result-type"], policy["policy-type"], said.get("mode"), bool(reason))})
