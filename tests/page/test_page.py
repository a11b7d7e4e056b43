#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page in a real browser: what is seen, and that nothing in it can act.

test_page.py PROGRAM   KEEP=DIRECTORY keeps pages and pictures
"""
import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import browser  # noqa: E402
import lab  # noqa: E402
import sample_mail  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
CHROMIUM = browser.find()
UNAVAILABLE = 77
DAY = 86400
MIDNIGHT = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) // DAY * DAY

EVIL = ("<script>window.canary=1</script><img src=x onerror='window.canary=2'>"
        "\"><svg onload=window.canary=3>javascript:window.canary=4' onmouseover='window.canary=5"
        " &lt;b&gt; {{7*7}} ${canary} </style></title></details><base href=//canary.example>"
        "\u202egnp.evil\u2066 \u0085 \u200b ")
LONG = "W" * 10000


def xml_escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def evil_dmarc(text, begin):
    t = xml_escape(text)
    return f"""<feedback><version>{t}</version><report_metadata><org_name>{t}</org_name><email>{t}</email>
<report_id>{t}{begin}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range>
<error>{t}</error></report_metadata>
<policy_published><domain>{t}</domain><adkim>{t}</adkim><p>{t}</p><sp>{t}</sp><pct>{t}</pct><fo>{t}</fo></policy_published>
<record><row><source_ip>{t}</source_ip><count>7</count><policy_evaluated><disposition>{t}</disposition>
<dkim>{t}</dkim><spf>{t}</spf><reason><type>{t}</type><comment>{t}</comment></reason></policy_evaluated></row>
<identifiers><header_from>{t}</header_from><envelope_from>{t}</envelope_from></identifiers>
<auth_results><dkim><domain>{t}</domain><selector>{t}</selector><result>{t}</result></dkim>
<spf><domain>{t}</domain><result>{t}</result></spf></auth_results></record>
<record><row><source_ip>192.0.2.1</source_ip><count>7</count><policy_evaluated><disposition>none</disposition>
<dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>{t}</header_from></identifiers>
<auth_results><dkim><domain>{t}</domain><selector>{t}</selector><result>pass</result></dkim></auth_results></record>
</feedback>""".encode()


def evil_tls(text, begin):
    day = sample_mail.day(begin)
    detail = {key: text for key in ("result-type", "sending-mta-ip", "receiving-mx-hostname",
                                    "receiving-mx-helo", "receiving-ip", "additional-information",
                                    "failure-reason-code")}
    known = {**detail, "result-type": "certificate-expired", "failed-session-count": 9}
    policies = [{"policy": {"policy-type": kind, "policy-string": [text, f"mode: {mode}"],
                            "policy-domain": text, "mx-host": [text]},
                 "summary": {"total-successful-session-count": 5, "total-failure-session-count": 14},
                 "failure-details": [{**detail, "failed-session-count": 5}, known]}
                for kind, mode in (("sts", "enforce"), ("sts", text), (text, text))]
    return json.dumps({"organization-name": text, "contact-info": text,
                       "date-range": {"start-datetime": f"{day}T00:00:00Z",
                                      "end-datetime": f"{day}T23:59:59Z"},
                       "report-id": text + day, "policies": policies}).encode()


def evil_failure(text):
    flat = text.replace("\n", " ")
    fields = "".join(f"{name}: {flat}\r\n" for name in (
        "User-Agent", "Source-IP", "Reported-Domain", "Delivery-Result", "Authentication-Results",
        "Original-Mail-From", "DKIM-Domain", "DKIM-Selector", "Reporting-MTA"))
    return ("From: \"x\" <reporter@receiver.example>\r\nDate: Wed, 01 Jan 2025 10:00:00 +0000\r\n"
            f"Subject: {flat}\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n"
            "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\n"
            f"Auth-Failure: {flat}\r\nIncidents: 3\r\n{fields}\r\n--b\r\n"
            "Content-Type: text/rfc822-headers\r\n\r\n"
            f"From: a@{flat}\r\nSubject: {flat}\r\n\r\n--b--\r\n").encode()


def expired_and_forwarder():
    """A domain with one expired MX certificate and one forwarder breaking SPF, and all else well."""
    chance = random.Random(1)
    for age in range(14, 0, -1):
        begin = MIDNIGHT - age * DAY
        records = (sample_mail.record("192.0.2.10", chance.randint(300, 400), "pass", "pass", "example.com")
                   + sample_mail.record("203.0.113.30", chance.randint(3, 9), "pass", "fail",
                                        "example.com", [("", "pass")], ("", "softfail")))
        report = sample_mail.dmarc_report("google.com", "d@google.com", "example.com", begin,
                                          chance).decode()
        yield report[:report.index("<record>")].replace("<p>quarantine", "<p>reject") + records + "</feedback>"
        yield sample_mail.tls_report("example.com", begin, age, chance).decode()


def year():
    chance = random.Random(2)
    for age in range(1, 500, 3):
        begin = MIDNIGHT - age * DAY
        yield sample_mail.dmarc_report("r.example", "d@r.example", "example.com", begin, chance).decode()
        yield sample_mail.tls_report("example.com", begin, age % 40, chance).decode()


def many():
    for day in range(10):
        begin = MIDNIGHT - (day + 1) * DAY
        records = "".join(sample_mail.record(
            f"10.{n // 250}.{n % 250}.{day}", n % 9 + 1, ("pass", "fail")[n % 2],
            ("pass", "fail")[n % 3 > 0], f"d{n % 700}.example.com") for n in range(3000))
        report = sample_mail.dmarc_report(f"r{day}.example", "d@r.example", f"x{day}.example.com",
                                          begin, random.Random(day)).decode()
        yield report[:report.index("<record>")] + records + "</feedback>"


PAGES = {}  # name: path


def make(directory, name, inputs, evil_name=False):
    mail = f"{directory}/{name} input"
    os.makedirs(mail, exist_ok=True)
    for number, data in enumerate(inputs):
        suffix = "<img src=x onerror=window.canary=9>" if evil_name else ""
        with open(f"{mail}/{number:06}{suffix}", "wb") as out:
            out.write(data.encode() if isinstance(data, str) else data)
    done = lab.Run(PROGRAM, "parse", "--format", "html", mail)
    assert done.status in (0, 1), done.stderr
    PAGES[name] = f"{directory}/{name.replace(' ', '-')}.html"
    with open(PAGES[name], "w") as out:
        out.write(done.stdout)


def setUpModule():
    directory = os.environ.get("KEEP")
    if not directory:
        directory = tempfile.mkdtemp(prefix="reportbridge-test.")
        unittest.addModuleCleanup(shutil.rmtree, directory)
    make(directory, "sample", sample_mail.mails())
    make(directory, "case", expired_and_forwarder())
    make(directory, "evil", [evil_dmarc(EVIL, MIDNIGHT - DAY), evil_tls(EVIL, MIDNIGHT - DAY),
                             evil_failure(EVIL), evil_dmarc(LONG, MIDNIGHT - 2 * DAY),
                             evil_tls(LONG, MIDNIGHT - 2 * DAY), evil_failure(LONG), b"no report"],
         evil_name=True)
    make(directory, "empty", [])
    make(directory, "junk", [b"not a report", b"neither"])
    make(directory, "dmarc only", [d for d in expired_and_forwarder() if "<feedback>" in d])
    make(directory, "tls only", [d for d in expired_and_forwarder() if "<feedback>" not in d])
    make(directory, "year", year())
    make(directory, "many", many())


class Pages(unittest.TestCase):
    """What needs no browser."""

    def test_pages_are_valid(self):
        done = subprocess.run([f"{HERE}/validate", *PAGES.values()], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == UNAVAILABLE:
            self.skipTest(done.stdout)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_pages_stay_small(self):
        for name, path in PAGES.items():
            self.assertLess(os.path.getsize(path), 400_000, name)

    def test_all_sources_are_in_the_sums(self):
        page = lab.read(PAGES["many"])
        self.assertIn(" more. All of them are in the sums.", page)
        total = sum(n % 9 + 1 for n in range(3000)) * 10
        self.assertIn(f"of {total:,} messages (", page)

    def test_empty_says_so(self):
        for name in ("empty", "junk"):
            page = lab.read(PAGES[name])
            for text in ("There are no reports to judge by.", "There is no SMTP TLS report.",
                         "There is no DMARC aggregate report.", "No reporter has sent a report."):
                self.assertIn(text, page, name)
        self.assertNotIn("Everything could be read.", lab.read(PAGES["empty"]))
        self.assertIn("Everything could be read.", lab.read(PAGES["dmarc only"]))
        self.assertIn("not-a-report", lab.read(PAGES["junk"]))
        self.assertIn("There are no SMTP TLS reports", lab.read(PAGES["dmarc only"]))
        self.assertIn("There are no DMARC reports", lab.read(PAGES["tls only"]))


@unittest.skipUnless(CHROMIUM, "no Chromium here")
class InBrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser(CHROMIUM)
        cls.addClassCleanup(cls.browser.close)
        cls.checks = lab.read(f"{HERE}/checks.js")

    def test_contrast_width_and_structure(self):
        for name, path in PAGES.items():
            for width, height in ((1280, 800), (390, 844)):
                for dark in (False, True):
                    with self.subTest(name, width=width, dark=dark):
                        self.browser.open(path, width, height, dark)
                        few = name in ("empty", "junk")
                        self.assertEqual([c for c in self.browser.run(self.checks)
                                          if not (few and c.startswith("only "))], [])

    def test_nothing_in_it_acts(self):
        self.browser.open(PAGES["evil"], 1280, 800)
        self.assertIsNone(self.browser.run("window.canary"))
        self.browser.run("for (const e of document.querySelectorAll('*'))"
                         " e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));"
                         "for (const e of document.querySelectorAll('summary, a')) e.click();")
        self.assertIsNone(self.browser.run("window.canary"))
        requests = [e["params"]["request"]["url"] for e in self.browser.events
                    if e.get("method") == "Network.requestWillBeSent"]
        self.assertEqual([r for r in requests if not r.startswith("file:///") or "evil" not in r], [])
        complaints = [e for e in self.browser.events
                      if e.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown",
                                             "Page.javascriptDialogOpening")]
        self.assertEqual(complaints, [])
        text = self.browser.run("document.body.textContent")
        self.assertIn("<script>window.canary=1</script>", text)
        for hidden in "\u202e\u2066\u0085\u200b":
            self.assertNotIn(hidden, text)
        self.assertNotIn("W" * 1000, text)

    def test_a_canary_that_could_sing(self):
        """The means of the test above do see what acts."""
        path = PAGES["sample"].replace("sample", "canary")
        with open(path, "w") as out:
            out.write(f"<p>{EVIL}")
        self.browser.open(path, 1280, 800)
        self.assertIsNotNone(self.browser.run("window.canary"))

    def bottom_of(self, text):
        """Of the smallest element with this text, in pixels from the top."""
        return self.browser.run(
            "(() => { const all = [...document.querySelectorAll('body *')].filter("
            f"e => e.textContent.includes({json.dumps(text)}) && e.checkVisibility());"
            "return all.length ? Math.round(Math.min(...all.map("
            "e => e.getBoundingClientRect().bottom))) : null; })()")

    def test_both_faults_are_named_within_two_screens(self):
        self.browser.open(PAGES["case"], 1280, 800)
        first_screen = ("Mail is being lost or delayed.", "mx2.example.com", "since ",
                        "The certificate of your mail server has expired.", "Renew the certificate")
        for text in first_screen:
            self.assertLess(self.bottom_of(text), 800, text)
        for text in ("Forwarders break SPF of mail from example.com", "203.0.113.30",
                     "No action needed. Do not add"):
            self.assertLess(self.bottom_of(text), 1600, text)

    def test_the_answer_is_on_the_first_screen_of_a_telephone(self):
        self.browser.open(PAGES["case"], 390, 844)
        for text in ("Mail is being lost or delayed.", "mx2.example.com", "since ",
                     "The certificate of your mail server has expired."):
            self.assertLess(self.bottom_of(text), 844, text)

    def test_no_column_is_beyond_the_edge_of_a_tablet(self):
        for width, height in ((768, 1024), (1024, 768), (1280, 800)):
            with self.subTest(width=width):
                self.browser.open(PAGES["sample"], width, height)
                self.assertEqual(self.browser.run(
                    "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
                    ".map(e => e.textContent.slice(0, 40))"), [])

    def test_it_can_be_printed(self):
        self.browser.open(PAGES["sample"], 1280, 800)
        self.browser.call("Emulation.setEmulatedMedia", media="print")
        self.assertEqual(self.browser.run("getComputedStyle(document.querySelector('nav')).display"),
                         "none")
        self.assertTrue(self.browser.call("Page.printToPDF")["data"])

    def test_pictures(self):
        if "KEEP" not in os.environ:
            self.skipTest("KEEP=DIRECTORY is not set")
        for name in ("sample", "evil", "empty", "year", "many"):
            for width, height in ((1280, 800), (390, 844)):
                for dark in (False, True):
                    self.browser.open(PAGES[name], width, height, dark)
                    theme = "dark" if dark else "light"
                    self.browser.picture(f"{os.environ['KEEP']}/{name}-{width}-{theme}.png", True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
