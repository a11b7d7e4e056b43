# SPDX-License-Identifier: MIT
"""A bulk interface that can be made to fail: before a real search server, or before a store in memory.

Any client may talk to it.  While a fault is set, each bulk request meets it
with the probability given; what the server behind it really took is known.
"""
import collections
import gzip
import hashlib
import http.client
import http.server
import json
import random
import socket
import struct
import threading
import time
import urllib.parse

SLOW_SECONDS = 3
LARGEST = 8192           # bytes of a body, uncompressed, while the fault is "413"
REFUSED_ITEMS = 0.3      # of a request, while the fault is "429 items"
JSON = "application/json"
BUSY = {"type": "es_rejected_execution_exception", "reason": "rejected execution"}
# What setup would have left, in short.
TEMPLATES = {"index_templates": [{"name": "all", "index_template": {
    "index_patterns": ["*"], "priority": 1, "_meta": {"managed_by": "reportbridge"}}}]}
WRONG_MAPPING = {"type": "document_parsing_exception", "reason": "failed to parse"}
CONFLICT = {"type": "version_conflict_engine_exception", "reason": "document already exists"}


def content_key(source):
    """The same for each copy of a document, however it was named."""
    document = json.loads(source)
    document.pop("event.ingested", None)
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def pairs(body):
    lines = body.split(b"\n")
    return list(zip(lines[0:-1:2], lines[1::2]))


class Store:
    """What a search server does with a bulk request, and no more."""

    def __init__(self):
        self.lock = threading.Lock()
        self.ids = set()
        self.documents = collections.Counter()  # by content
        self.bytes = 0
        self.refuses = False  # every document, as an index with wrong mappings does

    def item(self, action, source):
        (kind, target), = json.loads(action).items()
        if self.refuses:
            return {kind: {**target, "status": 400, "error": WRONG_MAPPING}}
        name = (target["_index"], target["_id"]) if target.get("_id") else None
        if kind == "create" and name and name in self.ids:
            return {kind: {**target, "status": 409, "error": CONFLICT}}
        if name not in self.ids or not name:
            self.documents[content_key(source)] += 1
        if name:
            self.ids.add(name)
        return {kind: {**target, "status": 201}}

    def answer(self, _method, path, _headers, body):
        if path.startswith("/_index_template"):
            return 200, json.dumps(TEMPLATES).encode()
        if not path.startswith("/_bulk"):
            return 200, json.dumps({"status": "green", "version": {"number": "8.19.0"}}).encode()
        with self.lock:
            self.bytes += len(body)
            items = [self.item(action, source) for action, source in pairs(body)]
        return 200, json.dumps({"took": 1, "errors": any(
            "error" in result for item in items for result in item.values()), "items": items}).encode()


