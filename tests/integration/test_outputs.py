#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several outputs: who waits for whom, and who misses what.  test_outputs.py PROGRAM"""
import gzip
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = ""
# The discard port: nobody listens there.
NOBODY = "type = elasticsearch\nurls = http://127.0.0.1:9\nretry = 1s\n"


class Outputs(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{self.directory}/mail/{folder}")
        self.mails = list(sample_mail.mails())[:20]
        self.setUp_mail()

    def setUp_mail(self):
        for number, mail in enumerate(self.mails):
            with open(f"{self.directory}/mail/new/{number}.M1.x", "wb") as out:
                out.write(mail)

    def run_once(self, outputs, mailbox=""):
        """outputs: {name: lines}; 'file' stands for a directory of that name."""
        path = f"{self.directory}/bridge.conf"
        with open(path, "w", encoding="utf-8") as out:
            out.write(f"[bridge]\nstate_directory = state\n[mailbox m]\nsource = maildir\npath = mail\n{mailbox}")
            for name, text in outputs.items():
                text = text.replace("file", f"type = file\ndirectory = {name}\n")
                out.write(f"[output {name}]\n{text}\n")
        return lab.Run(PROGRAM, "run", "--once", "-c", path)

    def lines(self, name):
        directory = f"{self.directory}/{name}"
        return sum(len(lab.read(f"{directory}/{file}").splitlines()) // 2 for file in os.listdir(directory))

    def waiting(self):
        return len(os.listdir(f"{self.directory}/mail/new")) + len(os.listdir(f"{self.directory}/mail/cur"))

    def test_each_output_gets_everything_in_its_own_schema(self):
        run = self.run_once({"one": "file", "two": "file", "theirs": "file\nschema = parsedmarc"})
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(self.waiting(), 0)
        self.assertEqual(self.lines("one"), self.lines("two"))
        stored = int(run.round()["stored"])
        self.assertEqual(stored, 2 * self.lines("one") + self.lines("theirs"))
        self.assertTrue(any(name.startswith("dmarc_aggregate-") for name in os.listdir(f"{self.directory}/theirs")))

    def test_a_mail_waits_for_every_required_output(self):
        run = self.run_once({"one": "file", "away": NOBODY})
        self.assertEqual(run.status, 3)
        self.assertEqual(self.waiting(), len(self.mails))
        first = self.lines("one")
        run = self.run_once({"one": "file", "away": "file"})
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(self.waiting(), 0)
        self.assertEqual(self.lines("one"), first)
        self.assertEqual(self.lines("away"), first)
        self.assertEqual(int(run.round()["duplicates"]), first)

    def test_an_output_that_is_not_required_misses_its_copy_alone(self):
        run = self.run_once({"away": NOBODY + "required = no", "one": "file"})
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(self.waiting(), 0)
        self.assertEqual(int(run.round()["missed"]), self.lines("one"))
        self.assertEqual(int(run.round()["stored"]), self.lines("one"))
        away = [e for e in run.events if e.get("event") == "output-away"]
        self.assertEqual([e["output"] for e in away], ["away"])

    def test_json_lines_are_rotated_and_known_again(self):
        self.check_lines("file\nformat = ndjson\nrotate_bytes = 8KiB\nkeep = 50\nrotate_gzip = yes")

    def test_the_old_type_of_json_lines_works_with_a_warning(self):
        run = self.check_lines("type = jsonl\ndirectory = lines\nrotate_bytes = 8KiB\nkeep = 50\nrotate_gzip = yes")
        self.assertIn("documents.jsonl.1.gz", os.listdir(f"{self.directory}/lines"))
        told = [e for e in run.events if e.get("event") == "configuration"]
        self.assertEqual(len(told), 1)
        self.assertIn("bridge.conf:7: type = jsonl ends with the next release", told[0]["error"])

    def check_lines(self, text):
        outputs = {"lines": text}
        first = self.run_once(outputs)
        self.assertEqual(first.status, 0, first.stderr)
        documents = {}
        for name in os.listdir(f"{self.directory}/lines"):
            read = gzip.open if name.endswith(".gz") else open
            with read(f"{self.directory}/lines/{name}", "rt", encoding="utf-8") as file:
                for line in file:
                    document = json.loads(line)
                    self.assertNotIn(document["_id"], documents)
                    documents[document["_id"]] = document
        self.assertEqual(len(documents), int(first.round()["stored"]))
        self.setUp_mail()
        again = self.run_once(outputs)
        self.assertEqual(int(again.round()["duplicates"]), len(documents))
        self.assertEqual(int(again.round()["stored"]), 0)
        return again

    def test_mails_wait_for_kafka(self):
        kafka = "type = kafka\nbrokers = 127.0.0.1:9\nkafka_tls = no\ntimeout = 1s\n"
        run = self.run_once({"topics": kafka})
        if "built without librdkafka" in run.stderr:
            self.skipTest("built without librdkafka")
        self.assertEqual(run.status, 3)
        self.assertEqual(self.waiting(), len(self.mails))
        self.assertIn("topic reportbridge-", run.mails()[0]["error"])
        run = self.run_once({"topics": kafka + "required = no", "one": "file"})
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(int(run.round()["missed"]), self.lines("one"))

    def test_a_mailbox_feeds_the_outputs_it_names(self):
        run = self.run_once({"one": "file", "two": "file"}, "outputs = two\n")
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(self.lines("one"), 0)
        self.assertEqual(self.lines("two"), int(run.round()["stored"]))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
