#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command "domain" against a signed DNS tree with a domain for each finding: test_domain.py PROGRAM"""
import json
import os
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
import reports  # noqa: E402
import rows  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
# Codes that need reports or more than one day; other tests have them.
ELSEWHERE = {"dkim-old", "sts-id-stale", "check-budget"}  # the first two: test_domain_history.c
CODES = re.compile(r"^\| `([a-z0-9-]+)` \|", re.M)


def bed_certificates(directory, policy_hosts):
    c = servers.Certificates(f"{directory}/tls")
    mail = ["mx.ok.test", "alias.ok.test", "mx.no-dane.test", "*.dane.test", "*.mail.test", "mx.plain.test",
            "mx.tlsrpt-mx-record.test", "caa-other.mail.test"]
    c.leaf("mx", mail)
    c.leaf("expired", mail, start="-60d", end="-1d")
    c.leaf("week", mail, end="+3d")
    c.leaf("fortnight", mail, end="+10d")
    c.leaf("wrong", ["other.example"])
    c.leaf("alone", mail, chain=())
    c.make("lets", ["R3"], "root", "authority", organization="Let's Encrypt")
    c.leaf("known", [f"{name}.mail.test" for name in rows.CAA_HOSTS], chain=("lets",), issuer="lets")
    c.leaf("wildcard", ["*.mail.test", "*.caa-wildcard.mail.test"], chain=("lets",), issuer="lets")
    c.leaf("policy", policy_hosts)
    c.leaf("policy-alone", policy_hosts, chain=())
    c.leaf("policy-expired", policy_hosts, start="-60d", end="-1d")
    c.make("self", ["self.example"], None)
    c.join("self", ())
    return c


