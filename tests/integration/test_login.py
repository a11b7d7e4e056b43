#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each way to log in at a search server, seen from the server.

test_login.py PROGRAM
"""
import base64
import hashlib
import hmac
import http.server
import os
import ssl
import subprocess
import sys
import threading
import unittest
from urllib.parse import quote, unquote

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../lib")
import lab  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
MALFORMED = b'{"error":{"type":"parse_exception","reason":"request body is required"},"status":400}'
ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Handler(http.server.BaseHTTPRequestHandler):
    """Calls every request malformed, as a search server calls an empty bulk request."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        peer = self.connection.getpeercert() if hasattr(self.connection, "getpeercert") else None
        self.server.seen.append((self.path, self.headers, body, peer, self.command))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(MALFORMED)))
        self.end_headers()
        self.wfile.write(MALFORMED)

    do_GET = do_POST

    def log_message(self, *_):
        pass


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(method, path, headers, body, region, service):
    """AWS Signature Version 4 as a server works it out: the query decoded and encoded again."""
    authorization = headers["Authorization"]
    parts = dict(part.strip().split("=", 1)
                 for part in authorization.split(" ", 1)[1].split(","))
    location, _, query = path.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    query = "&".join(f"{quote(unquote(k), safe='-_.~')}={quote(unquote(v), safe='-_.~')}"
                     for k, _, v in sorted(pairs))
    names = parts["SignedHeaders"].split(";")
    canonical = "\n".join([method, location, query,
                           *(f"{name}:{headers[name].strip()}" for name in names), "",
                           parts["SignedHeaders"], hashlib.sha256(body).hexdigest()])
    date = headers["X-Amz-Date"]
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    key = f"AWS4{SECRET_KEY}".encode()
    for step in scope.split("/"):
        key = sign(key, step)
    to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope,
                         hashlib.sha256(canonical.encode()).hexdigest()])
    return parts, f"{ACCESS_KEY}/{scope}", sign(key, to_sign).hex()


