#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every report of a corpus against a count made without any of the program's code.

check_corpus.py PROGRAM DIRECTORY

Messages, sessions and incidents of each file must be what the standard library
of Python finds in it, and nothing may be refused but what holds no report.
Where an X.json lies beside an X.eml it is another parser's reading of that mail
and is compared too.  Prints what was refused and why, what was found twice,
and the sums.
"""
import base64
import collections
import email
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
import counts  # noqa: E402

FEEDBACK = b"Feedback:\n"
NOTICE = b"A message claiming to be from you has failed"


def pieces(data):
    """The uncompressed reports in some bytes."""
    if data[:2] == b"\x1f\x8b":
        # what follows the end of the compressed data is no report
        yield from pieces(zlib.decompressobj(31).decompress(data))
    elif data[:4] == b"PK\3\4":
        archive = zipfile.ZipFile(io.BytesIO(data))
        for name in archive.namelist():
            yield from pieces(archive.read(name))
    elif data.lstrip()[:1] in (b"<", b"{") or data[:3] == b"\xef\xbb\xbf":
        yield data


def feedback_fields(part):
    """The library takes the fields for the header of a mail inside, or leaves them encoded."""
    inner = part.get_payload()
    text = inner[0].as_bytes() if isinstance(inner, list) else part.get_payload(decode=True)
    return text if b":" in text.split(b"\n")[0] else base64.b64decode(text)


def mail_pieces(data):
    """Reports in the parts of a mail, its failure report among them."""
    feedback = None
    for part in email.message_from_bytes(data).walk():
        if part.get_content_type() == "message/feedback-report":
            feedback = FEEDBACK + feedback_fields(part)
        elif not part.is_multipart():
            body = part.get_payload(decode=True) or b""
            if body.lstrip().startswith(NOTICE):
                feedback = FEEDBACK
            elif part.get_content_type() != "text/plain":
                yield from pieces(body)
    if feedback is not None:
        yield feedback


def expected(data):
    """What a file must come to; nothing: it holds no report."""
    is_mail = re.match(rb"(From .*\n)?[A-Za-z-]+:", data) is not None
    sums = collections.Counter()
    for piece in mail_pieces(data) if is_mail else pieces(data):
        if piece.startswith(FEEDBACK):
            kind = re.search(rb"(?im)^Feedback-Type:\s*(\S+)", piece)
            incidents = re.search(rb"(?im)^Incidents:\s*(\d+)", piece)
            if kind is None or kind[1].lower() == b"auth-failure":
                sums.update(reports=1, incidents=int(incidents[1]) if incidents else 1)
        elif piece.lstrip()[:1] == b"{":
            if "policies" in json.loads(piece):
                policies, good, bad = counts.tlsrpt(piece)
                sums.update(reports=1, policies=policies, successful=good, failed=bad)
        elif re.search(rb"<(\w+:)?feedback", piece):
            records, messages = counts.dmarc(piece)
            if records or counts.is_well_formed(piece):  # else it was cut before its first record
                sums.update(reports=1, records=records, messages=messages)
    return +sums


FIELDS = {"dmarc_aggregate": {"messages": "dmarc.message_count"},
          "dmarc_failure": {"incidents": "dmarc.incidents"},
          "tlsrpt_policy": {"successful": "tlsrpt.successful_sessions",
                            "failed": "tlsrpt.failed_sessions"},
          "feed": {"reports": "feed.reports"}}
COUNTED = {"dmarc_aggregate": "records", "tlsrpt_policy": "policies"}


def sums_of(documents):
    sums = collections.Counter()
    for document in documents:
        kind = document["event.dataset"]
        if kind in COUNTED:
            sums[COUNTED[kind]] += 1
        for name, field in FIELDS.get(kind, {}).items():
            sums[name] += document.get(field, 0)
    return +sums


def shown(sums):
    return ", ".join(f"{value:,} {name}" for name, value in sums.items() if value) or "nothing"


def peer_says(path):
    """What another parser made of a mail: (name, value) pairs to compare."""
    with open(path, "rb") as file:
        report = json.load(file)
    if "record" in report:
        rows = report["record"]
        yield "messages", sum(row["row"]["count"] for row in rows)
        yield "source.ip", sorted(row["row"]["source_ip"] for row in rows)
        yield "dmarc.header_from", sorted(row["identifiers"]["header_from"] for row in rows)
    elif report.get("feedback_type") == "AuthFailure":
        yield "incidents", report["incidents"]
        yield "source.ip", [report["source_ip"]]
    elif "policies" in report:
        _, good, bad = counts.tlsrpt(json.dumps(report).encode())
        yield "successful", good
        yield "failed", bad


def files_of(directory, scratch):
    """(name, path) of every file, the archive of a corpus unpacked."""
    for root, _, names in sorted(os.walk(directory)):
        for name in sorted(names):
            path = os.path.join(root, name)
            if name.endswith(".tar.gz"):
                with tarfile.open(path) as archive:
                    archive.extractall(scratch, filter="data")
                yield from files_of(scratch, None)
            else:
                yield os.path.relpath(path, directory), path


class Check:
    def __init__(self, program):
        self.program = program
        self.files = self.compared = 0
        self.refused = collections.defaultdict(list)
        self.failures, self.copies = [], []
        self.first = {}
        self.total = collections.Counter()

    def read(self, path):
        run = subprocess.run([self.program, "parse", path], capture_output=True, check=False)
        if run.returncode not in (0, 1):
            raise SystemExit(f"{path}: exit status {run.returncode}: {run.stderr.decode()}")
        refusal = run.stderr.decode(errors="replace").strip().rpartition(f"{path}: ")[2]
        return [json.loads(line) for line in run.stdout.splitlines()], refusal

    def compare(self, documents, path):
        for name, theirs in peer_says(path):
            ours = sums_of(documents)[name] if "." not in name else sorted(
                document[name] for document in documents if name in document)
            self.compared += 1
            if ours != theirs:
                self.failures.append(f"{path}: {name} is {ours!r}, the other reading {theirs!r}")

    def note_copies(self, name, documents, sums):
        digests = {d["report.digest"] for d in documents if d["event.dataset"] != "feed"}
        for digest in digests:
            if digest in self.first:
                self.copies.append((name, self.first[digest], sums))
            self.first.setdefault(digest, name)

    def take(self, name, path):
        self.files += 1
        documents, refusal = self.read(path)
        with open(path, "rb") as file:
            want = expected(file.read())
        have = sums_of(documents)
        if refusal:
            self.refused[refusal.partition(" line")[0].rstrip(":")].append(name)
        if want != have:
            self.failures.append(f"{name}: {shown(have)}, but the count finds {shown(want)}")
        if refusal and want:
            self.failures.append(f"{name}: refused, {refusal}")
        self.total.update(have)
        self.note_copies(name, documents, have)
        other = os.path.splitext(path)[0] + ".json"
        if path.endswith(".eml") and os.path.exists(other):
            self.compare(documents, other)

    def show(self):
        once = self.total.copy()
        print(f"{self.files} files, {sum(map(len, self.refused.values()))} refused:")
        for refusal, names in sorted(self.refused.items()):
            print(f"  {len(names):3} {refusal}: {', '.join(names)}")
        print(f"{self.compared} values compared with the readings of another parser")
        print(f"every file:   {shown(self.total)}")
        for name, first, sums in self.copies:
            print(f"  a copy: {name} of {first}: {shown(sums)}")
            once.subtract(sums)
        print(f"every report: {shown(once)}")
        for failure in self.failures:
            print(f"FAILED {failure}")


def main():
    check = Check(os.path.abspath(sys.argv[1]))
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in files_of(sys.argv[2], scratch):
            check.take(name, path)
    check.show()
    return 1 if check.failures or check.files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
