#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The verdict: page, screen and JSON say the same of a story, and it is true.

test_stories.py PROGRAM
"""
import glob
import html
import json
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../lib"]
import lab  # noqa: E402
from stories import STORIES  # noqa: E402
from story import (DAY, MIDNIGHT, Story, day_of, day_text, forged, mailing, newsletter, own, own_broken,  # noqa: E402
                   stranger, tls)

try:
    import jsonschema
except ImportError:
    jsonschema = None

PROGRAM = os.path.abspath(sys.argv.pop(1))
SCHEMA = json.loads(lab.read(f"{HERE}/../../docs/report.schema.json"))
PRESENT = re.compile(r"\b(is|are) (being )?(lost|delayed|delivered|rejected|quarantined)\b")


def words(text):
    """Without tags, line ends and the like."""
    text = html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.S))
    return re.sub(r"\s+", " ", text)


def plain(text):
    return re.sub(r"\s+", " ", text)


class Said:
    """What the three forms say of the same files."""

    def __init__(self, *paths):
        self.paths = paths
        self.json = json.loads(self.run("json").stdout)
        self.page = words(self.run("html").stdout)
        self.screen = plain(self.run("summary").stdout)

    def run(self, form, *options):
        return lab.Run(PROGRAM, "parse", "--format", form, *options, *self.paths)

    @property
    def first(self):
        return self.json["findings"][0] if self.json["findings"] else None

    def codes(self):
        return [f["code"] for f in self.json["findings"]]


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)

    def has(self, form, text):
        """assertIn() would print the whole page."""
        self.assertTrue(plain(text) in form, f"missing: {text}")

    def check_forms(self, said):
        """All three say the verdict and the first finding in the same words."""
        verdict = said.json["verdict"]
        for form in (said.page, said.screen):
            self.has(form, verdict["text"])
            if said.first:
                for member in ("title", "amount", "why", "effect", "recommendation"):
                    self.has(form, said.first.get(member, ""))
        self.has(said.page, f"As of {day_text(0)}")
        self.has(said.screen, f"as of {day_text(0)}")
        if jsonschema:
            jsonschema.validate(said.json, SCHEMA)
        severities = ["critical", "warning", "notice", "ok"]
        order = [severities.index(f["severity"]) for f in said.json["findings"]]
        self.assertEqual(order, sorted(order))
        if order:
            self.assertEqual(verdict["severity"], severities[order[0]])

    def check_story(self, name):
        story, expected = STORIES[name]
        said = Said(story.write(f"{self.directory}/{name.replace(' ', '-').replace('=', '-')}"))
        self.check_forms(said)
        verdict, first = said.json["verdict"], said.first
        self.assertEqual(verdict["severity"], expected.severity, said.codes())
        self.assertTrue(verdict["text"].startswith(expected.verdict), verdict["text"])
        self.assertEqual(first and first["code"], expected.first, said.codes())
        for code in expected.never:
            self.assertNotIn(code, said.codes())
        if not first:
            return
        if expected.since:
            self.assertEqual(first["since"], day_of(expected.since))
            self.has(said.page, day_text(expected.since))
            self.has(said.screen, day_text(expected.since))
        self.assertEqual(first.get("ended", False), expected.ended or expected.first == "sender-stopped")
        self.assertIn(expected.advice, first["recommendation"])
        self.assertIn(expected.title, first["title"])
        self.assertEqual({k: first["evidence"].get(k) for k in expected.evidence}, expected.evidence)


class Stories(Base):
    """A test for each, see below."""


for _name in STORIES:
    setattr(Stories, "test_" + re.sub(r"\W+", "_", _name), lambda self, name=_name: self.check_story(name))


def cases(kind, *names):
    paths = []
    for name in names:
        paths += sorted(glob.glob(f"{HERE}/cases/{kind}/{name}.mbox") + glob.glob(f"{HERE}/cases/{kind}/{name}-*.json"))
    assert paths, (kind, names)
    return paths


class Cases(Base):
    """Situations that people have reported in public."""

    def said(self, kind, name):
        said = Said(*cases(kind, name))
        self.check_forms(said)
        return said

    def test_nothing_is_told_as_lost_unless_it_was_stopped(self):
        for name in ("arc", "sampled", "spf_only_fail", "sub_none", "testmode"):
            with self.subTest(name):
                said = self.said("summary-claims", name)
                self.assertIn(said.json["verdict"]["severity"], ("notice", "warning"))
                self.assertRegex(said.json["verdict"]["text"], "^No mail (was|is) known to be lost")

    def test_mail_that_passed_and_was_stopped_is_lost(self):
        for kind in ("passed-but-refused", "passed-but-refused-now"):
            for path in glob.glob(f"{HERE}/cases/{kind}/*.mbox"):
                name = os.path.basename(path)[:-5]
                with self.subTest(name, kind=kind):
                    said = self.said(kind, name)
                    code = "service-broke" if name.startswith("own_server") else "passed-mail-stopped"
                    self.assertEqual(said.json["verdict"]["severity"], "critical")
                    self.assertEqual(said.first["code"], code)
                    self.assertEqual(said.first["evidence"]["messages"], 200 if code == "service-broke" else 100)
                    self.assertRegex(said.json["verdict"]["text"], "^Mail (is|was) being lost")
                    for form in (said.page, said.screen):
                        self.assertFalse("No mail is" in form or "All right" in form, name)

    def test_what_failed_sessions_mean(self):
        expected = {
            ("tls-summary", "enforce_fail"): ("critical", "tls-not-delivered"),
            ("tls-summary", "fetch_error"): ("warning", "tls-policy-unavailable"),
            ("tls-summary", "mode_none_fail"): ("notice", "tls-policy-unavailable"),
            ("tls-summary", "no_policy_fail"): ("notice", "tls-no-policy"),
            ("tls-summary-fetch", "dane_required"): ("critical", "tls-not-delivered"),
            ("tls-summary-fetch", "policy_invalid_enforce"): ("warning", "tls-policy-unavailable"),
            ("tls-summary-fetch", "webpki_enforce"): ("warning", "tls-policy-unavailable"),
            ("tls-summary-fetch", "policy_unknown2"): ("warning", "tls-may-be-delayed"),
            ("tls-summary-fetch", "sts_testing_and_tlsa_fail"): ("warning", "tls-would-fail"),
        }
        for (kind, name), (severity, code) in expected.items():
            with self.subTest(name):
                said = self.said(kind, name)
                self.assertEqual((said.json["verdict"]["severity"], said.first["code"]), (severity, code))
                if code == "tls-policy-unavailable":
                    self.assertIn("The mail is delivered", said.first["effect"])

    def test_sessions_of_two_policies_are_not_added(self):
        said = self.said("tls-summary-fetch", "sts_testing_and_tlsa_fail")
        self.assertEqual(said.json["figures"]["tls"]["sts"], {"encrypted_sessions": 500, "failed_sessions": 100})
        self.assertEqual(said.json["figures"]["tls"]["tlsa"], {"encrypted_sessions": 600, "failed_sessions": 0})
        self.assertFalse("1,100" in said.page)
        done = lab.Run(PROGRAM, "parse", *cases("tls-summary-fetch", "sts_testing_and_tlsa_fail"))
        feeds = [d for d in map(json.loads, done.stdout.splitlines()) if d["event.dataset"] == "feed"]
        self.assertEqual([(d["feed.successful_sessions"], d["feed.failed_sessions"]) for d in feeds], [(100, 20)] * 5)


class Time(Base):
    def test_what_is_old_is_told_in_the_past(self):
        story = Story("old", lambda ago: [own_broken(50) if ago <= 905 else own(50)], last=900)
        said = Said(story.write(f"{self.directory}/old"))
        self.check_forms(said)
        self.assertEqual(said.first["code"], "service-broke")
        self.assertFalse(said.json["verdict"]["is_current"])
        self.assertIn(f"last seen on {day_text(900)}", said.json["verdict"]["text"])
        for finding in said.json["findings"]:
            if "since" in finding:
                self.assertNotRegex(finding["title"], PRESENT)

    def test_many_years_are_drawn_whole(self):
        story = Story("years", lambda ago: [own(50)] if ago % 30 == 0 else [], days=4000)
        page = Said(story.write(f"{self.directory}/years")).page
        self.assertFalse("not drawn" in page)
        self.has(page, "per quarter")

    def test_the_period_before_stands_beside_this_one(self):
        story = Story("before", lambda ago: [own(100 if ago > 14 else 60), *([forged(60)] if ago <= 14 else [])])
        said = Said(story.write(f"{self.directory}/before"))
        figures = said.json["figures"]
        self.assertEqual(figures["this_period"]["dmarc"]["passed"], 2 * 14 * 60)
        self.assertEqual(figures["period_before"]["dmarc"]["passed"], 2 * 14 * 100)
        self.assertEqual(figures["period_before"]["last"], day_of(15))
        self.has(said.page, "50.0 % last 14 days; the 14 before: 100 %")
        self.has(said.screen, "50.0 % passed DMARC; the 14 before: 2,800, 100 %")


class Counting(Base):
    def test_a_share_is_of_the_mail_of_its_domain(self):
        """Another domain's mail does not dilute it, and the domain of the verdict heads the page."""
        directory = STORIES["new service under p=none"][0].write(f"{self.directory}/shared")
        alone = Said(directory)
        other = Story("other", lambda ago: [own(5000, author="example.org")], domain="example.org")
        both = Said(directory, other.write(f"{self.directory}/other"))
        self.check_forms(both)
        self.assertEqual(both.first["title"], alone.first["title"])
        self.assertEqual(both.first["evidence"]["share"], alone.first["evidence"]["share"])
        self.has(both.page, "UTC example.com and example.org")

    def test_a_repeat_counts_once_and_is_named(self):
        story = Story("once", lambda ago: [own(100)], tls_day=tls)
        directory = story.write(f"{self.directory}/once")
        once, twice = Said(directory), Said(directory, story.write(f"{self.directory}/twice"))
        self.check_forms(twice)
        self.assertEqual(twice.json["figures"]["dmarc"], once.json["figures"]["dmarc"])
        self.assertEqual(twice.json["figures"]["reports"], once.json["figures"]["reports"])
        self.assertEqual(twice.json["figures"]["repeated_reports"], once.json["figures"]["reports"])
        self.has(twice.page, "84 reports came more than once")

    def test_different_reports_with_one_id_count_and_are_named(self):
        """Both kinds of report; the documents of the second ones are in files of their own."""
        reports = [Story("one", lambda ago, n=n: [own(n)], tls_day=lambda ago, n=n: tls(ago, good=n))
                   .write(f"{self.directory}/version-{n}") for n in (100, 101)]
        said = Said(*reports)
        self.check_forms(said)
        self.assertEqual(said.json["figures"]["conflicting_reports"], 84)
        self.assertEqual(said.json["figures"]["repeated_reports"], 0)
        self.assertEqual(said.json["figures"]["dmarc"]["messages"], 2 * 28 * 201)
        finding = next(f for f in said.json["findings"] if f["code"] == "reports-conflict")
        self.assertEqual(finding["evidence"]["reports"], 84)
        self.has(said.page, "84 reports came again with the same id and different content")
        self.assertEqual(Said(reports[0]).json["figures"]["conflicting_reports"], 0)

    def test_no_session_is_no_good_figure(self):
        """0 failed sessions are shown only beside sessions."""
        for name, until, shown in (("ended", 20, False), ("current", 0, True)):
            story = Story(name, lambda ago: [own(100)], tls_day=lambda ago, until=until: ago > until and tls(ago))
            page = Said(story.write(f"{self.directory}/{name}-sessions")).page
            self.has(page, "Messages from your domains 2,800 last 14 days")
            self.assertEqual("Failed under MTA-STS 0" in page, shown, page)
        nothing = Story("nothing", days=0).write(f"{self.directory}/nothing")
        page = Said(nothing).page
        self.has(page, "There are no reports to judge by.")
        self.assertFalse("Everything could be read" in page or "Failed" in page)

    def test_without_a_period_no_day_is_named(self):
        story = Story("undated", lambda ago: [own(100), forged(5)])
        directory = story.write(f"{self.directory}/undated")
        for path in glob.glob(f"{directory}/*"):
            lab.write(path, re.sub("<(begin|end)>[0-9]*<", r"<\1>soon<", lab.read(path)))
        said = Said(directory)
        self.assertEqual(said.json["verdict"]["severity"], "unknown")
        self.assertNotIn("first_day", said.json)
        for form in (said.page, said.screen):
            self.has(form, "No report has a period that can be read.")
            self.has(form, "56 reports, none with a period that can be read")
            self.assertFalse("Jan 1970" in form or "1970-01" in form)
        if jsonschema:
            jsonschema.validate(said.json, SCHEMA)

    def test_one_organisation_is_one_reporter(self):
        said = Said(Story("names", lambda ago: [own(100)], tls_day=tls).write(f"{self.directory}/names"))
        for name in ("Google Inc.", "Enterprise Outlook"):
            self.assertFalse(name in said.page or name in said.screen, name)
        self.has(said.page, "google.com")


