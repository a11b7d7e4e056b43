# SPDX-License-Identifier: MIT
"""Two months of reports about a company, for pictures: what a well-kept domain looks
like, with a new service nobody announced, a forwarder, somebody who forges mail, and
an expired certificate."""
import datetime
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../dashboards", f"{HERE}/../lib"]
import mails  # noqa: E402
from mails import DAY, dmarc, failure, incident, policy, record, refused, sts, tls  # noqa: E402

DAYS = 60
READ_AFTER_S = 9 * 3600  # the end of a period, when its report is read
TENANT = "example"
DOMAINS = ["example.com", "example.org"]
# what the tenant approves, in its section of the configuration
SENDERS = "Google Workspace, Mailchimp, 192.0.2.10"
REPORTERS = (("google.com", "noreply-dmarc-support@google.com", 10),
             ("Enterprise Outlook", "dmarcreport@microsoft.com", 6),
             ("Yahoo", "dmarchelp@yahooinc.com", 3),
             ("Fastmail Pty Ltd", "reports@fastmaildmarc.com", 1))


def senders(domain, age):
    """(address, share, dkim, spf, further members of a record), as seen that many days ago."""
    def signed(*others):
        return [("s1", domain, "pass"), *[("k1", other, "pass") for other in others]]
    yield "192.0.2.10", 40, "pass", "pass", {"envelope": f"bounce.{domain}"}
    yield "192.0.2.25", 55, "pass", "pass", {"signatures": signed("gappssmtp.com")}
    yield "198.51.100.20", 30, "pass", "fail", {"signatures": signed("mcsv.net"), "envelope": "mail.mcsv.net"}
    if age <= 24:  # set up without telling anyone: signs in its own name only
        yield "198.51.100.77", 7, "fail", "fail", {
            "signatures": [("zendesk1", "zendesk.com", "pass")], "envelope": "zendesk.com", "disposition": "none"}
    if age <= 9:
        yield "203.0.113.80", 4, "pass", "fail", {"signatures": signed("sendgrid.net"), "envelope": "em.sendgrid.net"}
    yield "203.0.113.30", 2, "fail", "fail", {"reasons": ["forwarded"], "envelope": "lists.example.edu"}
    if 12 <= age <= 15:
        for last in (99, 103, 118):
            yield f"203.0.113.{last}", 14, "fail", "fail", {"signatures": [], "disposition": "quarantine"}


def dmarc_mails(begin, age, chance):
    for domain in DOMAINS:
        size = 4 if domain == "example.com" else 1
        weekend = 0.4 if datetime.datetime.fromtimestamp(begin, datetime.timezone.utc).weekday() >= 5 else 1
        for reporter, contact, volume in REPORTERS:
            found = [record(address, max(1, round(share * volume * size * weekend * chance.uniform(0.08, 0.12))), dkim,
                            spf, domain, more.pop("disposition", "none"), **more)
                     for address, share, dkim, spf, more in senders(domain, age)]
            yield dmarc(reporter, contact, domain, begin, found,
                        "<p>quarantine</p><sp>none</sp>" if domain == "example.com" else "<p>none</p>", f".{reporter}")


