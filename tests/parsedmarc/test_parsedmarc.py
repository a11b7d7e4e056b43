#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""schema = parsedmarc beside parsedmarc itself: test_parsedmarc.py PROGRAM

parsedmarc and we read the same mails into one Elasticsearch.  Its documents
and ours are compared member by member, its mappings and ours field by field,
and the queries of its dashboards and of its Grafana board must give the same
figures.  The reports are such that it loses nothing of them.
"""
import collections
import datetime
import gzip
import json
import os
import random
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../demo"]
import lab  # noqa: E402
import sample_mail  # noqa: E402
from peer import peer  # noqa: E402

PROGRAM = ""
# Of the same name server, database and map: addresses have names, networks, countries.
SERVER = "127.0.5.4"
DATABASE = f"{HERE}/../fuzz/corpus/mmdb/ipinfo-and-city"
MAP = "base_reverse_dns,name,type\nexample.net,Example Net,Web Host\n"
THEIRS, OURS = "theirs_", "ours_"
KINDS = ("dmarc_aggregate", "dmarc_failure", "smtp_tls")
BEGIN = 1761955200  # 2025-11-01
DAY = 86400

# What differs on purpose, as reportbridge.conf(5) says.
MEANT = {
    "sample.raw": "mail is quoted no further than its known header fields",
    "sample.body": "the same",
    "policies.mx_host_patterns": "they read mx-host-pattern, RFC 8460 says mx-host",
}
HEADERS = {"from", "to", "reply-to", "subject", "date", "message-id", "return-path"}


# --- the mails ------------------------------------------------------------------

def aggregate(number, head="", policy="<p>none</p>", records="", root="<feedback>"):
    begin = BEGIN + number % 9 * DAY
    return begin, f"""<?xml version="1.0" encoding="UTF-8"?>
{root}{head}<report_metadata><org_name>reporter{number % 5}.example</org_name><email>dmarc@reporter.example</email>
<report_id>id-{number}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range>
{"<error>a</error><error>b</error>" if number % 7 == 0 else ""}</report_metadata>
<policy_published><domain>example{number % 3}.com</domain>{policy}</policy_published>
{records}</feedback>""".encode()


def record(address, count, dkim, spf, header_from, signatures="", checks="", extra="", reason=""):
    return f"""<record><row><source_ip>{address}</source_ip><count>{count}</count>
