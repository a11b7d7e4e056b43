#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The poller as a service: workers, signals, reload, servers that hang, deaths.

test_poller.py PROGRAM STEPS-PROGRAM   (the second built with -DTEST_STEPS, see base/step.h)
"""
import contextlib
import glob
import os
import random
import signal
import socket
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import running  # noqa: E402
import sample_mail  # noqa: E402
from running import until  # noqa: E402

PROGRAM, STEPS_PROGRAM = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
MIDNIGHT = 1735689600
# It takes five seconds on a machine of its own, and for ever where something is waited for.
STOP_SECONDS = 50


def report(number, note=""):
    """A mail with one report of its own: one document of the report, one of the feed."""
    xml = sample_mail.dmarc_report(f"r{number}.example", f"d@r{number}.example", "example.com",
                                   MIDNIGHT, random.Random(number))
    return sample_mail.mail(f"d@r{number}.example", f"Report {number} {note}", "application/zip",
                            f"{number}.zip", sample_mail.zipped(f"{number}.xml", xml), MIDNIGHT)


class Poller(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")
        cls.files = lab.Files(f"{cls.directory}/files")

    def setUp(self):
        self.name = self._testMethodName.removeprefix("test_")
        self.path = f"{self.directory}/{self.name}.conf"

    def user(self, number):
        return f"{self.name}{number}"

    def configure(self, users, workers=1, extra="", **options):
        with open(self.path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\nworkers = {workers}\n"
                      + "".join(self.imap.configuration(user, **options) for user in users)
                      + extra + self.files.configuration(self.name))
        return self.path

    def start(self, program=PROGRAM, **environment):
        return running.Running(self, program, self.path, **environment)

    def stored(self):
        return {key for key, _ in self.files.ids(self.name).items() if "dmarc" in key[0]}

    def assert_all_once(self, users, mails):
        self.assertEqual(set(self.files.ids(self.name).values()), {1})
        for user in users:
            self.assertEqual(self.imap.folders(user), {"Aggregate": mails})

    def deliver_all(self, users, mails=3):
        for number, user in enumerate(users):
            self.imap.deliver(user, [report(100 * number + n) for n in range(mails)])

    def tree(self, user):
        """Each mail's file, flags apart, and its folder."""
        return sorted((os.path.basename(path).partition(":2,")[0], path.split("/")[-3])
                      for path in glob.glob(f"{self.imap.maildir(user)}/**/17*", recursive=True)
                      + glob.glob(f"{self.imap.maildir(user)}/.*/*/17*"))

    def archived(self, users, mails):
        return all(self.imap.folders(user) == {"Aggregate": mails} for user in users)

    # --- workers -----------------------------------------------------------------

    def test_once(self):
        for workers in (0, 1, 3, 9):
            users = [f"once{workers}x{n}" for n in range(5)]
            self.deliver_all(users)
            result = lab.Run(PROGRAM, "run", "--once", "-c", self.configure(users, workers))
            self.assertEqual(result.status, 0, result.stderr)
            self.assert_all_once(users, 3)
            ready = next(e for e in result.events if e["event"] == "ready")
            self.assertEqual(ready["workers"], str(min(workers, 5)))
            rounds = [e for e in result.events if e["event"] == "round"]
            self.assertEqual(sorted(e["mailbox"] for e in rounds), users)

    def test_once_gives_the_worst_status(self):
        users = [self.user(n) for n in range(4)]
        self.deliver_all(users)
        self.imap.deliver(users[2], [b"Subject: no report\n\nHello.\n"], 50)
        result = lab.Run(PROGRAM, "run", "--once", "-c", self.configure(users, 2))
        self.assertEqual(result.status, 1, result.stderr)
        self.assertEqual(self.imap.folders(users[2]), {"Aggregate": 3, "Invalid": 1})
        nowhere = "[mailbox nowhere]\nhost = 127.0.0.1\nport = 1\nuser = u\n" \
            "password_command = echo x\n"
        result = lab.Run(PROGRAM, "run", "--once", "-c", self.configure(users, 2, nowhere))
        self.assertEqual(result.status, 3, result.stderr)

    def test_dry_run(self):
        user = self.user(0)
        mails = [report(n) for n in range(3)]
        self.imap.deliver(user, mails)
        config = self.configure([user])
        before = sorted(os.listdir(self.imap.maildir(user) + "/new"))
        for _ in range(2):
            result = lab.Run(PROGRAM, "run", "--once", "--dry-run", "-c", config)
            self.assertEqual(result.status, 0, result.stderr)
            self.assertEqual([(m["fate"], m["would"]) for m in result.mails()],
                             3 * [("examined", "Aggregate")])
            self.assertEqual(result.round()["would_archive"], "3")
            self.assertNotIn("archived", result.round())
            self.assertEqual(self.imap.folders(user), {"INBOX": 3})
        self.assertEqual(len(self.stored()), len(set(self.stored())))
        self.assertGreater(len(self.stored()), 3)
        parts = [os.listdir(f"{self.imap.maildir(user)}/{part}") for part in ("new", "cur")]
        # A name may gain an empty flag list; none may say "seen".
        self.assertEqual(sorted(name.partition(":2,")[0] for part in parts for name in part), before)
        self.assertFalse([name for part in parts for name in part if "S" in name.partition(":2,")[2]])
        self.assertEqual(lab.Run(PROGRAM, "run", "--dry-run", "-c", config).status, 2)

    def test_an_archive_is_read_again(self):
        """All folders below it, of any age; nothing moves and nothing is stored twice."""
        user = self.user(0)
        self.imap.deliver(user, [report(n) for n in range(5)] + [b"Subject: no report\n\nHello.\n"])
        config = self.configure([user])
        self.assertEqual(lab.Run(PROGRAM, "run", "--once", "-c", config).status, 1)
        self.assertEqual(self.imap.folders(user), {"Aggregate": 5, "Invalid": 1})
        self.imap.deliver(user, [report(9)], first=50)
        ids, before = self.files.ids(self.name), self.tree(user)
        for forgotten in (False, True):
            if forgotten:  # the index is made anew
                for path in glob.glob(f"{self.files.directory}/{self.name}/*"):
                    os.remove(path)
            result = lab.Run(PROGRAM, "run", "--reread", "Archive", "-c", config)
            self.assertEqual(result.status, 1, result.stderr)
            rounds = [e for e in result.events if e.get("event") == "round"]
            self.assertEqual(sorted((r["mailbox"].rpartition("Archive")[2][1:], r["mails"])
                                    for r in rounds if r["mails"] != "0"),
                             [("Aggregate", "5"), ("Invalid", "1")])
            counts = {name: sum(int(r[name]) for r in rounds)
                      for name in ("stored", "duplicates", "would_archive", "would_set_aside")}
            self.assertEqual(counts["would_archive"], 5)
            self.assertEqual(counts["would_set_aside"], 1)
            self.assertEqual(counts["stored" if forgotten else "duplicates"], len(ids))
            self.assertEqual(counts["duplicates" if forgotten else "stored"], 0)
            self.assertTrue([e for e in result.events if e.get("event") == "progress"])
            self.assertEqual(self.tree(user), before)
            self.assertEqual(self.files.ids(self.name), ids)
        nowhere = lab.Run(PROGRAM, "run", "--reread", "Nowhere", "-c", config)
        self.assertEqual(nowhere.status, 2)
        self.assertIn("no mailbox has such a folder", nowhere.stderr)
        lab.write(config, f"[bridge]\nstate_directory = {self.directory}/state\n[mailbox local]\n"
                  f"source = maildir\npath = {self.imap.maildir(user)}\n"
                  + self.files.configuration(self.name))
        result = lab.Run(PROGRAM, "run", "--reread", "Archive", "-c", config)
        self.assertEqual({e["mailbox"]: e["duplicates"] for e in result.events
                          if e.get("event") == "round" and e["mails"] != "0"},
                         {"local/.Archive.Aggregate": str(len(ids) - 1),  # all but the letter's
                          "local/.Archive.Invalid": "0"})
        self.assertEqual(self.tree(user), before)

    def test_new_mail_is_stored_at_once(self):
        for workers in (0, 2):
            users = [f"{self.name}{workers}{n}" for n in range(4)]
            for user in users:
                self.imap.deliver(user, [])
            self.configure(users, workers, poll="10m")
            bridge = self.start()
            bridge.wait_for("round", 4)
            for turn in range(2):
                time.sleep(0.5)
                for number, user in enumerate(users):
                    self.imap.deliver(user, [report(1000 * workers + 10 * number + turn)], turn)
                until(lambda: self.archived(users, turn + 1))  # the next poll would be later
            self.assertEqual(bridge.stop()[0], 0)

    # --- a Maildir ---------------------------------------------------------------

    def maildir(self, user, **options):
        """A configuration of the Maildir that Dovecot delivers to."""
        return self.configure([], 0, f"[mailbox {user}]\n" + lab.lines(
            {"source": "maildir", "path": self.imap.maildir(user), **options}))

    def visit(self, user, **options):
        """Which mails were met."""
        result = lab.Run(PROGRAM, "run", "--once", "-c", self.maildir(user, **options))
        self.assertIn(result.status, (0, 1), result.stderr)
        return [mail["mail"][:10] for mail in result.mails()]

    def test_maildir(self):
        user = self.user(0)
        names = [str(1700000000 + n) for n in range(4)]
        self.imap.deliver(user, [report(n) for n in range(3)] + [b"Subject: no report\n\nHello.\n"])
        for path in glob.glob(f"{self.imap.maildir(user)}/new/1700000000*"):
            os.utime(path, (1000000000, 1000000000))
        self.assertEqual(self.visit(user, examine="yes"), names)
        self.assertEqual(self.imap.folders(user), {"INBOX": 4})
        self.assertEqual(self.visit(user, since="2001-09-10", archive="Old/Mail",
                                    aggregate="delete", unrelated="move"), names[1:])
        left = glob.glob(f"{self.imap.maildir(user)}/new/*")
        self.assertEqual([os.path.basename(path)[:10] for path in left], names[:1])
        self.assertEqual(len(glob.glob(f"{self.imap.maildir(user)}/.Old.Mail.Invalid/cur/*")), 1)
        self.assertFalse(glob.glob(f"{self.imap.maildir(user)}/.Old.Mail.Aggregate"))
        self.assertEqual(self.visit(user, since="30d"), [])
        self.assertEqual(self.visit(user), names[:1])
        self.assertEqual(self.imap.folders(user), {"Aggregate": 1})
        self.assertEqual(set(self.files.ids(self.name).values()), {1})
        for option in ({"shard": "1/2"}, {"retention": "30d"}, {"smtp_tls": "mark"},
                       {"folder": "A, B"}):
            result = lab.Run(PROGRAM, "run", "--once", "-c", self.maildir(user, **option))
            self.assertEqual(result.status, 2)
            self.assertRegex(result.stderr, "is an option of source = imap|is for IMAP, not for a Maildir")

    def test_a_mail_that_is_written_into_new(self):
        """Piece by piece, by a program that knows nothing of "tmp": read once it is whole."""
        user = self.user(0)
        self.imap.deliver(user, [])
        maildir, mail = self.imap.maildir(user), report(1)
        lab.write(self.path, f"[bridge]\nstate_directory = {self.directory}/state\n[mailbox local]\n"
                  f"source = maildir\npath = {maildir}\npoll = 60s\n"
                  + self.files.configuration(self.name))
        bridge = self.start()
        bridge.wait_for("round")
        with open(f"{maildir}/new/1700000000.direct", "wb") as out:
            for piece in (mail[:300], mail[300:600], mail[600:]):
                time.sleep(0.4)
                out.write(piece)
                out.flush()
        running.until(lambda: self.imap.folders(user) == {"Aggregate": 1}, 40)
        bridge.stop()
        self.assertEqual([e["fate"] for e in bridge.events("mail")], ["Aggregate"])

    def test_new_mail_in_a_maildir_is_stored_at_once(self):
        user = self.user(0)
        self.imap.deliver(user, [report(0)])
        self.maildir(user, poll="10m")
        bridge = self.start()
        until(lambda: self.archived([user], 1))
        for number in range(1, 4):
            self.imap.deliver(user, [report(number)], number)
            until(lambda: self.archived([user], number + 1))  # the next poll would be later
        self.assertEqual(bridge.stop()[0], 0)

    # --- signals -----------------------------------------------------------------

    def test_reload(self):
        for workers in (0, 1):
            users = [f"{self.name}{workers}x{n}" for n in range(2)]
            self.deliver_all(users)
            self.configure(users[:1], workers)
            bridge = self.start()
            until(lambda: self.archived(users[:1], 3))
            # A wrong one is named, and the old one goes on.
            with open(self.path, "a") as out:
                out.write("[mailbox broken]\nhots = localhost\n")
            bridge.send(signal.SIGHUP)
            error = bridge.wait_for("reload")
            self.assertEqual(error["level"], "error")
            self.assertIn("hots", error["error"])
            self.imap.deliver(users[0], [report(700 + workers)], 700)
            until(lambda: self.archived(users[:1], 4))
            # A good one is taken up, with more workers.
            self.configure(users, 2)
            bridge.send(signal.SIGHUP)
            self.assertEqual(bridge.wait_for("reload", 2)["level"], "info")
            until(lambda: self.archived(users[1:], 3))
            self.assertEqual(len(bridge.workers()), 2)
            self.imap.deliver(users[0], [report(800 + workers)], 800)
            until(lambda: self.archived(users[:1], 5))
            status, seconds = bridge.stop()
            self.assertEqual(status, 0)
            self.assertLess(seconds, STOP_SECONDS)
            self.assertEqual(set(self.files.ids(self.name).values()), {1})

    def test_a_reload_during_a_reload(self):
        """The first one has read the configuration, and waits for a worker."""
        users = [f"{self.name}x{n}" for n in range(2)]
        self.deliver_all(users)
        self.configure(users[:1], 1)
        bridge = self.start()
        until(lambda: self.archived(users[:1], 3))
        worker, = bridge.workers()
        os.kill(worker, signal.SIGSTOP)
        bridge.send(signal.SIGHUP)
        bridge.wait_for("reload")
        self.configure(users, 1)
        bridge.send(signal.SIGHUP)
        time.sleep(0.3)
        os.kill(worker, signal.SIGCONT)
        bridge.wait_for("reload", 2)
        until(lambda: self.archived(users[1:], 3))
        self.assertEqual(bridge.stop()[0], 0)

    def test_reload_waits_for_no_secret(self):
        """Whoever does not give one, in whatever way, leaves the old configuration in force."""
        fifo = f"{self.directory}/{self.name}.fifo"
        os.mkfifo(fifo)
        secrets = {"silent": "password_command = sleep 60",
                   "lingering": "password_command = echo x; exec >&-; exec sleep 60",
                   "pipe": f"password_file = {fifo}"}
        for workers in (0, 1):
            users = [f"{self.name}{workers}"]
            self.imap.deliver(users[0], [])
            bridge, before = None, 0
            for number, (name, secret) in enumerate(secrets.items()):
                bad = f"[mailbox {name}]\nhost = localhost\nuser = u\n{secret}\n"
                self.configure(users, workers)
                bridge = bridge or self.start(STEPS_PROGRAM)
                bridge.wait_for("round")
                self.configure(users, workers, bad)
                bridge.send(signal.SIGHUP)
                error = bridge.wait_for("reload", number + 1)
                self.assertEqual(error["level"], "error")
                self.assertIn("does not answer", error["error"])
                self.imap.deliver(users[0], [report(10 * workers + number)], number)
                until(lambda: self.archived(users, number + 1))
            bridge.stop()

    def test_stop_does_not_wait_for_a_secret(self):
        for workers in (0, 1):
            users = [f"{self.name}{workers}"]
            self.imap.deliver(users[0], [])
            self.configure(users, workers)
            bridge = self.start()
            bridge.wait_for("round")
            marker = f"{self.directory}/{self.name}{workers}.asked"
            self.configure(users, workers, "[mailbox silent]\nhost = localhost\nuser = u\n"
                           f"password_command = touch {marker}; exec sleep 60\n")
            bridge.send(signal.SIGHUP)
            until(lambda: os.path.exists(marker))
            status, seconds = bridge.stop()
            self.assertEqual(status, 0)
            self.assertLess(seconds, STOP_SECONDS)

    def test_counters(self):
        for workers in (0, 2):
            users = [f"{self.name}{workers}x{n}" for n in range(3)]
            self.deliver_all(users)
            self.imap.deliver(users[0], [b"Subject: no report\n\nHello.\n"], 50)
            self.configure(users, workers, unrelated="leave")
            bridge = self.start()
            until(lambda: self.imap.folders(users[0]) == {"INBOX": 1, "Aggregate": 3} and
                  self.archived(users[1:], 3))
            bridge.wait_for("round", 3)
            bridge.send(signal.SIGUSR1)
            counters = bridge.wait_for("counters")
            self.assertEqual((counters["mailboxes"], counters["connected"]), ("3", "3"))
            self.assertEqual((counters["mails"], counters["archived"], counters["kept"], counters["left"]),
                             ("10", "9", "0", "1"))
            bridge.stop()

    def hung_configuration(self, users, workers):
        """Servers that hang before the greeting, behind it, and in the TLS handshake."""
        mute, greeting = running.Hanging(self), running.Hanging(self, b"* OK hello\r\n")
        bad = "".join(
            f"[mailbox hung{n}]\nhost = 127.0.0.1\nport = {port}\ntls = {tls}\nuser = u\n"
            f"password_command = echo x\n"
            for n, (port, tls) in enumerate(((mute.port, "none"), (greeting.port, "none"),
                                             (mute.port, "implicit"))))
        self.configure(users, workers, bad)
        return mute, greeting

    def test_servers_that_hang_hold_nobody_up(self):
        for workers in (0, 1):
            users = [f"{self.name}{workers}x{n}" for n in range(3)]
            self.deliver_all(users)
            mute, greeting = self.hung_configuration(users, workers)
            bridge = self.start()
            until(lambda: self.archived(users, 3))
            until(lambda: len(mute.taken) == 2 and len(greeting.taken) == 1)
            self.imap.deliver(users[0], [report(900 + workers)], 900)
            until(lambda: self.archived(users[:1], 4))
            self.assertFalse(bridge.events("visit-failed"))  # so the servers were still hanging
            status, seconds = bridge.stop(signal.SIGINT if workers else signal.SIGTERM)
            self.assertEqual(status, 0)
            self.assertLess(seconds, STOP_SECONDS)

    def test_a_server_that_hangs_in_mid_round_holds_nobody_up(self):
        """More mailboxes than there are desks hang when they have been opened."""
        proxy = running.Proxy(int(self.imap.env["IMAPS_PORT"]))
        hung = [self.user(n) for n in range(12)]
        good = [self.user(f"good{n}") for n in range(2)]
        for user in hung + good:
            self.imap.deliver(user, [])
        self.configure(good, 1, "".join(
            self.imap.configuration(user, port=proxy.near_port) for user in hung))
        bridge = self.start()
        bridge.wait_for("round", 14)
        proxy.stalled = True
        for number, user in enumerate(hung):
            self.imap.deliver(user, [report(number)])
        # Let each of them meet its mail, and hang with it.
        proxy.stalled = False
        time.sleep(0.02)
        proxy.stalled = True
        for number, user in enumerate(good):
            self.imap.deliver(user, [report(100 + number)])
        until(lambda: self.archived(good, 1), 50)  # before the timeout of those that hang
        self.assertTrue(proxy.stalled)
        proxy.stalled = False
        until(lambda: self.archived(hung, 1))
        self.assertEqual(set(self.files.ids(self.name).values()), {1})
        bridge.stop()

    def test_service_manager(self):
        user = self.user(0)
        self.imap.deliver(user, [report(1)])
        self.configure([user])
        path = f"{self.directory}/notify"
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        heard.bind(path)
        heard.settimeout(120)
        self.addCleanup(heard.close)
        bridge = self.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="1000000")
        self.assertEqual(heard.recv(4096), b"READY=1")
        times = []
        while len(times) < 4:
            self.assertTrue(heard.recv(4096).startswith(b"WATCHDOG=1\nSTATUS="))
            times.append(time.monotonic())
        self.assertLess(times[-1] - times[0], 3 * 10)  # without a watchdog one tick takes 10 s
        bridge.send(signal.SIGHUP)
        texts = []
        while texts[-1:] != [b"READY=1"]:
            texts.append(heard.recv(4096))
        self.assertTrue([t for t in texts if t.startswith(b"RELOADING=1\nMONOTONIC_USEC=")], texts)
        until(lambda: self.archived([user], 1))
        heard.settimeout(120)
        bridge.send(signal.SIGTERM)
        while not heard.recv(4096).startswith(b"STOPPING=1"):
            pass
        self.assertEqual(bridge.process.wait(120), 0)

    # --- deaths ------------------------------------------------------------------

    def test_a_killed_worker_is_replaced(self):
        chance = random.Random(4)
        users = [self.user(n) for n in range(4)]
        for user in users:
            self.imap.deliver(user, [])
        self.configure(users, 2)
        bridge = self.start()
        turns = 6
        for turn in range(turns):
            for number, user in enumerate(users):
                self.imap.deliver(user, [report(100 * number + 5 * turn + n) for n in range(5)],
                                  5 * turn)
            time.sleep(chance.uniform(0, 0.5))
            # One that died the turn before may still be listed, and go now.
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(until(bridge.workers)), signal.SIGKILL)
        until(lambda: self.archived(users, 5 * turns))
        until(lambda: len(bridge.workers()) == 2)
        bridge.stop()
        deaths = bridge.events("worker-died")
        self.assertGreaterEqual(len(deaths), 4)
        self.assertEqual({e["signal"] for e in deaths}, {"9"})
        self.assertEqual(set(self.files.ids(self.name).values()), {1})
        # As many documents as a bridge stores that nobody disturbs.
        found = self.stored()
        again = [self.user(f"again{n}") for n in range(4)]
        for number, user in enumerate(again):
            self.imap.deliver(user, [report(100 * number + n) for n in range(5 * turns)])
        result = lab.Run(PROGRAM, "run", "--once", "-c", self.configure(again))
        self.assertEqual({e["stored"] for e in result.mails()}, {"0"}, "a document was lost")
        self.assertEqual(self.stored(), found)

    def test_workers_do_not_outlive_the_supervisor(self):
        user = self.user(0)
        self.imap.deliver(user, [])
        self.configure([user], 1)
        bridge = self.start()
        bridge.wait_for("round")
        workers = bridge.workers()
        self.assertEqual(len(workers), 1)
        os.kill(bridge.pid, signal.SIGKILL)
        until(lambda: not any(running.alive(pid) for pid in workers))

    def poison(self, variable):
        users = [self.user(n) for n in range(3)]
        for number, user in enumerate(users):
            mails = [report(100 * number + n) for n in range(25)]
            if number == 1:
                mails[12] = report(112, "this is POISON")
            self.imap.deliver(user, mails)
        self.configure(users, 1)
        bridge = self.start(STEPS_PROGRAM, **{variable: "this is POISON"})
        until(lambda: all(self.imap.folders(user).get("INBOX", 0) == 0 for user in users))
        self.imap.deliver(users[1], [report(900)], 900)
        until(lambda: self.imap.folders(users[1]) == {"Aggregate": 25, "Invalid": 1})
        until(lambda: self.archived([users[0], users[2]], 25))
        bridge.stop()
        self.assertEqual([(e["mailbox"], e["mail"], e["deaths"]) for e in
                          bridge.events("mail-in-hand")], [(users[1], "uid 13", n) for n in "12"])
        self.assertEqual(len(bridge.events("worker-died")), 2)
        self.assertEqual([e["mail"] for e in bridge.events("mail") if e.get("reason") == "poison"],
                         ["uid 13"])
        self.assertEqual(set(self.files.ids(self.name).values()), {1})
        feed = [d for _, _, d in self.files.documents(self.name) if d.get("error.code") == "poison"]
        self.assertEqual(len(feed), 1)
        new = f"{self.imap.maildir(users[1])}/.Archive.Invalid/"
        names = os.listdir(new + "new") + os.listdir(new + "cur")
        self.assertFalse([name for name in names if "S" in name.partition(":2,")[2]])

    def test_a_worker_that_goes_round_for_ever_is_replaced(self):
        user = self.user(0)
        self.imap.deliver(user, [report(n) for n in range(3)])
        self.configure([user], 1)
        bridge = self.start(STEPS_PROGRAM, REPORTBRIDGE_STEP_STUCK="settled")
        died = bridge.wait_for("worker-died")
        self.assertEqual(died["signal"], str(int(signal.SIGKILL)))
        self.imap.deliver(user, [report(3)], 3)
        until(lambda: self.archived([user], 4))
        bridge.stop()
        self.assertFalse(bridge.events("mail-in-hand"), "no mail was being read")

    # --- mailboxes that end workers ----------------------------------------------

    def evil(self, count, phase, variable):
        """Evil mailboxes beside four good ones on one worker, with mail that goes on
        arriving: (users, the bridge)."""
        evil = [f"evil{self.name}{phase}{variable}{n}".lower() for n in range(count)]
        good = [f"{self.name}{phase}{count}{variable}{n}".lower() for n in range(4)]
        self.deliver_all(evil + good, 1)
        self.configure(evil + good, 1, poll="1s")
        bridge = self.start(STEPS_PROGRAM, **{f"REPORTBRIDGE_STEP_{variable}": f"{phase} evil"})
        longest = 0
        for turn in range(1, 9):
            start = time.monotonic()
            until(lambda: self.archived(good, turn), 240, 0.02)
            longest = max(longest, time.monotonic() - start)
            if turn < 8:
                for number, user in enumerate(good):
                    self.imap.deliver(user, [report(10000 + 100 * number + turn)], turn)
                time.sleep(0.3)
        until(lambda: len(bridge.events("mailbox-alone")) == count)
        # A machine that is busy with other things gives a worker little of its CPU time.
        stretched = sum(int(e["duration_ms"]) - int(e["cpu_ms"])
                        for e in bridge.events("worker-stuck")) / 1000
        self.assertLess(longest, 25 + stretched)
        return evil, good, bridge

    def test_a_mailbox_that_ends_workers_harms_nobody(self):
        for count, phase, variable in ((1, "opening", "CRASH"), (2, "opening", "CRASH"),
                                       (1, "opening", "SPIN"), (2, "opening", "SPIN"),
                                       (2, "fetching", "SPIN"), (2, "settling", "CRASH"),
                                       (1, "waiting", "CRASH"), (9, "fetching", "CRASH")):
            with self.subTest(count=count, phase=phase, variable=variable):
                evil, good, bridge = self.evil(count, phase, variable)
                alone = bridge.events("mailbox-alone")
                self.assertEqual(sorted(e["mailbox"] for e in alone), evil)
                self.assertEqual({e["deaths"] for e in alone}, {"2"})
                self.assertEqual(len({e["worker"] for e in alone} | {"0"}), count + 1)
                blamed = bridge.events("mailbox-in-hand")
                self.assertEqual({e["mailbox"] for e in blamed}, set(evil))
                self.assertEqual({e["phase"] for e in blamed}, {phase})
                # A third death hurts nobody else, and is followed by a long pause.
                until(lambda: [e for e in bridge.events("worker-died") if e["worker"] != "0"])
                died = bridge.events("worker-died")
                self.assertEqual(len([e for e in died if e["worker"] == "0"]), 2 * count)
                for event in died:
                    (self.assertLess if event["worker"] == "0" else self.assertGreaterEqual)(
                        int(event["retry_ms"]), 30000)
                if variable == "SPIN":
                    self.assertEqual({e["mailbox"] for e in bridge.events("worker-stuck")}, set(evil))
                # Nobody is blamed anew by a new configuration.
                shared = bridge.workers()
                bridge.send(signal.SIGHUP)
                bridge.wait_for("reload")
                until(lambda: bridge.workers() and not set(bridge.workers()) & set(shared))
                for number, user in enumerate(good):
                    self.imap.deliver(user, [report(10050 + 100 * number)], 50)
                until(lambda: self.archived(good, 9))
                self.assertEqual(len([e for e in bridge.events("worker-died")
                                      if e["worker"] == "0"]), 2 * count)
                status, seconds = bridge.stop()
                self.assertEqual(status, 0)
                self.assertLess(seconds, STOP_SECONDS)

    def test_a_mailbox_that_ends_workers_is_given_up_by_once(self):
        users = [f"evil{self.name}", self.user("good")]
        self.deliver_all(users)
        result = lab.Run(STEPS_PROGRAM, "run", "--once", "-c", self.configure(users),
                         REPORTBRIDGE_STEP_CRASH="opening evil")
        self.assertEqual(result.status, 3, result.stderr)
        self.assertTrue(self.archived(users[1:], 3))
        deaths = [e["deaths"] for e in result.events if e["event"] == "mailbox-in-hand"]
        self.assertEqual(deaths, ["1", "2", "3"])

    def test_a_mailbox_alone_from_the_start_pauses(self):
        user = f"evil{self.name}"
        self.deliver_all([user])
        self.configure([user])
        bridge = self.start(STEPS_PROGRAM, REPORTBRIDGE_STEP_CRASH="opening evil")
        died = bridge.wait_for("worker-died", 2)
        self.assertGreaterEqual(int(died["retry_ms"]), 30000)
        self.assertEqual([e["deaths"] for e in bridge.events("mailbox-in-hand")], ["1", "2"])
        self.assertFalse(bridge.events("mailbox-alone"))
        bridge.stop()

    def test_a_worker_that_is_stopped_is_not_stuck(self):
        """CPU time counts, not the time of the wall."""
        user = self.user(0)
        self.imap.deliver(user, [])
        self.configure([user])
        bridge = self.start(STEPS_PROGRAM)
        bridge.wait_for("round")
        worker = bridge.workers()[0]
        os.kill(worker, signal.SIGSTOP)
        time.sleep(5)
        os.kill(worker, signal.SIGCONT)
        self.imap.deliver(user, [report(1)])
        until(lambda: self.archived([user], 1))
        self.assertFalse(bridge.events("worker-died"))
        self.assertEqual(bridge.workers(), [worker])
        bridge.stop()

    def test_poison(self):
        self.poison("REPORTBRIDGE_STEP_POISON")

    def test_poison_that_is_read_for_ever(self):
        self.poison("REPORTBRIDGE_STEP_ENDLESS")


if __name__ == "__main__":
    unittest.main(verbosity=2)
