# SPDX-License-Identifier: MIT
"""Known report mail of the last days: three tenants, every kind of trouble the
dashboards speak of, and values meant to break them."""
import dataclasses
import datetime
import gzip
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../demo")
import rows  # noqa: E402
import sample_mail  # noqa: E402

DAY = 86400
# acme_eu begins like acme: their documents must not meet.
TENANTS = {"acme": ["example.com", "example.org"], "acme_eu": ["example.net"]}
HTML = "<img src=x onerror=alert(1)> & \"friends\""
LONG = "n" * 10000


def tenant_of(domain):
    for tenant, domains in TENANTS.items():
        if any(domain == own or domain.endswith("." + own) for own in domains):
            return tenant
    return "unclaimed"


@dataclasses.dataclass
class Mail:
    data: bytes
    sender: str
    date: int
    reports: list = dataclasses.field(default_factory=list)  # rows of each
    kind: str = "none"
    refused: tuple = None  # (code, words) of what could not be read
    quirks: list = dataclasses.field(default_factory=list)


def record(address, count, dkim, spf, header_from, disposition="none", reasons=(), envelope=None, signatures=None,
           scope="mfrom"):
    if signatures is None:
        signatures = [("s1", header_from, "pass" if dkim == "pass" else "fail")]
    signed = "".join(f"<dkim><domain>{d}</domain><selector>{s}</selector><result>{r}</result></dkim>"
                     for s, d, r in signatures)
    why = "".join(f"<reason><type>{reason}</type></reason>" for reason in reasons)
    bounce = f"<envelope_from>{envelope}</envelope_from>" if envelope else ""
    return f"""<record><row><source_ip>{address}</source_ip><count>{count}</count><policy_evaluated>
<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{why}</policy_evaluated></row>
<identifiers>{bounce}<header_from>{header_from}</header_from></identifiers>
<auth_results>{signed}<spf><domain>{envelope or header_from}</domain><scope>{scope}</scope><result>{spf}</result></spf>
</auth_results></record>"""


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def dmarc(reporter, contact, domain, begin, records, policy="<p>quarantine</p><sp>none</sp>", number=""):
    data = f"""<?xml version="1.0" encoding="UTF-8"?>
<feedback><version>1.0</version><report_metadata><org_name>{escape(reporter)}</org_name><email>{contact}</email>
<report_id>{begin}.{domain}{number}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range>
</report_metadata><policy_published><domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf>{policy}</policy_published>
{''.join(records)}</feedback>""".encode()
    name = f"{contact.split('@')[1]}!{domain}!{begin}!{begin + DAY - 1}.xml.gz"
    mail = sample_mail.mail(contact, f"Report domain: {domain}", "application/gzip", name,
                            gzip.compress(data, mtime=0), begin)
    return Mail(mail, contact, begin, [list(rows.dmarc(data))], "aggregate")


def stamp(when):
    return datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def sts(domain, mode, *hosts):
    return {"policy-type": "sts", "policy-domain": domain, "policy-string": [
        "version: STSv1", f"mode: {mode}", *[f"mx: {host}" for host in hosts], "max_age: 604800"]}


def policy(about, good, bad, *details):
    return {"policy": about, "summary": {"total-successful-session-count": good, "total-failure-session-count": bad},
            **({"failure-details": list(details)} if details else {})}


def failure(result, count, host=None, address=None, reason=None, more=None, helo=None):
    members = {"result-type": result, "sending-mta-ip": "192.0.2.77", "receiving-mx-hostname": host,
               "receiving-ip": address, "receiving-mx-helo": helo, "failed-session-count": count,
               "failure-reason-code": reason, "additional-information": more}
    return {key: value for key, value in members.items() if value is not None}


def tls(reporter, contact, domain, begin, *policies, quirks=()):
    data = json.dumps({
        "organization-name": reporter, "contact-info": contact, "report-id": f"{begin}-{domain}",
        "date-range": {"start-datetime": stamp(begin), "end-datetime": stamp(begin + DAY - 1)},
        "policies": list(policies)}).encode()
    host = contact.split("@")[1]
    mail = sample_mail.mail(contact, f"Report Domain: {domain}", "application/tlsrpt+gzip",
                            f"{host}!{domain}!{begin}!{begin + DAY - 1}.json.gz", gzip.compress(data, mtime=0), begin,
                            (f"TLS-Report-Domain: {domain}", f"TLS-Report-Submitter: {host}"))
    return Mail(mail, contact, begin, [list(rows.tls(data))], "tlsrpt", quirks=list(quirks))


