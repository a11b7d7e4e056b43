# SPDX-License-Identifier: MIT
"""Real servers for whole-program tests, and what is in them."""
import base64
import collections
import glob
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

SERVERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../servers")
UNAVAILABLE = 77
PASSWORD = "secret"
# Servers of which others of the same family are tested with every commit.
further_server = unittest.skipUnless(os.environ.get("REPORTBRIDGE_EVERY_SERVER"), "only in make check-servers")


def kills(count):
    """How often a test kills the program: as often as that in make check-kills, and else two fifths."""
    return count if os.environ.get("REPORTBRIDGE_EVERY_KILL") else count * 2 // 5


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w") as out:
        out.write(text)


def read_env(path):
    return dict(line.split("=", 1) for line in read(path).splitlines())


def free_port():
    """Below those that clients get: nobody takes it before the server listens."""
    return int(subprocess.run([f"{SERVERS}/free-port"], check=True, stdout=subprocess.PIPE).stdout)


def make_directory(test):
    """A directory that other users can enter, removed at the end of the class."""
    directory = tempfile.mkdtemp(prefix="reportbridge-test.")
    os.chmod(directory, 0o755)
    test.addClassCleanup(shutil.rmtree, directory)
    return directory


def give_away(path):
    """Dovecot run by root serves the mail of nobody."""
    if os.getuid() == 0:
        shutil.chown(path, "nobody", "nogroup")


class Imap:
    """Dovecot: any user, one password."""

    def __init__(self, test, directory, *options):
        self.directory = directory
        test.addClassCleanup(subprocess.run, [f"{SERVERS}/dovecot", "stop", directory])
        subprocess.run([f"{SERVERS}/dovecot", "start", directory, *options], check=True)
        self.env = read_env(f"{directory}/env")

    def maildir(self, user):
        return f"{self.directory}/mail/{user}"

    def deliver(self, user, mails, first=0):
        root = self.maildir(user)
        if not os.path.exists(root):
            for folder in ("", "/cur", "/new", "/tmp"):
                os.mkdir(root + folder)
                give_away(root + folder)
        for number, mail in enumerate(mails, first):
            path = f"{root}/tmp/{1700000000 + number}.M{number}.x"
            with open(path, "wb") as out:
                out.write(mail)
            give_away(path)
            os.rename(path, path.replace("/tmp/17", "/new/17"))

    def folders(self, user):
        """How many mails are in which folder."""
        counts = {}
        for path in [self.maildir(user), *glob.glob(f"{self.maildir(user)}/.Archive.*")]:
            # glob: a folder that is being made may lack one of them.
            count = len(glob.glob(f"{path}/new/*") + glob.glob(f"{path}/cur/*"))
            if count:
                name = path.rpartition(".Archive.")[2] if ".Archive." in path else "INBOX"
                counts[name] = count
        return counts

    def configuration(self, user, **changes):
        settings = {"host": "localhost", "port": self.env["IMAPS_PORT"],
                    "ca_file": self.env["CA_FILE"], "user": user,
                    "password_command": f"echo {PASSWORD}", "unrelated": "move", **changes}
        return f"[mailbox {user}]\n" + lines(settings)


class Files:
    """The file output: one NDJSON file per index, a directory per name; more of its options."""

    def __init__(self, directory, **options):
        self.directory = directory
        self.options = options
        os.makedirs(directory)

    def configuration(self, name):
        os.makedirs(f"{self.directory}/{name}", exist_ok=True)
        return f"[output {name}]\n" + lines({"type": "file",
                                             "directory": f"{self.directory}/{name}", **self.options})

    def documents(self, name):
        """(index without its prefix, id, document) of each."""
        for path in sorted(glob.glob(f"{self.directory}/{name}/*.ndjson")):
            text = read(path).split("\n")
            for action, document in zip(text[0::2], text[1::2]):
                create = json.loads(action)["create"]
                yield create["_index"].split("-", 1)[1], create["_id"], json.loads(document)

    def ids(self, name):
        return collections.Counter((index, key) for index, key, _ in self.documents(name))

    def sum(self, name, kind, field):
        return sum(document[field] for _, _, document in self.documents(name)
                   if document["event.dataset"] == kind)

    def count(self, name, kind):
        return sum(document["event.dataset"] == kind for _, _, document in self.documents(name))

    def set_up(self, program, config):
        """Needs none."""

    def forget(self, name):
        shutil.rmtree(f"{self.directory}/{name}")


