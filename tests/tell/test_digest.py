#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Digests: what is in them, when they go out, and how they look.

test_digest.py PROGRAM STEP-PROGRAM   KEEP=DIRECTORY keeps HTML and pictures
"""
import datetime
import glob
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib", f"{HERE}/../page"]
import browser  # noqa: E402
import lab  # noqa: E402
import mail_html  # noqa: E402
import receivers  # noqa: E402
from tenants import Tenants  # noqa: E402

PROGRAM, STEP_PROGRAM = map(os.path.abspath, sys.argv[1:3])
del sys.argv[1:3]
STEP_EXIT_STATUS = 99
KILLS = 10
WIDTHS = (600, 390)
EVIL = ("evil.example\r\nBcc: victim@example.org\n<script>alert(1)</script></td></table></style>"
        "<img src=https://evil.example/x onerror=alert(2)>\u202egnp.\x1b[31m\" style=\"display:none\"" + "W" * 400)


def png(width=56, height=56):
    """A blue square."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + b"\x1a\x5f\xb4" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Digests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.exim = receivers.Exim(cls, f"{cls.directory}/exim")

    def setUp(self):
        self.exim.forget()
        self.place = f"{self.directory}/{self.id().rsplit('.', 1)[1]}"
        os.mkdir(self.place)
        self.tenants = Tenants(PROGRAM, f"{self.place}/reports")

    def configure(self, sections="[digest weekly]\n", tenants=("acme",), **service):
        self.config = f"{self.place}/bridge.conf"
        lab.write(self.config, self.tenants.configuration(
            f"{self.place}/state", tenants, **{name: f"{name}@x.example" for name in tenants}) +
            self.exim.configuration() + "[service]\n" + lab.lines(service) + sections)

    def digest(self, program=PROGRAM, **environment):
        return lab.Run(program, "digest", "-c", self.config, **environment)

    def sent(self):
        done = self.digest()
        self.assertEqual((done.status, done.stderr), (0, ""))
        mails = self.exim.mails()
        self.exim.forget()
        self.assertEqual(done.stdout.split()[0], str(len(mails)))
        return mails

    def next_period(self, section="weekly"):
        """As if the last one had been sent in the period before."""
        for path in glob.glob(f"{self.place}/state/digest/{section}/*.json"):
            state = json.loads(lab.read(path))
            state["period"] -= 7 * 86400
            lab.write(path, json.dumps(state))

    @staticmethod
    def html(mail):
        return mail.get_body(("html",)).get_content()

    def test_once_a_week_and_what_changed(self):
        self.configure(service_name="Mail Wächter", footer="Questions: help@x.example",
                       page_url="https://pages.example/{tenant}.html")
        self.tenants.set("acme", "good")
        (first,) = self.sent()
        self.assertEqual(self.sent(), [])
        self.assertRegex(first["Subject"], r"^example.com: No mail is known to be lost. \(\d+ .*to \d+ \w+ \d+\)$")
        self.assertEqual(first["From"], "Mail Wächter <reports@bridge.example>")
        self.assertNotIn("Changes since", first.get_body(("plain",)).get_content())
        for variant, word, title in (("bad", "New", "sent by"), ("bad", "None", "Nothing has changed"),
                                     ("good", "Resolved", "sent by")):
            self.tenants.set("acme", variant)
            self.next_period()
            (mail,) = self.sent()
            plain, page = mail.get_body(("plain",)).get_content(), self.html(mail)
            self.assertIn("Changes since", plain)
            self.assertIn("Changes since", page)
            self.assertRegex(page, f">{word}<")
            self.assertIn(title, page)
            self.assertRegex(plain, r"None\." if word == "None" else rf"\* {word}: Mail from example.com {title}")
            for text in (plain, page):
                self.assertIn("https://pages.example/acme.html", text)
                self.assertIn("Questions: help@x.example", text)
                self.assertIn("Mail Wächter", text)
            self.assertEqual("Mail is being lost." in mail["Subject"], variant == "bad")
            self.assertEqual(len({first["Message-ID"], mail["Message-ID"]}), 2)

    def test_the_page_is_attached(self):
        self.configure()
        self.tenants.set("acme", "bad")
        (mail,) = self.sent()
        (page,) = mail.iter_attachments()
        self.assertEqual((page.get_content_type(), page.get_filename()), ("text/html", "report.html"))
        # Of one time: the page says when it was made.
        lab.Run(PROGRAM, "report", "-c", self.config, "--by-tenant", "--directory", self.place)
        made = re.compile(r"As of .*? UTC")
        self.assertTrue(made.sub("", page.get_content()) == made.sub("", lab.read(f"{self.place}/acme.html")))

    def test_months(self):
        self.configure("[digest monthly]\nevery = month\n")
        self.tenants.set("acme", "good")
        (mail,) = self.sent()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        begin = today - datetime.timedelta(days=(today - datetime.timedelta(days=1)).day)
        self.assertIn(f"Report for {begin.day} ", mail.get_body(("plain",)).get_content())
        self.assertIn("the month before", self.html(mail) + mail.get_body(("plain",)).get_content())
        self.assertEqual(self.sent(), [])

    def test_a_tenant_without_reports(self):
        self.configure()
        (mail,) = self.sent()
        self.assertIn("There are no reports to judge by.", mail["Subject"])
        self.assertEqual(mail_html.check(self.html(mail))[0], [])

    def test_one_refused_address_keeps_nobody_waiting(self):
        self.configure(tenants=("refused", "beta"))
        for tenant in ("refused", "beta"):
            self.tenants.set(tenant, "good")
        done = self.digest()
        self.assertEqual((done.status, done.stdout), (1, "1 message sent, 1 waiting\n"))
        self.assertEqual([m["To"] for m in self.exim.mails()], ["beta@x.example"])

    def test_report_sends_one_now(self):
        self.configure(service_name="Mail Wächter")
        self.tenants.set("acme", "bad")
        for options in (["--tenant", "acme"], []):
            done = lab.Run(PROGRAM, "report", "-c", self.config, "--mail", "boss@x.example", *options)
            self.assertEqual((done.status, done.stdout, done.stderr), (0, "", ""))
        first, second = self.exim.mails()
        self.assertEqual(first["Envelope-to"], "boss@x.example")
        self.assertIn("Mail is being lost.", first["Subject"])
        self.assertEqual(mail_html.check(self.html(second))[0], [])
        for address in ("x", "a@b.example\r\nDATA", "<a@b.example>"):
            self.assertEqual(lab.Run(PROGRAM, "report", "-c", self.config, "--mail", address).status, 2)

    def test_stopped_at_every_step_and_killed_at_random(self):
        self.configure()
        self.tenants.set("acme", "bad")
        ids, copies = set(), 0
        for step in (1, 2, 3):
            self.assertEqual(self.digest(STEP_PROGRAM, REPORTBRIDGE_STEP_LIMIT=str(step)).status, STEP_EXIT_STATUS)
            self.digest()
            mails = self.exim.mails()
            self.exim.forget()
            self.assertEqual(len(mails), 2 if step == 2 else 1)
            self.assertEqual(len({m["Message-ID"] for m in mails}), 1)
            ids.add(mails[0]["Message-ID"])
            copies += len(mails)
            self.next_period()
        chance = random.Random(3)
        for _ in range(KILLS):
            run = subprocess.Popen([PROGRAM, "digest", "-c", self.config], stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, 0.4))
            run.send_signal(signal.SIGKILL)
            run.wait()
            self.digest()
            mails = self.exim.mails()
            self.exim.forget()
            self.assertIn(len(mails), (1, 2))
            self.assertEqual(len({m["Message-ID"] for m in mails}), 1)
            ids.add(mails[0]["Message-ID"])
            copies += len(mails)
            self.next_period()
        self.assertEqual(len(ids), 3 + KILLS)
        print(f"stopped or killed {3 + KILLS} times: {len(ids)} digests arrived, {copies - len(ids)} twice with the same id")

    def test_hostile_names(self):
        self.configure()
        self.tenants.set("acme", "worse", domain=EVIL, service=EVIL)
        (mail,) = self.sent()
        wrong, read = mail_html.check(self.html(mail))
        self.assertEqual(wrong, [])
        self.assertIn("<script>alert(1)</script>", "".join(read.text))
        self.assertNotIn("Bcc", mail)
        self.assertEqual(mail.defects, [])
        for text in (self.html(mail), mail.get_body(("plain",)).get_content(), mail["Subject"]):
            self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]")

    def test_pages_for_a_web_server(self):
        self.configure(tenants=("acme", "beta"), service_name="Mail Wächter")
        self.tenants.set("acme", "bad")
        www = f"{self.place}/www"
        os.mkdir(www)
        lab.write(f"{www}/gone.html", "old")
        lab.write(f"{www}/style-guide.html", "not ours")
        os.symlink("/etc/hostname", f"{www}/beta.html")
        done = lab.Run(PROGRAM, "report", "-c", self.config, "--by-tenant", "--directory", www)
        self.assertEqual((done.status, done.stdout), (0, "2 pages written\n"))
        self.assertEqual(done.stderr, f"reportbridge: {www}/gone.html: no such tenant is configured; delete it\n")
        self.assertTrue("Mail is being lost." in lab.read(f"{www}/acme.html"))
        self.assertTrue("There are no reports" in lab.read(f"{www}/beta.html"))
        self.assertFalse("acme" in lab.read(f"{www}/beta.html"))
        self.assertFalse(os.path.islink(f"{www}/beta.html"))
        self.assertEqual(lab.read(f"{www}/gone.html"), "old")
        self.assertFalse(os.path.exists(f"{www}/all-tenants.html"))
        done = lab.Run(PROGRAM, "report", "-c", self.config, "--by-tenant", "--directory", www, "--index")
        self.assertEqual(done.stdout, "3 pages written\n")
        self.assertTrue("Mail Wächter" in lab.read(f"{www}/all-tenants.html"))
        self.configure(tenants=("index",))
        self.assertEqual(lab.Run(PROGRAM, "report", "-c", self.config, "--by-tenant", "--directory", www).status, 2)
        for wrong in (["--directory", www], ["--by-tenant", "--index"],
                      ["--by-tenant", "--directory", f"{www}/nowhere"]):
            self.assertEqual(lab.Run(PROGRAM, "report", "-c", self.config, *wrong).status, 2)

    def test_what_is_dropped_is_seen(self):
        """The check itself: each of these is an error."""
        (good,) = [text for text in [self.example()] if not mail_html.check(text)[0]]
        for old, new in (("<body", "<link rel=stylesheet href=https://x.example/a.css><body"),
                         ("<h1 ", "<svg></svg><h1 "), ("<h1 ", "<script>1</script><h1 "),
                         ("<h1 ", "<form><h1 "), ("<h1 ", "<div><h1 "), ("<h1 ", "<img src=https://x.example/i.png><h1 "),
                         ("margin:2px 0 0;", "position:absolute;"), ("margin:2px 0 0;", "display:flex;float:left;"),
                         ("margin:2px 0 0;", "padding:2px;"), ("margin:2px 0 0;", "margin:1rem;"),
                         ("margin:2px 0 0;", "background-image:url(https://x.example/i);"),
                         ("margin:2px 0 0;", "color:var(--text);"), ("margin:2px 0 0;", "box-shadow:0 0 1px;"),
                         (" bgcolor=", " data-bgcolor="), ("@media", "@import 'x'; @media"), ("@media", "p { color: red } @media"),
                         ("@media", "/*" + "x" * 9000 + "*/@media"), ("</h1>", ""), ("</h1>", "x" * 110000 + "</h1>"),
                         (' role="presentation"', ""), ("</h1>", "<!-- x --></h1>")):
            with self.subTest(new[:60]):
                self.assertIn(old, good)
                self.assertNotEqual(mail_html.check(good.replace(old, new, 1))[0], [])

    def example(self):
        self.configure()
        self.tenants.set("acme", "bad")
        (mail,) = self.sent()
        return self.html(mail)

    def test_looks(self):
        """Drawn at the widths of a reading pane and a telephone, light and dark."""
        if not browser.find():
            self.skipTest("no Chromium")
        logo = f"{self.place}/logo.png"
        with open(logo, "wb") as out:
            out.write(png())
        keep = os.environ.get("KEEP") or tempfile.mkdtemp(prefix="reportbridge-digest.")
        self.configure(tenants=("acme", "beta", "evil"), service_name="Mail Wächter", logo_file=logo,
                       footer="Questions? Write to help@waechter.example or call 0800 12345.",
                       page_url="https://pages.example/{tenant}.html")
        for variants in (("good", "good", "good"), ("worse", "good", "worse")):
            for tenant, variant in zip(("acme", "beta", "evil"), variants):
                words = {"domain": EVIL, "service": EVIL} if tenant == "evil" else {"domain": f"{tenant}.example"}
                self.tenants.set(tenant, variant, **words)
            mails = self.sent()
            self.next_period()
        view = browser.Browser(browser.find())
        self.addCleanup(view.close)
        for mail in mails:
            name = mail["To"].split("@")[0]
            wrong, read = mail_html.check(self.html(mail))
            self.assertEqual((wrong, read.images), ([], ["cid:logo"]))
            path = f"{keep}/{name}.html"
            lab.write(path, self.html(mail).replace("cid:logo", "file://" + logo))
            lab.write(f"{keep}/{name}.txt", mail.get_body(("plain",)).get_content())
            for width in WIDTHS:
                for dark in (False, True):
                    view.open(path, width, 900, dark)
                    view.picture(f"{keep}/{name}-{width}-{'dark' if dark else 'light'}.png", whole=True)
                    self.assertLessEqual(view.run("document.documentElement.scrollWidth"), width)
                    self.assertEqual(view.run(CONTRAST), [])
        if not os.environ.get("KEEP"):
            subprocess.run(["rm", "-r", keep], check=True)


# Texts whose contrast to the ground below them is less than 4.5 to 1 (WCAG 2.1, 1.4.3).
CONTRAST = """(() => {
    const part = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number);
                         return .2126 * part(r) + .7152 * part(g) + .0722 * part(b); };
    const ground = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c)) return c; } return "rgb(255,255,255)"; };
    const wrong = [];
    for (const e of document.body.querySelectorAll("*"))
        if ([...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) {
            const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
            if ((a + .05) / (b + .05) < 4.5) wrong.push(e.textContent.slice(0, 40));
        }
    return wrong;
})()"""


if __name__ == "__main__":
    unittest.main()
