#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stopped anywhere and started again: each document once, each mail in its folder.

test_crash.py PROGRAM   (built with -DTEST_STEPS, see base/step.h)

The program is stopped at every step it counts, in turn, and killed at random;
afterwards the ids that are stored must be those of an undisturbed run.
"""
import os
import random
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402

STEP_EXIT_STATUS = 99
MAILS = 24          # for the run stopped at every step
ROUNDS = lab.kills(100)  # of kill -9
MAILS_PER_ROUND = 8

PROGRAM = os.path.abspath(sys.argv.pop(1))


class Crash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")
        cls.files = lab.Files(f"{cls.directory}/files")
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/search")

    def configure(self, name, output, workers=0):
        path = f"{self.directory}/{name}.conf"
        with open(path, "w") as out:
            out.write(f"[bridge]\nstate_directory = {self.directory}/state\nlog_level = warning\n"
                      + f"workers = {workers}\n"
                      + self.imap.configuration(name) + output.configuration(name))
        output.set_up(PROGRAM, path)
        return ["run", "-c", path, "--once"]

    def undisturbed(self, name, output, mails):
        log = f"{self.directory}/{name}.steps"
        self.imap.deliver(name, mails)
        result = lab.Run(PROGRAM, *self.configure(name, output), REPORTBRIDGE_STEP_LOG=log)
        self.assertEqual(result.status, 1, result.stderr)  # one mail is no report
        ids, folders = output.ids(name), self.imap.folders(name)
        output.forget(name)
        self.assertEqual(set(ids.values()), {1})
        self.assertEqual(sum(folders.values()), len(mails))
        self.assertNotIn("INBOX", folders)
        return [line.split()[1] for line in lab.read(log).splitlines()], ids, folders

    def stop_at_every_step(self, kind, output):
        everything = list(sample_mail.mails())
        mails = everything[:MAILS - 1] + everything[-1:]
        steps, ids, folders = self.undisturbed(f"{kind}whole", output, mails)
        self.assertEqual(set(steps), {"fetched", "posted", "answered", "settled"})
        for step in range(1, len(steps) + 1):
            name = f"{kind}step{step}"
            command = self.configure(name, output)
            self.imap.deliver(name, mails)
            with self.subTest(step=step, what=steps[step - 1]):
                stopped = lab.Run(PROGRAM, *command, REPORTBRIDGE_STEP_LIMIT=str(step))
                self.assertEqual(stopped.status, STEP_EXIT_STATUS, stopped.stderr)
                lab.Run(PROGRAM, *command)
                self.assertEqual(output.ids(name), ids)
                self.assertEqual(self.imap.folders(name), folders)
                again = lab.Run(PROGRAM, *command)
                self.assertEqual((again.status, again.stderr), (0, ""))
                self.assertEqual(output.ids(name), ids)
            output.forget(name)
        print(f"{kind}: stopped at each of {len(steps)} steps, {len(ids)} documents of "
              f"{len(mails)} mails each stored once")

    def kill_at_random(self, kind, output):
        chance = random.Random(9)
        mails = list(sample_mail.mails())
        _, ids, _ = self.undisturbed(f"{kind}all", output, mails)
        name, killed, usual = f"{kind}killed", 0, 0.25
        command = [PROGRAM, *self.configure(name, output)]
        for turn in range(ROUNDS):
            self.imap.deliver(name, chance.sample(mails, MAILS_PER_ROUND), turn * MAILS_PER_ROUND)
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            try:
                process.wait(chance.uniform(0, usual))
                usual *= 0.9  # about every second run is to be killed
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
                usual *= 1.1
        self.imap.deliver(name, mails, ROUNDS * MAILS_PER_ROUND)
        lab.Run(*command)
        self.assertEqual(output.ids(name), ids)
        folders = self.imap.folders(name)
        self.assertNotIn("INBOX", folders)
        self.assertEqual(sum(folders.values()), ROUNDS * MAILS_PER_ROUND + len(mails))
        self.assertGreater(killed, ROUNDS // 4)
        output.forget(name)
        print(f"{kind}: killed in {killed} of {ROUNDS} runs, {len(ids)} documents each stored once, "
              f"{sum(folders.values())} mails in their folders")

    def needs_search(self):
        if self.search.missing:
            self.skipTest(self.search.missing)

    def test_files_stopped_at_every_step(self):
        self.stop_at_every_step("files", self.files)

    def test_files_killed_at_random(self):
        self.kill_at_random("files", self.files)

    def test_search_stopped_at_every_step(self):
        self.needs_search()
        self.stop_at_every_step("search", self.search)

    def test_search_killed_at_random(self):
        self.needs_search()
        self.kill_at_random("search", self.search)


if __name__ == "__main__":
    unittest.main(verbosity=2)
