#!/usr/bin/env python3
"""Reports as senders mangle them, each beside the right figures.

A folder is one kind of situation that people reported in public, with made-up names.  Its file `expected` has for
each input what `parse` must say of it: exit status, outcome, reason, messages, quirks, and one line per document.
`test_reports.py PROGRAM --accept` rewrites them; the diff is what is reviewed.
"""
import difflib
import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
PROGRAM = sys.argv.pop(1)
ACCEPT = "--accept" in sys.argv and (sys.argv.remove("--accept") or True)
SHOWN = ("@timestamp", "event.end", "organization.name", "dmarc.message_count", "dmarc.incidents",
         "tlsrpt.successful_sessions", "tlsrpt.failed_sessions", "source.ip", "dmarc.domain", "dmarc.header_from",
         "dmarc.envelope_from", "dmarc.disposition", "dmarc.result", "dmarc.override.type",
         "dmarc.failure.delivery_result", "tlsrpt.policy.domain", "tlsrpt.policy.type", "error.code")


def quirks(document):
    return " ".join(document.get("report.quirks", [])) or "none"


def line_of(document):
    words = [document["event.dataset"]]
    words += [f"{name.split('.')[-1].strip('@')}={json.dumps(document[name], ensure_ascii=False)}" for name in SHOWN
              if name in document]
    return "    " + " ".join(words)


def described(file):
    done = subprocess.run([PROGRAM, "parse", "--format", "ndjson", str(file)], capture_output=True, check=False)
    documents = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    lines = [f"{file.name}: exit {done.returncode}"]
    for document in documents:
        if document["event.dataset"] == "feed":
            lines.append(f"    feed {document['event.outcome']} reason={document.get('error.code', 'none')} "
                         f"messages={document.get('feed.messages', 0)} quirks={quirks(document)} "
                         f"domains={' '.join(document.get('feed.domains', [])) or 'none'}")
        else:
            lines.append(line_of(document))
    return lines


class Reports(unittest.TestCase):
    """A test for each folder; made below."""


def check(folder):
    def test(self):
        got = [line for file in sorted(folder.iterdir()) if file.name != "expected" for line in described(file)]
        expected = folder / "expected"
        if ACCEPT:
            expected.write_text("\n".join(got) + "\n", encoding="utf-8")
        want = expected.read_text(encoding="utf-8").splitlines()
        self.assertTrue(got)
        if got != want:
            self.fail("\n".join(difflib.unified_diff(want, got, "expected", "parse", lineterm="")))
        Reports.inputs += sum(not line.startswith(" ") for line in got)
    return test


Reports.inputs = 0
for each in sorted(path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"):
    setattr(Reports, "test_" + each.name.replace("-", "_"), check(each))

if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Reports)
    result = unittest.TextTestRunner().run(suite)
    print(f"{Reports.inputs} inputs of {suite.countTestCases()} situations")
    sys.exit(not result.wasSuccessful())