class Senders(Base):
    """Approved, known and unknown senders are told apart; only run knows which are approved."""
    APPROVED = "Mailchimp, 192.0.2.10/32"
    number = 0

    def said(self, story, approved=APPROVED):
        Senders.number += 1
        home = f"{self.directory}/senders-{self.number}"
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{home}/mail/{folder}")
        for name, text in story.reports():
            lab.write(f"{home}/mail/new/{name}", "From: r@reporter.example\nSubject: report\nMIME-Version: 1.0\n"
                      f"Content-Type: application/octet-stream; name={name}\n\n{text}")
        lab.write(f"{home}/conf", f"[bridge]\nstate_directory = state\n[enrich]\noffline = yes\n[mailbox m]\n"
                  "source = maildir\npath = mail\n[output o]\ntype = file\ndirectory = out\n[tenant t]\n"
                  f"domains = example.com\n{f'senders = {approved}' if approved else ''}\n")
        done = lab.Run(PROGRAM, "run", "--once", "-c", f"{home}/conf")
        self.assertEqual(done.status, 0, done.stderr)
        said = Said.__new__(Said)
        said.paths = ("-c", f"{home}/conf", "--since", "60d")
        said.run = lambda form, *options: lab.Run(PROGRAM, "report", "--format", form, *options, *said.paths)
        said.json = json.loads(said.run("json").stdout)
        said.page, said.screen = words(said.run("html").stdout), plain(said.run("summary").stdout)
        return said

    def finding(self, said, code):
        found = [f for f in said.json["findings"] if f["code"] == code]
        self.assertEqual(len(found), 1, said.codes())
        for form in (said.page, said.screen):
            for member in ("title", "why", "recommendation"):
                self.has(form, found[0][member])
        if jsonschema:
            jsonschema.validate(said.json, SCHEMA)
        return found[0]

    def test_each_is_called_by_its_name_and_told_apart(self):
        said = self.said(Story("all", lambda ago: [own(100), mailing(30), newsletter(20), forged(3)]))
        senders = {s["name"]: (s.get("status"), s.get("type")) for s in said.json["senders"]}
        self.assertEqual(senders, {"192.0.2.10/32": ("approved", "own"), "Mailchimp": ("approved", "marketing"),
                                   "news.example": (None, None), "203.0.113.99": ("unknown", None)})
        for form in (said.page, said.screen):
            self.has(form, "marketing service")
        self.has(said.page, "Mailchimp approved")
        self.has(said.page, "203.0.113.99 unknown")

    def test_a_known_service_that_is_not_aligned_comes_with_its_guide(self):
        story = Story("unaligned", lambda ago: [own(100), mailing(100, False)], policy="none")
        found = self.finding(self.said(story, ""), "unaligned-service")
        self.assertIn("Mailchimp sends 50.0 %", found["title"])
        self.assertIn("marketing service", found["why"])
        self.assertIn("If Mailchimp sends on your behalf", found["recommendation"])
        self.assertTrue(found["evidence"]["help"].startswith("https://mailchimp.com/"))
        said = self.said(story)
        self.assertIn("one of your approved senders", self.finding(said, "unaligned-service")["recommendation"])
        self.has(said.page, found["evidence"]["help"])
        self.has(said.screen, found["evidence"]["help"])

    def test_a_new_service_is_a_notice(self):
        story = Story("new", lambda ago: [own(100), *([mailing(40)] if ago <= 5 else [])])
        found = self.finding(self.said(story, "192.0.2.10/32"), "new-service")
        self.assertEqual((found["severity"], found["evidence"]["service"], found["since"]),
                         ("notice", "Mailchimp", day_of(5)))
        self.assertNotIn("new-service", self.said(story).codes(), "it is approved")
        always = Story("always", lambda ago: [own(100), mailing(40)])
        self.assertNotIn("new-service", self.said(always, "192.0.2.10/32").codes())

    def test_an_approved_service_that_stops_authenticating_is_a_warning(self):
        story = Story("stopped", lambda ago: [own(100), mailing(40, ago > 6)], policy="none")
        said = self.said(story)
        found = self.finding(said, "approved-sender-fails")
        self.assertEqual((found["severity"], found["evidence"]["service"], found["since"]),
                         ("warning", "Mailchimp", day_of(6)))
        self.assertNotIn("unaligned-service", said.codes(), "once is enough")
        self.assertNotIn("approved-sender-fails", self.said(story, "192.0.2.10/32").codes())

    def test_an_unknown_source_is_one_where_senders_are_approved(self):
        story = Story("stranger", lambda ago: [own(100), stranger(30)], policy="none")
        found = self.finding(self.said(story), "unknown-source")
        self.assertIn("example.net, which is not one of your senders", found["title"])
        self.assertIn("Leave your records", found["recommendation"])
        self.assertIn("unaligned-service", self.said(story, "").codes())


