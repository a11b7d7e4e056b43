# SPDX-License-Identifier: MIT
"""Between Kibana and the tests' Elasticsearch: answers what that distribution lacks.

The archive for integration tests has no GET /, no licence information, no
lifecycle policies and few field types.  Kibana asks for all of them before it
starts; its own indices are then mapped with the next simpler type, and its
asynchronous searches run as plain ones.  Nothing waits for the next refresh of an
index: two minutes of a setup.
"""
import http.client
import http.server
import json
import threading
import urllib.parse

HEADERS_OF_A_HOP = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding"}
FEATURES = ("security", "ilm", "graph", "monitoring", "watcher")
LICENCE = {"build": {}, "license": {"uid": "test", "type": "basic", "mode": "basic", "status": "active"},
           "features": {name: {"available": True, "enabled": True} for name in FEATURES}}
SIMPLER = {"version": {"type": "keyword"}, "wildcard": {"type": "keyword"}, "constant_keyword": {"type": "keyword"},
           "unsigned_long": {"type": "long"}, "scaled_float": {"type": "double"}, "match_only_text": {"type": "text"},
           "flattened": {"type": "object", "enabled": False}}
OF_KIBANA = ("/.", "/_component_template/.", "/_index_template/.")


def simpler(node):
    if isinstance(node, list):
        return [simpler(one) for one in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("type"), str) and node["type"] in SIMPLER:
        return SIMPLER[node["type"]]
    return {key: simpler(value) for key, value in node.items()}


def as_search(path):
    """An asynchronous search as one that is answered at once."""
    path, _, query = path.partition("?")
    kept = [(name, value) for name, value in urllib.parse.parse_qsl(query)
            if name not in ("wait_for_completion_timeout", "keep_on_completion", "keep_alive", "batched_reduce_size")]
    return path.replace("/_async_search", "/_search") + "?" + urllib.parse.urlencode(kept)


def refreshed_at_once(path):
    path = path.replace("refresh=wait_for", "refresh=true")
    if path.partition("?")[0] in ("/_security/api_key", "/_security/api_key/grant") and "refresh=" not in path:  # waits by itself
        path += ("&" if "?" in path else "?") + "refresh=true"
    return path


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, data, headers=()):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HEADERS_OF_A_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def stand_in(self, path):
        """The answer to what the server does not know; None: ask the server."""
        if path == "/" and self.command in ("GET", "HEAD"):
            return 200, self.server.information
        if path == "/_xpack" and self.command == "GET":
            return 200, LICENCE
        if path.startswith("/_ilm/"):
            return (404 if self.command == "GET" else 200), {}
        return None

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        found = self.stand_in(path)
        if found:
            status, members = found
            return self.answer(status, json.dumps(members).encode(),
                               [("X-Elastic-Product", "Elasticsearch"), ("Content-Type", "application/json")])
        if body and self.command == "PUT" and path.startswith(OF_KIBANA):
            body = json.dumps(simpler(json.loads(body))).encode()
        url, asynchronous = self.server.url, path.endswith("/_async_search")
        if asynchronous:
            self.path = as_search(self.path)
        if self.command in ("PUT", "POST"):
            self.path = refreshed_at_once(self.path)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HEADERS_OF_A_HOP}
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        data = answer.read()
        if asynchronous and answer.status == 200:
            data = b'{"is_partial":false,"is_running":false,"response":' + data + b"}"
        self.answer(answer.status, data, answer.getheaders())
        return connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = forward

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def serve(search):
    """In front of a lab.Search; the address to give to Kibana."""
    server = Server(("127.0.0.1", 0), Handler)
    server.url = urllib.parse.urlsplit(search.env["SEARCH_URL"])
    nodes = search.ask("GET", "/_nodes?filter_path=nodes.*.version")["nodes"]
    (version,) = {node["version"] for node in nodes.values()}
    server.information = {"name": "test", "cluster_name": "test", "cluster_uuid": "A" * 22,
                          "version": {"number": version, "build_flavor": "default", "build_snapshot": False,
                                      "lucene_version": "9.0.0", "minimum_wire_compatibility_version": "7.17.0",
                                      "minimum_index_compatibility_version": "7.0.0"},
                          "tagline": "You Know, for Search"}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
