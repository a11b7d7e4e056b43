# SPDX-License-Identifier: MIT
"""One run of reportbridge that meets a fault: what was lost, doubled, and how long it took afterwards."""
import collections
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../demo"]
import fault_server  # noqa: E402
import sample_mail  # noqa: E402

DAYS = 40           # of sample mail
PATIENCE = 90       # seconds from the end of the fault until all must be there


def mails():
    sample_mail.DAYS = DAYS
    return list(sample_mail.mails())


class Bridge:
    """reportbridge with a Maildir of its own; name is the prefix of its indices."""

    def __init__(self, program, directory, name, url, mail, output="", bridge=""):
        self.program, self.directory, self.name = program, directory, name
        self.maildir, self.config = f"{directory}/{name}", f"{directory}/{name}.conf"
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{self.maildir}/{folder}")
        for number, data in enumerate(mail):
            with open(f"{self.maildir}/new/{1700000000 + number}.M{number}.x", "wb") as file:
                file.write(data)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"[bridge]\nstate_directory = {directory}/{name}.state\nlog_level = warning\n{bridge}"
                       f"[mailbox {name}]\nsource = maildir\npath = {self.maildir}\npoll = 1s\n"
                       "unrelated = move\n"
                       f"[output {name}]\nurls = {url}\nindex_prefix = {name}\n"
                       f"timeout = 2s\nretry = 3s\n{output}")
        self.process = None

    def command(self, *arguments):
        return subprocess.run([self.program, *arguments, "-c", self.config], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def start(self):
        with open(f"{self.directory}/{self.name}.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([self.program, "run", "-c", self.config], stderr=log)

    def done(self):
        return not any(os.listdir(f"{self.maildir}/{part}") for part in ("new", "cur"))

    def wait(self, until):
        while not self.done():
            if time.monotonic() > until or self.process.poll() is not None:
                return False
            time.sleep(0.05)
        return True

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def dead_letters(self):
        return os.path.exists(f"{self.directory}/{self.name}.state/dead-letters.ndjson")

    def log(self):
        with open(f"{self.directory}/{self.name}.log", encoding="utf-8") as file:
            return file.read()


def meet(bridge, begin, seconds, end):
    """begin() the fault, run into it, end() it; seconds from then until all mail is settled, or None."""
    begin()
    bridge.start()
    time.sleep(seconds)
    end()
    lifted = time.monotonic()
    if bridge.done():
        return 0.0
    return time.monotonic() - lifted if bridge.wait(lifted + PATIENCE) else None


def strip(names):
    """Ids by index, without the prefix, which is the name of the bridge."""
    return collections.Counter((index.split("-", 1)[1], key) for index, key in names)


def expected(program, directory, mail):
    """What is stored if nothing fails."""
    server = fault_server.FaultServer(fault_server.Store())
    bridge = Bridge(program, directory, "expected", server.url, mail)
    bridge.command("run", "--once")
    server.stop()
    found = strip(server.backend.ids)
    assert len(found) > 1000 and bridge.done()
    return found


class Table:
    def __init__(self, title, *columns):
        self.lines = [title, "  ".join(["fault".ljust(28), *columns])]

    def add(self, fault, *cells):
        self.lines.append("  ".join([fault.ljust(28), *cells]))

    def print(self):
        print("\n" + "\n".join(self.lines), flush=True)
