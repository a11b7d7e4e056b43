#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An archive of many mails, read again into an empty Elasticsearch: backfill.py PROGRAM MAILS

Nothing moves, nothing is stored twice, sums are right, memory stays flat; a second
time everything is a duplicate.  The archive is divided among its folders as a real
one is, with a mail without a report in each hundred.
"""
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lib"))
import lab  # noqa: E402

PROGRAM, MAILS = os.path.abspath(sys.argv.pop(1)), int(sys.argv.pop(1))
# Otherwise Dovecot reads the whole directory for every command.
LARGE_FOLDERS = "maildir_very_dirty_syncs = yes\nmail_fsync = never\n"
FOLDERS = (".Archive.Aggregate", ".Archive.Aggregate.2024", ".Archive.Invalid")
LETTER_EACH = 100
FLAT = 1.25


def mail(number):
    begin = 1700000000 - number % 50 * 86400
    return (
        f"From: dmarc@bench.example\r\nTo: reports@example.com\r\nMessage-ID: <{number}@bench.example>\r\n"
        f"Subject: Report domain: example.com Submitter: bench.example Report-ID: {number}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/xml\r\n\r\n"
        '<?xml version="1.0" encoding="UTF-8"?><feedback><report_metadata><org_name>bench.example</org_name>'
        f"<email>dmarc@bench.example</email><report_id>{number}</report_id><date_range><begin>{begin}</begin>"
        f"<end>{begin + 86399}</end></date_range></report_metadata><policy_published><domain>example.com</domain>"
        "<adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published><record><row>"
        f"<source_ip>192.0.2.{number % 256}</source_ip><count>{number % 9 + 1}</count><policy_evaluated>"
        "<disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers>"
        "<header_from>example.com</header_from></identifiers><auth_results><dkim><domain>example.com</domain>"
        "<selector>s</selector><result>pass</result></dkim><spf><domain>example.com</domain><result>pass</result>"
        "</spf></auth_results></record></feedback>\r\n").encode()


def letter(number):
    return f"From: a@example.org\r\nSubject: Hello {number}\r\n\r\nNo report at all.\r\n".encode()


def is_letter(number):
    return number % LETTER_EACH == LETTER_EACH - 1


def folder_of(number):
    return FOLDERS[2] if is_letter(number) else FOLDERS[number % 2]


def resident_kib(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    except (FileNotFoundError, StopIteration):
        return 0


def children(pid):
    try:
        return lab.read(f"/proc/{pid}/task/{pid}/children").split()
    except FileNotFoundError:
        return []


class Backfill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)
        lab.write(f"{cls.directory}/large.conf", LARGE_FOLDERS)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap", "--extra", f"{cls.directory}/large.conf")

    def fill(self):
        root = self.imap.maildir("u")
        for folder in ("", *(f"/{name}" for name in FOLDERS)):
            for part in ("", "/cur", "/new", "/tmp"):
                os.makedirs(root + folder + part, exist_ok=True)
        for number in range(MAILS):
            with open(f"{root}/{folder_of(number)}/cur/{1700000000 + number}.M.x:2,S", "wb") as out:
                out.write(letter(number) if is_letter(number) else mail(number))
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "nobody:nogroup", root], check=True)

    def tree(self):
        root = self.imap.maildir("u")
        return {(folder, part, name) for folder in FOLDERS for part in ("cur", "new")
                for name in os.listdir(f"{root}/{folder}/{part}")}

    def reread(self, config):
        """(events, seconds, resident KiB of the worker, once a second)"""
        begin, memory = time.monotonic(), []
        with open(f"{self.directory}/log", "w+") as log:
            with subprocess.Popen([PROGRAM, "run", "--reread", "Archive", "-c", config],
                                  stderr=log) as process:
                while process.poll() is None:
                    memory.append(max([resident_kib(pid) for pid in children(process.pid)],
                                      default=0))
                    time.sleep(1)
            log.seek(0)
            events = [lab.event(line) for line in log]
        self.assertIn(process.returncode, (0, 1), events[-5:])
        return events, time.monotonic() - begin, [kib for kib in memory if kib > 0]

    def test_an_archive_into_an_empty_index(self):
        self.fill()
        config = f"{self.directory}/bridge.conf"
        lab.write(config, f"[bridge]\nstate_directory = {self.directory}/state\n"
                  + self.imap.configuration("u", unrelated="leave")
                  + self.search.configuration("fill", retry="1m"))
        self.search.set_up(PROGRAM, config)
        before, reports = self.tree(), [n for n in range(MAILS) if not is_letter(n)]
        for what in ("stored", "duplicates"):
            events, seconds, memory = self.reread(config)
            rounds = [e for e in events if e.get("event") == "round"]
            counts = {name: sum(int(e[name]) for e in rounds)
                      for name in ("mails", "reports", "stored", "duplicates", "refused", "kept", "left")}
            early = max(memory[:max(3, len(memory) // 4)], default=0)
            print(f"{MAILS} mails {what}: {seconds:.0f} s, {MAILS / seconds:.0f} mails/s, resident KiB: "
                  f"first quarter {early}, most {max(memory, default=0)}; {counts}", flush=True)
            self.assertEqual(counts, {"mails": MAILS, "reports": len(reports), "stored": 0, "duplicates": 0,
                                      "refused": 0, "kept": 0, "left": MAILS - len(reports),
                                      what: 2 * len(reports)})
            self.assertEqual(self.tree(), before, "nothing moves, no flag is changed")
            self.assertEqual(self.search.count("fill", "dmarc_aggregate"), len(reports))
            self.assertEqual(self.search.count("fill", "feed"), len(reports))
            self.assertEqual(self.search.sum("fill", "dmarc_aggregate", "dmarc.message_count"),
                             sum(n % 9 + 1 for n in reports))
            if len(memory) >= 12:
                self.assertLess(max(memory), FLAT * early, memory)


if __name__ == "__main__":
    unittest.main()