class Search:
    """A search server; a name is a prefix of indices."""

    def __init__(self, test, server, directory, **environment):
        test.addClassCleanup(subprocess.run, [f"{SERVERS}/search", "stop", server, directory])
        started = subprocess.run([f"{SERVERS}/search", "start", server, directory],
                                 stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})
        self.missing = started.stderr.strip() if started.returncode == UNAVAILABLE else None
        if self.missing:
            return
        if started.returncode:
            raise RuntimeError(started.stderr)
        self.env = read_env(f"{directory}/env")
        login = f"{self.env['SEARCH_USER']}:{self.env['SEARCH_PASSWORD']}".encode()
        self.headers = {"Content-Type": "application/json"}
        ca = self.env.get("SEARCH_CA")
        self.tls = ssl.create_default_context(cafile=ca) if ca else None
        if ca:
            self.tls.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        if self.env["SEARCH_USER"]:
            self.headers["Authorization"] = "Basic " + base64.b64encode(login).decode()

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.env["SEARCH_URL"] + path, method=method, headers=self.headers,
            data=body and json.dumps(body).encode())
        with urllib.request.urlopen(request, context=self.tls, timeout=900) as answer:
            return json.load(answer)

    def configuration(self, name, **changes):
        settings = {"urls": self.env["SEARCH_URL"], "index_prefix": name,
                    "ca_file": self.env.get("SEARCH_CA")}
        if self.env["SEARCH_USER"]:
            settings["user"] = self.env["SEARCH_USER"]
            settings["password_command"] = f"echo {self.env['SEARCH_PASSWORD']}"
        return f"[output {name}]\n" + lines({**settings, **changes})

    def set_up(self, program, config):
        """Without our templates nothing is posted."""
        done = Run(program, "setup", "-c", config)
        if done.status:
            raise RuntimeError(done.stderr)

    def search(self, indices, body):
        self.ask("POST", f"/{indices}/_refresh")
        return self.ask("POST", f"/{indices}/_search", {"track_total_hits": True, **body})

    def ids(self, name):
        found = self.search(f"{name}-*", {"size": 10000, "_source": False})["hits"]
        return collections.Counter((hit["_index"].split("-", 1)[1], hit["_id"])
                                   for hit in found["hits"])

    def sum(self, name, kind, field):
        answer = self.search(f"{name}-{kind}-*", {"size": 0, "aggs": {"s": {"sum": {"field": field}}}})
        return int(answer["aggregations"]["s"]["value"]) if "aggregations" in answer else 0

    def count(self, name, kind):
        return self.search(f"{name}-{kind}-*", {"size": 0})["hits"]["total"]["value"]

    def forget(self, name):
        for index in self.ask("GET", f"/_cat/indices/{name}-*?format=json&h=index"):
            self.ask("DELETE", "/" + index["index"])


def lines(settings):
    return "".join(f"{key} = {value}\n" for key, value in settings.items() if value is not None)


class Run:
    """How a run of the program ended: status, what it wrote, its log events."""

    def __init__(self, program, *arguments, timeout=300, **environment):
        done = subprocess.run([program, *arguments], env={**os.environ, **environment},
                              timeout=timeout, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        self.status, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        self.events = [event(line) for line in self.stderr.splitlines()]

    def round(self):
        return next(e for e in self.events if e.get("event") == "round")

    def mails(self):
        return [e for e in self.events if e.get("event") == "mail"]


def event(line):
    """The members of a logfmt line."""
    members = {}
    for name, quoted, bare in re.findall(r'(\w+)=(?:("(?:[^"\\]|\\.)*")|(\S*))', line):
        members[name] = json.loads(quoted) if quoted else bare
    return members


