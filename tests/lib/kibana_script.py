# SPDX-License-Identifier: MIT
"""A Kibana, or an OpenSearch Dashboards, as their documentation describes them:
spaces, import of saved objects, alert rules.  No real one can be had."""
import email
import http.server
import json
import re
import threading
import uuid

# The newest form of each type that the first supported version knows.
NEWEST = {"dashboard": (8, 9, 0), "index-pattern": (8, 0, 0), "search": (8, 0, 0)}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[14][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
RULE_CREATE = {"name", "tags", "schedule", "params", "actions", "rule_type_id", "consumer", "enabled"}
RULE_REPLACE = {"name", "tags", "schedule", "params", "actions"}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        if status == 204:
            return self.end_headers()
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fault(self, status, message):
        self.answer(status, {"statusCode": status, "error": "Error", "message": message})

    def do(self):
        kibana = self.server.kibana
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kibana.requests.append((self.command, self.path))
        mark = "osd-xsrf" if kibana.opensearch else "kbn-xsrf"
        if kibana.password and "Basic" not in self.headers.get("Authorization", ""):
            return self.fault(401, "Unauthorized")
        if self.command != "GET" and not self.headers.get(mark):
            return self.fault(400, f"Request must contain a {mark} header.")
        path, _, query = self.path.partition("?")
        space = "default"
        if kibana.opensearch:
            space = self.headers.get("securitytenant", "private")
        elif match := re.match(r"/s/([a-z0-9_-]+)(/.*)", path):
            space, path = match.groups()
            if space not in kibana.spaces:
                return self.fault(404, f"Saved object [space/{space}] not found")
        if path == "/api/status":
            return self.answer(200, {"status": {"overall": {"level": "available"}}})
        if path == "/api/saved_objects/_import":
            return self.answer(*kibana.take(space, self.headers["Content-Type"], body, "overwrite=true" in query))
        if path in ("/api/kibana/settings", "/api/opensearch-dashboards/settings"):
            return self.answer(*kibana.setting(self.command, space, body))
        if kibana.opensearch:
            return self.fault(404, "Not Found")
        if path == "/api/spaces/space" and self.command == "GET":
            return self.answer(200, list(kibana.spaces.values()))
        if path.startswith("/api/spaces/space"):
            return self.answer(*kibana.space(self.command, path.rpartition("/")[2], body))
        if path == "/api/alerting/_health":
            return self.answer(200, {"is_sufficiently_secure": True, "has_permanent_encryption_key": kibana.has_key})
        if path.startswith("/api/alerting/rule/"):
            return self.answer(*kibana.rule(self.command, space, path.rpartition("/")[2], json.loads(body or b"{}")))
        return self.fault(404, "Not Found")

    do_GET = do_POST = do_PUT = do_DELETE = do

    def log_message(self, *_):
        pass


class Kibana:
    def __init__(self, test, opensearch=False, password=None):
        self.opensearch, self.password, self.has_key = opensearch, password, True
        self.spaces = {"default": {"id": "default", "name": "Default"}}
        self.objects, self.rules, self.requests = {}, {}, []
        self.settings, self.has_settings = {}, True
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.kibana = self
        threading.Thread(target=server.serve_forever, daemon=True).start()
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"

    def setting(self, command, space, body):
        if not self.has_settings:
            return 404, {"statusCode": 404, "error": "Not Found"}
        mine = self.settings.setdefault(space, {})
        if command == "POST":
            mine |= json.loads(body)["changes"]
        return 200, {"settings": {key: {"userValue": value} for key, value in mine.items()}}

    def space(self, command, name, body):
        if command == "GET":
            return (200, self.spaces[name]) if name in self.spaces else (404, {"statusCode": 404})
        if command == "DELETE":
            # With every saved object in it.
            if not self.spaces.pop(name, None):
                return 404, {"statusCode": 404}
            self.objects = {key: one for key, one in self.objects.items() if key[0] != name}
            self.rules = {key: one for key, one in self.rules.items() if key[0] != name}
            return 204, None
        wanted = json.loads(body)
        if wanted["id"] in self.spaces:
            return 409, {"statusCode": 409, "message": f"A space with the identifier {wanted['id']} already exists."}
        self.spaces[wanted["id"]] = wanted
        return 200, wanted

    def take(self, space, content_type, body, overwrite):
        """An import answers 200 even when it fails."""
        if not content_type.startswith("multipart/form-data"):
            return 415, {"statusCode": 415, "message": "Unsupported Media Type"}
        mail = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        part = mail.get_payload()[0]
        if part.get_param("name", header="content-disposition") != "file":
            return 400, {"statusCode": 400, "message": "[request body.file]: expected value"}
        if not part.get_filename().endswith(".ndjson"):
            return 400, {"statusCode": 400, "message": f"Invalid file extension {part.get_filename()}"}
        found = [json.loads(line) for line in part.get_payload(decode=True).decode().splitlines() if line]
        for one in found:
            tag = one.get("typeMigrationVersion") or one.get("migrationVersion", {}).get(one["type"])
            newest = NEWEST.get(one["type"], (0,)) if not self.opensearch else (7, 10, 0)
            if not tag or tuple(map(int, tag.split("."))) > newest:
                return 422, {"statusCode": 422, "message": f"Document \"{one['id']}\" belongs to a more recent "
                                                           f"version of Kibana [{tag}]"}
        errors, given = [], {(one["type"], one["id"]) for one in found}
        for one in found:
            key = (space, one["type"], one["id"])
            missing = [r for r in one["references"] if (r["type"], r["id"]) not in given
                       and (space, r["type"], r["id"]) not in self.objects]
            fault = ({"type": "missing_references", "references": missing} if missing else
                     {"type": "conflict"} if key in self.objects and not overwrite else None)
            if fault:
                errors.append({"type": one["type"], "id": one["id"], "error": fault})
        if errors:
            return 200, {"success": False, "successCount": len(found) - len(errors), "errors": errors}
        for one in found:
            name = one["id"]
            # ids are those of the whole Kibana: a stranger's gets a new one
            if any(k[1:] == (one["type"], name) and k[0] != space for k in self.objects):
                name = str(uuid.uuid4())
            self.objects[space, one["type"], name] = one
        return 200, {"success": True, "successCount": len(found)}

    def rule(self, command, space, name, body):
        if command in ("GET", "DELETE"):
            found = self.rules.get((space, name))
            if command == "DELETE":
                self.rules.pop((space, name), None)
            return (404, {"statusCode": 404}) if found is None else (200, found) if command == "GET" else (204, None)
        allowed = RULE_CREATE if command == "POST" else RULE_REPLACE
        if set(body) - allowed:
            return 400, {"statusCode": 400, "message": f"[request body.{min(set(body) - allowed)}]: definition for "
                                                       "this key is missing"}
        if command == "POST" and not UUID.fullmatch(name):
            return 400, {"statusCode": 400, "message": "Predefined IDs are not allowed for saved objects with "
                                                       "encrypted attributes unless the ID is a UUID."}
        if command == "POST" and any(key[1] == name for key in self.rules):
            return 409, {"statusCode": 409, "message": f"Saved object [alert/{name}] conflict"}
        if command == "PUT" and (space, name) not in self.rules:
            return 404, {"statusCode": 404, "message": f"Saved object [alert/{name}] not found"}
        self.rules[space, name] = {**self.rules.get((space, name), {}), **body}
        return 200, {"id": name, **body}
