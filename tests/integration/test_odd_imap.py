#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""IMAP servers that do what no RFC foresees: nothing stuck, nothing thrown away.

test_odd_imap.py PROGRAM   against a scripted server, files as the output
"""
import glob
import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import imap_server  # noqa: E402
import lab  # noqa: E402
import running  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))

REPORT = """<?xml version="1.0"?>
<feedback><report_metadata><org_name>reporter.example</org_name><email>d@reporter.example</email>
<report_id>{0}</report_id><date_range><begin>1790812800</begin><end>1790899199</end></date_range>
</report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated>
<disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers><auth_results>
<spf><domain>example.com</domain><result>pass</result></spf></auth_results></record></feedback>
"""


def mails(count, padding=0):
    """Report mails, one report each."""
    return [(f"From: d@reporter.example\r\nSubject: Report Domain: example.com\r\n"
             f"Message-ID: <{n}@reporter.example>\r\nX-Padding: {'x ' * (padding // 2)}\r\n"
             "MIME-Version: 1.0\r\nContent-Type: text/xml\r\n\r\n"
             + REPORT.format(n).replace("\n", "\r\n")).encode() for n in range(count)]


LETTER = (b"From: aunt@example.net\r\nSubject: Sunday\r\nMessage-ID: <sunday@example.net>\r\n\r\n"
          b"Dear nephew, see you on Sunday.\r\n")
BROKEN = (b"From: d@reporter.example\r\nSubject: Report Domain: example.com\r\nMIME-Version: 1.0\r\n"
          b"Content-Type: text/xml\r\n\r\n<?xml version=\"1.0\"?>\r\n<feedback><report_metadata>\r\n")


class OddImap(unittest.TestCase):
    config = None

    def configure(self, server, mailbox=""):
        self.directory = lab.make_directory(self)
        os.mkdir(f"{self.directory}/out")
        self.config = f"{self.directory}/bridge.conf"
        lab.write(self.config,
                  f"[bridge]\nstate_directory = {self.directory}/state\n[mailbox m]\n"
                  f"host = 127.0.0.1\nport = {server.port}\ntls = none\nuser = u\n"
                  f"password_command = echo x\ntimeout = 5s\n{mailbox}\n"
                  f"[output o]\ntype = file\ndirectory = {self.directory}/out\n")

    def addClassCleanup(self, *arguments):  # each test has a directory of its own
        self.addCleanup(*arguments)

    def once(self, server, mailbox="", *options):
        """Runs until all is read: the exit status; self.events is the log."""
        if not self.config:
            self.configure(server, mailbox)
        return self.again(*options)

    def again(self, *options):
        """With what is configured."""
        done = subprocess.run([PROGRAM, "run", "--once", "-c", self.config, *options],
                              stderr=subprocess.PIPE, text=True, timeout=120)
        self.log = done.stderr
        self.events = [lab.event(line) for line in done.stderr.splitlines()]
        return done.returncode

    def of(self, name):
        return [event for event in self.events if event.get("event") == name]

    def stored(self):
        """Aggregate documents in the files."""
        return sum(lab.read(path).count('"dmarc_aggregate"')
                   for path in glob.glob(f"{self.directory}/out/*aggregate*.ndjson"))

    def feeds(self):
        """Feed documents in the files."""
        return sum(lab.read(path).count('"event.dataset":"feed"')
                   for path in glob.glob(f"{self.directory}/out/*feed*.ndjson"))

    def drained(self, server, count, mailbox=""):
        """All mails are archived and stored once, and nothing is to complain about."""
        self.assertEqual(self.once(server, mailbox), 0, self.events)
        self.assertEqual(server.counts(), {"Archive/Aggregate": count}, self.log)
        self.assertEqual(self.stored(), count)

    # --- opening

    def test_subscribe_refused(self):
        def hook(server, c, command, arguments):
            return command == "SUBSCRIBE" and (c.end("BAD not supported") or True)
        self.drained(imap_server.Server(self, mails(3), hook), 3)

    def test_folder_exists_in_words(self):
        def hook(server, c, command, arguments):
            if command == "LIST" and "Archive" in arguments:
                return c.say(f"{c.tag} OK\r\n") or True
            if command == "CREATE":
                server.folders.setdefault(arguments.strip('"'), imap_server.Folder())
                return c.end("NO Mailbox already exists.") or True
        self.drained(imap_server.Server(self, mails(3), hook), 3)

    def test_a_list_of_other_folders(self):
        """The server ignores the name in LIST: the archive does not exist for all that."""
        def hook(server, c, command, arguments):
            if command == "LIST" and "Archive" in arguments:
                return c.say('* LIST () "/" "Drafts"\r\n* LIST () "/" "Sent"\r\n' f"{c.tag} OK\r\n") or True
        server = imap_server.Server(self, mails(3), hook)
        self.drained(server, 3)

    def test_a_namespace_that_is_refused(self):
        def hook(server, c, command, arguments):
            return command == "NAMESPACE" and (c.end("BAD unknown command") or True)
        server = imap_server.Server(self, mails(3), hook, capabilities="IMAP4rev1 MOVE UIDPLUS NAMESPACE")
        self.drained(server, 3)
        self.assertIn("NAMESPACE", " ".join(str(line) for line in server.commands))

    def test_parent_does_not_exist(self):
        def hook(server, c, command, arguments):
            return command == "CREATE" and (c.end("NO Parent does not exist") or True)
        server = imap_server.Server(self, mails(1), hook)
        self.assertEqual(self.once(server), 3)
        self.assertIn("check archive", self.of("visit-failed")[0]["error"])

    def test_too_many_connections(self):
        server = imap_server.Server(self, mails(1), greeting="* BYE Too many connections.\r\n")
        self.configure(server)
        bridge = running.Running(self, PROGRAM, self.config)
        failed = bridge.wait_for("visit-failed")
        self.assertIn("too many connections or requests", failed["error"])
        self.assertGreaterEqual(int(failed["retry_ms"]), 30000)

    def test_refused_login_pauses_long(self):
        def hook(server, c, command, arguments):
            return command == "LOGIN" and (c.end("NO [AUTHENTICATIONFAILED] no") or True)
        self.configure(imap_server.Server(self, mails(1), hook))
        bridge = running.Running(self, PROGRAM, self.config)
        failed = bridge.wait_for("visit-failed")
        self.assertIn("check user and password_file", failed["error"])
        self.assertGreaterEqual(int(failed["retry_ms"]), 30000)

    def test_a_search_without_an_answer(self):
        """The folder must not look empty."""
        def hook(server, c, command, arguments):
            return command == "SEARCH" and (c.end() or True)
        self.assertEqual(self.once(imap_server.Server(self, mails(3), hook)), 3)
        self.assertIn("the server ends the search without a result", self.of("visit-failed")[0]["error"])

    def test_no_answer_to_a_search_that_finds_nothing(self):
        """One more command per connection, and no error."""
        def hook(server, c, command, arguments):
            return command == "SEARCH" and "UNDELETED" in arguments and (c.end() or True)
        server = imap_server.Server(self, [LETTER], hook)
        server.inbox.flags[1] = {"\\Deleted"}
        self.assertEqual(self.once(server), 0)
        self.assertEqual([a for a in server.asked("SEARCH") if "UNDELETED" not in a], ["1"])

    def test_greetings_that_refuse(self):
        for greeting, words in (("* NO Down for maintenance.", "greeting: the server says NO: Down for maintenance."),
                                ("* BYE Down for maintenance.", "greeting: the server says BYE: Down for maintenance."),
                                ("220 mx.example.com ESMTP", "greeting: the server's answer is not IMAP")):
            with self.subTest(greeting):
                self.config = None
                self.assertEqual(self.once(imap_server.Server(self, mails(1), greeting=greeting + "\r\n")), 3)
                error = self.of("visit-failed")[0]["error"]
                self.assertIn(words, error)
                self.assertEqual("port of plain IMAP" in error, greeting.startswith("220"))

    # --- sizes

    def test_sizes_of_half_the_truth(self):
        self.drained(imap_server.Server(self, mails(4, 1_000_000), size=lambda m: len(m) // 2), 4)

    def test_sizes_of_half_the_truth_for_many(self):
        self.drained(imap_server.Server(self, mails(500, 11000), size=lambda m: len(m) // 2), 500)

    def test_no_sizes(self):
        self.drained(imap_server.Server(self, mails(300, 20000), size=lambda m: 0), 300)

    def test_a_size_over_the_limit_that_is_a_lie(self):
        self.drained(imap_server.Server(self, mails(3), size=lambda m: 400_000_000), 3)

    def test_a_mail_that_is_larger_than_its_size(self):
        server = imap_server.Server(self, [*mails(2), mails(3, 3 << 20)[2]], size=lambda m: 1000)
        self.assertEqual(self.once(server, "max_mail = 1MiB"), 1)
        self.assertEqual(server.counts(), {"Archive/Aggregate": 2, "Archive/Invalid": 1})
        self.assertEqual([e["reason"] for e in self.of("mail") if "reason" in e], ["too-large"])

    def test_no_size_for_one(self):
        def hook(server, c, command, arguments):
            if command != "FETCH" or "BODY" in arguments:
                return False
            for uid in c.uids(arguments.split()[0]):
                if uid != 3:
                    c.say(f"* {c.sequence(uid)} FETCH (UID {uid} RFC822.SIZE 1000)\r\n")
            return c.end() or True
        self.drained(imap_server.Server(self, mails(5), hook), 5)

    # --- mails without a body

    def kept_for(self, form, sloppy=False):
        def hook(server, c, command, arguments):
            if command == "SEARCH" and sloppy:  # whatever was asked for
                c.do_search("ALL")
                return True
            if command != "FETCH" or "BODY" not in arguments:
                return False
            for uid in c.uids(arguments.split()[0]):
                if uid != 3:
                    c.body(uid)
                elif form:
                    c.say(f"* {c.sequence(uid)} FETCH (UID {uid} BODY[] {form})\r\n")
            return c.end() or True
        server = imap_server.Server(self, mails(5), hook)
        self.assertEqual(self.once(server), 3)
        self.assertEqual(server.counts(), {"INBOX": 1, "Archive/Aggregate": 4})
        kept = [e for e in self.of("mail") if e["fate"] == "kept"]
        self.assertEqual([(e["mail"], e["level"]) for e in kept], [("uid 3", "warning")])
        self.assertIn("sends no body", kept[0]["error"])
        self.assertEqual(self.of("round")[0]["kept"], "1")

    def test_a_body_that_is_nil(self):
        self.kept_for("NIL")

    def test_a_body_that_is_empty(self):
        self.kept_for('""')

    def test_a_body_of_no_bytes(self):
        self.kept_for("{0}\r\n")

    def test_a_body_that_is_missing(self):
        self.kept_for(None)

    def test_a_search_that_shows_too_much(self):
        for form in ("NIL", None):
            self.config = None
            self.kept_for(form, sloppy=True)

    # --- mails that the server stumbles over

    def stumbling(self, what):
        """A hook that does so for every set with UID 3 in it."""
        def hook(server, c, command, arguments):
            if command == "FETCH" and "BODY" in arguments and 3 in c.uids(arguments.split()[0]):
                return what(c)
        return hook

    def named(self, what, words):
        server = imap_server.Server(self, mails(40), self.stumbling(what))
        self.assertEqual(self.once(server), 3)
        self.assertEqual(server.counts(), {"INBOX": 1, "Archive/Aggregate": 39}, self.log)
        kept = [e for e in self.of("mail") if e["fate"] == "kept"]
        self.assertEqual([e["mail"] for e in kept], ["uid 3"])
        self.assertIn(words, kept[0]["error"])
        self.assertEqual(self.stored(), 39)
        self.assertLess(server.connections, 10)

    def test_a_mail_that_makes_the_server_hang_up(self):
        self.named(lambda c: "close", "closed the connection")

    def test_a_mail_that_makes_the_server_say_bye(self):
        self.named(lambda c: c.say("* BYE System Error\r\n") or "close", "System Error")

    def test_a_mail_that_is_refused(self):
        self.named(lambda c: c.end("NO [UNAVAILABLE] Server error - try later") or True,
                   "Server error")

    def test_a_mail_that_is_not_understood(self):
        self.named(lambda c: c.end("BAD Command Error. 12") or True, "Command Error")

    def test_a_mail_is_set_aside_after_some_tries(self):
        server = imap_server.Server(self, mails(5), self.stumbling(lambda c: "close"))
        self.configure(server, "poll = 500ms")
        bridge = running.Running(self, PROGRAM, self.config)
        for number in range(5, 30):  # others come, and are given
            running.until(lambda: server.counts().get("Archive/Aggregate", 0) >= number - 1)
            if server.counts().get("Archive/Invalid"):
                break
            server.inbox.add(mails(number + 1)[number])
        self.assertEqual(server.counts()["Archive/Invalid"], 1)
        running.until(lambda: any(e.get("fate") == "Invalid" for e in bridge.events("mail")))
        last = [e for e in bridge.events("mail") if e["mail"] == "uid 3"][-1]
        self.assertEqual((last["fate"], last["reason"]), ("Invalid", "unreadable"))

    def test_a_mail_is_set_aside_by_runs_that_end(self):
        """The tries are counted from one run --once to the next."""
        server = imap_server.Server(self, mails(2), self.stumbling(lambda c: "close"))
        server.inbox.add(mails(3)[2])
        for number in range(3, 7):
            server.inbox.add(mails(number + 1)[number])
            self.once(server)
            if server.counts().get("Archive/Invalid"):
                break
        self.assertEqual(server.counts(), {"Archive/Aggregate": number, "Archive/Invalid": 1}, self.log)
        self.assertEqual(number, 6, "three tries, and it is set aside")
        self.again()
        self.assertEqual(self.of("mail"), [])

    def test_an_ill_server_blames_no_mail(self):
        def hook(server, c, command, arguments):
            if command == "FETCH" and "BODY" in arguments:
                return c.end("NO [SERVERBUG] storage is away") or True
        server = imap_server.Server(self, mails(20), hook)
        self.configure(server, "poll = 300ms")
        bridge = running.Running(self, PROGRAM, self.config)
        self.assertIn("storage is away", bridge.wait_for("visit-failed")["error"])
        self.assertEqual(server.counts(), {"INBOX": 20})

    # --- sets that are too large

    def at_most(self, number, what, *commands):
        def hook(server, c, command, arguments):
            if command in commands and len(c.uids(arguments.split()[0])) > number:
                return what(c)
        return hook

    def test_bye_to_large_fetches(self):
        hook = self.at_most(5, lambda c: c.say("* BYE server is busy\r\n") or "close", "FETCH")
        server = imap_server.Server(self, mails(40), hook)
        self.drained(server, 40)
        self.assertLess(server.connections, 8)

    def test_no_to_large_fetches(self):
        hook = self.at_most(100, lambda c: c.end("NO Too many messages requested") or True, "FETCH")
        server = imap_server.Server(self, mails(1200), hook)
        self.drained(server, 1200)
        # Found out once.
        self.assertLess(len(server.asked("FETCH")), 60)

    def test_bad_to_large_fetches(self):
        self.drained(imap_server.Server(self, mails(300), self.at_most(
            100, lambda c: c.end("BAD Too many arguments") or True, "FETCH")), 300)

    def test_fewer_mails_than_asked_for(self):
        def hook(server, c, command, arguments):
            if command != "FETCH" or "BODY" not in arguments:
                return False
            for uid in c.uids(arguments.split()[0])[:7]:
                c.body(uid)
            return c.end() or True
        server = imap_server.Server(self, mails(50), hook)
        self.drained(server, 50)
        self.assertLess(len(server.asked("FETCH")), 12)

    def test_large_moves(self):
        hook = self.at_most(50, lambda c: c.end("NO [LIMIT] Too many messages") or True, "MOVE")
        self.drained(imap_server.Server(self, mails(320), hook), 320)

    def test_large_moves_that_end_the_connection(self):
        hook = self.at_most(50, lambda c: c.say("* BYE busy\r\n") or "close", "MOVE")
        self.drained(imap_server.Server(self, mails(120), hook), 120)

    def test_large_copies_and_marks(self):
        hook = self.at_most(50, lambda c: c.end("BAD Too many arguments") or True, "COPY", "STORE",
                            "EXPUNGE")
        self.drained(imap_server.Server(self, mails(120), hook,
                                        capabilities="IMAP4rev1 UIDPLUS"), 120)

    # --- settling

    def test_every_move_refused(self):
        """The documents of all mails are stored, and no mail is gone."""
        def hook(server, c, command, arguments):
            return command == "MOVE" and (c.end("NO [OVERQUOTA] mailbox full") or True)
        server = imap_server.Server(self, mails(1300), hook)
        self.assertEqual(self.once(server), 3)
        self.assertEqual(server.counts(), {"INBOX": 1300})
        self.assertEqual(self.stored(), 1300)
        self.assertEqual({e["fate"] for e in self.of("mail")}, {"kept"})
        self.assertIn("over its quota: make room", self.of("mail")[0]["error"])
        self.assertEqual(self.of("round")[0]["kept"], "1300")
        self.assertLess(len(server.asked("MOVE")), 10)

    def test_every_keyword_refused(self):
        def hook(server, c, command, arguments):
            return command == "STORE" and (c.end("NO Keywords not supported") or True)
        server = imap_server.Server(self, mails(700), hook)
        self.assertEqual(self.once(server, "aggregate = mark"), 3)
        self.assertEqual(self.stored(), 700)
        self.assertEqual({e["fate"] for e in self.of("mail")}, {"kept"})

    def test_one_mail_that_cannot_be_moved(self):
        def hook(server, c, command, arguments):
            if command == "MOVE" and 3 in c.uids(arguments.split()[0]):
                return c.end("NO cannot move this one") or True
        server = imap_server.Server(self, mails(40), hook)
        self.assertEqual(self.once(server), 3)
        self.assertEqual(server.counts(), {"INBOX": 1, "Archive/Aggregate": 39})
        self.assertEqual([e["mail"] for e in self.of("mail") if e["fate"] == "kept"], ["uid 3"])

    def test_a_move_that_moves_nothing(self):
        def hook(server, c, command, arguments):
            return command == "MOVE" and (c.end() or True)
        server = imap_server.Server(self, mails(3), hook)
        self.assertEqual(self.once(server), 3)
        self.assertEqual(server.counts(), {"INBOX": 3})
        self.assertEqual({e["fate"] for e in self.of("mail")}, {"kept"})
        self.assertIn("does nothing", self.of("mail")[0]["error"])

    def test_a_move_that_moves_two_at_a_time(self):
        def hook(server, c, command, arguments):
            if command != "MOVE":
                return False
            numbers, _, name = arguments.partition(" ")
            for uid in c.uids(numbers)[:2]:
                server.folders[name.strip('"')].add(c.folder.mails.pop(uid))
            return c.end() or True
        self.drained(imap_server.Server(self, mails(7), hook), 7)

    def test_a_connection_that_ends_in_a_move(self):
        def hook(server, c, command, arguments):
            if command != "MOVE" or server.connections > 1:
                return False
            numbers, _, name = arguments.partition(" ")
            for uid in c.uids(numbers)[:2]:
                server.folders[name.strip('"')].add(c.folder.mails.pop(uid))
            return "close"
        self.drained(imap_server.Server(self, mails(7), hook), 7)

    # --- mail that is none of ours

    def test_a_private_mailbox(self):
        """What is no report stays and is read once; what is a broken one is set aside."""
        server = imap_server.Server(self, [LETTER, *mails(2), BROKEN])
        self.assertEqual(self.once(server), 1)
        self.assertEqual(server.counts(),
                         {"INBOX": 1, "Archive/Aggregate": 2, "Archive/Invalid": 1})
        self.assertEqual(server.inbox.flags, {1: {"$NoReport"}})
        left = [e for e in self.of("mail") if e["fate"] == "left"]
        self.assertEqual([(e["mail"], e["reason"], e["level"]) for e in left],
                         [("uid 1", "not-a-report", "info")])
        self.assertEqual(self.of("round")[0]["left"], "1")
        self.assertEqual(left[0]["stored"], "0", "a letter makes no feed document")
        self.assertEqual(self.feeds(), 3)
        self.assertEqual(self.once(server), 0)
        self.assertEqual(self.of("mail"), [])

    def test_check_says_what_run_would_do(self):
        server = imap_server.Server(self, [LETTER, *mails(60), BROKEN])
        self.configure(server)
        check = subprocess.run([PROGRAM, "check", "-c", self.config], stdout=subprocess.PIPE,
                               text=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stdout)
        self.assertIn("  62 mails wait; run would do with the first 50 of them:\n"
                      "  49 mails: move to Archive/Aggregate\n"
                      "  1 mail: leave, since nothing in it looks like a report\n", check.stdout)
        self.assertEqual((server.counts(), server.inbox.flags), ({"INBOX": 62}, {}))
        self.assertEqual(self.stored(), 0)

    def test_a_private_mailbox_that_keeps_no_keywords(self):
        def hook(server, c, command, arguments):
            if command == "SELECT":
                c.folder = server.inbox
                c.say(f"* {len(c.folder.mails)} EXISTS\r\n* OK [UIDVALIDITY {server.validity}] x\r\n"
                      "* OK [PERMANENTFLAGS (\\Seen \\Deleted)] x\r\n")
                return c.end("OK [READ-WRITE] done") or True
        server = imap_server.Server(self, [LETTER, *mails(2), LETTER], hook)
        self.assertEqual(self.once(server), 0)
        self.assertEqual(server.counts(), {"INBOX": 2, "Archive/Aggregate": 2})
        self.assertEqual(server.asked("STORE"), [])
        for uidvalidity, letters in ((7, 0), (8, 2), (8, 0)):  # another folder
            server.validity = uidvalidity
            self.again()
            self.assertEqual(len(self.of("mail")), letters)

    def test_a_keyword_that_is_refused_for_letters(self):
        def hook(server, c, command, arguments):
            return command == "STORE" and (c.end("NO Keywords not supported") or True)
        server = imap_server.Server(self, [LETTER, *mails(1)], hook)
        self.assertEqual(self.once(server), 0)
        self.again()
        self.assertEqual(self.of("mail"), [])
        self.assertEqual(server.counts(), {"INBOX": 1, "Archive/Aggregate": 1})

    def test_a_keyword_that_cannot_be_searched_for(self):
        def hook(server, c, command, arguments):
            return command == "SEARCH" and "KEYWORD" in arguments and (c.end("BAD what?") or True)
        server = imap_server.Server(self, [LETTER, *mails(1)], hook)
        self.assertEqual(self.once(server), 0)
        self.again()
        self.assertEqual(self.of("mail"), [])

    def test_unrelated_mail_may_be_moved(self):
        server = imap_server.Server(self, [LETTER, *mails(2)])
        self.assertEqual(self.once(server, "unrelated = move"), 1)
        self.assertEqual(server.counts(), {"Archive/Aggregate": 2, "Archive/Invalid": 1})

    def test_a_private_maildir(self):
        self.directory = lab.make_directory(self)
        for folder in ("out", "mail", "mail/new", "mail/cur", "mail/tmp"):
            os.mkdir(f"{self.directory}/{folder}")
        for name, mail in (("1.a", LETTER), ("2.b", mails(1)[0])):
            with open(f"{self.directory}/mail/new/{name}", "wb") as out:
                out.write(mail)
        self.config = f"{self.directory}/bridge.conf"
        lab.write(self.config, f"[bridge]\nstate_directory = {self.directory}/state\n"
                  f"[mailbox m]\nsource = maildir\npath = {self.directory}/mail\n"
                  f"[output o]\ntype = file\ndirectory = {self.directory}/out\n")
        self.again()
        self.assertEqual([e["fate"] for e in self.of("mail")], ["left", "Aggregate"])
        os.rename(f"{self.directory}/mail/new/1.a", f"{self.directory}/mail/cur/1.a:2,S")
        self.again()
        self.assertEqual(self.of("mail"), [])

    def test_a_token_command_ends_with_the_program(self):
        """With its children, although another process runs it than the one that is stopped."""
        server = imap_server.Server(self, mails(1), capabilities="IMAP4rev1 MOVE AUTH=XOAUTH2")
        self.configure(server, "token_command = sleep 3791 | cat\nworkers = 1")
        lab.write(self.config, lab.read(self.config).replace("password_command = echo x\n", "")
                  .replace("workers = 1\n", "").replace("[bridge]\n", "[bridge]\nworkers = 1\n"))
        bridge = running.Running(self, PROGRAM, self.config)
        sleeping = lambda: subprocess.run(["pgrep", "-f", "^sleep 3791"], stdout=subprocess.PIPE).stdout.split()
        running.until(sleeping)
        self.assertLess(bridge.stop()[1], 60)
        left = sleeping()
        for pid in left:
            os.kill(int(pid), 9)
        self.assertEqual(left, [])

    # --- what is said of a mail

    def test_lines_and_feed_documents_name_the_mail(self):
        named = mails(1)[0].replace(b"Subject:", b"Message-ID: <one@reporter>\r\nSubject:", 1)
        self.assertEqual(self.once(imap_server.Server(self, [named])), 0)
        line = self.of("mail")[0]
        feed = json.loads(next(text for path in glob.glob(f"{self.directory}/out/*feed*.ndjson")
                               for text in lab.read(path).splitlines() if '"feed"' in text
                               and "@timestamp" in text))
        self.assertEqual(feed["email.message_id"], "<one@reporter>")
        self.assertEqual((feed["feed.mailbox"], feed["feed.folder"]), ("m", "INBOX"))
        self.assertEqual(
            [line[name] for name in ("message_id", "reporter", "report_id", "domain", "tenant")],
            ["<one@reporter>", feed["report.organization"], feed["report.id"],
             feed["feed.domains"][0], feed["organization.name"]])

    # --- all of it

    def test_a_search_that_shows_a_part(self):
        self.drained(imap_server.Server(self, mails(18), search_most=4), 18)

    def test_mail_that_comes_meanwhile(self):
        def hook(server, c, command, arguments):
            if command == "MOVE" and server.inbox.next < 6:
                for mail in mails(5)[3:]:
                    server.inbox.add(mail)
                c.say(f"* {len(server.inbox.mails)} EXISTS\r\n")
        self.drained(imap_server.Server(self, mails(3), hook), 5)

    def test_mail_that_comes_unannounced(self):
        def hook(server, c, command, arguments):
            if command == "MOVE" and server.inbox.next < 6:
                for mail in mails(5)[3:]:
                    server.inbox.add(mail)
        self.drained(imap_server.Server(self, mails(3), hook), 5)

    def test_kept_mail_is_not_met_twice(self):
        server = imap_server.Server(self, mails(6), self.stumbling(lambda c: c.end("NO") or True))
        self.assertEqual(self.once(server), 3)
        self.assertEqual(len([e for e in self.of("mail") if e["fate"] == "kept"]), 1)

    # --- waiting

    def test_mail_that_is_never_announced(self):
        server = imap_server.Server(self, mails(2))
        self.configure(server, "poll = 500ms")
        running.Running(self, PROGRAM, self.config)
        running.until(lambda: server.counts() == {"Archive/Aggregate": 2})
        for mail in mails(4)[2:]:
            server.inbox.add(mail)
        running.until(lambda: server.counts() == {"Archive/Aggregate": 4})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