class Behind:
    """A real search server."""

    def __init__(self, url):
        self.host = urllib.parse.urlsplit(url).netloc

    def answer(self, method, path, headers, body):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body, {
                name: value for name, value in headers.items()
                if name.lower() in ("content-type", "authorization")})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def cut_request(self, method, path, headers, body):
        """The server sees the head and half of the body."""
        host, port = self.host.split(":")
        with socket.create_connection((host, int(port)), 10) as half:
            head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n"
            for name in ("Content-Type", "Authorization"):
                if headers.get(name):
                    head += f"{name}: {headers[name]}\r\n"
            half.sendall(head.encode() + b"\r\n" + body[:len(body) // 2])
            time.sleep(0.05)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20

    def log_message(self, *_):
        pass

    def say(self, status, body=b"", kind=JSON, cut=None, claim=None, header=""):
        if self.headers.get("X-Opaque-Id"):
            header += f"X-Opaque-Id: {self.headers['X-Opaque-Id']}\r\n"
        head = (f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\n{header}"
                f"Content-Length: {len(body) if claim is None else claim}\r\n\r\n")
        if self.command == "HEAD":
            body = b""
        self.wfile.write(head.encode() + body[:cut])
        self.wfile.flush()

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def ask(self):
        return self.server.backend.answer(self.command, self.path, self.headers, self.body)

    # --- faults --------------------------------------------------------------

    def reset_in_request(self):
        if hasattr(self.server.backend, "cut_request"):
            self.server.backend.cut_request(self.command, self.path, self.headers, self.body)
        self.reset()

    def reset_before_answer(self):
        self.ask()
        self.reset()

    def reset_in_answer(self):
        status, answer = self.ask()
        self.say(status, answer, cut=len(answer) // 2)
        self.reset()

    def reset_after_answer(self):
        self.say(*self.ask())
        self.close_connection = True

    def busy(self):
        self.say(429, json.dumps({"error": BUSY, "status": 429}).encode())

    def busy_items(self):
        """Some items never reach the server behind."""
        chance = random.Random(self.body)
        refused, passed = set(), []
        for number, pair in enumerate(pairs(self.body)):
            if chance.random() < REFUSED_ITEMS:
                refused.add(number)
            else:
                passed.append(pair)
        sent, items = [json.loads(action) for action, _ in pairs(self.body)], []
        if passed:
            self.body = b"".join(a + b"\n" + s + b"\n" for a, s in passed)
            status, answer = self.ask()
            if status != 200:
                return self.say(status, answer)
            items = json.loads(answer)["items"]
        for number in sorted(refused):
            (kind, target), = sent[number].items()
            items.insert(number, {kind: {**target, "status": 429, "error": BUSY}})
        return self.say(200, json.dumps({"took": 1, "errors": True, "items": items}).encode())

    def away(self):
        self.say(503, b"<html>503 Service Unavailable</html>", "text/html")

    def too_large(self):
        if len(self.body) <= LARGEST:
            self.server.hits -= 1
            return self.say(*self.ask())
        self.say(413)
        self.close_connection = True

    def slow(self):
        status, answer = self.ask()
        time.sleep(SLOW_SECONDS)
        self.say(status, answer)

    def page(self):
        self.say(200, b"<html>Welcome to this network</html>", "text/html")

    def redirect(self):
        self.say(302, kind="text/html", header="Location: http://127.0.0.1:1/\r\n")

    def item_missing(self):
        status, answer = self.ask()
        answer = json.loads(answer)
        answer["items"] = answer["items"][:-1]
        self.say(status, json.dumps(answer).encode())

    def swapped(self):
        """The answer to a request with as many documents, but others; this one goes nowhere."""
        items = []
        for action, _ in pairs(self.body):
            (kind, target), = json.loads(action).items()
            items.append({kind: {**target, "_id": target.get("_id", "")[::-1], "status": 201}})
        self.say(200, json.dumps({"took": 1, "errors": False, "items": items}).encode())

    def endless(self):
        self.ask()
        self.say(200, b'{"items":[' + b" " * (20 << 20), claim=1 << 40)
        self.reset()

    FAULTS = {"reset before the request": reset, "reset in the request": reset_in_request,
              "reset before the answer": reset_before_answer, "reset in the answer": reset_in_answer,
              "closed after the answer": reset_after_answer, "429": busy, "429 items": busy_items,
              "503": away, "413": too_large, "slow": slow, "200 and a page": page,
              "redirect": redirect, "an item missing": item_missing, "endless answer": endless,
              "another's answer": swapped}

    # -------------------------------------------------------------------------

    def serve(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        zipped = self.headers.get("Content-Encoding") == "gzip"
        self.body = gzip.decompress(raw) if zipped else raw
        fault = self.server.draw(self.path)
        try:
            if fault:
                self.FAULTS[fault](self)
            else:
                self.say(*self.ask())
        except (OSError, http.client.HTTPException):  # either side went away
            self.close_connection = True
            try:
                self.reset()
            except OSError:
                pass

    do_GET = do_POST = do_PUT = do_HEAD = serve


class FaultServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, backend):
        super().__init__(("127.0.0.1", 0), Handler)
        self.backend = backend
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.lock = threading.Lock()
        self.chance = random.Random(1)
        self.fault, self.share, self.hits, self.requests = None, 0, 0, 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        pass

    def set(self, fault, share):
        with self.lock:
            self.fault, self.share = fault, share

    def draw(self, path):
        if not path.startswith("/_bulk"):
            return None
        with self.lock:
            self.requests += 1
            if not self.fault or self.chance.random() >= self.share:
                return None
            self.hits += 1
            return self.fault

    def stop(self):
        self.shutdown()
        self.server_close()