def incident(reporter, domain, when, address, subject, failed, delivery):
    text = datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S +0000")
    data = "\r\n".join([
        f"From: noreply@{reporter}", "To: dmarc@example.com", "Subject: FW: failure", f"Date: {text}", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"', "",
        "--b", "Content-Type: text/plain", "", "A message failed.", "",
        "--b", "Content-Type: message/feedback-report", "", "Feedback-Type: auth-failure", "User-Agent: test/1", "Version: 1",
        f"Original-Mail-From: <bounce@{domain}>", f"Arrival-Date: {text}", f"Source-IP: {address}",
        f"Reported-Domain: {domain}", f"Auth-Failure: {failed}", f"Delivery-Result: {delivery}",
        f"Authentication-Results: mx.{reporter}; dmarc=fail header.from={domain}", "",
        "--b", "Content-Type: text/rfc822-headers", "", f"From: someone@{domain}", f"Subject: {subject}",
        f"Message-ID: <{when}@{domain}>", f"Date: {text}", "", "--b--", ""]).encode()
    row = {**rows.common("dmarc_failure", reporter, None, when * 1000, when * 1000, data), "dmarc.incidents": 1,
           "dmarc.header_from": domain, "dmarc.domain": domain, "dmarc.envelope_from": domain, "source.ip": address,
           "email.subject": subject, "email.message_id": f"<{when}@{domain}>", "dmarc.failure.auth_failure": [failed],
           "dmarc.failure.delivery_result": delivery,
           "dmarc.failure.authentication_results": [f"mx.{reporter}; dmarc=fail header.from={domain}"]}
    return Mail(data, f"noreply@{reporter}", when, [[rows.kept(row)]], "failure", quirks=["arf-missing"])


def refused(name, data, begin, code, words):
    mail = sample_mail.mail("reports@broken.example", "Report domain: example.com", "application/gzip", name, data, begin)
    return Mail(mail, "reports@broken.example", begin, refused=(code, words))


