# SPDX-License-Identifier: MIT
"""Reports made up for one domain, to be read together with its records."""
import json
import time

DAY = 86400
TODAY = int(time.time()) // DAY * DAY


def record(count, domain, dkim="pass", spf="pass", ip="192.0.2.1", header_from=None, selector=None, dkim_result=None,
           signer=None, spf_domain=None, spf_result=None, override=None):
    """One row: dkim and spf are the aligned results, the others what was found."""
    reason = f"<reason><type>{override}</type></reason>" if override else ""
    signature = f"<dkim><domain>{signer or domain}</domain><selector>{selector}</selector><result>{dkim_result or dkim}</result></dkim>" \
        if selector else ""
    return f"""<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>
<disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{reason}</policy_evaluated></row>
<identifiers><header_from>{header_from or domain}</header_from></identifiers><auth_results>{signature}
<spf><domain>{spf_domain or domain}</domain><result>{spf_result or spf}</result></spf></auth_results></record>"""


def dmarc(domain, *records, days_ago=2, p="none", org="google.com", method=None):
    begin = TODAY - days_ago * DAY
    found = f"<discovery_method>{method}</discovery_method>" if method else ""
    return f"""<?xml version="1.0"?><feedback><report_metadata><org_name>{org}</org_name><email>x@{org}</email>
<report_id>{org}-{begin}-{hash(records) % 10 ** 9}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range>
</report_metadata><policy_published><domain>{domain}</domain><p>{p}</p>{found}</policy_published>
{''.join(records)}</feedback>"""


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def tls(domain, good, failures=(), days_ago=2, strings=("version: STSv1", "mode: testing", "mx: mx.ok.test", "max_age: 604800"),
        org="google.com", kind="sts"):
    """failures: (result-type, host, sessions)"""
    begin = TODAY - days_ago * DAY
    return json.dumps({
        "organization-name": org, "report-id": f"{org}-{begin}", "contact-info": f"x@{org}",
        "date-range": {"start-datetime": moment(begin), "end-datetime": moment(begin + DAY - 1)},
        "policies": [{"policy": {"policy-type": kind, "policy-domain": domain, "policy-string": list(strings)},
                      "summary": {"total-successful-session-count": good,
                                  "total-failure-session-count": sum(f[2] for f in failures)},
                      "failure-details": [{"result-type": code, "receiving-mx-hostname": host, "failed-session-count": count}
                                          for code, host, count in failures]}]})


