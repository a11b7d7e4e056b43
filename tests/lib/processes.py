# SPDX-License-Identifier: MIT
"""A command with all that it starts, servers that leave their parent among them."""
import ctypes
import os
import signal
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """From here on we are the parent of processes whose own parent has ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid):
    return [one for child in children(pid) for one in (child, *descendants(child))]


def reap(process):
    """What has ended; the status of the process itself is kept."""
    process.poll()
    for pid in children(os.getpid()):
        if pid != process.pid:
            os.waitpid(pid, os.WNOHANG)


def wait(process, seconds):
    """Its status; None: it still runs."""
    until = time.monotonic() + seconds
    while process.returncode is None and time.monotonic() < until:
        time.sleep(0.1)
        reap(process)
    return process.returncode


def end(process, *signals):
    """Ends it and what it has started, by one signal after the other; each has ten seconds."""
    for number in signals:
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        until = time.monotonic() + 10
        while children(os.getpid()) and time.monotonic() < until:
            time.sleep(0.1)
            reap(process)


def show(file):
    """What each process does, for the log of a run that has hung."""
    pids = ",".join(map(str, descendants(os.getpid())))
    subprocess.run(["ps", "--pid", pids, "-ww", "-o", "pid,ppid,etimes,times,stat,wchan:20,args"], stdout=file, check=False)
