# SPDX-License-Identifier: MIT
"""The program while it runs, and servers that misbehave."""
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import threading
import time

import lab


def until(condition, seconds=240, pause=0.05):
    """What condition() gives once it is true; fails when it never is."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"still not so after {seconds} s: {condition}")
        time.sleep(pause)


def end(process, seconds=60):
    """Terminates a process; kills it if it stays."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


class Running:
    """`reportbridge run`, its log and its processes."""

    def __init__(self, test, program, config, *options, **environment):
        self.log = tempfile.TemporaryFile("w+")
        self.read = 0
        self.seen = []
        self.process = subprocess.Popen([program, "run", "-c", config, *options], stderr=self.log,
                                        env={**os.environ, **environment})
        self.pid = self.process.pid
        test.addCleanup(self.kill)

    def events(self, name=None):
        size = os.fstat(self.log.fileno()).st_size
        text = os.pread(self.log.fileno(), size - self.read, self.read).decode()
        text = text[:text.rfind("\n") + 1]
        self.read += len(text.encode())
        self.seen += [lab.event(line) for line in text.splitlines()]
        return [e for e in self.seen if name in (None, e.get("event"))]

    def wait_for(self, name, count=1, seconds=240):
        until(lambda: len(self.events(name)) >= count, seconds)
        return self.events(name)[count - 1]

    def workers(self):
        """Process ids of the children."""
        try:
            return [int(pid) for pid in
                    lab.read(f"/proc/{self.pid}/task/{self.pid}/children").split()]
        except FileNotFoundError:
            return []

    def processes(self):
        return [self.pid, *self.workers()]

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=120):
        """(exit status, seconds it took)"""
        start = time.monotonic()
        self.send(number)
        status = self.process.wait(seconds)
        return status, time.monotonic() - start

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


def alive(pid):
    """Neither gone nor a zombie."""
    try:
        return lab.read(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def rollup(pid, name):
    """Bytes of all mappings."""
    for line in lab.read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def memory(pid):
    """Proportional set size: pages that are shared count once in a sum."""
    return rollup(pid, "Pss")


def own_memory(pid):
    """What it has allocated: other processes with the same libraries do not change it."""
    return rollup(pid, "Anonymous")


def cpu_seconds(pid):
    fields = lab.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Hanging:
    """Takes connections, says what it is given, and then nothing any more."""

    def __init__(self, test, greeting=b""):
        self.greeting = greeting
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.taken = []
        threading.Thread(target=self.serve, daemon=True).start()
        test.addCleanup(self.socket.close)

    def serve(self):
        try:
            while True:
                connection, _ = self.socket.accept()
                self.taken.append(connection)
                connection.sendall(self.greeting)
        except OSError:
            return


class Proxy:
    """A TCP connection in between that can be cut; the far port may change.
    With stalled set nothing is passed on any more."""

    def __init__(self, port):
        self.port = port
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=600)
        self.near_port = self.listening.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.pairs = {}
        self.lock = threading.Lock()
        self.stalled = False
        self.selector.register(self.listening, selectors.EVENT_READ)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            for key, _ in self.selector.select(0.2):
                with self.lock:
                    if key.fileobj is self.listening:
                        self.accept()
                    elif key.fileobj in self.pairs and not self.stalled:
                        self.pass_on(key.fileobj)
            if self.stalled:
                time.sleep(0.05)

    def accept(self):
        near, _ = self.listening.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self.port), 5)
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            self.pairs[one] = other
            self.selector.register(one, selectors.EVENT_READ)

    def pass_on(self, one):
        try:
            data = one.recv(65536)
            if data:
                self.pairs[one].sendall(data)
                return
        except OSError:
            pass
        self.close(one)

    def close(self, one):
        for end in (one, self.pairs[one]):
            self.selector.unregister(end)
            del self.pairs[end]
            end.close()

    def cut(self, chance, share):
        """Cuts some of the connections, at random."""
        with self.lock:
            for one in list(self.pairs):
                if one in self.pairs and chance.random() < share:
                    self.close(one)
