#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A refresh token by the device flow (RFC 8628), from a scripted provider.

test_device_login.py PROGRAM
"""
import http.server
import json
import os
import stat
import sys
import threading
import time
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
import lab  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
DEVICE = {"device_code": "device-1", "user_code": "ABCD-EFGH", "interval": 1, "expires_in": 60,
          "verification_uri": "https://provider.example/device"}


class Provider(http.server.BaseHTTPRequestHandler):
    device = DEVICE
    answers = []  # of the token endpoint, the last one again and again
    asked = []

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.asked.append((time.monotonic(), self.path, form))
        body = self.device if self.path == "/device" else \
            self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        data = json.dumps(body).encode()
        self.send_response(400 if "error" in body else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class DeviceLogin(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        Provider.device, Provider.asked[:] = DEVICE, []
        self.token = f"{self.directory}/refresh-token"
        self.config = f"{self.directory}/c.conf"
        self.configure()

    def configure(self, more=""):
        lab.write(self.config, f"[bridge]\nstate_directory = {self.directory}/state\n"
                               f"[mailbox m]\nhost = imap.example\nuser = u\nclient_id = program\n"
                               f"token_url = {self.url}/token\ntoken_scope = mail offline_access\n"
                               f"refresh_token_file = {self.token}\n"
                               f"{more or f'device_url = {self.url}/device'}\n")

    def login(self, *answers, mailbox="m"):
        Provider.answers[:] = answers
        return lab.Run(PROGRAM, "login", mailbox, "-c", self.config)

    def test_the_token_is_written(self):
        done = self.login({"error": "authorization_pending"}, {"error": "authorization_pending"},
                          {"access_token": "a", "refresh_token": "secret-7", "expires_in": 3600})
        self.assertEqual(done.status, 0, done.stderr)
        self.assertIn("https://provider.example/device", done.stdout)
        self.assertIn("ABCD-EFGH", done.stdout)
        self.assertEqual(lab.read(self.token).splitlines()[0], "secret-7")
        self.assertEqual(stat.S_IMODE(os.stat(self.token).st_mode), 0o600)
        self.assertNotIn("secret-7", done.stdout + done.stderr)
        (_, path, first), *polls = Provider.asked
        self.assertEqual((path, first), ("/device", {"client_id": "program",
                                                     "scope": "mail offline_access"}))
        self.assertEqual(len(polls), 3)
        for _, path, form in polls:
            self.assertEqual(form, {"client_id": "program", "device_code": "device-1", "grant_type":
                                    "urn:ietf:params:oauth:grant-type:device_code"})
        times = [when for when, _, _ in Provider.asked]
        self.assertGreaterEqual(min(b - a for a, b in zip(times, times[1:])), 0.9)

    def test_a_token_that_is_there_is_replaced(self):
        lab.write(self.token, "old\n")
        os.chmod(self.token, 0o600)
        self.assertEqual(self.login({"access_token": "a", "refresh_token": "new"}).status, 0)
        self.assertEqual(lab.read(self.token).splitlines()[0], "new")

    def test_a_state_directory_that_no_run_has_created(self):
        self.token = f"{self.directory}/state/refresh-token"
        self.configure()
        self.assertEqual(self.login({"access_token": "a", "refresh_token": "new"}).status, 0)
        self.assertEqual(lab.read(self.token).splitlines()[0], "new")

    def test_nobody_confirms_a_code_in_vain(self):
        self.token = f"{self.directory}/missing/refresh-token"
        self.configure()
        done = self.login({"access_token": "a", "refresh_token": "new"})
        self.assertEqual(done.status, 2)
        self.assertIn("missing/refresh-token: no file can be written there: No such file", done.stderr)
        self.assertEqual(Provider.asked, [])

    def test_what_goes_wrong_is_named(self):
        for answer, words in (({"error": "access_denied"}, "access_denied"),
                              ({"error": "expired_token", "error_description": "too late"}, "too late"),
                              ({"access_token": "a"}, "offline_access")):
            done = self.login(answer)
            self.assertNotEqual(done.status, 0)
            self.assertIn(words, done.stderr)
            self.assertFalse(os.path.exists(self.token))
        Provider.device = {**DEVICE, "expires_in": 2}
        done = self.login({"error": "authorization_pending"})
        self.assertIn("was not confirmed in time", done.stderr)
        Provider.device = {"error": "invalid_client"}
        self.assertIn("invalid_client", self.login({}).stderr)
        Provider.device = {"device_code": "d", "verification_uri": "https://provider.example/\x1b[2J",
                           "user_code": "A\x1bB", "interval": 1}
        done = self.login({"error": "access_denied"})
        self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_what_is_missing_is_named(self):
        self.assertIn("no mailbox of that name", self.login({}, mailbox="n").stderr)
        self.configure("timeout = 30s")
        self.assertIn("device_url is missing", self.login({}).stderr)
        self.configure("device_url = http://provider.example/device")
        self.assertIn("device_url does not begin with https://", self.login({}).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
