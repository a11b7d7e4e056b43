# SPDX-License-Identifier: MIT
"""Real reports, read without any of the program's code, for the panels whose fields
have one plain reading."""
import glob
import json
import os
import re
import sys
import tarfile

import rows

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
import counts  # noqa: E402

DIRECTORY = os.environ.get("REPORTBRIDGE_CORPUS", f"{HERE}/../../../shared/corpus")
DISPOSITIONS = ("none", "quarantine", "reject", "pass")
# What a panel may name to be compared here.
FIELDS = {"dmarc_aggregate": {"dmarc.message_count", "dmarc.result", "dmarc.disposition", "dmarc.aligned_spf",
                              "dmarc.aligned_dkim", "dmarc.header_from", "dmarc.policy.p", "dmarc.domain", "@timestamp"},
          "tlsrpt_policy": {"tlsrpt.successful_sessions", "tlsrpt.failed_sessions", "tlsrpt.policy.type",
                            "tlsrpt.policy.mode", "tlsrpt.policy.domain", "@timestamp"},
          "tlsrpt_failure": {"tlsrpt.failed_sessions", "tlsrpt.policy.type", "tlsrpt.policy.mode"}}


def whole(data):
    """The report; of a broken one, its head and its complete records."""
    try:
        rows.ElementTree.fromstring(data.lstrip(b"\xef\xbb\xbf"))
        return data
    except rows.ElementTree.ParseError:
        head = [re.search(rb"<%s>.*?</%s>" % (name, name), data, re.S) for name in
                (b"report_metadata", b"policy_published")]
        records = re.findall(rb"<record>(?:(?!<record>).)*?</record>", data, re.S)
        return b"<feedback>" + b"".join(found[0] for found in head if found) + b"".join(records) + b"</feedback>"


def plain(row):
    """Spelling that no RFC knows, in the words the fields promise."""
    row = dict(row)
    for name in ("dmarc.aligned_spf", "dmarc.aligned_dkim"):
        if name in row:
            row[name] = "pass" if row[name].lower() == "pass" else "fail"
    row["dmarc.result"] = "pass" if "pass" in (row.get("dmarc.aligned_spf"), row.get("dmarc.aligned_dkim")) else "fail"
    disposition = row.get("dmarc.disposition", "").lower()
    if disposition:
        row["dmarc.disposition"] = disposition if disposition in DISPOSITIONS else "other"
    for name in ("dmarc.header_from", "dmarc.domain", "dmarc.policy.p", "tlsrpt.policy.domain"):
        if name in row:
            row[name] = row[name].lower().rstrip(".")
    return row


def dmarc():
    """(file, rows) of each different aggregate report."""
    archive = f"{DIRECTORY}/dmarc-aggregate.tar.gz"
    if not os.path.exists(archive):
        return
    seen = set()
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.name.endswith(".xml"):
                continue
            data = tar.extractfile(member).read()
            mark = counts.fingerprint(data)
            if mark not in seen:
                seen.add(mark)
                yield data, [plain(row) for row in rows.dmarc(whole(data))]


def tls():
    for pattern in ("parsedmarc/smtp_tls/*.json", "mail-auth/rpt*.json", "DmarcAnalyzerApp/*tls*.json"):
        for path in sorted(glob.glob(f"{DIRECTORY}/{pattern}")):
            with open(path, "rb") as file:
                data = file.read()
            try:
                yield data, list(rows.tls(data))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