def tls_mails(begin, age, chance):
    hosts = ("mx1.example.com", "mx2.example.com")
    for reporter, contact, volume in (("Google Inc.", "smtp-tls-reporting@google.com", 10),
                                      ("Microsoft Corporation", "tlsrpt@microsoft.com", 4)):
        good = round(volume * chance.uniform(12, 20))
        bad = round(volume * chance.uniform(1, 2)) if age <= 6 else 0
        details = [failure("certificate-expired", bad, hosts[1], "198.51.100.2", helo=hosts[1])] if bad else []
        yield tls(reporter, contact, "example.com", begin, policy(sts("example.com", "enforce", *hosts), good, bad, *details))
        bad = chance.choice((0, 0, 0, 2))
        details = [failure("starttls-not-supported", bad, "mx.example.org", "198.51.100.9")] if bad else []
        yield tls(reporter, contact, "example.org", begin, policy(sts("example.org", "testing", "mx.example.org"),
                                                                  good // 4, bad, *details))


def all_mails(midnight):
    chance = random.Random(7489)
    found = []
    for age in range(DAYS, 0, -1):
        begin = midnight - age * DAY
        found += [*dmarc_mails(begin, age, chance), *tls_mails(begin, age, chance)]
        if 12 <= age <= 15:
            for hour, subject in ((3, "Your invoice is overdue"), (9, "Password expires today")):
                found.append(incident("mail.example.edu", "example.com", begin + hour * 3600, "203.0.113.99", subject,
                                      "dmarc", chance.choice(("reject", "spam"))))
    # the id of a report that came before, with other contents
    found.append(dmarc("Yahoo", "dmarchelp@yahooinc.com", "example.org", midnight - 3 * DAY,
                       [record("192.0.2.10", 7, "pass", "pass", "example.org")], "<p>none</p>", ".Yahoo"))
    found.append(refused("report.xml.gz", b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 20, midnight - DAY, "bad-gzip", "damaged"))
    return found


def further_mails(tenants, midnight):
    """A report of each kind for each of further tenants."""
    begin = midnight - DAY
    for name in tenants:
        domain = f"{name}.example"
        yield dmarc("google.com", "reports@google.com", domain, begin, [record("192.0.2.10", 5, "pass", "pass", domain)])
        yield tls("Google Inc.", "reports@google.com", domain, begin, policy(sts(domain, "enforce", f"mx.{domain}"), 9, 0))


def check(domain, **members):
    """A document as `domain --store` writes it."""
    return {"event.dataset": "domain_check", "domain.name": domain, "domain.organizational": domain,
            "domain.dnssec": "signed", "domain.dmarc.location": domain, **members}


def checks(midnight):
    """(day, document) of each state and domain."""
    for age in range(30, -1, -1):
        late = age <= 6
        yield midnight - age * DAY, check("example.com", **{
            "domain.severity": "critical" if late else "warning", "domain.dmarc.policy": "quarantine",
            "domain.dmarc.record": "v=DMARC1; p=quarantine; sp=none; rua=mailto:reports@example.com",
            "domain.spf.record": "v=spf1 ip4:192.0.2.0/24 include:_spf.google.com -all", "domain.spf.lookups": 4,
            "domain.sts.mode": "enforce", "domain.mx.host": ["mx1.example.com", "mx2.example.com"],
            "domain.critical": int(late), "domain.warnings": 1, "domain.notices": 2, "domain.findings": 3 + late,
            "domain.smtp.not_after": midnight - 6 * DAY,
            "domain.finding.combined": ["warning dmarc-sp-weaker example.com", "notice spf-include-weak example.com",
                                        "notice tlsrpt-none example.com",
                                        *(["critical smtp-cert-expired mx2.example.com"] if late else [])],
            **({"domain.changed": ["certificate"], "domain.changes": 1} if age == 6 else {})})
        yield midnight - age * DAY, check("example.org", **{
            "domain.severity": "warning", "domain.dnssec": "unsigned", "domain.dmarc.policy": "none",
            "domain.dmarc.record": "v=DMARC1; p=none; rua=mailto:reports@example.com",
            "domain.spf.record": "v=spf1 mx -all", "domain.spf.lookups": 1, "domain.sts.mode": "testing",
            "domain.mx.host": ["mx.example.org"], "domain.critical": 0, "domain.warnings": 1 if age < 18 else 2,
            "domain.notices": 1, "domain.findings": 2 if age < 18 else 3,
            "domain.smtp.not_after": midnight + 50 * DAY,
            "domain.finding.combined": ["warning dmarc-p-none example.org", "notice sts-testing example.org",
                                        *(["warning spf-pass-all example.org"] if age >= 18 else [])],
            **({"domain.changed": ["spf"], "domain.changes": 1} if age == 17 else {})})
