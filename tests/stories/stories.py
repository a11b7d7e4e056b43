# SPDX-License-Identifier: MIT
"""What happens to a domain in four weeks, and what has to be said about it."""
import dataclasses

from story import (DOMAIN, Story, forged, forged_at_provider, forwarded, listed, newsletter, newsletter_broken, own,
                   own_broken, record, tls, weekday)


@dataclasses.dataclass
class Expected:
    severity: str
    verdict: str                  # in the present tense
    first: str = None             # code of the first finding; None: there is none
    since: int = None             # days ago
    ended: bool = False
    advice: str = ""              # in its recommendation
    title: str = ""               # in its title
    evidence: dict = dataclasses.field(default_factory=dict)
    never: tuple = ()             # codes that must not be among the findings
    alert: str = None             # the alert rule that fires; None: none of those about lost mail


LOST = "Mail is being lost."
WELL = "No mail is known to be lost."
RISK = "No mail is known to be lost now, but some is at risk."
REPORTERS = 2  # each reports the same, so every count doubles
fine = tls


def volume(ago, count):
    """Offices send little at weekends, and never the same."""
    return max(1, count * (25 if weekday(ago) >= 5 else 90 + ago * 7 % 20) // 100)


def since(ago, start):
    return ago <= start


STORIES = {}


def story(name, expected, **arguments):
    STORIES[name] = (Story(name, tls_day=arguments.pop("tls_day", fine), **arguments), expected)


story("all well", Expected("ok", WELL),
      day=lambda ago: [own(volume(ago, 200)), newsletter(volume(ago, 80))])

story("own service breaks under p=reject",
      Expected("critical", LOST, "service-broke", 8, title="news.example", advice="p=none",
               evidence={"messages": REPORTERS * sum(volume(a, 80) for a in range(1, 9)), "service": "news.example"},
               never=("signature-fails", "unaligned-service"), alert="service-broke"),
      day=lambda ago: [own(volume(ago, 200)), forged(3),
                       newsletter_broken(volume(ago, 80)) if since(ago, 8) else newsletter(volume(ago, 80))])

story("own server breaks under p=reject",
      Expected("critical", LOST, "service-broke", 5, title="192.0.2.10", advice="SPF record", alert="service-broke"),
      day=lambda ago: [own_broken(volume(ago, 200)) if since(ago, 5) else own(volume(ago, 200))])

story("own server breaks under p=quarantine",
      Expected("critical", LOST, "service-broke", 5, title="quarantined", alert="service-broke"),
      policy="quarantine",
      day=lambda ago: [own_broken(volume(ago, 200), disposition="quarantine") if since(ago, 5)
                       else own(volume(ago, 200))])

story("half of a service breaks",
      Expected("critical", LOST, "service-broke", 10, title="news.example", alert="service-broke"),
      day=lambda ago: [own(volume(ago, 200)), *([newsletter(volume(ago, 25)), newsletter_broken(volume(ago, 55))]
                                                if since(ago, 10) else [newsletter(volume(ago, 80))])])

story("addresses change when it breaks",
      Expected("critical", LOST, "service-broke", 6, alert="service-broke"),
      day=lambda ago: [record(f"10.{ago}.{n}.1", volume(ago, 40),
                              *(("fail", "fail", "reject", [(DOMAIN, "s1", "fail")]) if since(ago, 6) else ()))
                       for n in range(5)])

story("a break that was repaired",
      Expected("warning", "No mail is known to be lost now; some was until ", "service-broke", 20, ended=True,
               title="did not pass DMARC"),
      day=lambda ago: [own(volume(ago, 200)), newsletter_broken(volume(ago, 80)) if 15 <= ago <= 20
                       else newsletter(volume(ago, 80))])

story("DKIM key rotated wrongly, SPF aligned",
      Expected("warning", RISK, "dkim-broke", 9, advice="s2._domainkey.example.com", title="no longer verify",
               never=("service-broke", "no-dkim")),
      day=lambda ago: [own(volume(ago, 200), dkim="fail", signatures=[(DOMAIN, "s2", "fail")]) if since(ago, 9)
                       else own(volume(ago, 200))])

story("DKIM key rotated wrongly, SPF not aligned",
      Expected("critical", LOST, "service-broke", 9, advice="n2._domainkey.example.com", alert="service-broke"),
      day=lambda ago: [own(volume(ago, 200)), newsletter_broken(volume(ago, 80), "n2") if since(ago, 9)
                       else newsletter(volume(ago, 80))])

story("forwarder", Expected("ok", WELL, "forwarder", 28, advice="Do not add forwarders"),
      day=lambda ago: [own(volume(ago, 200)), forwarded(volume(ago, 30))])

story("mailing list under p=reject, known to the receiver",
      Expected("notice", WELL, "mailing-list", 28, advice="No action needed", never=("service-broke",)),
      day=lambda ago: [own(volume(ago, 200)), listed(volume(ago, 30), True)])

story("mailing list under p=reject, unknown to the receiver",
      Expected("warning", RISK, "signature-fails", 12, advice="rewrite From", never=("service-broke",)),
      policy=lambda ago: "reject" if ago <= 12 else "none",
      day=lambda ago: [own(volume(ago, 200)), *([listed(volume(ago, 30), False)] if since(ago, 12) else [])])

story("own mail falls while a list sends more",
      Expected("warning", RISK, "signature-fails", 10, never=("service-broke", "dkim-broke")),
      day=lambda ago: [own(volume(ago, 60 if since(ago, 10) else 200)),
                       *([listed(volume(ago, 40), False)] if since(ago, 10) else [])])

story("forger on the provider of the customer",
      Expected("warning", RISK, "unaligned-service", 11, title="news.example", never=("service-broke",)),
      day=lambda ago: [own(volume(ago, 200)), newsletter(volume(ago, 80)),
                       *([forged_at_provider(60)] if since(ago, 11) else [])])

story("forger on the provider at a quiet weekend",
      Expected("warning", RISK, "unaligned-service", title="news.example", never=("service-broke",)),
      day=lambda ago: [own(volume(ago, 200)), newsletter(80 if weekday(ago) < 5 else 3),
                       *([forged_at_provider(12)] if weekday(ago) >= 5 else [])])

story("new service under p=none",
      Expected("warning", RISK, "unaligned-service", 6, title="shop.example sends", advice="d=example.com",
               evidence={"identity": "shop.example"}),
      policy="none",
      day=lambda ago: [own(volume(ago, 200)),
                       *([record("198.51.100.77", volume(ago, 120), "fail", "fail", "none",
                                 [("shop.example", "k", "pass")], ("bounce.shop.example", "pass"))]
                         if since(ago, 6) else [])])

story("forger only, under p=reject",
      Expected("ok", WELL, "forged-mail-stopped", 28, advice="No action needed"),
      day=lambda ago: [forged(40 + ago), forged(5, address=f"10.0.0.{ago}")])

story("forger only, under p=none",
      Expected("warning", RISK, "forged-mail-delivered", 28, title="is delivered"),
      policy="none", day=lambda ago: [forged(40 + ago, "none")])

story("volume that simply ends",
      Expected("notice", WELL, "sender-stopped", title="news.example no longer sends",
               never=("service-broke", "unaligned-service")),
      day=lambda ago: [own(volume(ago, 200)), *([] if since(ago, 7) else [newsletter(80)])])

story("mail that passes and is rejected",
      Expected("critical", LOST, "passed-mail-stopped", 4, title="is rejected", advice="postmaster of google.com",
               alert="passed-mail-stopped"),
      day=lambda ago: [own(volume(ago, 200)), *([own(20, disposition="reject",
                                                     reasons=[("local_policy", "sender on blocklist")])]
                                                if since(ago, 4) else [])])

story("a sample is rejected under pct=50",
      Expected("warning", RISK, "unaligned-service", 28, never=("service-broke", "passed-mail-stopped")),
      day=lambda ago: [own(volume(ago, 200)),
                       record("198.51.100.9", 10, "fail", "fail", "none", [], ("fwd.example", "pass"),
                              reasons=[("sampled_out", "")]),
                       record("198.51.100.9", 10, "fail", "fail", "reject", [], ("fwd.example", "pass"))])

story("expired certificate of a mail server",
      Expected("critical", "Mail is being lost or delayed.", "tls-not-delivered", 5, advice="Renew the certificate",
               title="mx.example.com", alert="tls-held-back"),
      day=lambda ago: [own(volume(ago, 200))],
      tls_day=lambda ago: tls(ago, [("certificate-expired", 60, "mx.example.com")] if since(ago, 5) else []))

story("expired certificate, renewed",
      Expected("notice", "No mail is known to be lost now; some was delayed until ", "tls-not-delivered", 20,
               ended=True, title="was not always delivered"),
      day=lambda ago: [own(volume(ago, 200))],
      tls_day=lambda ago: tls(ago, [("certificate-expired", 60, "mx.example.com")] if 12 <= ago <= 20 else []))

story("policy fetch errors",
      Expected("warning", RISK, "tls-policy-unavailable", 9, advice="mta-sts.txt", never=("tls-not-delivered",)),
      day=lambda ago: [own(volume(ago, 200))],
      tls_day=lambda ago: tls(ago, [("sts-policy-fetch-error", 40, "")] if since(ago, 9) else []))