<policy_evaluated><disposition>{'none' if 'pass' in (dkim, spf) else 'reject'}</disposition>
<dkim>{dkim}</dkim><spf>{spf}</spf>{reason}</policy_evaluated></row>
<identifiers>{extra}<header_from>{header_from}</header_from></identifiers>
<auth_results>{signatures}{checks}</auth_results></record>"""


def signature(domain, selector, result, human=""):
    return (f"<dkim><domain>{domain}</domain>" + (selector and f"<selector>{selector}</selector>") +
            (result and f"<result>{result}</result>") + human + "</dkim>")


def check(domain, scope, result):
    return f"<spf><domain>{domain}</domain>{scope and f'<scope>{scope}</scope>'}<result>{result}</result></spf>"


def aggregates():
    chance = random.Random(11)
    words = ("pass", "fail", "softfail", "none", "neutral", "temperror", "permerror", "policy")
    for number in range(30):
        records = ""
        for n in range(1, 2 + number % 6):
            domain = f"example{number % 3}.com"
            records += record(
                chance.choice((f"1.1.1.{n}", f"2a00::{n}", f"192.0.2.{n}", f"9.9.9.{n}")), chance.randint(1, 900),
                chance.choice(("pass", "fail", "Pass")), chance.choice(("pass", "fail")),
                chance.choice((domain, domain.upper(), f"mail.{domain}")),
                "".join(signature(f"signer{s}.example", chance.choice(("", f"s{s}")),
                                  chance.choice(("", *words)),
                                  chance.choice(("", "<human_result>2048 bit</human_result>")))
                        for s in range(chance.randint(0, 3))),
                "".join(check(f"bounce{s}.Example", chance.choice(("", "helo", "mfrom")),
                              chance.choice(words)) for s in range(chance.randint(0, 2))),
                chance.choice(("", "<envelope_to>to.example</envelope_to>",
                               "<envelope_from>from.Example</envelope_from>")),
                chance.choice(("", "<reason><type>forwarded</type></reason>",
                               "<reason><type>local_policy</type><comment>arc=pass</comment></reason>"
                               "<reason><type>other</type><comment>x &amp; y</comment></reason>")))
        yield aggregate(
            number, chance.choice(("", "<version>1.0</version>")),
            chance.choice(("<p>none</p>", "<adkim>s</adkim><aspf>r</aspf><p>reject</p><sp>none</sp>"
                           "<pct>50</pct><fo>1:d</fo>",
                           "<p>quarantine</p><np>reject</np><testing>y</testing>"
                           "<discovery_method>treewalk</discovery_method>")), records,
            chance.choice(("<feedback>", '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')))


def tls_reports():
    chance = random.Random(8460)
    for number in range(25):
        begin = BEGIN + number % 9 * DAY
        policies = []
        for n in range(1 + number % 3):
            failures = [{
                "result-type": chance.choice(("certificate-expired", "starttls-not-supported")),
                "sending-mta-ip": f"192.0.2.{f + 1}", "receiving-mx-hostname": f"mx{f}.example.com",
                **chance.choice(({}, {"receiving-ip": f"2001:db8::{f}"})),
                **chance.choice(({}, {"receiving-mx-helo": "helo", "additional-information": "https://x.example/",
                                      "failure-reason-code": "X.1"})),
                "failed-session-count": chance.randint(1, 40)} for f in range(chance.randint(0, 3))]
            policies.append({
                "policy": {"policy-type": chance.choice(("sts", "tlsa", "no-policy-found")),
                           "policy-domain": f"example{n}.com",
                           **chance.choice(({}, {"policy-string": ["version: STSv1", "mode: testing"]}))},
                "summary": {"total-successful-session-count": chance.randint(0, 5000),
                            "total-failure-session-count": sum(f["failed-session-count"] for f in failures)},
                **({"failure-details": failures} if failures else {})})
        yield begin, json.dumps({
            "organization-name": f"Reporter {number % 4}", "contact-info": "tls@reporter.example",
            "report-id": f"tls-{number}", "policies": policies,
            "date-range": {"start-datetime": stamp(begin), "end-datetime": stamp(begin + DAY - 1)},
        }).encode()


def stamp(when):
    return datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def failure(number):
    """A failure report (RFC 6591) of its own minute; every second one with the whole mail."""
    whole = number % 2
    to = "Person <person@recipient.example>" if number % 3 else "person@recipient.example"
    sample = [f'From: {"Example News" if number % 4 else ""} <news{number}@example.com>', f"To: {to}",
              f"Subject: Newsletter {number}: read/this?", "Date: Sat, 01 Nov 2025 10:00:00 +0000",
              f"Message-ID: <n{number}@example.com>"]
    sample += ["Reply-To: Answers <answers@example.net>"] if number % 3 == 0 else []
    sample += ["Content-Type: text/plain", "", "Hello"] if whole else ["", ""]
    feedback = ["Feedback-Type: auth-failure", "User-Agent: Reporter/1.0", "Version: 1",
                f"Original-Mail-From: <news{number}@example.com>",
                f"Arrival-Date: Sat, {1 + number % 9:02d} Nov 2025 10:{number:02d}:01 +0000",
                f"Source-IP: 1.1.1.{number + 1}", "Reported-Domain: example.com",
                "Original-Rcpt-To: <person@recipient.example>",
                f"Authentication-Results: mx.recipient.example; dkim=fail header.d=d{number}.example; dmarc=fail",
                "Delivery-Result: " + ("reject", "delivered", "policy")[number % 3],
                "Auth-Failure: " + ("dmarc", "dkim, spf")[number % 2], "Identity-Alignment: " + ("none", "dkim")[number % 2],
                *(["DKIM-Domain: d.example"] if whole else [])]
    return "\r\n".join([
        "From: postmaster@recipient.example", "To: reports@example.com",
        f"Subject: Failure {number}", "Date: Sat, 01 Nov 2025 10:05:00 +0000", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=feedback-report; boundary="x"', "",
        "--x", "Content-Type: text/plain", "", "A mail failed.", "",
        "--x", "Content-Type: message/feedback-report", "", *feedback, "",
        "--x", "Content-Type: " + ("message/rfc822" if whole else "text/rfc822-headers"), "",
        *sample, "--x--", ""]).encode()


def mails():
    yield from (mail for n, mail in enumerate(sample_mail.mails())
                if n % 4 == 0 and b"Holiday photos" not in mail)
    for number, (begin, data) in enumerate(aggregates()):
        yield sample_mail.mail("dmarc@reporter.example", f"Report {number}", "application/gzip",
                               f"r{number}.xml.gz", gzip.compress(data, mtime=0), begin)
    for number, (begin, data) in enumerate(tls_reports()):
        yield sample_mail.mail("tls@reporter.example", f"TLS {number}", "application/tlsrpt+gzip",
                               f"t{number}.json.gz", gzip.compress(data, mtime=0), begin)
    for number in range(20):
        yield failure(number)


# --- documents ----------------------------------------------------------------

def is_compared(path):
    parts = path.split(".")
    return not (path in MEANT or (path.startswith("sample.headers.") and parts[-1] not in HEADERS))


def flat(value, path=""):
    """{path: values}: a search server does not tell a value from a list of it."""
    found = collections.defaultdict(list)
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for key, member in item.items():
                for inner, values in flat(member, f"{path}.{key}" if path else key).items():
                    found[inner] += values
        elif item is not None and is_compared(path):
            found[path].append(moment(item) if "date" in path and path != "sample.headers.date" else item)
    return found


def moment(text):
    when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int((when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)).timestamp())


def canonical(document):
    return json.dumps({path: values for path, values in sorted(flat(document).items())})


# --- the queries of its dashboards (by the names of their panels) -----------------

def total(field="message_count"):
    return {"sum": {"sum": {"field": field}}}


def by(*fields, inner=None):
    """A table: terms within terms, in the order of their columns."""
    aggs = inner or total()
    for field in reversed(fields):
        aggs = {"rows": {"terms": {"field": field, "size": 1000, "order": {"_key": "asc"}}, "aggs": aggs}}
    return aggs


def daily(field, time="date_begin", inner=None):
    return {"days": {"date_histogram": {"field": time, "calendar_interval": "day"}, "aggs": by(field, inner=inner)}}


SESSIONS = {"good": {"sum": {"field": "policies.successful_session_count"}},
            "failed": {"sum": {"field": "policies.failed_session_count"}}}
FAILED = {"failed": {"sum": {"field": "policies.failure_details.failed_session_count"}}}
COUNT = {"count": {"value_count": {"field": "arrival_date"}}}
PANELS = [
    ("dmarc_aggregate", "SPF alignment", by("spf_aligned")),
    ("dmarc_aggregate", "DKIM alignment", by("dkim_aligned")),
    ("dmarc_aggregate", "DMARC compliance", by("passed_dmarc")),
    ("dmarc_aggregate", "Reporting organizations", by("org_name.keyword")),
    ("dmarc_aggregate", "Volume and compliance by from domain",
     by("header_from.keyword", inner={**total(), "passed": {"filter": {"term": {"passed_dmarc": True}}, "aggs": total()}})),
    ("dmarc_aggregate", "Compliance over time", daily("passed_dmarc")),
    ("dmarc_aggregate", "Disposition over time", daily("disposition.keyword")),
    ("dmarc_aggregate", "Sources by IP address", by("source_ip_address.keyword")),
    ("dmarc_aggregate", "Message sources by reverse DNS", by("source_base_domain.keyword")),
    ("dmarc_aggregate", "Sources by name and type", by("source_name.keyword", "source_type.keyword")),
    ("dmarc_aggregate", "Sources by autonomous system",
     by("source_asn", "source_as_name.keyword", "source_as_domain.keyword")),
    ("dmarc_aggregate", "Map and table of sources by country", by("source_country.keyword")),
    ("dmarc_aggregate", "Sources by IP address, reverse DNS, base domain and country",
     by("source_ip_address.keyword", "source_reverse_dns.keyword", "source_base_domain.keyword",
        "source_country.keyword")),
    ("dmarc_aggregate", "Filter: DKIM selector", by("dkim_results.selector.keyword")),
    ("dmarc_aggregate", "Filter: DKIM domain", by("dkim_results.domain.keyword")),
    ("dmarc_aggregate", "Filter: DKIM result", by("dkim_results.result.keyword")),
    ("dmarc_aggregate", "Filter: SPF scope", by("spf_results.scope.keyword")),
    ("dmarc_aggregate", "Filter: SPF domain", by("spf_results.domain.keyword")),
    ("dmarc_aggregate", "Filter: SPF result", by("spf_results.result.keyword")),
    ("dmarc_aggregate", "SPF details",
     by("header_from.keyword", "envelope_from.keyword", "spf_results_combined.keyword", "spf_aligned")),
    ("dmarc_aggregate", "DKIM details",
     by("header_from.keyword", "dkim_results_combined.keyword", "dkim_aligned")),
    ("dmarc_aggregate", "Grafana: SPF results over time", daily("spf_results.result.keyword")),
    ("dmarc_aggregate", "Grafana: DKIM results over time", daily("dkim_results.result.keyword")),
    ("dmarc_aggregate", "Grafana: SPF alignment over time", daily("spf_aligned")),
    ("dmarc_aggregate", "Grafana: DKIM alignment over time", daily("dkim_aligned")),
    ("dmarc_aggregate", "Grafana: messages", total()),
    ("dmarc_aggregate", "Grafana: published policies",
     by("published_policy.domain.keyword", "published_policy.p.keyword", "published_policy.sp.keyword",
        "published_policy.adkim.keyword", "published_policy.aspf.keyword")),
    ("dmarc_aggregate", "Grafana: overview",
     by("header_from.keyword", "org_name.keyword", "source_ip_address.keyword", "disposition.keyword",
        "dkim_aligned", "spf_aligned", "passed_dmarc", "published_policy.p.keyword")),
    ("dmarc_failure", "Failure samples",
     by("arrival_date", "source_ip_address.keyword", "sample.headers.from.keyword",
        "sample.headers.subject.keyword", "authentication_results.keyword", inner=COUNT)),
    ("dmarc_failure", "Grafana: failure sources by country", by("source_country.keyword", inner=COUNT)),
    ("dmarc_failure", "Failure samples: reply-to", by("sample.headers.reply-to.keyword", inner=COUNT)),
    ("smtp_tls", "Reporting organizations", by("org_name.keyword", inner=SESSIONS)),
    ("smtp_tls", "Domains", by("policies.policy_domain.keyword", inner=SESSIONS)),
    ("smtp_tls", "Policies", by("policies_combined.keyword", inner=SESSIONS)),
    ("smtp_tls", "Failure details", by("failure_details_combined.keyword", inner=FAILED)),
    ("smtp_tls", "Failure details: receiving name",
     by("policies.failure_details.receiving_mx_hostname.keyword", inner=FAILED)),
]

def buckets(answer):
    """Keys and figures of an answer, without its counts of documents per shard."""
    if isinstance(answer, dict):
        return {key: buckets(value) for key, value in answer.items()
                if key not in ("doc_count_error_upper_bound", "sum_other_doc_count")}
    return [buckets(item) for item in answer] if isinstance(answer, list) else answer


def rows(answer):
    return json.dumps(answer).count('"key"')


class BesideParsedmarc(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        try:
            venv = peer()
        except subprocess.SubprocessError as error:
            raise unittest.SkipTest("parsedmarc cannot be installed by pip") from error
        cls.directory = lab.make_directory(cls)
        cls.search = lab.Search(cls, "es8", f"{cls.directory}/es8")
        if cls.search.missing:
            raise unittest.SkipTest(cls.search.missing)
        cls.mails = list(mails())
        cls.write_mails()
        cls.serve_names()
        lab.write(f"{cls.directory}/map.csv", MAP)
        cls.run_theirs(venv)
        cls.run_ours()
        cls.search.ask("POST", "/_refresh")

    @classmethod
    def write_mails(cls):
        for folder in ("eml", "maildir/new", "maildir/cur", "maildir/tmp"):
            os.makedirs(f"{cls.directory}/{folder}")
        for number, mail in enumerate(cls.mails):
            for path in (f"eml/{number:04d}.eml", f"maildir/new/{1700000000 + number}.M1.x"):
                with open(f"{cls.directory}/{path}", "wb") as out:
                    out.write(mail)

    @classmethod
    def serve_names(cls):
        """parsedmarc asks port 53 alone."""
        server = subprocess.Popen([sys.executable, f"{HERE}/../lib/slow_dns.py", SERVER, "53", "0", "0"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.addClassCleanup(server.stdout.close)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.kill)
        if not server.stdout.readline():
            raise unittest.SkipTest(f"no name server on port 53 of {SERVER}: not root")

    @classmethod
    def run_theirs(cls, venv):
        env = cls.search.env
        with open(f"{cls.directory}/parsedmarc.ini", "w", encoding="utf-8") as out:
            out.write(f"""[general]
