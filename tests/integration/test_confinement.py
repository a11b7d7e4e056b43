#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A worker of the real program tries from inside what it must not do.

test_confinement.py PROGRAM FROM_INSIDE_SO

The supervisor tries the same first: an attempt that does not even work there shows nothing.
"""
import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
import lab  # noqa: E402
import running  # noqa: E402

PROGRAM, FROM_INSIDE = (os.path.abspath(path) for path in (sys.argv.pop(1), sys.argv.pop(1)))
TRY = signal.SIGRTMIN + 5
REFUSED = {errno.EPERM, errno.EACCES}
ATTEMPTS = {"open", "write", "create", "execute", "become", "trace", "read-memory", "open-memory",
            "environment", "unix-socket"}


def memory_of(pid):
    """All that the process can write to."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in lab.read(f"/proc/{pid}/maps").splitlines():
            place, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(number, 16) for number in place.split("-"))
                try:
                    memory.seek(start)
                    found.append(memory.read(end - start))
                except OSError:  # guard pages and their like
                    pass
    return b"".join(found)


class Confinement(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="reportbridge-test.")
        self.addCleanup(shutil.rmtree, self.directory)
        mailboxes = ""
        for name in ("one", "two"):
            for folder in ("cur", "new", "tmp"):
                os.makedirs(f"{self.directory}/{name}/{folder}")
            mailboxes += (f"[mailbox {name}]\nsource = maildir\npath = {self.directory}/{name}\n"
                          "poll = 1s\n")
        os.mkdir(f"{self.directory}/documents")
        self.config = f"{self.directory}/c.conf"
        lab.write(self.config, f"[bridge]\nstate_directory = {self.directory}/state\nworkers = 2\n"
                               f"{mailboxes}[output files]\ntype = file\n"
                               f"directory = {self.directory}/documents\n")
        self.secret = f"{self.directory}/secret"
        lab.write(self.secret, "hush\n")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(f"{self.directory}/socket")
        listener.listen()

    def attempts_of(self, bridge, pid):
        """The error number of each attempt of the process."""
        os.kill(pid, TRY)

        def made():
            found = {event["name"]: int(event["error"]) for event in bridge.events("attempt")
                     if int(event["pid"]) == pid}
            return len(found) == len(ATTEMPTS) and found
        return running.until(made)

    def test_attempts(self):
        bridge = running.Running(self, PROGRAM, self.config, LD_PRELOAD=FROM_INSIDE,
                                 FROM_INSIDE_SECRET=self.secret,
                                 FROM_INSIDE_SOCKET=f"{self.directory}/socket")
        bridge.wait_for("ready")
        workers = running.until(lambda: len(bridge.workers()) == 2 and bridge.workers())
        if bridge.events("confinement"):
            self.skipTest(bridge.events("confinement")[0]["error"])
        outside = self.attempts_of(bridge, bridge.pid)
        for name in ATTEMPTS:
            self.assertNotIn(outside[name], REFUSED, f"{name} does not even work outside")
        for pid in workers:
            inside = self.attempts_of(bridge, pid)
            print(f"worker {pid}: " + ", ".join(
                f"{name}: {os.strerror(error)}" for name, error in sorted(inside.items())))
            for name in ATTEMPTS:
                self.assertIn(inside[name], REFUSED, name)
        self.assertEqual(bridge.stop()[0], 0)


    @unittest.skipIf(os.geteuid() != 0, "root alone reads the memory of others")
    def test_passwords_of_others(self):
        """A worker holds those of its own mailboxes; the supervisor, which starts workers, all."""
        passwords = {name: f"{name}-{os.urandom(12).hex()}" for name in ("one", "two")}
        mailboxes = ""
        for name, password in passwords.items():
            lab.write(f"{self.directory}/{name}.password", password)
            mailboxes += (f"[mailbox {name}]\nhost = 127.0.0.1\nport = 1\nuser = {name}\n"
                          f"password_file = {self.directory}/{name}.password\n")
        lab.write(self.config, f"[bridge]\nstate_directory = {self.directory}/state\nworkers = 2\n"
                               f"{mailboxes}[output files]\ntype = file\n"
                               f"directory = {self.directory}/documents\n")
        bridge = running.Running(self, PROGRAM, self.config)
        bridge.wait_for("visit-failed", 2)  # of both, so that both have been used
        held = [sorted(name for name, password in passwords.items() if password.encode() in memory)
                for memory in map(memory_of, (bridge.pid, *bridge.workers()))]
        self.assertEqual(held[0], ["one", "two"])
        self.assertEqual(sorted(held[1:]), [["one"], ["two"]])
        self.assertEqual(bridge.stop()[0], 0)


if __name__ == "__main__":
    unittest.main()