class Login(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(f"{cls.directory}/maildir{folder}")

    def serve(self, context=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.seen, server.status = [], 400
        server.handle_error = lambda *_: None  # what the client sees is asserted
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True,
                                                do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, f"{'https' if context else 'http'}://localhost:{server.server_port}"

    def check(self, **settings):
        return self.run_command("check", **settings)

    def run_command(self, command, **settings):
        path = f"{self.directory}/{self.id()}.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\n"
                      f"[mailbox m]\nsource = maildir\npath = {self.directory}/maildir\n"
                      "[output o]\n" + lab.lines(settings))
        return lab.Run(PROGRAM, command, "-c", path)

    def authorization(self, **settings):
        server, url = self.serve()
        done = self.check(urls=url, **settings)
        self.assertEqual(done.status, 0, done.stdout)
        return server.seen[-1][1]["Authorization"]

    def test_basic(self):
        self.assertEqual(self.authorization(user="u", password_command="echo 'p:w'"),
                         "Basic " + base64.b64encode(b"u:p:w").decode())

    def test_api_key(self):
        encoded = base64.b64encode(b"id:key").decode()
        self.assertEqual(self.authorization(api_key_command="echo id:key"), f"ApiKey {encoded}")
        self.assertEqual(self.authorization(api_key_command=f"echo {encoded}"),
                         f"ApiKey {encoded}")

    def test_bearer_token(self):
        with open(f"{self.directory}/token", "w") as out:
            out.write("eyJhbGciOi.abc\n")
        self.assertEqual(self.authorization(token_file="token"), "Bearer eyJhbGciOi.abc")

    def test_nobody(self):
        self.assertIsNone(self.authorization())

    def signed(self, service, **more):
        """The headers of each request and the names of those that are signed."""
        server, url = self.serve()
        done = self.check(urls=url, aws_sigv4=f"eu-west-1/{service}",
                          aws_access_key_command=f"echo {ACCESS_KEY}",
                          aws_secret_key_command=f"echo {SECRET_KEY}", **more)
        self.assertEqual(done.status, 0, done.stdout)
        self.assertEqual({method for *_, method in server.seen}, {"POST", "GET"})
        for path, headers, body, _, method in server.seen:
            parts, credential, expected = signature(method, path, headers, body, "eu-west-1", service)
            self.assertEqual(parts["Credential"], credential)
            self.assertEqual(parts["Signature"], expected, path)
            self.assertEqual(headers["X-Amz-Content-Sha256"], hashlib.sha256(body).hexdigest())
            yield headers, parts["SignedHeaders"].split(";")

    def test_signed_requests(self):
        for service in ("es", "aoss"):
            for headers, names in self.signed(service):
                self.assertIsNone(headers["X-Amz-Security-Token"])
                self.assertIn("host", names)
                self.assertIn("x-amz-content-sha256", names)

    def test_temporary_keys(self):
        for headers, names in self.signed("es", aws_session_token_command="echo IQoJb3/+abc=="):
            self.assertEqual(headers["X-Amz-Security-Token"], "IQoJb3/+abc==")
            self.assertIn("x-amz-security-token", names)
        done = self.check(urls="http://localhost:1", aws_session_token_command="echo t")
        self.assertEqual(done.status, 2)
        self.assertIn("aws_session_token_file goes with aws_sigv4", done.stderr)

    def test_what_to_check_is_named(self):
        """The options that are there, and no others."""
        with open(f"{self.directory}/secret", "w") as out:
            out.write("secret\n")
        aws = {"aws_sigv4": "eu-west-1/es", "aws_access_key_file": "secret",
               "aws_secret_key_command": "echo x"}
        for status, settings, expected in (
                (401, {"user": "u", "password_file": "secret"}, "check user, password_file"),
                (401, {"api_key_command": "echo id:key"}, "check api_key_command"),
                (401, {"token_file": "secret"}, "check token_file"),
                (403, aws, "check aws_sigv4, aws_access_key_file, aws_secret_key_command"),
                (403, {"token_file": "secret"}, "check the privileges.*"),
                (401, {}, "a login is wanted, and none is configured.*")):
            server, url = self.serve()
            server.status = status
            done = self.check(urls=url, **settings)
            self.assertEqual(done.status, 2, done.stdout)
            self.assertRegex(done.stdout, expected + r"[;\n]")

    def test_what_to_check_for_setup_is_named(self):
        for settings, expected in (
                ({"token_command": "echo t"}, "check token_command\n"),
                ({"token_command": "echo t", "setup_user": "s", "setup_password_command": "echo p"},
                 "check setup_user, setup_password_command\n")):
            server, url = self.serve()
            server.status = 401
            done = self.run_command("setup", urls=url, **settings)
            self.assertEqual(done.status, 2, done.stdout)
            self.assertIn(expected, done.stderr)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=self.directory,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def certificate(self, name):
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out",
                     f"{name}.csr", "-subj", f"/CN={name}")
        lab.write(f"{self.directory}/{name}.ext", f"subjectAltName=DNS:{name}\n"
                  "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                     "-CAcreateserial", "-extfile", f"{name}.ext", "-days", "2", "-out", f"{name}.pem")

    def test_client_certificate(self):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
                     "ca.pem", "-subj", "/CN=test ca", "-days", "2", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.certificate("localhost")
        self.certificate("bridge")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH,
                                             cafile=f"{self.directory}/ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        context.load_cert_chain(f"{self.directory}/localhost.pem",
                                f"{self.directory}/localhost.key")
        server, url = self.serve(context)
        done = self.check(urls=url, ca_file="ca.pem", client_cert_file="bridge.pem",
                          client_key_file="bridge.key")
        self.assertEqual(done.status, 0, done.stdout)
        self.assertIn(((("commonName", "bridge"),)), server.seen[-1][3]["subject"])
        seen = len(server.seen)
        without = self.check(urls=url, ca_file="ca.pem", timeout="2s")
        self.assertNotEqual(without.status, 0)
        self.assertEqual(len(server.seen), seen)
        wrong = self.check(urls=url, ca_file="ca.pem", client_cert_file="bridge.pem",
                           client_key_file="nowhere.key")
        self.assertEqual(wrong.status, 2)
        self.assertIn("client_cert_file or client_key_file", wrong.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