save_aggregate = True
save_failure = True
save_smtp_tls = True
nameservers = {SERVER}
always_use_local_files = True
local_reverse_dns_map_path = {cls.directory}/map.csv
ip_db_path = {DATABASE}
[elasticsearch]
hosts = {env['SEARCH_URL']}
user = {env['SEARCH_USER']}
password = {env['SEARCH_PASSWORD']}
ssl = False
index_prefix = {THEIRS}
monthly_indexes = True
""")
        subprocess.run([f"{venv}/bin/parsedmarc", "-c", f"{cls.directory}/parsedmarc.ini",
                        f"{cls.directory}/eml"], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def run_ours(cls):
        with open(f"{cls.directory}/ours.conf", "w", encoding="utf-8") as out:
            out.write(f"[bridge]\nstate_directory = {cls.directory}/state\n"
                      f"[enrich]\ndatabases = {DATABASE}\nmap_file = {cls.directory}/map.csv\nresolvers = {SERVER}\n"
                      f"[mailbox m]\nsource = maildir\npath = {cls.directory}/maildir\n" +
                      cls.search.configuration(OURS, schema="parsedmarc", monthly_indexes="yes"))
        for command in (["setup"], ["run", "--once"]):
            run = lab.Run(PROGRAM, *command, "-c", f"{cls.directory}/ours.conf")
            if run.status:
                raise RuntimeError(run.stderr)
        cls.round = run.round()

    def documents(self, prefix, kind):
        hits = self.search.search(f"{prefix}{kind}-*", {"size": 10000})["hits"]["hits"]
        return [(hit["_index"].removeprefix(prefix), hit["_source"]) for hit in hits]

    def test_every_mail_is_archived(self):
        self.assertEqual(int(self.round["mails"]), len(self.mails))
        self.assertEqual(int(self.round["archived"]), len(self.mails))

    def test_documents_are_the_same_member_by_member(self):
        for kind in KINDS:
            with self.subTest(kind):
                theirs, ours = (collections.Counter((index, canonical(document))
                                                    for index, document in self.documents(prefix, kind))
                                for prefix in (THEIRS, OURS))
                self.assertGreaterEqual(sum(theirs.values()), 20)
                members = sorted({m for _, text in theirs for m in json.loads(text)})
                print(f"{kind}: {sum(theirs.values())} documents, {len(members)} members compared")
                self.assertEqual(sorted((theirs - ours).items())[:2], sorted((ours - theirs).items())[:2])
                self.assertEqual(theirs, ours)

    def mapping(self, prefix, kind):
        types = {}

        def walk(properties, path):
            for name, field in properties.items():
                if "properties" in field:
                    walk(field["properties"], f"{path}{name}.")
                else:
                    field.pop("format", None)
                    types.setdefault(path + name, json.dumps(field, sort_keys=True))
        for index in self.search.ask("GET", f"/{prefix}{kind}-*/_mapping").values():
            walk(index["mappings"]["properties"], "")
        return types

    def test_fields_have_the_same_types(self):
        for kind in KINDS:
            with self.subTest(kind):
                theirs, ours = self.mapping(THEIRS, kind), self.mapping(OURS, kind)
                compared = {path for path in theirs if is_compared(path)}
                print(f"{kind}: {len(compared)} of {len(theirs)} mapped fields compared")
                self.assertEqual({path: ours.get(path) for path in compared},
                                 {path: theirs[path] for path in compared})

    def test_dashboards_show_the_same_figures(self):
        for kind, panel, query in PANELS:
            with self.subTest(f"{kind}: {panel}"):
                theirs, ours = (buckets(self.search.search(f"{prefix}{kind}*", {"size": 0, "aggs": query})
                                        ["aggregations"]) for prefix in (THEIRS, OURS))
                print(f"{kind}: {panel}: {rows(theirs) or 1} rows")
                self.assertNotIn('"buckets": []', json.dumps(theirs)[:40])
                self.assertEqual(theirs, ours)
        print(f"{len(PANELS)} queries compared")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
