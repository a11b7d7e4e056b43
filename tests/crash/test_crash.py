#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stopped anywhere and started again: each document once, each mail in its folder.

test_crash.py PROGRAM   (built with -DTEST_STEPS, see base/step.h)

The program is stopped at every step it counts, in turn, and killed at random;
afterwards the ids that are stored must be those of an undisturbed run.
"""
import base64
import collections
import glob
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../demo")
import sample_mail  # noqa: E402

SERVERS = f"{HERE}/../servers"
STEP_EXIT_STATUS = 99
MAILS = 24          # for the run stopped at every step
ROUNDS = 100        # of kill -9
MAILS_PER_ROUND = 8

PROGRAM = os.path.abspath(sys.argv.pop(1))


def read(path):
    with open(path) as file:
        return file.read()


def read_env(path):
    return dict(line.split("=", 1) for line in read(path).splitlines())


def give_away(path):
    """Dovecot run by root serves the mail of nobody."""
    if os.getuid() == 0:
        shutil.chown(path, "nobody", "nogroup")


class Files:
    """The file output: one NDJSON file per index."""

    def __init__(self, directory):
        self.directory = directory

    def configuration(self, name):
        return f"[output {name}]\ntype = file\ndirectory = {self.directory}/{name}\n"

    def prepare(self, name):
        os.makedirs(f"{self.directory}/{name}")

    def ids(self, name):
        found = collections.Counter()
        for path in glob.glob(f"{self.directory}/{name}/*.ndjson"):
            lines = read(path).split("\n")
            for action, document in zip(lines[0::2], lines[1::2]):
                create = json.loads(action)["create"]
                json.loads(document)
                found[create["_index"].split("-", 1)[1], create["_id"]] += 1
        return found

    def forget(self, name):
        shutil.rmtree(f"{self.directory}/{name}")


class Search:
    """Elasticsearch: a prefix of index names per run."""

    def __init__(self, env):
        self.env = env
        login = f"{env['SEARCH_USER']}:{env['SEARCH_PASSWORD']}".encode()
        self.login = "Basic " + base64.b64encode(login).decode()
        os.environ["CRASH_SEARCH_PASSWORD"] = env["SEARCH_PASSWORD"]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.env["SEARCH_URL"] + path, method=method, data=body and json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": self.login})
        return json.load(urllib.request.urlopen(request))

    def configuration(self, name):
        return (f"[output {name}]\nurls = {self.env['SEARCH_URL']}\nindex_prefix = {name}\n"
                f"user = {self.env['SEARCH_USER']}\npassword_env = CRASH_SEARCH_PASSWORD\n")

    def prepare(self, name):
        pass

    def ids(self, name):
        self.ask("POST", f"/{name}-*/_refresh")
        hits = self.ask("POST", f"/{name}-*/_search?size=10000", {"_source": False})["hits"]
        return collections.Counter((hit["_index"].split("-", 1)[1], hit["_id"])
                                   for hit in hits["hits"])

    def forget(self, name):
        self.ask("DELETE", f"/{name}-*")


class Crash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="crash.")
        os.chmod(cls.directory, 0o755)
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.addClassCleanup(subprocess.run, [f"{SERVERS}/dovecot", "stop", f"{cls.directory}/imap"])
        subprocess.run([f"{SERVERS}/dovecot", "start", f"{cls.directory}/imap"], check=True)
        cls.imap = read_env(f"{cls.directory}/imap/env")
        os.environ["CRASH_IMAP_PASSWORD"] = "secret"
        cls.files = Files(f"{cls.directory}/files")
        os.mkdir(f"{cls.directory}/files")
        cls.addClassCleanup(subprocess.run,
                            [f"{SERVERS}/search", "stop", "es8", f"{cls.directory}/search"])
        found = subprocess.run([f"{SERVERS}/search", "start", "es8", f"{cls.directory}/search"])
        cls.search = Search(read_env(f"{cls.directory}/search/env")) if not found.returncode else None

    def maildir(self, name):
        return f"{self.directory}/imap/mail/{name}"

    def deliver(self, name, mails, first=0):
        root = self.maildir(name)
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

    def configure(self, name, output):
        path = f"{self.directory}/{name}.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\nlog_level = warning\n"
                      f"[mailbox {name}]\nhost = localhost\nport = {self.imap['IMAPS_PORT']}\n"
                      f"ca_file = {self.imap['CA_FILE']}\nuser = {name}\n"
                      f"password_env = CRASH_IMAP_PASSWORD\n{output.configuration(name)}")
        output.prepare(name)
        return [PROGRAM, "run", "-c", path, "--once"]

    def folders(self, name):
        """How many mails are in which folder."""
        counts = {}
        for path in glob.glob(f"{self.maildir(name)}/.Archive.*") + [self.maildir(name)]:
            count = sum(len(os.listdir(f"{path}/{part}")) for part in ("new", "cur"))
            if count:
                counts[os.path.basename(path).rpartition(".")[2] if ".Archive" in path
                       else "INBOX"] = count
        return counts

    def run_once(self, command, **environment):
        return subprocess.run(command, env={**os.environ, **environment}, timeout=120,
                              stderr=subprocess.PIPE, text=True)

    def mails(self):
        return list(itertools.islice(sample_mail.mails(), MAILS - 1)) + [list(sample_mail.mails())[-1]]

    def undisturbed(self, name, output, mails):
        log = f"{self.directory}/{name}.steps"
        command = self.configure(name, output)
        self.deliver(name, mails)
        result = self.run_once(command, REPORTBRIDGE_STEP_LOG=log)
        self.assertEqual(result.returncode, 1, result.stderr)  # one mail is no report
        ids, folders = output.ids(name), self.folders(name)
        output.forget(name)
        self.assertEqual(set(ids.values()), {1})
        self.assertEqual(sum(folders.values()), len(mails))
        self.assertNotIn("INBOX", folders)
        return [line.split()[1] for line in read(log).splitlines()], ids, folders

    def stop_at_every_step(self, kind, output):
        mails = self.mails()
        steps, ids, folders = self.undisturbed(f"{kind}whole", output, mails)
        self.assertEqual(set(steps), {"fetched", "posted", "answered", "settled"})
        for step in range(1, len(steps) + 1):
            name = f"{kind}step{step}"
            command = self.configure(name, output)
            self.deliver(name, mails)
            with self.subTest(step=step, what=steps[step - 1]):
                stopped = self.run_once(command, REPORTBRIDGE_STEP_LIMIT=str(step))
                self.assertEqual(stopped.returncode, STEP_EXIT_STATUS, stopped.stderr)
                self.run_once(command)
                self.assertEqual(output.ids(name), ids)
                self.assertEqual(self.folders(name), folders)
                again = self.run_once(command)
                self.assertEqual((again.returncode, again.stderr), (0, ""))
                self.assertEqual(output.ids(name), ids)
            output.forget(name)
        print(f"{kind}: stopped at each of {len(steps)} steps, {len(ids)} documents of "
              f"{len(mails)} mails each stored once")

    def kill_at_random(self, kind, output):
        chance = random.Random(9)
        mails = list(sample_mail.mails())
        _, ids, _ = self.undisturbed(f"{kind}all", output, mails)
        name, killed, usual = f"{kind}killed", 0, 0.25
        command = self.configure(name, output)
        for turn in range(ROUNDS):
            self.deliver(name, chance.sample(mails, MAILS_PER_ROUND), turn * MAILS_PER_ROUND)
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            try:
                process.wait(chance.uniform(0, usual))
                usual *= 0.9  # about every second run is to be killed
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
                usual *= 1.1
        self.deliver(name, mails, ROUNDS * MAILS_PER_ROUND)
        self.run_once(command)
        self.assertEqual(output.ids(name), ids)
        folders = self.folders(name)
        self.assertNotIn("INBOX", folders)
        self.assertEqual(sum(folders.values()), ROUNDS * MAILS_PER_ROUND + len(mails))
        self.assertGreater(killed, ROUNDS // 4)
        output.forget(name)
        print(f"{kind}: killed in {killed} of {ROUNDS} runs, {len(ids)} documents each stored once, "
              f"{sum(folders.values())} mails in their folders")

    def test_files_stopped_at_every_step(self):
        self.stop_at_every_step("files", self.files)

    def test_files_killed_at_random(self):
        self.kill_at_random("files", self.files)

    def test_search_stopped_at_every_step(self):
        if not self.search:
            self.skipTest("no search server")
        self.stop_at_every_step("search", self.search)

    def test_search_killed_at_random(self):
        if not self.search:
            self.skipTest("no search server")
        self.kill_at_random("search", self.search)


if __name__ == "__main__":
    unittest.main(verbosity=2)