class Bed:
    """The tree, its servers, and how the program is told of them."""

    def __init__(self, test):
        self.directory = servers.directory_for(test)
        # Names first: the certificate of the policy hosts lists them.
        names = [row.name for row in rows.DMARC + rows.SPF + rows.STS + rows.TLSRPT + rows.MX + rows.DNSSEC + rows.OTHER]
        self.certificates = c = bed_certificates(self.directory, ["*.test", "*.plain.test", *[f"mta-sts.{n}" for n in names]])
        self.rows = rows.all_rows(c)
        missing = [row.name for row in self.rows if row.name not in names]
        c.leaf("policy", [f"mta-sts.{n}" for n in [*names, *missing]])
        self.names = self.serve_names(test)
        self.faulty = servers.Forwarder(test, self.names.port, fault)
        self.policies = servers.PolicyServer(test, c, {f"mta-sts.{row.name}": (row.certificate, row.answer)
                                                   for row in self.rows})
        self.mail = servers.MailServer(test, c, {"127.0.2.1": ("mx", "good"), **rows.ADDRESSES})

    def serve_names(self, test):
        c = self.certificates
        good = [c.tlsa("mx"), "TLSA 3 1 1 " + "ab" * 32]
        hosts = {"ns": ["A 127.0.0.1"], "mx.ok": ["A 127.0.2.1"], "_25._tcp.mx.ok": good,
                 "alias.ok": ["CNAME mx.ok.test."], "_25._tcp.alias.ok": good, "mx.no-dane": ["A 127.0.2.1"],
                 "alias.dane": ["A 127.0.2.1"], "_25._tcp.alias.dane": ["CNAME _25._tcp.mx.ok.test."],
                 "reports": ["MX 10 mx.ok.test."], "service": ["MX 10 mx.ok.test."],
                 "*._report._dmarc.service": [servers.text("v=DMARC1")], **rows.HOSTS}
        zones = {".": "test. NS ns.test.\nns.test. A 127.0.0.1\n", "test": "", "plain.test": "", "bogus.test": "",
                 "expired.test": "", "soon.test": "", "sha1.test": ""}
        for name, records in hosts.items():
            zone = next((z for z in ("plain.test",) if f"{name}.test".endswith("." + z)), "test")
            zones[zone] += "".join(f"{name}.test. {record}\n" for record in records)
        zones["plain.test"] += "mx A 127.0.2.1\ndark A 127.0.2.1\n_25._tcp.mx " + good[0] + "\n"
        for zone in ("plain.test", "bogus.test", "expired.test", "soon.test"):
            zones[zone] += "_dmarc " + servers.text("v=DMARC1; p=reject") + "\n"
        zones["bogus.test"] += "mx A 127.0.2.1\n"
        for row in self.rows:
            zones[row.zone] += "\n".join(row.zone_lines()) + "\n"
        for child in list(zones)[2:]:
            zones["test"] += f"{child}. NS ns.test.\n"
        days = lambda n: time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + n * 86400))
        return servers.NameServer(test, f"{self.directory}/dns", {
            zone: (body, zone in (".", "test", "bogus.test")) for zone, body in zones.items()}, {
                "expired.test": (["-i", days(-60), "-e", days(-30)], "ECDSAP256SHA256"),
                "soon.test": (["-i", days(-29), "-e", days(1)], "ECDSAP256SHA256"),
                "sha1.test": ([], "RSASHA1")})

    def command(self, *arguments, port=None, loopback=True, time_ms=0):
        return [PROGRAM, "domain", "--name-server", f"127.0.0.1@{port or self.names.port}", "--trust-anchor",
                f"{self.directory}/dns/anchor", "--ca-file", self.certificates.path("root.crt"),
                *(["--test-servers", f"{self.policies.port},{self.mail.port},{time_ms}"] if loopback else []), *arguments]

    def check(self, names, *arguments, **options):
        """{name: document}"""
        done = subprocess.run(self.command("--format", "json", *arguments, *names, **options), timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        said = [line for line in done.stderr.splitlines() if "makecontext" not in line]  # AddressSanitizer's remark
        assert done.returncode == 0 and not said, said or done.returncode
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        assert [d["domain"] for d in documents] == list(names), "not the domains in their order"
        return {d["domain"]: d for d in documents}


def fault(name, kind):
    """What the faulty forwarder does to a question."""
    if name.startswith("_dmarc.dmarc-drop.") or "._domainkey.dkim-drop." in name or \
            name.startswith(("_mta-sts.sts-drop.", "_smtp._tls.tlsrpt-drop.", "_25._tcp.dane-drop.")) or \
            (name == "mx-drop.test" and kind == 15):
        return "drop"
    if name.startswith(("servfail.", "servfail-all.")) or (name.startswith("_25._tcp.dane-servfail.") and kind == 52):
        return "fail"
    return None


class Rows(unittest.TestCase):
    RUNS = {"plain": ["--rua", "us@good.test"], "dkim": ["--selector", "s"], "faulty": [], "faulty-key": ["--selector", "s"],
            "public": [], "probe": ["--probe"], "blocked": ["--probe"]}

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(cls)

    def found(self, document):
        return {f["code"]: f["severity"] for f in document["findings"]}

    def compare(self, run, **options):
        chosen = [row for row in self.bed.rows if row.run == run]
        documents = self.bed.check([row.name for row in chosen], *self.RUNS[run], **options)
        for row in chosen:
            with self.subTest(row.name):
                found = self.found(documents[row.name])
                wanted = {code: severity or found.get(code) for code, severity in row.expected.items()}
                self.assertEqual(found, wanted, json.dumps(documents[row.name]["findings"], indent=1))
        return documents

    def test_records(self):
        self.compare("plain")

    def test_keys(self):
        # Rows about DKIM have a selector; theirs is the only part that counts.
        self.compare("dkim")

    def test_faulty_servers(self):
        self.compare("faulty", port=self.bed.faulty.port)
        self.compare("faulty-key", port=self.bed.faulty.port)

    def test_probe(self):
        self.compare("probe")

    def test_port_closed(self):
        self.compare("blocked")

    def test_loopback_is_out_of_reach(self):
        self.compare("public", loopback=False)

    def test_resolver_without_signatures(self):
        strip = servers.Forwarder(self, self.bed.names.port, lambda name, kind: "strip")
        found = self.found(self.bed.check(["good.test", "dnssec-bogus.bogus.test"], port=strip.port)["good.test"])
        self.assertEqual(found, {"dnssec-resolver": "unknown"})

    def test_time_is_bounded(self):
        """Name servers that are silent about everything but the zone: the domain beside is as it was."""
        # Its records exist: the denial of others cannot stand for them.
        silent = servers.Forwarder(self, self.bed.names.port, lambda name, kind: "drop" if "sts-none" in name and
                                   kind != 6 else None)
        start = time.time()
        found = self.bed.check(["sts-none.test", "good.test"], port=silent.port, time_ms=7000)
        self.assertLess(time.time() - start, 55)
        self.assertEqual(self.found(found["sts-none.test"])["check-budget"], "unknown")
        self.assertEqual(set(self.found(found["sts-none.test"]).values()), {"unknown"}, found["sts-none.test"]["findings"])
        self.assertEqual(self.found(found["good.test"]), {})

    def test_exit_status(self):
        for severity, name, status in (("critical", "spf-syntax.test", 4), ("critical", "dmarc-pct.test", 0),
                                       ("warning", "dmarc-pct.test", 4), ("notice", "good.test", 0),
                                       ("notice", "dmarc-p-none.test", 4)):
            done = subprocess.run(self.bed.command("--fail-on", severity, name), stdout=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, status, (severity, name))
        self.assertEqual(subprocess.run([PROGRAM, "domain", "--name-server", "127.0.0.1@1", "x.test"],
                                        stderr=subprocess.PIPE, check=False).returncode, 3)
        for wrong in (["..."], [], ["--fail-on", "ok", "x.test"], ["--format", "xml", "x.test"], ["--all"],
                      ["--name-server", "ns.example", "x.test"], ["--trust-anchor", "/nowhere", "x.test"]):
            self.assertEqual(subprocess.run([PROGRAM, "domain", *wrong], stderr=subprocess.PIPE, check=False).returncode, 2)

    def test_screen_and_page(self):
        """No byte of a record steers the terminal, and none of it is markup."""
        names = ["dmarc-hostile.test", "smtp-cert-expired.test", "spf-eleven-lookups.test"]
        for form in ("text", "html"):
            output = subprocess.run(self.bed.command("--format", form, *names), stdout=subprocess.PIPE, check=True).stdout
            self.assertTrue(all(byte == 10 or byte == 9 and form == "html" or 32 <= byte < 127 for byte in output))
            self.assertEqual(b"<script" in output, form == "text")
            self.assertIn(b"spf-lookups", output)

    def test_domains_of_tenants(self):
        path = f"{self.bed.directory}/tenants.conf"
        with open(path, "w", encoding="ascii") as file:
            file.write("[mailbox m]\nsource = maildir\npath = /nowhere\n"
                       "[tenant one]\ndomains = good.test, dmarc-pct.test\n[tenant two]\ndomains = spf-none.test\n")
        for chosen, wanted in ((["--tenant", "one"], ["dmarc-pct.test", "good.test"]),
                               (["--all"], ["dmarc-pct.test", "good.test", "spf-none.test"])):
            output = subprocess.run(self.bed.command("-c", path, *chosen, "--format", "json"), stdout=subprocess.PIPE,
                                    check=True).stdout
            self.assertEqual([json.loads(line)["domain"] for line in output.splitlines()], wanted)

    def records(self, *arguments):
        command = self.bed.command(*arguments)
        command[1] = "records"
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    def test_records_to_publish(self):
        output = self.records("--rua", "us@reports.test", "--probe", "good.test", "dmarc-none.test", "sts-none.test",
                              "dane-none.test", "dmarc-rua-agreed.test", "sts-status.test")
        lines = output.splitlines()
        for line in ('_dmarc.good.test. TXT "v=DMARC1; p=reject; rua=mailto:us@reports.test,mailto:dmarc@good.test"',
                     '_dmarc.dmarc-none.test. TXT "v=DMARC1; p=none; rua=mailto:us@reports.test"',
                     '_smtp._tls.good.test. TXT "v=TLSRPTv1; rua=mailto:us@reports.test,mailto:tls@good.test"',
                     '; _mta-sts.good.test. TXT "v=STSv1; id=20261101;"',
                     '_25._tcp.dane-none.dane.test. ' + self.bed.certificates.tlsa("mx"),
                     '; _25._tcp.mx.ok.test. ' + self.bed.certificates.tlsa("mx"),
                     'good.test._report._dmarc.reports.test. TXT "v=DMARC1"',
                     '; dmarc-rua-agreed.test._report._dmarc.reports.test. TXT "v=DMARC1"',
                     '; *._report._dmarc.reports.test. TXT "v=DMARC1"',
                     # a policy that is away for a moment is not replaced
                     '; _mta-sts.sts-status.test. TXT "v=STSv1; id=20261101;"'):
            self.assertIn(line, lines)
        self.assertEqual(output.count(";   mx: mx.ok.test"), 2)
        self.assertTrue(any(line.startswith('_mta-sts.sts-none.test. TXT "v=STSv1; id=') for line in lines))

    def test_records_that_are_there(self):
        """With our address in it nothing is to be published."""
        output = self.records("--rua", "dmarc@good.test", "good.test")
        self.assertIn('; _dmarc.good.test. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@good.test"', output)
        self.assertNotIn("_report._dmarc", output)

    def store(self, config, *arguments, port=None, status=0):
        done = subprocess.run(self.bed.command("-c", config, "--store", *arguments, port=port), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def documents(self, directory):
        """The documents of each index, in their order."""
        found = {}
        for name in sorted(os.listdir(directory)):
            if name.endswith(".ndjson"):
                with open(f"{directory}/{name}", encoding="utf-8") as file:
                    lines = file.read().splitlines()
                found[name] = [json.loads(line) for line in lines[1::2]]
        return found

    def test_store(self):
        home = f"{self.bed.directory}/store"
        os.mkdir(home)
        with open(f"{home}/conf", "w", encoding="ascii") as file:
            file.write(f"[bridge]\nstate_directory = {home}/state\n[output files]\ntype = file\ndirectory = {home}/out\n"
                       f"[mailbox m]\nsource = maildir\npath = {home}/mail\n"
                       "[tenant one]\ndomains = good.test, dmarc-pct.test\n[tenant two]\ndomains = spf-hard.test\n")
        conf = f"{home}/conf"
        self.assertEqual(self.store(conf, "--all", "--probe"),
                         "3 domains, 0 changed: 3 documents stored, 0 known already, 0 refused, 0 to be tried again\n")
        # The same state on the same day is the same document.
        self.assertIn("0 changed: 0 documents stored, 3 known already", self.store(conf, "--all", "--probe"))
        self.bed.names.change("test", '_dmarc.dmarc-pct.test. TXT "v=DMARC1; p=reject; pct=50;',
                              '_dmarc.dmarc-pct.test. TXT "v=DMARC1; p=quarantine; pct=50;')
        self.assertIn("1 changed: 1 document stored, 2 known already", self.store(conf, "--all", "--probe"))
        # What cannot be looked at is no change, whatever part it is.
        dead = servers.Forwarder(self, self.bed.names.port, lambda name, _: "drop" if "pct" in name else None)
        self.assertIn("0 changed: 0 documents stored, 3 known already", self.store(conf, "--all", "--probe", port=dead.port))
        self.assertIn("0 changed: 0 documents stored, 3 known already", self.store(conf, "--all"))
        found = self.documents(f"{home}/out")
        self.assertEqual({name.rsplit("-", 1)[0]: len(documents) for name, documents in found.items()},
                         {"reportbridge-domain_check-one": 3, "reportbridge-domain_check-two": 1})
        first, changed = [d for documents in found.values() for d in documents if d["domain.name"] == "dmarc-pct.test"]
        self.assertNotIn("domain.changed", first)
        self.assertEqual(changed["domain.changed"], ["dmarc"])
        self.assertEqual(changed["domain.previous"], [first["domain.dmarc.record"]])
        self.assertEqual(changed["domain.finding.code"], ["dmarc-pct"])
        self.assertEqual(changed["domain.severity"], "warning")
        self.assertEqual((changed["domain.critical"], changed["domain.warnings"]), (0, 1))
        self.assertEqual(changed["domain.first_seen.spf"], first["domain.first_seen.spf"])
        self.assertEqual(changed["domain.first_seen.dmarc"], changed["@timestamp"])
        self.assertEqual(len(changed["domain.smtp.sha256"]), 1)
        # A policy joins with the reports of those who have it.
        report = {"organization-name": "x", "report-id": "1", "contact-info": "x",
                  "date-range": {"start-datetime": "2026-11-01T00:00:00Z", "end-datetime": "2026-11-01T23:59:59Z"},
                  "policies": [{"policy": {"policy-type": "sts", "policy-domain": "good.test", "policy-string":
                                           ["version: STSv1", "mx: mx.ok.test", "max_age: 604800", "mode: enforce"]},
                                "summary": {"total-successful-session-count": 1, "total-failure-session-count": 0}}]}
        lines = subprocess.run([PROGRAM, "parse", "-"], input=json.dumps(report), stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines()
        reported = [d["tlsrpt.policy.digest"] for d in map(json.loads, lines) if "tlsrpt.policy.digest" in d]
        self.assertEqual({changed["domain.sts.digest"]}, set(reported))

    def test_store_needs_a_tenant(self):
        home = f"{self.bed.directory}/tenant"
        os.mkdir(home)
        with open(f"{home}/conf", "w", encoding="ascii") as file:
            file.write(f"[bridge]\nstate_directory = {home}/state\n[mailbox m]\nsource = maildir\npath = {home}/mail\n"
                       "[tenant one]\ndomains = good.test\n")
        self.store(f"{home}/conf", "spf-none.test", status=2)
        self.assertIn("1 document stored", self.store(f"{home}/conf", "good.test"))

    def test_reports_and_a_key_that_was_changed(self):
        """The key has been another for ten days, and what was signed since fails."""
        home = f"{self.bed.directory}/changed"
        os.makedirs(f"{home}/reports")
        name = "dkim-good.test"
        with open(f"{home}/conf", "w", encoding="ascii") as file:
            file.write(f"[bridge]\nstate_directory = {home}/state\n[output files]\ntype = file\ndirectory = {home}/out\n"
                       f"[mailbox m]\nsource = maildir\npath = {home}/mail\n[tenant one]\ndomains = {name}\n")
        self.store(f"{home}/conf", "--selector", "s", name)
        state = f"{home}/state/domains/one/{name}"
        with open(state, encoding="ascii") as file:
            text = file.read()
        with open(state, "w", encoding="ascii") as file:
            file.write(re.sub(r"(?m)^dkim\t\d+", f"dkim\t{reports.TODAY - 10 * reports.DAY}", text))
        codes = []
        for passed, failed, unfit in ((20, 9, False), (20, 8, True)):
            for i, made in enumerate([
                    reports.dmarc(name, reports.record(50, name, selector="s"), p="reject", days_ago=passed),
                    reports.dmarc(name, reports.record(30, name, "fail", "pass", selector="s", dkim_result="fail"), p="reject",
                                  days_ago=failed),
                    # Mail that passes after the change too: the key is not the cause.
                    reports.dmarc(name, reports.record(1 if unfit else 0, name, selector="s"), p="reject", days_ago=5)]):
                with open(f"{home}/reports/{i}.xml", "w", encoding="utf-8") as file:
                    file.write(made if i < 2 or unfit else "<feedback/>")
            with open(f"{home}/reports.ndjson", "wb") as file:
                subprocess.run([PROGRAM, "parse", f"{home}/reports"], stdout=file, check=False)
            # The page has the same findings as the document that is stored next.
            page = subprocess.run(self.bed.command("-c", f"{home}/conf", "--selector", "s", "--reports", f"{home}/reports.ndjson",
                                                   "--format", "html", name), stdout=subprocess.PIPE, text=True, check=True).stdout
            self.store(f"{home}/conf", "--selector", "s", "--reports", f"{home}/reports.ndjson", name)
            documents = [d for found in self.documents(f"{home}/out").values() for d in found]
            codes.append({code for code in documents[-1]["domain.finding.code"] if code.startswith("reported-dkim") or
                          code.startswith("reported-key")})
            self.assertEqual(set(re.findall(r"reported-(?:dkim|key)[a-z-]*", page)), codes[-1])
        self.assertEqual(codes, [{"reported-key-changed"}, {"reported-dkim-fails"}])

    def test_reports_and_records(self):
        """Each case with its reports and without: what the reports add, and nothing else."""
        seen = set()
        for number, (title, name, made, wanted, *options) in enumerate(reports.cases()):
            directory = f"{self.bed.directory}/reports{number}"
            os.mkdir(directory)
            for i, report in enumerate(made):
                with open(f"{directory}/{i}.{'xml' if report.startswith('<') else 'json'}", "w", encoding="utf-8") as file:
                    file.write(report)
            with open(f"{directory}.ndjson", "wb") as file:
                subprocess.run([PROGRAM, "parse", directory], stdout=file, check=True)
            options, evidence = [*options, [], ""][0], (options[1:] or [""])[0]
            with self.subTest(title):
                before = self.found(self.bed.check([name], *options)[name])
                document = self.bed.check([name], *options, "--reports", f"{directory}.ndjson")[name]
                after = self.found(document)
                added = {code: severity for code, severity in after.items() if before.get(code) != severity}
                expected = dict(item.split(":") for item in wanted.split())
                # Without TLS reports this is true of every other case too.
                if "reported-no-sessions" not in expected:
                    added.pop("reported-no-sessions", None)
                self.assertEqual(added, expected, json.dumps(document["findings"], indent=1))
                self.assertIn(evidence, json.dumps(document["findings"], ensure_ascii=False))
                page = subprocess.run(self.bed.command("--format", "html", *options, "--reports", f"{directory}.ndjson",
                                                       name), stdout=subprocess.PIPE, text=True, check=True).stdout
                for code in expected:
                    self.assertIn(code, page)
                seen.update(expected)
        listed = set(CODES.findall(subprocess.run([PROGRAM, "help", "findings"], stdout=subprocess.PIPE, text=True,
                                                  check=True).stdout))
        # test_reports_and_a_key_that_was_changed
        self.assertEqual(seen | {"reported-key-changed"}, {code for code in listed if code.startswith("reported-")})

    def test_every_code_has_a_row(self):
        listed = set(CODES.findall(subprocess.run([PROGRAM, "help", "findings"], stdout=subprocess.PIPE, text=True,
                                                  check=True).stdout))
        listed = {code for code in listed if not code.startswith("reported-")}  # test_reports_and_records
        covered = {code for row in self.bed.rows for code in row.expected} | {"dnssec-resolver"}
        print(f"\n{len(covered)} of {len(listed)} codes, {len(self.bed.rows)} domains; elsewhere: "
              f"{', '.join(sorted(ELSEWHERE))}")
        self.assertEqual(covered | ELSEWHERE, listed)


if __name__ == "__main__":
    unittest.main()
