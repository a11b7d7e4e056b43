# SPDX-License-Identifier: MIT
"""Starts an unpacked Kibana or OpenSearch Dashboards over a search server of the tests."""
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

import lacking

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "of-the-tests-alone-" * 2  # Kibana keeps no alert rules without one
START_S = 600


def read_package(directory):
    with open(f"{directory}/package.json", encoding="utf-8") as file:
        package = json.load(file)
    return package["name"], package["version"]


def kibana_settings(search):
    user = {"password": "for-kibana-system"}
    search.ask("POST", "/_security/user/kibana_system/_password", user)
    return {"elasticsearch.hosts": [lacking.serve(search)], "elasticsearch.username": "kibana_system",
            "elasticsearch.password": user["password"], "telemetry.optIn": False, "telemetry.enabled": False,
            "newsfeed.enabled": False, "map.includeElasticMapsService": False,
            # addresses that refuse at once: nothing is fetched from outside
            "xpack.fleet.registryUrl": "http://127.0.0.1:9",
            "xpack.encryptedSavedObjects.encryptionKey": KEY, "xpack.security.encryptionKey": KEY,
            "xpack.reporting.encryptionKey": KEY}


def opensearch_settings(search):
    return {"opensearch.hosts": [search.env["SEARCH_URL"]], "opensearch.username": "kibanaserver",
            "opensearch.password": "kibanaserver",
            "opensearch.ssl.certificateAuthorities": [search.env["SEARCH_CA"]],
            "opensearch.requestHeadersAllowlist": ["securitytenant", "Authorization"],
            "opensearch_security.multitenancy.enabled": True, "opensearch_security.cookie.secure": False}


class Product:
    """One started product; close() ends it."""

    def __init__(self, directory, search, port, scratch):
        name, self.version = read_package(directory)
        self.opensearch = name == "opensearch-dashboards"
        self.search, self.url = search, f"http://127.0.0.1:{port}"
        settings = (opensearch_settings if self.opensearch else kibana_settings)(search)
        settings |= {"server.host": "127.0.0.1", "server.port": port, "path.data": f"{scratch}/data"}
        os.makedirs(f"{scratch}/data")
        with open(f"{scratch}/settings.yml", "w", encoding="utf-8") as file:
            file.writelines(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
        self.log = f"{scratch}/log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [f"{directory}/node/bin/node", "--no-warnings", "--max-http-header-size=65536",
                 "--unhandled-rejections=warn", "--dns-result-order=ipv4first", "--openssl-legacy-provider",
                 f"{directory}/src/cli/dist", "--allow-root", "-c", f"{scratch}/settings.yml"],
                env={**os.environ, "NODE_ENV": "production"}, stdout=log, stderr=log, start_new_session=True)
        self.wait()

    def get(self, path):
        headers = {"Authorization": self.search.headers["Authorization"]}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=20) as answer:
            return json.load(answer)

    def is_up(self):
        try:
            overall = self.get("/api/status")["status"]["overall"]
        except (OSError, ValueError):  # urllib's errors are OSErrors
            return False
        return overall.get("level") in ("available", "degraded") or overall.get("state") in ("green", "yellow")

    def wait(self):
        for _ in range(START_S):
            if self.is_up():
                return
            if self.process.poll() is not None:
                break
            time.sleep(1)
        with open(self.log, encoding="utf-8", errors="replace") as file:
            raise RuntimeError("it does not start:\n" + "".join(file.readlines()[-15:]))

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