class Options(Base):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bad = STORIES["own server breaks under p=reject"][0].write(f"{cls.directory}/bad")
        cls.risk = STORIES["forger only, under p=none"][0].write(f"{cls.directory}/risk")
        cls.well = STORIES["all well"][0].write(f"{cls.directory}/well")

    def status(self, path, *options):
        return lab.Run(PROGRAM, "parse", "--format", "json", *options, path).status

    def test_findings_end_with_4_where_that_is_asked_for(self):
        self.assertEqual([self.status(p) for p in (self.bad, self.risk, self.well)], [0, 0, 0])
        for severity, expected in (("critical", [4, 0, 0]), ("warning", [4, 4, 0]), ("notice", [4, 4, 0])):
            self.assertEqual([self.status(p, "--fail-on", severity) for p in (self.bad, self.risk, self.well)],
                             expected, severity)
        self.assertEqual(self.status(self.bad, "--fail-on", "dreadful"), 2)

    def test_nothing_to_tell_by_is_no_finding(self):
        os.mkdir(f"{self.directory}/empty")
        self.assertEqual(self.status(f"{self.directory}/empty", "--fail-on", "notice"), 0)
        said = Said(f"{self.directory}/empty")
        self.assertEqual(said.json["verdict"]["severity"], "unknown")

    def test_by_tenant(self):
        done = lab.Run(PROGRAM, "parse", "--format", "json", "--by-tenant", self.bad)
        report = json.loads(done.stdout)
        self.assertEqual([t["verdict"]["severity"] for t in report["tenants"]], ["critical"])
        if jsonschema:
            jsonschema.validate(report, SCHEMA)

    def test_the_schema_refuses_what_is_wrong(self):
        if not jsonschema:
            self.skipTest("python3-jsonschema is not installed")
        report = Said(self.bad).json
        jsonschema.validate(report, SCHEMA)
        for spoil in (lambda r: r["verdict"].update(severity="dreadful"),
                      lambda r: r["findings"][0].pop("evidence"),
                      lambda r: r["figures"]["dmarc"].update(messages=-1), lambda r: r.pop("figures")):
            spoilt = json.loads(json.dumps(report))
            spoil(spoilt)
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(spoilt, SCHEMA)

    def test_the_schema_names_all_codes(self):
        table = lab.read(f"{HERE}/../../bridge/report/finding_table.h")
        codes = re.findall(r'^FINDING\(\w+, "([a-z-]+)"', table, re.M)
        self.assertGreater(len(codes), 20)
        self.assertEqual(SCHEMA["$defs"]["finding"]["properties"]["code"]["examples"], codes)

    def test_the_name_and_logo_of_a_service(self):
        logo = f"{self.directory}/logo.svg"
        with open(logo, "w") as out:
            out.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>')
        page = lab.Run(PROGRAM, "parse", "--format", "html", "--service", "Mail & More", "--logo", logo, self.well)
        self.assertIn("Mail &amp; More", page.stdout)
        self.assertIn('src="data:image/svg+xml;base64,', page.stdout)
        for wrong in (self.directory, "/dev/null", f"{self.directory}/missing"):
            self.assertEqual(self.status(self.well, "--logo", wrong), 2, wrong)


class Screen(Base):
    def screen(self, path, columns):
        return lab.Run(PROGRAM, "parse", "--format", "summary", path, COLUMNS=str(columns)).stdout

    def test_the_verdict_is_on_the_last_screen(self):
        for number, (name, (story, _)) in enumerate(STORIES.items()):
            path = story.write(f"{self.directory}/screen-{number}")
            said = Said(path)
            if not said.first:
                continue
            for columns in (60, 80, 200):
                with self.subTest(name, columns=columns):
                    lines = self.screen(path, columns).splitlines()
                    last = plain(" ".join(lines[-24:]))
                    self.has(last, said.json["verdict"]["text"])
                    self.has(last, said.first["title"])
                    self.assertLessEqual(max(map(len, lines)), columns)
                    self.assertIsNone(re.search(r"\b1 (reports|messages|sessions|pieces)\b", " ".join(lines)))


if __name__ == "__main__":
    unittest.main()
