# SPDX-License-Identifier: MIT
"""What gets messages: a real mail server, and a web server for webhooks."""
import email
import email.policy
import functools
import glob
import http.server
import json
import os
import ssl
import subprocess
import threading

import lab
from running import until


def read(path):
    with open(path, "rb") as file:
        return file.read()


@functools.lru_cache(maxsize=10000)
def parse(path):
    return email.message_from_bytes(read(path), policy=email.policy.default)


class Exim:
    """Takes mail for everybody; see tests/servers/exim."""

    def __init__(self, test, directory, *options):
        self.directory = directory
        test.addClassCleanup(subprocess.run, [f"{lab.SERVERS}/exim", "stop", directory])
        subprocess.run([f"{lab.SERVERS}/exim", "start", directory, *options], check=True)
        self.env = lab.read_env(f"{directory}/env")

    def configuration(self, **changes):
        settings = {"host": "localhost", "port": self.env["SMTP_PORT"], "ca_file": self.env["CA_FILE"],
                    "user": "sender", "password_command": "echo secret",
                    "from": "reports@bridge.example", **changes}
        return "[mail]\n" + lab.lines(settings)

    def settled(self):
        """Nothing is on its way from the queue to the mailbox."""
        return not glob.glob(f"{self.directory}/spool/input/*-H")

    def paths(self):
        until(self.settled)
        return sorted(glob.glob(f"{self.directory}/mail/new/*"))

    def raw(self):
        return [read(path) for path in self.paths()]

    def mails(self):
        return [parse(path) for path in self.paths()]

    def forget(self):
        for path in self.paths():
            os.remove(path)


class Webhook:
    """Keeps what is posted; `status` is what it answers."""

    def __init__(self, test, certificate=None, key=None):
        outer = self
        self.status = 200
        self.headers = {}
        self.posts = []  # (path, headers, body)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.status // 100 == 2:
                    outer.posts.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client was killed."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.scheme = "https" if certificate else "http"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addClassCleanup(self.server.shutdown)

    def url(self, path="/hook"):
        return f"{self.scheme}://localhost:{self.port}{path}"

    def forget(self):
        self.posts.clear()
        self.status = 200
        self.headers = {}
