#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""contrib/ip-data against a server of our own: whole files, broken ones, none."""
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = f"{HERE}/../../contrib/ip-data"
NAMES = ("origin-asn.mmdb", "server-country.mmdb")


def sample(name):
    with open(f"{HERE}/../fuzz/corpus/mmdb/{name}", "rb") as file:
        return file.read()


class Mirror(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.files.get(self.path)
        self.server.asked.append(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


class IpData(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        self.server.files, self.server.asked = {}, []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.directory = tempfile.mkdtemp()
        for name in NAMES:
            self.publish(name, sample("network"))

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.directory)

    def publish(self, name, body, checksum=None):
        digest = checksum or hashlib.sha256(body).hexdigest()
        self.server.files[f"/latest/{name}"] = body
        self.server.files[f"/checksum/{name}.sha256"] = f"{digest}  {name}\n".encode()

    def run_script(self):
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.server.asked.clear()
        return subprocess.run([SCRIPT, self.directory], env={**os.environ, "IP_DATA_URL": url},
                              capture_output=True, text=True, timeout=120, check=False)

    def stored(self, name):
        with open(f"{self.directory}/{name}", "rb") as file:
            return file.read()

    def test_files_come_into_place(self):
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in NAMES:
            self.assertEqual(self.stored(name), sample("network"))
            self.assertEqual(os.stat(f"{self.directory}/{name}").st_mode & 0o777, 0o644)
        self.assertEqual(sorted(os.listdir(self.directory)), sorted(NAMES))

    def test_what_is_current_is_not_fetched_again(self):
        self.run_script()
        before = [os.stat(f"{self.directory}/{name}").st_ino for name in NAMES]
        done = self.run_script()
        self.assertEqual(done.stdout, "".join(f"{name} is current\n" for name in NAMES))
        self.assertFalse([path for path in self.server.asked if path.startswith("/latest/")])
        self.assertEqual(before, [os.stat(f"{self.directory}/{name}").st_ino for name in NAMES])

    def test_a_newer_file_replaces_the_old_one_by_another(self):
        self.run_script()
        before = os.stat(f"{self.directory}/{NAMES[0]}").st_ino
        self.publish(NAMES[0], sample("ipinfo-and-city"))
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(self.stored(NAMES[0]), sample("ipinfo-and-city"))
        self.assertNotEqual(before, os.stat(f"{self.directory}/{NAMES[0]}").st_ino)

    def refused(self, why):
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn(why, done.stderr)
        self.assertEqual(self.stored(NAMES[0]), sample("network"))
        self.assertEqual(sorted(os.listdir(self.directory)), sorted(NAMES))

    def test_the_old_file_stays(self):
        self.run_script()
        self.publish(NAMES[0], sample("ipinfo-and-city")[:-100], hashlib.sha256(b"other").hexdigest())
        self.refused("does not fit its checksum; the old file stays")
        self.publish(NAMES[0], b"<html>not here</html>")
        self.refused("is no MMDB file; the old file stays")
        self.publish(NAMES[0], b"x", "no checksum")
        self.refused("is no checksum")
        del self.server.files[f"/checksum/{NAMES[0]}.sha256"]
        self.refused("cannot fetch")
        self.publish(NAMES[0], b"x")
        del self.server.files[f"/latest/{NAMES[0]}"]
        self.refused("cannot fetch")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
