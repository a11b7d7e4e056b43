# SPDX-License-Identifier: MIT
"""The mails of the upgrade test, and a configuration that stores them."""
import json
import os

import lab

BEGIN = 1790812800  # 2026-10-01
DAY = 86400


def dmarc(number, domain="example.com"):
    begin = BEGIN + number * DAY
    report = f"""<?xml version="1.0"?>
<feedback><report_metadata><org_name>receiver.example</org_name><email>dmarc@receiver.example</email>
<report_id>dmarc-{number}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>none</p></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>{10 + number}</count><policy_evaluated><disposition>none</disposition>
<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>{domain}</header_from></identifiers>
<auth_results><dkim><domain>{domain}</domain><selector>s1</selector><result>pass</result></dkim>
<spf><domain>{domain}</domain><result>pass</result></spf></auth_results></record>
</feedback>
"""
    return (f"From: dmarc@receiver.example\nTo: reports@example.com\n"
            f"Subject: Report domain: {domain} Submitter: receiver.example Report-ID: dmarc-{number}\n"
            f"Message-ID: <dmarc-{number}@receiver.example>\nDate: Fri, 02 Oct 2026 00:00:00 +0000\n"
            f"MIME-Version: 1.0\nContent-Type: text/xml\n\n{report}")


def tlsrpt(number):
    day = f"2026-10-{number + 1:02d}"
    report = {"organization-name": "receiver.example", "contact-info": "tls@receiver.example", "report-id": f"tls-{number}",
              "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
              "policies": [{"policy": {"policy-type": "sts", "policy-domain": "example.com", "policy-string": ["version: STSv1"]},
                            "summary": {"total-successful-session-count": 20 + number, "total-failure-session-count": 3},
                            "failure-details": [{"result-type": "certificate-expired", "receiving-mx-hostname": "mx.example.com",
                                                 "failed-session-count": 3}]}]}
    return (f"From: tls@receiver.example\nTo: reports@example.com\nSubject: Report Domain: example.com Submitter: "
            f"receiver.example Report-ID: <tls-{number}>\nMessage-ID: <tls-{number}@receiver.example>\nMIME-Version: 1.0\n"
            f"TLS-Report-Domain: example.com\nTLS-Report-Submitter: receiver.example\n"
            f"Content-Type: application/tlsrpt+json\n\n{json.dumps(report)}\n")


OLD = [dmarc(1), dmarc(2), tlsrpt(1), tlsrpt(2)]
NEW = [dmarc(3), tlsrpt(3), dmarc(35)]  # the last is of November, whose index does not exist yet


def deliver(maildir, texts):
    for part in ("cur", "new", "tmp"):
        os.makedirs(f"{maildir}/{part}", exist_ok=True)
    for number, text in enumerate(texts):
        lab.write(f"{maildir}/new/{number}", text)


def configuration(search, directory, prefix):
    path = f"{directory}/{prefix}.conf"
    lab.write(path, f"[bridge]\nstate_directory = {directory}/state\n\n[mailbox reports]\nsource = maildir\n"
                    f"path = {directory}/mail\n\n" + search.configuration(prefix))
    return path
