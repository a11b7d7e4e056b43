#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Refused documents are listed, replayed after a fix, and lost never.

test_dead_letter.py PROGRAM   against a made-up bulk interface
"""
import gzip
import http.server
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))


class Bulk(http.server.BaseHTTPRequestHandler):
    """Stores what self.server.refuses(index, id) does not refuse."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = body.decode().split("\n")[:-1]
        if self.server.down:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.between()
        items = [self.item(json.loads(action)["create"], document)
                 for action, document in zip(lines[0::2], lines[1::2])]
        data = json.dumps({"errors": True, "items": items}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def item(self, create, document):
        key = create["_index"], create["_id"]
        reason = self.server.refuses(*key, document)
        if reason:
            return {"create": {"_id": create["_id"], "status": 400,
                               "error": {"type": "document_parsing_exception", "reason": reason}}}
        known = key in self.server.stored
        self.server.stored.setdefault(key, document)
        error = {"error": {"type": "version_conflict_engine_exception", "reason": "exists"}}
        return {"create": {"_id": create["_id"], **({"status": 409, **error} if known else
                                                    {"status": 201})}}

    def log_message(self, *_):
        pass


class DeadLetters(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="reportbridge-test.")
        self.addCleanup(shutil.rmtree, self.directory)
        os.mkdir(f"{self.directory}/state")
        self.letters = f"{self.directory}/state/dead-letters.ndjson"
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bulk)
        self.server.stored, self.server.down = {}, False
        self.server.between = lambda: None
        self.server.refuses = lambda index, key, document: "feed-" in index and "bad mapping\n\x1b"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.config = f"{self.directory}/c.conf"
        self.maildir = f"{self.directory}/maildir"
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(self.maildir + folder)
        with open(self.config, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\n"
                      f"[mailbox m]\nsource = maildir\npath = {self.maildir}\n"
                      f"[output o]\nurls = http://127.0.0.1:{self.server.server_port}\n"
                      "index_prefix = p\nretry = 1s\n")

    def deliver(self, first, count):
        for number in range(first, first + count):
            report = sample_mail.tls_report("example.com", 1735689600 + number * 86400, 1,
                                            random.Random(number))
            mail = sample_mail.mail("r@example.net", f"Report {number}", "application/tlsrpt+json",
                                    "r.json", report, 1735689600)
            with open(f"{self.maildir}/new/{1700000000 + number}.M{number}.x", "wb") as out:
                out.write(mail)

    def run_once(self, **keywords):
        return subprocess.run([PROGRAM, "run", "-c", self.config, "--once"], text=True,
                              stderr=subprocess.PIPE, timeout=60, **keywords)

    def command(self, what, *arguments):
        return lab.Run(PROGRAM, "dead-letter", what, "-c", self.config, *arguments)

    def listed(self):
        done = self.command("list", "--format", "ndjson")
        self.assertEqual(done.status, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def in_folder(self, folder):
        path = f"{self.maildir}{folder}"
        return sum(len(os.listdir(f"{path}/{p}")) for p in ("new", "cur")) if \
            os.path.exists(path) else 0

    def test_listed_replayed_and_gone(self):
        self.deliver(0, 3)
        self.assertEqual(self.run_once().returncode, 1)
        letters = self.listed()
        self.assertEqual(len(letters), 3)
        self.assertEqual({letter["action"]["create"]["_index"] for letter in letters},
                         {"p-feed-default-2025.01"})
        table = self.command("list").stdout
        self.assertIn("3 documents", table)
        self.assertIn("p-feed-default-2025.01  document_parsing_exception", table)
        self.assertNotIn("\x1b", table)
        again = self.command("replay")
        self.assertEqual(again.status, 1, again.stderr)
        self.assertIn("3 refused again", again.stdout)
        self.assertEqual([letter["count"] for letter in self.listed()], [2, 2, 2])
        self.server.refuses = lambda *_: None
        fixed = self.command("replay")
        self.assertEqual(fixed.status, 0, fixed.stderr)
        self.assertIn("3 stored", fixed.stdout)
        self.assertEqual(self.listed(), [])
        for letter in letters:
            create = letter["action"]["create"]
            self.assertEqual(self.server.stored[create["_index"], create["_id"]],
                             letter["document"])

    def test_the_same_document_is_one_letter(self):
        self.deliver(0, 1)
        self.run_once()
        first = self.listed()[0]
        self.deliver(0, 1)
        self.run_once()
        self.assertEqual(len(lab.read(self.letters).splitlines()), 2)
        letters = self.listed()
        self.assertEqual([letter["count"] for letter in letters], [2])
        self.assertEqual(letters[0]["first"], first["first"])
        self.assertGreaterEqual(letters[0]["last"], first["last"])

    def test_only_what_is_stored_leaves(self):
        self.deliver(0, 4)
        self.run_once()
        keys = [letter["action"]["create"]["_id"] for letter in self.listed()]
        self.server.stored["p-feed-default-2025.01", keys[0]] = "there already"
        self.server.refuses = lambda index, key, document: key == keys[1] and "still bad"
        done = self.command("replay")
        self.assertEqual(done.status, 1)
        self.assertIn("2 stored, 1 known already, 1 refused again", done.stdout)
        left = self.listed()
        self.assertEqual([letter["action"]["create"]["_id"] for letter in left], [keys[1]])
        self.assertEqual((left[0]["count"], left[0]["reason"]), (2, "still bad"))

    def test_what_arrives_during_a_replay_stays(self):
        self.deliver(0, 2)
        self.run_once()
        late = self.listed()[0]
        late["action"]["create"]["_id"] = "late"

        def append():
            with open(self.letters, "a") as out:
                out.write(json.dumps(late) + "\n")
            self.server.between = lambda: None
        self.server.between, self.server.refuses = append, lambda *_: None
        self.assertEqual(self.command("replay").status, 0)
        self.assertEqual([letter["action"]["create"]["_id"] for letter in self.listed()], ["late"])

    def test_the_server_is_away(self):
        self.deliver(0, 2)
        self.run_once()
        before = self.listed()
        self.server.down = True
        done = self.command("replay")
        self.assertEqual(done.status, 3, done.stderr)
        self.assertIn("2 to be tried later", done.stdout)
        self.assertEqual(self.listed(), before)

    def test_lines_that_cannot_be_read_survive(self):
        self.deliver(0, 1)
        self.run_once()
        half = lab.read(self.letters)[:40]
        with open(self.letters, "a") as out:
            out.write(half)
        self.deliver(1, 1)
        self.run_once()
        done = self.command("list")
        self.assertIn("2 documents", done.stdout)
        self.assertIn("1 lines cannot be read", done.stderr)
        self.server.refuses = lambda *_: None
        self.assertEqual(self.command("replay").status, 0)
        self.assertEqual(lab.read(self.letters), half + "\n")

    def test_a_full_disk_keeps_the_mail(self):
        self.deliver(0, 3)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))  # noqa: E731
        done = self.run_once(preexec_fn=limit)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(self.in_folder(""), 3)
        self.assertEqual(lab.read(self.letters), "")
        self.assertEqual(self.run_once().returncode, 1)
        self.assertEqual(self.in_folder(""), 0)
        self.assertEqual(self.in_folder("/.Archive.Invalid"), 3)
        self.assertEqual(len(self.listed()), 3)

    def test_a_full_disk_keeps_the_letters(self):
        self.deliver(0, 3)
        self.run_once()
        before = lab.read(self.letters)
        done = subprocess.run([PROGRAM, "dead-letter", "replay", "-c", self.config], text=True,
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE, timeout=60,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                    (200, 200)))
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual(lab.read(self.letters), before)
        self.assertEqual(sorted(os.listdir(f"{self.directory}/state")),
                         ["dead-letters.ndjson", "dead-letters.ndjson.lock", "running"])

    def test_nothing_to_list_or_replay(self):
        self.assertEqual(self.command("list").stdout, "0 documents\n")
        self.assertEqual(self.command("replay").status, 0)
        self.assertEqual(self.command("bury").status, 2)

    def test_what_is_no_regular_file_is_neither_read_nor_written(self):
        os.mkfifo(f"{self.directory}/fifo")
        lab.write(f"{self.directory}/target", "")
        for kind, why in (("fifo", "not a regular file"), ("link", "symbolic link")):
            with self.subTest(kind):
                if kind == "fifo":
                    os.mkfifo(self.letters)
                else:
                    os.symlink(f"{self.directory}/target", self.letters)
                self.deliver(0, 1)
                done = self.run_once()
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(why, done.stderr)
                self.assertEqual(self.in_folder(""), 1)
                for command in ("list", "replay"):
                    done = self.command(command)
                    self.assertEqual(done.status, 3, done.stdout)
                    self.assertIn(why, done.stderr)
                os.unlink(self.letters)
        self.assertEqual(lab.read(f"{self.directory}/target"), "")

    def test_a_file_emptied_or_replaced_during_a_replay(self):
        def empty():
            os.truncate(self.letters, 0)

        def replace():
            lab.write(f"{self.letters}.mine", "mine\n")
            os.rename(f"{self.letters}.mine", self.letters)

        for number, (change, left) in enumerate(((empty, ""), (replace, "mine\n"))):
            with self.subTest(change.__name__):
                if os.path.exists(self.letters):
                    os.unlink(self.letters)
                self.server.refuses = lambda index, *_: "feed-" in index and "bad"
                self.server.between = lambda: None
                self.deliver(2 * number, 2)
                self.assertEqual(self.run_once().returncode, 1)
                self.server.between, self.server.refuses = change, lambda *_: None
                done = self.command("replay")
                self.assertEqual(done.status, 3, done.stdout + done.stderr)
                self.assertIn("another process has emptied or replaced it", done.stderr)
                self.assertEqual(lab.read(self.letters), left)

    def test_a_line_end_in_a_document_starts_no_action(self):
        letter = {"first": "2026-11-01T00:00:00Z", "last": "2026-11-01T00:00:00Z", "count": 1,
                  "status": 400, "type": "t", "reason": "r",
                  "action": {"create": {"_index": "p-feed-a-2026.11", "_id": "1"}},
                  "document": '{"a":1,\n"b":2}\r\n{"create":{"_index":"evil","_id":"2"}}\n{}'}
        lab.write(self.letters, json.dumps(letter) + "\n")
        self.server.refuses = lambda *_: None
        done = self.command("replay")
        self.assertEqual(done.status, 0, done.stdout + done.stderr)
        self.assertEqual(list(self.server.stored), [("p-feed-a-2026.11", "1")])

    def test_nothing_of_a_letter_steers_the_terminal(self):
        bad = "\x1b[31m\x07\x9b31m\u202e\x7f"
        letter = {"first": "2026-11-01T00:00:00Z", "last": "2026-11-01T00:00:00Z", "count": 1,
                  "status": 400, "type": "t" + bad, "reason": "r" + bad,
                  "action": {"create": {"_index": "i" + bad, "_id": "1"}}, "document": "{}"}
        lab.write(self.letters, json.dumps(letter) + "\n")
        table = self.command("list").stdout
        self.assertIn("1 documents", table)
        self.assertTrue(all(c == "\n" or c.isprintable() for c in table), repr(table))

    def test_a_state_directory_that_everybody_may_write_to(self):
        os.chmod(f"{self.directory}/state", 0o777)
        done = self.run_once()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("may be written by everybody: chmod o-w", done.stderr)

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_roots_commands_leave_nothing_that_the_service_cannot_write(self):
        """The state directory belongs to the user of the service."""
        state, others = f"{self.directory}/state", f"{self.directory}/others"
        lab.write(others, "root's own\n")
        os.link(others, f"{state}/hard-link")
        os.symlink(others, f"{state}/link")
        os.mkfifo(f"{state}/pipe")
        os.chown(state, 65534, 65534)
        planted = {"hard-link", "link", "pipe"}

        def left_to_root():
            return sorted(os.path.relpath(os.path.join(top, name), state)
                          for top, folders, files in os.walk(state) for name in folders + files
                          if os.lstat(os.path.join(top, name)).st_uid == 0 and name not in planted)

        self.deliver(0, 2)
        self.assertEqual(self.run_once().returncode, 1)
        self.assertEqual(len(self.listed()), 2)
        self.assertEqual(left_to_root(), [])
        self.assertEqual(self.command("replay").status, 1)
        self.assertEqual(left_to_root(), [])
        self.assertEqual(os.stat(self.letters).st_gid, 65534)
        with open(self.config, "a") as out:
            out.write("[mail]\nhost = localhost\ntls = none\nport = 1\nfrom = a@example.org\n"
                      "[notify n]\nto = b@example.org\n")
        lab.Run(PROGRAM, "notify", "-c", self.config)
        self.assertTrue(os.path.isdir(f"{state}/notify/n"))
        self.assertEqual(left_to_root(), [])
        self.assertEqual(os.stat(others).st_uid, 0)

    def test_many_letters(self):
        with open(self.letters, "w") as out:
            for number in range(60000):
                out.write(json.dumps({
                    "first": "2026-11-01T00:00:00Z", "last": "2026-11-01T00:00:00Z", "count": 1,
                    "status": 400, "type": "t", "reason": "r",
                    "action": {"create": {"_index": "p-feed-a-2026.11", "_id": f"{number % 50000}"}},
                    "document": "{\"a\":\"" + "x" * 200 + "\"}"}) + "\n")
        self.assertIn("50000 documents", self.command("list").stdout)
        self.server.refuses = lambda index, key, document: key == "77" and "no"
        done = self.command("replay")
        self.assertIn("50000 documents: 49999 stored, 0 known already, 1 refused again", done.stdout)
        self.assertEqual([letter["count"] for letter in self.listed()], [3])
        self.assertEqual(len(self.server.stored), 49999)


if __name__ == "__main__":
    unittest.main(verbosity=2)
