#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scripts of the demo's containers, run without containers.

test_stack.py PROGRAM   against a real Elasticsearch and Dovecot; Kibana is a
recorder, since none can be had here
"""
import glob
import http.server
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib"]
import lab  # noqa: E402
import running  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
DOCKER = os.path.abspath(f"{HERE}/../../docker")
SCRIPTS = f"{DOCKER}/scripts"
DASHBOARDS = os.path.abspath(f"{HERE}/../../kibana/rendered")
UNAVAILABLE = 77


def run(*command, **environment):
    return subprocess.run(command, env={**os.environ, **environment}, text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Files(unittest.TestCase):
    """The files as they stand."""

    def test_scripts_are_sound(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck")
        done = run("shellcheck", *glob.glob(f"{SCRIPTS}/*"), f"{HERE}/tools")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_images_and_stacks(self):
        tools = run(f"{HERE}/tools")
        if tools.returncode == UNAVAILABLE:
            self.skipTest(tools.stdout)
        tools = tools.stdout.strip()
        files = [f"{DOCKER}/Dockerfile", *glob.glob(f"{HERE}/../images/*/Dockerfile")]
        self.assertGreater(len(files), 2)
        done = run(f"{tools}/hadolint", *files)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        done = run(f"{tools}/python", f"{HERE}/check_compose.py", DOCKER)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        for stack in glob.glob(f"{DOCKER}/compose*.yml"):
            if shutil.which("docker") and run("docker", "compose", "version").returncode == 0:
                done = run("docker", "compose", "-f", stack, "config", "--quiet")
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_the_image_copies_is_there(self):
        root = os.path.dirname(DOCKER)
        for source in re.findall(r"^COPY (?!--from)(\S+)", lab.read(f"{DOCKER}/Dockerfile"), re.M):
            self.assertTrue(os.path.exists(f"{root}/{source}"), source)

    def test_the_image_is_built_of_every_room(self):
        root = os.path.dirname(DOCKER)
        rooms = {os.path.dirname(path) for path in glob.glob("*/**/*.c", root_dir=root, recursive=True)}
        rooms = {room.split("/")[0] for room in rooms} - {"build", "tests"}
        copied = set(re.findall(r"^COPY (\w+) \1$", lab.read(f"{DOCKER}/Dockerfile"), re.M))
        self.assertEqual(rooms, copied)

    def test_every_library_has_its_package(self):
        # Debian 13 renamed packages for a time of 64 bits.
        packages = [name.removesuffix("t64") for name in run(f"{SCRIPTS}/runtime-packages", PROGRAM).stdout.split()]
        for package in ("libc6", "libetpan20", "libcurl4", "libxml2", "libpsl5"):
            self.assertIn(package, packages)
        # Not in the output of one that has nothing: a failure is seen.
        self.assertNotEqual(run(f"{SCRIPTS}/runtime-packages", "/nowhere").stdout, "")


class Secrets(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        self.assertEqual(run(f"{SCRIPTS}/secrets", SECRETS=self.directory).stdout, "")

    def files(self):
        return {path: (lab.read(path), os.stat(path).st_mtime_ns)
                for path in glob.glob(f"{self.directory}/*/*")}

    def test_made_once(self):
        before = self.files()
        self.assertEqual(run(f"{SCRIPTS}/secrets", SECRETS=self.directory).returncode, 0)
        self.assertEqual(self.files(), before)

    def test_nobody_else_can_read_them(self):
        for path in self.files():
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode) & 0o077, 0, path)

    def test_everybody_has_what_is_his(self):
        def text(name):
            return lab.read(f"{self.directory}/{name}")
        self.assertEqual(text("bridge/search-password"), text("administrator/search-password"))
        self.assertEqual(text("bridge/imap-password"), text("mail/password"))
        self.assertEqual(text("search/password"), text("administrator/administrator-password"))
        self.assertEqual(text("dashboards/password"), text("administrator/dashboards-password"))
        self.assertNotEqual(text("search/password"), text("bridge/search-password"))
        for name in ("search", "mail"):
            done = run("openssl", "verify", "-CAfile", f"{self.directory}/bridge/ca.pem",
                       "-verify_hostname", name, f"{self.directory}/{name}/tls.pem")
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_two_demos_have_different_ones(self):
        other = lab.make_directory(type(self))
        run(f"{SCRIPTS}/secrets", SECRETS=other)
        self.assertNotEqual(lab.read(f"{other}/search/password"),
                            lab.read(f"{self.directory}/search/password"))


class Recorder(http.server.BaseHTTPRequestHandler):
    """In place of Kibana."""
    answer = {"success": True}
    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.requests.append((self.path, self.headers, body))
        answer = json.dumps(self.answer).replace(": ", ":").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


class Dashboards(unittest.TestCase):
    def setUp(self):
        self.directory = lab.make_directory(type(self))
        with open(f"{self.directory}/administrator-password", "w") as out:
            out.write("pass word")
        server = http.server.HTTPServer(("127.0.0.1", 0), Recorder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"
        Recorder.requests, Recorder.answer = [], {"success": True}

    def dashboards(self, product):
        return run(f"{SCRIPTS}/dashboards", product, SECRETS=self.directory, DASHBOARDS=DASHBOARDS,
                   DASHBOARDS_URL=self.url, PUBLIC_URL="http://localhost:5601",
                   SEARCH_ADMINISTRATOR="elastic")

    def test_import(self):
        for product, header in (("kibana", "kbn-xsrf"), ("opensearch", "osd-xsrf")):
            done = self.dashboards(product)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("http://localhost:5601/app/dashboards", done.stdout)
            self.assertIn("pass word", done.stdout)
            path, headers, body = Recorder.requests.pop()
            self.assertEqual(path, "/api/saved_objects/_import?overwrite=true")
            self.assertEqual(headers[header], "true")
            self.assertTrue(headers["Authorization"].startswith("Basic "))
            self.assertNotIn("@@", body)
            objects = [json.loads(line) for line in body.splitlines() if line.startswith("{")]
            rendered = lab.read(f"{DASHBOARDS}/{product}-tenant.ndjson").splitlines()
            self.assertEqual(len(objects), len(rendered))
            self.assertIn("reportbridge-dmarc_aggregate-default-*", body)

    def test_a_refusal_is_told(self):
        Recorder.answer = {"success": False, "errors": [{"id": "x"}]}
        done = self.dashboards("kibana")
        self.assertEqual(done.returncode, 1)
        self.assertIn('"id":"x"', done.stdout)


class OpenSearchUsers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "os2s", f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)

    def as_user(self, name, password, method, path):
        """Status and answer."""
        done = subprocess.run(["curl", "-s", "--cacert", self.search.env["SEARCH_CA"], "-w", "\\n%{http_code}", "--config", "-",
                               "-X", method, self.search.env["SEARCH_URL"] + path], input=f'user = "{name}:{password}"',
                              text=True, stdout=subprocess.PIPE)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def test_each_user_has_its_rights(self):
        secrets = f"{self.directory}/secrets"
        self.assertEqual(run(f"{SCRIPTS}/secrets", SECRETS=secrets).returncode, 0)
        for name, text in (("administrator-password", self.search.env["SEARCH_PASSWORD"]),
                           ("ca.pem", lab.read(self.search.env["SEARCH_CA"]))):
            with open(f"{secrets}/administrator/{name}", "w") as out:
                out.write(text)
        config = f"{self.directory}/opensearch.conf"
        with open(config, "w") as out:
            out.write(lab.read(f"{DOCKER}/reportbridge.opensearch.conf")
                      .replace("https://search:9200", self.search.env["SEARCH_URL"])
                      .replace("/secrets/", f"{secrets}/administrator/"))
        for _ in range(2):
            done = run(f"{SCRIPTS}/users", "opensearch", SECRETS=f"{secrets}/administrator", CONFIGURATION=config,
                       SEARCH_URL=self.search.env["SEARCH_URL"], SEARCH_ADMINISTRATOR=self.search.env["SEARCH_USER"],
                       PATH=f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}")
            self.assertEqual(done.returncode, 0, done.stdout)
        dashboards = ("dashboards", lab.read(f"{secrets}/dashboards/password"))
        self.assertEqual(self.as_user(*dashboards, "PUT", "/.kibana_1")[0], 200)
        self.assertEqual(self.as_user(*dashboards, "GET", "/_nodes/_all/http")[0], 200)
        self.assertEqual(self.as_user(*dashboards, "PUT", "/reportbridge-dmarc_aggregate-default-2026.11")[0], 403)
        bridge = ("reportbridge", lab.read(f"{secrets}/bridge/search-password"))
        status, body = self.as_user(*bridge, "GET", "/_plugins/_security/authinfo")
        self.assertEqual(status, 200, body)
        self.assertLessEqual({"reportbridge-writer", "reportbridge-default-reader"}, set(json.loads(body)["roles"]))


class Stack(unittest.TestCase):
    """Mail server, users and bridge, as compose would start them."""

    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)
        cls.secrets = f"{cls.directory}/secrets"
        assert run(f"{SCRIPTS}/secrets", SECRETS=cls.secrets).returncode == 0
        with open(f"{cls.secrets}/administrator/administrator-password", "w") as out:
            out.write(cls.search.env["SEARCH_PASSWORD"])
        cls.start_mail()
        cls.administrator = cls.configuration("administrator")
        cls.bridge = cls.configuration("bridge")

    @classmethod
    def start_mail(cls):
        cls.port = run(f"{HERE}/../servers/free-port").stdout.strip()
        cls.mail_environment = {"SECRETS": f"{cls.secrets}/mail", "IMAPS_PORT": cls.port}
        directories = [f"{cls.directory}/mail", f"{cls.directory}/run", f"{cls.secrets}/mail"]
        for directory in directories[:2]:
            os.mkdir(directory)
        as_user = []
        if os.getuid() == 0:  # in the container it has no capabilities
            as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            os.chmod(cls.secrets, 0o711)
            assert run("chown", "-R", "nobody:nogroup", *directories).returncode == 0
        cls.mail = subprocess.Popen(
            [*as_user, f"{SCRIPTS}/mail-server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, **cls.mail_environment, "MAIL": f"{cls.directory}/mail",
                 "RUN": f"{cls.directory}/run", "LISTEN": "127.0.0.1",
                 "SAMPLE_MAIL": f"{HERE}/../demo/sample_mail.py"})
        cls.addClassCleanup(running.end, cls.mail)
        for _ in range(100):
            if cls.mail_is_healthy():
                return
            time.sleep(0.1)
        raise RuntimeError("the mail server does not get healthy")

    @classmethod
    def mail_is_healthy(cls):
        return run(f"{SCRIPTS}/mail-health", **cls.mail_environment).returncode == 0

    @classmethod
    def configuration(cls, who):
        """That of the demo, with what the containers' network and volumes do for it."""
        text = lab.read(f"{DOCKER}/reportbridge.conf")
        for old, new in (("host = mail", f"host = localhost\nport = {cls.port}"),
                         ("https://search:9200", cls.search.env["SEARCH_URL"]),
                         ("/secrets/", f"{cls.secrets}/{who}/"),
                         ("/var/lib/reportbridge", f"{cls.directory}/state")):
            assert old in text, old
            text = text.replace(old, new)
        path = f"{cls.directory}/{who}.conf"
        with open(path, "w") as out:
            out.write(text)
        return path

    def users(self):
        return run(f"{SCRIPTS}/users", "elasticsearch", SECRETS=f"{self.secrets}/administrator",
                   CONFIGURATION=self.administrator, SEARCH_URL=self.search.env["SEARCH_URL"],
                   SEARCH_ADMINISTRATOR=self.search.env["SEARCH_USER"],
                   PATH=f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}")

    def as_user(self, name, password_file):
        login = f'user = "{name}:{lab.read(f"{self.secrets}/{password_file}")}"'
        done = subprocess.run(["curl", "-sf", "--config", "-",
                               f"{self.search.env['SEARCH_URL']}/_security/_authenticate"],
                              input=login, text=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)["roles"] if done.returncode == 0 else None

    def test_from_first_start_to_the_page(self):
        self.assertEqual(self.users().returncode, 0)
        again = self.users()
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assertEqual(self.as_user("kibana_system", "dashboards/password"), ["kibana_system"])
        self.assertEqual(self.as_user("reportbridge", "bridge/search-password"),
                         ["reportbridge-writer", "reportbridge-default-reader"])
        # The health check of the image.
        check = lab.Run(PROGRAM, "check", "-c", self.bridge)
        self.assertEqual(check.status, 0, check.stdout + check.stderr)
        done = lab.Run(PROGRAM, "run", "-c", self.bridge, "--once")
        self.assertEqual(done.status, 1, done.stderr)  # one mail is no report
        self.search.ask("POST", "/reportbridge-*/_refresh")
        page = lab.Run(PROGRAM, "report", "-c", self.bridge)
        self.assertEqual(page.status, 0, page.stderr)
        for text in ("Mail is being lost or delayed.", "mx2.example.com",
                     "Forwarders break SPF of mail from", "203.0.113.30"):
            self.assertIn(text, page.stdout)

    def test_health_that_can_fail(self):
        self.assertTrue(self.mail_is_healthy())
        closed = run(f"{HERE}/../servers/free-port").stdout.strip()
        self.assertNotEqual(run(f"{SCRIPTS}/mail-health", SECRETS=f"{self.secrets}/mail",
                                IMAPS_PORT=closed).returncode, 0)
        other = lab.make_directory(type(self))
        run(f"{SCRIPTS}/secrets", SECRETS=other)
        self.assertNotEqual(run(f"{SCRIPTS}/mail-health", SECRETS=f"{other}/mail",
                                IMAPS_PORT=self.port).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
