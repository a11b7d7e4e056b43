# SPDX-License-Identifier: MIT
"""Reports as a domain receives them, day by day: what happened is the story."""
import datetime
import json
import os

DAY = 86400
DAYS = 28
MIDNIGHT = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) // DAY * DAY
DOMAIN = "example.com"
REPORTERS = ("google.com", "Enterprise Outlook")


def day_of(ago):
    """2026-11-24"""
    return datetime.datetime.fromtimestamp(MIDNIGHT - ago * DAY, datetime.timezone.utc).strftime("%Y-%m-%d")


def day_text(ago):
    """24 Nov 2026"""
    day = datetime.datetime.fromtimestamp(MIDNIGHT - ago * DAY, datetime.timezone.utc)
    return f"{day.day} {day.strftime('%b %Y')}"


def weekday(ago):
    """0 is Monday."""
    return datetime.datetime.fromtimestamp(MIDNIGHT - ago * DAY, datetime.timezone.utc).weekday()


def record(address, count, dkim="pass", spf="pass", disposition="none", signatures=None, path=None,
           author=DOMAIN, reasons=()):
    """signatures: (domain, selector, result); path: (domain, result) of SPF."""
    signatures = [(author, "s1", dkim)] if signatures is None else signatures
    path = path or (author, "pass" if spf == "pass" else "softfail")
    signed = "".join(f"<dkim><domain>{d}</domain><selector>{s}</selector><result>{r}</result></dkim>"
                     for d, s, r in signatures)
    why = "".join(f"<reason><type>{t}</type><comment>{c}</comment></reason>" for t, c in reasons)
    return f"""<record><row><source_ip>{address}</source_ip><count>{count}</count><policy_evaluated>
<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{why}</policy_evaluated></row>
<identifiers><envelope_from>{path[0]}</envelope_from><header_from>{author}</header_from></identifiers>
<auth_results>{signed}<spf><domain>{path[0]}</domain><scope>mfrom</scope><result>{path[1]}</result></spf></auth_results>
</record>"""


def aggregate(reporter, ago, records, policy="reject", domain=DOMAIN):
    begin = MIDNIGHT - ago * DAY
    return f"""<?xml version="1.0"?><feedback><report_metadata><org_name>{reporter}</org_name>
<email>dmarc@{reporter.split()[-1].lower()}</email><report_id>{begin}.{domain}.{len(records)}</report_id>
<date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>{policy}</p><sp>{policy}</sp><pct>100</pct>
</policy_published>{''.join(records)}</feedback>"""


def tls(ago, failures=(), good=200, mode="enforce", domain=DOMAIN, kind="sts"):
    """failures: (result, count, host)"""
    policy = {"policy-type": kind, "policy-domain": domain}
    if kind == "sts":
        policy["policy-string"] = ["version: STSv1", f"mode: {mode}", "mx: mx.example.com", "max_age: 604800"]
    details = [{"result-type": result, "failed-session-count": count,
                **({"receiving-mx-hostname": host} if host else {})} for result, count, host in failures]
    return json.dumps({
        "organization-name": "Google Inc.", "contact-info": "smtp-tls-reporting@google.com",
        "date-range": {"start-datetime": f"{day_of(ago)}T00:00:00Z", "end-datetime": f"{day_of(ago)}T23:59:59Z"},
        "report-id": f"{day_of(ago)}_{domain}",
        "policies": [{"policy": policy, "summary": {"total-successful-session-count": good,
                                                    "total-failure-session-count": sum(f[1] for f in failures)},
                      **({"failure-details": details} if details else {})}]})


# --- senders ------------------------------------------------------------------------

def own(count, **changes):
    """The customer's own mail server."""
    return record("192.0.2.10", count, **changes)


def own_broken(count, selector="s1", disposition="reject"):
    return record("192.0.2.10", count, "fail", "fail", disposition, [(DOMAIN, selector, "fail")])


def newsletter(count):
    """A service that signs for the customer and bounces to itself."""
    return record("198.51.100.20", count, "pass", "fail", "none",
                  [(DOMAIN, "n1", "pass"), ("news.example", "x", "pass")], ("bounce.news.example", "pass"))


def newsletter_broken(count, selector="n1", disposition="reject"):
    return record("198.51.100.21", count, "fail", "fail", disposition,
                  [(DOMAIN, selector, "fail"), ("news.example", "x", "pass")], ("bounce.news.example", "pass"))


def forwarded(count):
    return record("203.0.113.30", count, "pass", "fail")


def forged(count, disposition="reject", address="203.0.113.99"):
    return record(address, count, "fail", "fail", disposition, [], (DOMAIN, "fail"))


def forged_at_provider(count, disposition="reject"):
    """Another customer of the same provider writes the customer's name into From."""
    return record("198.51.100.22", count, "fail", "fail", disposition,
                  [("news.example", "x", "pass")], ("bounce.news.example", "pass"))


def listed(count, excused):
    """Through a mailing list that changes the text."""
    reasons = [("mailing_list", "known list")] if excused else []
    return record("203.0.113.40", count, "fail", "fail", "none" if excused else "reject",
                  [(DOMAIN, "s1", "fail")], ("lists.example.org", "pass"), reasons=reasons)


def mailing(count, aligned=True, disposition="none"):
    """A service that everybody knows, signing as the customer and as itself, or as itself alone."""
    signatures = [(DOMAIN, "k2", "pass"), ("mcsv.net", "k2", "pass")] if aligned else [("mcsv.net", "k2", "pass")]
    return record("198.51.100.60", count, "pass" if aligned else "fail", "fail", disposition, signatures,
                  ("mail20.mcsv.net", "pass"))


def stranger(count, disposition="none"):
    """Signs as a domain that nobody knows."""
    return record("203.0.113.80", count, "fail", "fail", disposition, [("bulk.example.net", "x", "pass")],
                  ("bulk.example.net", "pass"))


class Story:
    """day(ago) gives the records of a day; tls(ago) a TLS report, or None."""

    def __init__(self, name, day=None, policy="reject", tls_day=None, last=1, days=DAYS, domain=DOMAIN):
        self.name, self.day, self.policy, self.tls_day = name, day, policy, tls_day
        self.last, self.days, self.domain = last, days, domain

    def reports(self):
        """(name, text) of each report, the oldest first."""
        for ago in range(self.last + self.days - 1, self.last - 1, -1):
            records = self.day(ago) if self.day else []
            policy = self.policy(ago) if callable(self.policy) else self.policy
            for number, reporter in enumerate(REPORTERS):
                if records:
                    yield f"{ago:03}-{number}.xml", aggregate(reporter, ago, records, policy, self.domain)
            report = self.tls_day(ago) if self.tls_day else None
            if report:
                yield f"{ago:03}-tls.json", report

    def write(self, directory):
        os.makedirs(directory)
        for name, text in self.reports():
            with open(f"{directory}/{name}", "w", encoding="utf-8") as out:
                out.write(text)
        return directory
