#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sample report mail of two weeks up to yesterday: sample_mail.py MAILDIR

Two domains.  example.com is well kept but for a ticket service that signs as
itself alone, and somebody who sends in its name; a forwarder passes its mail on; the certificate of one of its mail servers ran
out five days ago.  example.org has no MTA-STS policy yet.
"""
import base64
import datetime
import gzip
import io
import json
import os
import random
import sys
import textwrap
import zipfile

DAYS = 14
DAY = 86400
REPORTERS = (("google.com", "noreply-dmarc-support@google.com"),
             ("Enterprise Outlook", "dmarcreport@microsoft.com"),
             ("Example Mail Provider", "dmarc@mail.example.net"))
# address, what it is, share of the volume, aligned dkim and spf, and what was
# found: signatures and SPF checks as (domain, result), "" for the author's
SENDERS = (("192.0.2.10", "our mail server", 60, "pass", "pass", [("", "pass")], ("", "pass")),
           ("198.51.100.20", "newsletter service", 28, "pass", "fail",
            [("", "pass"), ("mcsv.net", "pass")], ("mail20.mcsv.net", "pass")),
           ("198.51.100.40", "ticket service, not set up yet", 3, "fail", "fail",
            [("zendesk.com", "pass")], ("pod20.zendesk.com", "pass")),
           ("203.0.113.30", "forwarder", 5, "pass", "fail", [("", "pass")], ("srs.forwardemail.net", "pass")),
           ("203.0.113.99", "somebody else", 4, "fail", "fail", [], ("", "fail")))


def record(address, count, dkim, spf, domain, signatures=None, path=None):
    signatures = [("", dkim)] if signatures is None else signatures
    path = path or ("", spf)
    disposition = "none" if "pass" in (dkim, spf) else "quarantine"
    signed = "".join(f"<dkim><domain>{d or domain}</domain><selector>s1</selector><result>{r}</result></dkim>"
                     for d, r in signatures)
    return f"""<record><row><source_ip>{address}</source_ip><count>{count}</count>
<policy_evaluated><disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row>
<identifiers><envelope_from>{path[0] or domain}</envelope_from><header_from>{domain}</header_from></identifiers>
<auth_results>{signed}
<spf><domain>{path[0] or domain}</domain><result>{path[1]}</result></spf></auth_results></record>"""


def dmarc_report(reporter, email, domain, begin, chance):
    records = "\n".join(
        record(address, max(1, round(share * chance.uniform(0.5, 1.5))), dkim, spf, domain, *found)
        for address, _, share, dkim, spf, *found in SENDERS)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feedback><report_metadata><org_name>{reporter}</org_name><email>{email}</email>
<report_id>{begin}.{domain}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>quarantine</p><sp>none</sp><pct>100</pct></policy_published>
{records}
</feedback>""".encode()


def day(when):
    return datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%d")


def tls_report(domain, begin, age, chance):
    policy = {"policy-type": "no-policy-found", "policy-domain": domain}
    failures = []
    if domain == "example.com":
        policy = {"policy-type": "sts", "policy-domain": domain,
                  "policy-string": ["version: STSv1", "mode: enforce", "mx: mx1.example.com",
                                    "mx: mx2.example.com", "max_age: 604800"],
                  "mx-host": ["mx1.example.com", "mx2.example.com"]}
        if age <= 5:
            failures = [{"result-type": "certificate-expired", "sending-mta-ip": "192.0.2.77",
                         "receiving-mx-hostname": "mx2.example.com",
                         "receiving-ip": "198.51.100.2", "failed-session-count": 10 + age}]
    failed = sum(f["failed-session-count"] for f in failures)
    return json.dumps({
        "organization-name": "Google Inc.",
        "date-range": {"start-datetime": f"{day(begin)}T00:00:00Z",
                       "end-datetime": f"{day(begin)}T23:59:59Z"},
        "contact-info": "smtp-tls-reporting@google.com",
        "report-id": f"{day(begin)}T00:00:00Z_{domain}",
        "policies": [{"policy": policy,
                      "summary": {"total-successful-session-count": chance.randint(80, 200),
                                  "total-failure-session-count": failed},
                      **({"failure-details": failures} if failures else {})}],
    }).encode()


def zipped(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def mail(sender, subject, content_type, file_name, data, begin, extra=()):
    date = datetime.datetime.fromtimestamp(begin + DAY + 3600, datetime.timezone.utc)
    body = "\r\n".join(textwrap.wrap(base64.b64encode(data).decode(), 76))
    return "\r\n".join([
        f"From: {sender}", "To: reports@example.com", f"Subject: {subject}",
        f"Date: {date.strftime('%a, %d %b %Y %H:%M:%S +0000')}", "MIME-Version: 1.0", *extra,
        'Content-Type: multipart/mixed; boundary="part"', "",
        "--part", "Content-Type: text/plain", "", "This is an aggregate report.", "",
        "--part", f'Content-Type: {content_type}; name="{file_name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{file_name}"', "", body, "--part--", "",
    ]).encode()


def mails():
    chance = random.Random(7489)
    midnight = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) // DAY * DAY
    for age in range(DAYS, 0, -1):
        begin = midnight - age * DAY
        for domain in ("example.com", "example.org"):
            for number, (reporter, email) in enumerate(REPORTERS):
                data = dmarc_report(reporter, email, domain, begin, chance)
                name = f"{email.split('@')[1]}!{domain}!{begin}!{begin + DAY - 1}.xml"
                subject = f"Report domain: {domain} Submitter: {reporter}"
                if number == 0:
                    yield mail(email, subject, "application/zip", name + ".zip",
                               zipped(name, data), begin)
                else:
                    yield mail(email, subject, "application/gzip", name + ".gz",
                               gzip.compress(data, mtime=0), begin)
            yield mail("smtp-tls-reporting@google.com", f"Report Domain: {domain}",
                       "application/tlsrpt+gzip", f"google.com!{domain}!{begin}.json.gz",
                       gzip.compress(tls_report(domain, begin, age, chance), mtime=0), begin,
                       (f"TLS-Report-Domain: {domain}", "TLS-Report-Submitter: google.com"))
    yield mail("colleague@example.com", "Holiday photos", "image/jpeg", "beach.jpg",
               b"\xff\xd8\xff not really", midnight - DAY)


def main():
    maildir = sys.argv[1]
    for folder in ("cur", "new", "tmp"):
        os.makedirs(f"{maildir}/{folder}", exist_ok=True)
    count = 0
    for count, data in enumerate(mails(), 1):
        name = f"{1700000000 + count}.M{count}.demo,S={len(data)}"
        with open(f"{maildir}/tmp/{name}", "wb") as file:
            file.write(data)
        os.rename(f"{maildir}/tmp/{name}", f"{maildir}/new/{name}")
    print(f"{count} mails")


if __name__ == "__main__":
    main()