def cases():
    """(name, domain, reports, findings that they add or change, options, part of the evidence)"""
    n, g, k = "dmarc-p-none.test", "good.test", "dkim-good.test"
    t, u = "sts-testing.test", "spf-unused.test"
    many = record(200, n)
    enforce = ("version: STSv1", "mode: enforce", "mx: mx.ok.test", "max_age: 604800")
    return [
        ("policy", n, [dmarc(n, record(10, n), p="reject")], "reported-policy:notice"),
        ("policy long ago", n, [dmarc(n, record(10, n), p="reject", days_ago=40), dmarc(n, record(10, n))], ""),
        ("method", g, [dmarc(g, record(10, g), p="reject", method="psl"),
                       dmarc("test", record(10, g), p="none", method="treewalk", org="b.example")], "reported-method:notice"),
        ("reject", n, [dmarc(n, many, record(20, n, "fail", "fail"), record(9, n, "fail", "fail", override="forwarded"))],
         "reported-reject:notice"),
        ("reject, by sender", n, [dmarc(n, many, record(20, n, "fail", "fail", selector="s", signer="amazonses.com", dkim_result="pass"),
                                        record(9, n, "fail", "fail", ip="192.0.2.7"))],
         "reported-reject:notice", [], "29 of 229 messages (12.7 %) fail, 0 of these were forwarded or sent to lists; "
                                       "the others: Amazon SES (transactional) (20), unknown senders (9)"),
        ("spf unused", u, [dmarc(u, record(100, u), p="reject", days_ago=70), dmarc(u, record(100, u), p="reject")],
         "reported-spf-unused:notice", [], "none of 200 messages from "),
        ("spf unused, not known yet", u, [dmarc(u, record(200, u), p="reject")], ""),
        ("spf used", u, [dmarc(u, record(100, u), p="reject", days_ago=70),
                         dmarc(u, record(100, u, ip="192.0.2.3"), p="reject")], ""),
        ("spf used by IPv6", u, [dmarc(u, record(100, u), p="reject", days_ago=70),
                                 dmarc(u, record(100, u, ip="2001:db8:2::1"), p="reject")], ""),
        ("raise in spite of forged mail", n, [dmarc(n, many, days_ago=40), dmarc(n, record(300, n, selector="s", signer="amazonses.com"),
                                              record(90, n, "fail", "fail", ip="192.0.2.7"))],
         "reported-reject:notice reported-raise:notice"),
        ("few", n, [dmarc(n, record(50, n), record(20, n, "fail", "fail"))], ""),
        ("raise", n, [dmarc(n, many, days_ago=40), dmarc(n, many)], "reported-raise:notice"),
        ("spf only", n, [dmarc(n, many, record(30, n, "fail", "pass"))], "reported-spf-only:notice"),
        ("dkim only", n, [dmarc(n, many, record(30, n, "pass", "fail", spf_domain="service.test", spf_result="pass"))],
         "reported-dkim-only:ok"),
        ("not in spf", n, [dmarc(n, many, record(30, n, "pass", "fail"))], "reported-not-in-spf:notice"),
        ("spf error, repaired", n, [dmarc(n, record(10, n, "pass", "fail", spf_result="permerror"))],
         "reported-spf-error:notice"),
        ("spf error, still", "spf-syntax.test", [dmarc("spf-syntax.test", record(
            10, "spf-syntax.test", "pass", "fail", spf_result="permerror"), p="reject")], "reported-spf-error:warning"),
        ("key gone", g, [dmarc(g, record(10, g, selector="old"), p="reject")], "reported-key-gone:critical"),
        ("key good", k, [dmarc(k, record(10, k, selector="s"), p="reject")], ""),
        ("key unused", k, [dmarc(k, record(200, k), p="reject")], "reported-key-unused:notice", ["--selector", "s"]),
        ("dkim fails", k, [dmarc(k, record(10, k, selector="s"), record(
            30, k, "fail", "pass", selector="s", dkim_result="fail"), p="reject")], "reported-dkim-fails:warning"),
        ("subdomain", n, [dmarc(n, record(20, n, "fail", "fail", header_from=f"shop.{n}"))], "reported-subdomain:warning"),
        ("silence", g, [dmarc(g, record(10, g), p="reject", days_ago=20)], "reported-silence:warning"),
        ("unasked", g, [dmarc(g, record(10, g), p="reject")], "reported-unasked:notice", ["--rua", "us@elsewhere.test"]),
        ("tls policy", t, [tls(t, 5, strings=enforce)], "reported-tls-policy:notice"),
        ("tls policy the same", t, [tls(t, 5)], ""),
        ("certificate, still", "smtp-cert-expired.test", [tls("smtp-cert-expired.test", 5, [
            ("certificate-expired", "smtp-cert-expired.mail.test", 3)], strings=())], "reported-certificate:critical", ["--probe"]),
        ("certificate, repaired", t, [tls(t, 5, [("certificate-expired", "mx.ok.test", 3)])],
         "reported-certificate:notice", ["--probe"]),
        ("certificate, not probed", t, [tls(t, 5, [("certificate-expired", "mx.ok.test", 3)])], "reported-certificate:warning"),
        ("mx outside", t, [tls(t, 5, [("validation-failure", "mx9.ok.test", 3)])], "reported-mx-outside:critical"),
        ("fetch, works now", t, [tls(t, 5, [("sts-policy-fetch-error", "", 3)])], "reported-sts-fetch:notice"),
        ("fetch, still", "sts-status.test", [tls("sts-status.test", 5, [("sts-policy-fetch-error", "", 3)], strings=())],
         "reported-sts-fetch:warning"),
        ("tlsa, still", "dane-mismatch.test", [tls("dane-mismatch.test", 0, [
            ("tlsa-invalid", "dane-mismatch.dane.test", 3)], strings=(), kind="tlsa")], "reported-tlsa:critical", ["--probe"]),
        ("starttls, offered now", t, [tls(t, 5, [("starttls-not-supported", "mx.ok.test", 3)])],
         "reported-starttls:notice", ["--probe"]),
        ("enforce", t, [tls(t, 50, days_ago=70), tls(t, 50)], "reported-enforce:notice"),
        ("no sessions", g, [dmarc(g, record(10, g), p="reject")], "reported-no-sessions:ok"),
    ]