def known(midnight):
    """The mails; the last days are the interesting ones."""
    found = []
    for age in range(9, 0, -1):
        begin = midnight - age * DAY
        found += [
            dmarc("google.com", "noreply-dmarc@google.com", "example.com", begin, [
                record("192.0.2.10", 60 + age, "pass", "pass", "example.com", envelope="bounce.example.com"),
                record("198.51.100.20", 30, "pass", "fail", "example.com",
                       signatures=[("s1", "example.com", "pass"), ("k2", "letters.example", "pass")]),
                record("203.0.113.30", 6, "fail", "fail", "example.com", reasons=["forwarded"], envelope="list.example"),
                record("203.0.113.99", 4, "fail", "fail", "example.com", "quarantine", signatures=[]),
            ] + ([record("2001:db8::99", 7, "fail", "fail", "pay.example.com", "reject")] if age <= 2 else [])),
            dmarc("Enterprise Outlook", "dmarcreport@microsoft.com", "example.org", begin,
                  [record("192.0.2.11", 5, "pass", "pass", "example.org"),
                   record("192.0.2.11", 2, "fail", "fail", "example.org")],
                  "<p>none</p>" if age > 4 else "<p>reject</p><sp>reject</sp><np>reject</np><testing>n</testing>"),
            dmarc("google.com", "noreply-dmarc@google.com", "example.net", begin,
                  [record("192.0.2.200", 1000, "pass", "pass", "example.net")]),
            tls("Google Inc.", "smtp-tls-reporting@google.com", "example.com", begin,
                policy(sts("example.com", "enforce", "mx1.example.com", "mx2.example.com"), 100 + age, 0)
                if age > 5 else
                policy(sts("example.com", "enforce", "mx1.example.com", "mx2.example.com"), 100, 10 + age,
                       failure("certificate-expired", 10 + age, "mx2.example.com", "198.51.100.2",
                               helo="mx2.example.com"))),
            tls("Google Inc.", "smtp-tls-reporting@google.com", "example.org", begin,
                policy({"policy-type": "no-policy-found", "policy-domain": "example.org"}, 50, 1,
                       failure("starttls-not-supported", 1, "mx.example.org", "2001:db8::25"))),
            tls("Google Inc.", "smtp-tls-reporting@google.com", "example.net", begin,
                policy(sts("example.net", "testing", "mx.example.net"), 20, 3,
                       failure("validation-failure", 2, "old.example.net", "198.51.100.9"),
                       failure("validation-failure", 1, "mx.example.net", "198.51.100.10", "X509_V_ERR"))),
        ]
    yesterday = midnight - DAY
    found += [
        # the same sessions under two policies, and failures nobody explains
        tls("Microsoft Corporation", "tlsrpt@microsoft.com", "example.com", yesterday,
            policy(sts("example.com", "enforce", "mx1.example.com"), 70, 2),
            policy({"policy-type": "tlsa", "policy-domain": "example.com",
                    "policy-string": ["3 1 1 " + "AB" * 32]}, 70, 5,
                   failure("tlsa-invalid", 5, "mx1.example.com", "198.51.100.1")), quirks=["details-missing"]),
        tls("Microsoft Corporation", "tlsrpt@microsoft.com", "nobody.example", yesterday,
            policy({"policy-type": "no-policy-found", "policy-domain": "nobody.example"}, 9, 0)),
        # values meant to break a page, an index or a log
        tls(HTML, "tls@hostile.example", "example.com", yesterday,
            policy(sts("example.com", "testing", "mx1.example.com"), 1, 1,
                   failure("certificate-not-trusted", 1, "mx1.example.com", "198.51.100.1",
                           "=cmd|' /C calc'!A0 </script><script>alert(2)</script>", "javascript:alert(3)"))),
        tls(LONG, "tls@long.example", "example.com", yesterday,
            policy(sts("example.com", "enforce", "mx1.example.com"), 11, 0)),
        dmarc(HTML, "d@hostile.example", "example.com", yesterday,
              [record("192.0.2.10", 3, "pass", "pass", "example.com")]),
        dmarc(LONG, "d@long.example", "example.com", yesterday,
              [record("192.0.2.10", 2, "pass", "pass", "example.com")]),
        dmarc("silent.example", "d@silent.example", "example.com", midnight - 20 * DAY,
              [record("192.0.2.10", 8, "pass", "pass", "example.com")]),
        incident("recipient.example", "example.com", yesterday + 3600, "203.0.113.99", "Invoice", "dmarc", "reject"),
        incident("recipient.example", "example.com", yesterday + 7200, "203.0.113.99", "Invoice", "spf", "delivered"),
        incident("other.example", "example.org", yesterday + 7300, "203.0.113.30", HTML, "dkim", "spam"),
        refused("broken.xml.gz", b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 20, yesterday, "bad-gzip", "damaged"),
        refused("beach.jpg", b"\xff\xd8\xff not really", yesterday, "not-a-report", ""),
    ]
    # the first report once more with other counts, and as it was
    again = dmarc("google.com", "noreply-dmarc@google.com", "example.com", midnight - 9 * DAY, [
        record("192.0.2.10", 71, "pass", "pass", "example.com", envelope="bounce.example.com")])
    return [*found, again], [found[0]]


def feed_rows(mails):
    for mail in mails:
        parts = {}
        for report in mail.reports:
            for row in report:
                domain = row.get("tlsrpt.policy.domain") or row.get("dmarc.domain")
                parts.setdefault(tenant_of(domain), []).append((row, domain))
        if mail.refused:
            parts.setdefault("unclaimed", [])
        for tenant, members in parts.items():
            first = members[0][0] if members else {}

            def total(field, dataset):
                return sum(row.get(field, 0) for row, _ in members if row["event.dataset"] == dataset)

            yield rows.kept({
                "event.dataset": "feed", "organization.name": tenant, "report.organization": first.get("report.organization"),
                "report.id": first.get("report.id"), "report.digest": rows.digest(mail.data), "report.quirks": mail.quirks,
                "report.dkim": "unknown", "report.sender": mail.sender.split("@")[1],
                "event.end": first.get("event.end"), "feed.kind": mail.kind, "feed.reports": 1 if members else 0,
                "feed.documents": len(members), "feed.rejects": 1 if mail.refused else 0,
                "feed.domains": sorted({domain for _, domain in members}),
                "feed.messages": total("dmarc.message_count", "dmarc_aggregate") + total("dmarc.incidents", "dmarc_failure"),
                "feed.successful_sessions": total("tlsrpt.successful_sessions", "tlsrpt_policy"),
                "feed.failed_sessions": total("tlsrpt.failed_sessions", "tlsrpt_policy"),
                "error.code": mail.refused and mail.refused[0]})


def all_rows(mails):
    """Every document that must be in the index."""
    for mail in mails:
        for report in mail.reports:
            for row in report:
                yield {**row, "organization.name": tenant_of(row.get("tlsrpt.policy.domain") or row["dmarc.domain"])}
    yield from feed_rows(mails)
