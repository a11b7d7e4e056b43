# SPDX-License-Identifier: MIT
"""Counts reports without any of the program's code: what must be in the index."""
import json
import re
import xml.etree.ElementTree as ElementTree


def local(element):
    return element.tag.rpartition("}")[2].lower()


def child(element, name):
    return next((e for e in element if local(e) == name), None)


def of_record(record):
    row = child(record, "row")
    count = child(row, "count") if row is not None else None
    text = (count.text or "").strip() if count is not None else "1"
    return int(text) if text.isdigit() else 0


def dmarc(data):
    """(records, messages) of an aggregate report; of a broken one, those of its
    complete records."""
    try:
        root = ElementTree.fromstring(data.lstrip(b"\xef\xbb\xbf"))
        records = [e for e in root.iter() if local(e) == "record"]
        return len(records), sum(of_record(record) for record in records)
    except ElementTree.ParseError:
        whole = re.findall(rb"<record>(?:(?!<record>).)*?</record>", data, re.S)
        counts = [re.search(rb"<count>\s*(\d+)\s*</count>", record) for record in whole]
        return len(whole), sum(int(count[1]) for count in counts if count)


def is_well_formed(data):
    try:
        ElementTree.fromstring(data.lstrip(b"\xef\xbb\xbf"))
        return True
    except ElementTree.ParseError:
        return False


def number(value):
    """A count as reporters write it: 5, "5", 5.0, null."""
    try:
        return max(0, int(float(value)))
    except (TypeError, ValueError):
        return 0


def tlsrpt(data):
    """(policies, successful sessions, failed sessions) of an SMTP TLS report."""
    policies = json.loads(data.lstrip(b"\xef\xbb\xbf"))["policies"]
    summaries = [policy.get("summary") or {} for policy in policies]
    return (len(policies), sum(number(s.get("total-successful-session-count")) for s in summaries),
            sum(number(s.get("total-failure-session-count")) for s in summaries))


def fingerprint(data):
    """The same for two spellings of one document: elements and their text."""
    try:
        root = ElementTree.fromstring(data.lstrip(b"\xef\xbb\xbf"))
    except ElementTree.ParseError:
        return data
    return tuple((local(element), (element.text or "").strip()) for element in root.iter())
