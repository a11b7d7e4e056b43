# SPDX-License-Identifier: MIT
"""Known checks of domains, as `domain --store` writes them: one document per domain, day and state."""

DAY_MS = 86400000


def check(tenant, domain, when, severity, findings, **members):
    count = {word: sum(finding.startswith(word) for finding in findings) for word in ("critical", "warning", "notice")}
    return tenant, {
        "event.dataset": "domain_check", "organization.name": tenant, "@timestamp": when, "domain.name": domain,
        "domain.organizational": domain, "domain.severity": severity, "domain.dnssec": "unsigned",
        "domain.dmarc.policy": "none", "domain.dmarc.record": "v=DMARC1; p=none", "domain.spf.record": "v=spf1 mx -all",
        "domain.spf.lookups": 1, "domain.finding.combined": findings, "domain.critical": count["critical"],
        "domain.warnings": count["warning"], "domain.notices": count["notice"], "domain.findings": len(findings), **members}


def known(midnight):
    """(tenant, row) of ten days: a certificate expires, a record is repaired."""
    today = midnight * 1000
    for age in range(9, -1, -1):
        when = today - age * DAY_MS
        expired = ["critical smtp-cert-expired mx2.example.com"] if age <= 3 else []
        yield check("acme", "example.com", when, "critical" if expired else "warning",
                    ["warning dmarc-p-none example.com", *expired],
                    **{"domain.sts.mode": "enforce", "domain.smtp.not_after": today - 4 * DAY_MS},
                    **({"domain.changed": ["certificate"], "domain.changes": 1} if age == 3 else {}))
        weak = ["notice sts-testing example.org"] if age >= 5 else []
        yield check("acme", "example.org", when, "notice" if weak else "ok", weak, **{"domain.dmarc.policy": "reject"},
                    **({"domain.changed": ["sts", "spf"], "domain.changes": 2} if age == 4 else {}))
    yield check("acme_eu", "example.net", today, "ok", [])


def document(row):
    """With dates as the index takes them."""
    dates = {field: f"{row[field] // 1000}" for field in ("@timestamp", "domain.smtp.not_after") if field in row}
    return {**row, **dates}
