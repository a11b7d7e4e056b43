# SPDX-License-Identifier: MIT
"""One domain for each row of the reference: what is published, and the findings expected of it, exactly."""
import base64
import time

from servers import text

POLICY = "version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: {age}\r\n"
ADDRESSES = {}  # mail servers: {address: (certificate, mode)}
HOSTS = {}      # their records: {name below test: [records]}
CAA_HOSTS = ("caa-issuer", "caa-nobody", "caa-record", "a.caa-parent", "caa-wildcard-only", "caa-contact")


def policy(mode="enforce", mx="mx.ok.test", age=604800):
    return (200, {"Content-Type": "text/plain; charset=utf-8"}, POLICY.format(mode=mode, mx=mx, age=age).encode())


def plain(body):
    return (200, {"Content-Type": "text/plain"}, body if isinstance(body, bytes) else body.encode())


class Row:
    def __init__(self, name, expected, changes=None, run="plain", answer=None, certificate="policy", zone="test",
                 mx=("mx.ok",), extra=None):
        """expected: "code" or "code:severity", blanks between. changes: records by relative name, None: none."""
        self.name = f"{name}.{zone}"
        self.run, self.answer, self.certificate, self.zone = run, answer, certificate, zone
        self.expected = dict((item.split(":") + [None])[:2] for item in expected.split())
        self.records = {
            "@": [f"MX 10 {host}.test." for host in mx] + [text("v=spf1 mx ~all")],
            "_dmarc": [text(f"v=DMARC1; p=reject; rua=mailto:dmarc@{self.name}")],
            "_mta-sts": [text("v=STSv1; id=20261101;")],
            "mta-sts": ["A 127.0.0.1"],
            "_smtp._tls": [text(f"v=TLSRPTv1; rua=mailto:tls@{self.name}")],
            **(changes or {}),
        }
        self.answer = answer or plain("version: STSv1\nmode: enforce\n" + "".join(
            f"mx: {host}.test\n" for host in mx) + "max_age: 604800\n")
        self.extra = extra or {}  # records by name below the zone

    def zone_lines(self):
        for label, records in self.records.items():
            owner = self.name if label == "@" else f"{label}.{self.name}"
            for record in records or []:
                yield f"{owner}. {record}"
        for owner, records in self.extra.items():
            for record in records:
                yield f"{owner}.{self.zone}. {record}"


def dmarc(name, expected, record, **options):
    return Row(name, expected, {"_dmarc": [text(record.replace("RUA", f"rua=mailto:d@{name}.test"))]}, **options)


def spf(name, expected, *strings, extra=None, more=(), **options):
    return Row(name, expected, {"@": ["MX 10 mx.ok.test.", text(*strings), *more]}, extra=extra, **options)


def includes(prefix, count, record="v=spf1 ip4:192.0.2.1 ?all"):
    """count names with an SPF record, and the terms that include them."""
    names = {f"{prefix}{i}.spf": [text(record)] for i in range(count)}
    return names, " ".join(f"include:{prefix}{i}.spf.test" for i in range(count))


DMARC = [
    Row("good", ""),
    Row("dmarc-none", "dmarc-none:warning", {"_dmarc": None}),
    Row("dmarc-none-wildcard", "dmarc-none dmarc-foreign-txt", {"_dmarc": [text("v=spf1 -all")]}),
    Row("sub.dmarc-inherited", "dmarc-inherited:notice", {"_dmarc": None},
        extra={"_dmarc.dmarc-inherited": [text("v=DMARC1; p=reject; rua=mailto:d@good.dmarc-inherited.test")],
               "good.dmarc-inherited": ["MX 10 mx.ok.test."]}),
    Row("own.dmarc-walk", "dmarc-walk-differs:notice"),
    Row("a.b.dmarc-middle", "dmarc-middle:notice dmarc-inherited:notice", {"_dmarc": None},
        extra={"_dmarc.b.dmarc-middle": [text("v=DMARC1; p=none")],
               "_dmarc.dmarc-middle": [text("v=DMARC1; p=reject; rua=mailto:d@a.b.dmarc-middle.test")]}),
    Row("dmarc-multiple", "dmarc-multiple:critical", {"_dmarc": [text("v=DMARC1; p=none"), text("v=DMARC1; p=reject")]}),
    dmarc("dmarc-version", "dmarc-version:critical", "p=reject; v=DMARC1; RUA"),
    dmarc("dmarc-version-case", "dmarc-version", "v=dmarc1; p=reject; RUA"),
    dmarc("dmarc-version-blank", "dmarc-version", " v=DMARC1; p=reject; RUA"),
    dmarc("dmarc-version-quotes", "dmarc-version", '"v=DMARC1; p=reject; RUA"'),
    dmarc("dmarc-syntax", "dmarc-syntax:warning", "v=DMARC1; p=reject; foo; RUA"),
    dmarc("dmarc-syntax-twice", "dmarc-syntax", "v=DMARC1; p=reject; RUA; p=none"),
    dmarc("dmarc-syntax-value", "dmarc-syntax", "v=DMARC1; p=reject; adkim=x; RUA"),
    dmarc("dmarc-p-invalid", "dmarc-p-invalid:critical", "v=DMARC1; p=rejekt; RUA"),
    dmarc("dmarc-p-missing", "dmarc-p-invalid", "v=DMARC1; RUA"),
    dmarc("dmarc-sp-invalid", "dmarc-p-invalid", "v=DMARC1; p=reject; sp=rejekt; RUA"),
    dmarc("dmarc-p-second", "dmarc-p-second:notice", "v=DMARC1; RUA; p=reject"),
    dmarc("dmarc-tag-unknown", "dmarc-tag-unknown:notice", "v=DMARC1; p=reject; rfu=x; RUA"),
    dmarc("dmarc-tag-removed", "dmarc-tag-removed:notice", "v=DMARC1; p=reject; pct=100; RUA"),
    dmarc("dmarc-tag-removed-ri", "dmarc-tag-removed", "v=DMARC1; p=reject; ri=3600; RUA"),
    dmarc("dmarc-pct", "dmarc-pct:warning", "v=DMARC1; p=reject; pct=50; RUA"),
    dmarc("dmarc-test", "dmarc-test:notice", "v=DMARC1; p=reject; t=y; RUA"),
    dmarc("dmarc-p-none", "dmarc-p-none:notice", "v=DMARC1; p=none; RUA"),
    dmarc("dmarc-sp-weaker", "dmarc-sp-weaker:warning", "v=DMARC1; p=reject; sp=none; RUA"),
    dmarc("dmarc-np-weaker", "dmarc-sp-weaker", "v=DMARC1; p=reject; np=none; RUA"),
    Row("sub.dmarc-sp-ignored", "dmarc-sp-ignored:notice",
        {"_dmarc": [text("v=DMARC1; p=reject; sp=reject; rua=mailto:d@sub.dmarc-sp-ignored.test")]},
        extra={"_dmarc.dmarc-sp-ignored": [text("v=DMARC1; p=reject")]}),
    dmarc("dmarc-psd", "dmarc-psd:critical", "v=DMARC1; p=reject; psd=y; RUA"),
    dmarc("dmarc-psd-n", "", "v=DMARC1; p=reject; psd=n; RUA"),
    dmarc("dmarc-rua-none", "dmarc-rua-none:warning", "v=DMARC1; p=reject"),
    dmarc("dmarc-rua-syntax", "dmarc-rua-syntax:critical", "v=DMARC1; p=reject; rua=mailto://d@dmarc-rua-syntax.test"),
    dmarc("dmarc-rua-second", "dmarc-rua-syntax:warning", "v=DMARC1; p=reject; RUA,e@dmarc-rua-second.test"),
    dmarc("dmarc-rua-scheme", "dmarc-rua-scheme:notice", "v=DMARC1; p=reject; rua=https://dmarc-rua-scheme.test/x"),
    dmarc("dmarc-rua-size", "dmarc-rua-size:notice", "v=DMARC1; p=reject; RUA!10m"),
    dmarc("dmarc-rua-many", "dmarc-rua-many:notice", "v=DMARC1; p=reject; RUA,"
          "mailto:b@dmarc-rua-many.test,mailto:c@dmarc-rua-many.test"),
    dmarc("dmarc-rua-host", "dmarc-rua-host:warning", "v=DMARC1; p=reject; rua=mailto:d@gone.dmarc-rua-host.test"),
    dmarc("dmarc-rua-null", "dmarc-rua-host", "v=DMARC1; p=reject; rua=mailto:d@null.dmarc-rua-null.test",
          extra={"null.dmarc-rua-null": ["MX 0 ."]}),
    dmarc("dmarc-rua-address", "", "v=DMARC1; p=reject; rua=mailto:d@a.dmarc-rua-address.test",
          extra={"a.dmarc-rua-address": ["A 127.0.0.1"]}),
    dmarc("dmarc-rua-external", "dmarc-rua-external:critical", "v=DMARC1; p=reject; rua=mailto:d@reports.test"),
    dmarc("dmarc-rua-agreed", "", "v=DMARC1; p=reject; rua=mailto:d@reports.test",
          extra={"dmarc-rua-agreed.test._report._dmarc.reports": [text("v=DMARC1;")]}),
    dmarc("dmarc-rua-wildcard", "", "v=DMARC1; p=reject; rua=mailto:d@service.test"),
    dmarc("dmarc-rua-override", "dmarc-rua-override:warning", "v=DMARC1; p=reject; rua=mailto:d@reports.test",
          extra={"dmarc-rua-override.test._report._dmarc.reports": [text("v=DMARC1; rua=mailto:x@service.test")]}),
    dmarc("dmarc-ruf", "dmarc-ruf:notice", "v=DMARC1; p=reject; RUA; fo=1"),
    Row("dmarc-misplaced", "dmarc-misplaced:warning",
        {"_dmarc": None, "_dmarc.dmarc-misplaced.test": [text("v=DMARC1; p=reject")]}),
    Row("dmarc-at-apex", "dmarc-misplaced", {"_dmarc": None, "@": [
        "MX 10 mx.ok.test.", text("v=spf1 mx ~all"), text("v=DMARC1; p=reject")]}),
    Row("dmarc-alias", "dmarc-alias:ok", {"_dmarc": ["CNAME dmarc-alias.service.test."]},
        extra={"dmarc-alias.service": [text("v=DMARC1; p=reject; rua=mailto:d@dmarc-alias.test")]}),
    Row("dmarc-alias-dead", "dmarc-alias:critical", {"_dmarc": ["CNAME gone.service.test."]}),
    Row("dmarc-foreign-txt", "dmarc-foreign-txt:notice",
        {"_dmarc": [text("hello"), text("v=DMARC1; p=reject; rua=mailto:d@dmarc-foreign-txt.test")]}),
    Row("dmarc-two-strings", "", {"_dmarc": [text("v=DMARC1; p=re", "ject; rua=mailto:d@dmarc-two-strings.test;")]}),
    Row("dmarc-hostile", "dmarc-tag-unknown:notice", {"_dmarc": [
        text("v=DMARC1; p=reject; rua=mailto:d@dmarc-hostile.test; x=\x1b[31m<script>\0")]}),
    # hostile answers: too large, and going round
    Row("dmarc-huge", "dmarc-unknown:unknown", {"_dmarc": [text(f"{i:03}" + "x" * 240) for i in range(100)]}),
    Row("dmarc-round", "dmarc-unknown:unknown", {"_dmarc": ["CNAME _dmarc2.dmarc-round.test."],
                                                 "_dmarc2": ["CNAME _dmarc.dmarc-round.test."]}),
    Row("dmarc-drop", "dmarc-unknown:unknown", run="faulty"),
]

NINE, NINE_TERMS = includes("nine", 9)
TEN, TEN_TERMS = includes("ten", 10)
ELEVEN, ELEVEN_TERMS = includes("eleven", 11)
LONG = "v=spf1 " + " ".join(f"ip4:192.0.2.{i}" for i in range(40)) + " ~all"

SPF = [
    Row("spf-none", "spf-none:notice", {"@": ["MX 10 mx.ok.test."]}),
    spf("spf-multiple", "spf-multiple:critical", "v=spf1 mx ~all", more=[text("v=spf1 a ~all")]),
    spf("spf-near", "spf-near:warning", "v=spf1; mx ~all"),
    spf("spf-near-case", "spf-near", "V=spf1 mx ~all"),
    spf("spf-near-ten", "spf-near", "v=spf10 mx ~all"),
    spf("spf-syntax", "spf-syntax:critical", "v=spf1 ipv4:192.0.2.1 ~all"),
    spf("spf-syntax-equals", "spf-syntax", "v=spf1 include=x.test ~all"),
    spf("spf-syntax-prefix", "spf-syntax", "v=spf1 ip4:192.0.2.1/33 ~all"),
    spf("spf-syntax-all", "spf-syntax", "v=spf1 mx all:x"),
    spf("spf-syntax-qualifier", "spf-syntax", "v=spf1 mx -redirect=x.test"),
    spf("spf-syntax-late", "spf-syntax", "v=spf1 mx ~all foo"),
    spf("spf-syntax-blank", "spf-syntax", "v=spf1 ip4 192.0.2.1 ~all"),
    spf("spf-join", "spf-join:critical", "v=spf1 ip4:192.0.2.1", "ip4:192.0.2.2 ~all"),
    spf("spf-two-strings", "", "v=spf1 ip4:192.0", ".2.1 mx ~all"),
    spf("spf-pass-all", "spf-pass-all:critical", "v=spf1 mx +all"),
    spf("spf-pass-all-bare", "spf-pass-all", "v=spf1 mx all"),
    spf("spf-neutral", "spf-neutral:notice", "v=spf1 mx ?all"),
    spf("spf-neutral-none", "spf-neutral", "v=spf1 mx"),
    spf("spf-hard", "spf-hard:notice", "v=spf1 mx -all"),
    spf("spf-eight-lookups", "", "v=spf1 " + " ".join(NINE_TERMS.split()[:8]) + " ~all", extra=NINE),
    spf("spf-nine-lookups", "spf-lookups:notice", f"v=spf1 {NINE_TERMS} ~all"),
    spf("spf-ten-lookups", "spf-lookups:notice", f"v=spf1 {TEN_TERMS} ~all", extra=TEN),
    spf("spf-eleven-lookups", "spf-lookups:critical", f"v=spf1 {ELEVEN_TERMS} ~all", extra=ELEVEN),
    # Three includes; only what has addresses alone can be found unused.
    spf("spf-unused", "", "v=spf1 include:busy.spf.test include:idle.spf.test include:open.spf.test ~all", extra={
        "busy.spf": [text("v=spf1 ip4:198.51.100.0/25 include:busier.spf.test ?all")],
        "busier.spf": [text("v=spf1 ip6:2001:db8:1::/48 ip4:192.0.2.0/31 ?all")],
        "idle.spf": [text("v=spf1 ip4:192.0.2.2/31 ip6:2001:db8:2::/48 -ip4:192.0.2.1 ?all")],
        "open.spf": [text("v=spf1 a:mx.ok.test ?all")]}),
    spf("spf-exp", "", f"v=spf1 {NINE_TERMS} ~all".replace("include:nine8.spf.test", "exp=exp.test"),
        extra={"exp": [text("no")]}),
    spf("spf-nested", "spf-lookups:critical", "v=spf1 mx include:nested.spf.test ~all",
        extra={"nested.spf": [text(f"v=spf1 {NINE_TERMS} ?all")]}),
    spf("spf-thousand", "spf-lookups:critical", "v=spf1 include:thousand.spf.test ~all", extra={
        "thousand.spf": [text(*[("v=spf1 " if i == 0 else "") + f"include:t{i}.spf.test " for i in range(150)])],
        **{f"t{i}.spf": [text("v=spf1 include:nine2.spf.test include:nine1.spf.test ?all")] for i in range(150)}}),
    spf("spf-mx-many", "spf-mx-many:critical", "v=spf1 mx:many.spf.test ~all",
        extra={"many.spf": [f"MX {i} mx{i}.many.spf.test." for i in range(11)]}),
    spf("spf-two-void", "", "v=spf1 a:void1.spf.test exists:void2.spf.test ~all"),
    spf("spf-void", "spf-void:warning", "v=spf1 a:void1.spf.test a:void2.spf.test a:void3.spf.test ~all"),
    spf("spf-void-v6", "spf-void", "v=spf1 a:v4.spf.test a:v4b.spf.test a:v4c.spf.test ~all",
        extra={f"v4{x}.spf": ["A 192.0.2.1"] for x in ("", "b", "c")}),
    spf("spf-include-none", "spf-include-none:critical", "v=spf1 include:gone.spf.test ~all"),
    spf("spf-include-several", "spf-include-none", "v=spf1 include:two.spf.test ~all",
        extra={"two.spf": [text("v=spf1 ?all"), text("v=spf1 ~all")]}),
    spf("spf-include-bad", "spf-include-none", "v=spf1 include:bad.spf.test ~all",
        extra={"bad.spf": [text("v=spf1 foo ~all")]}),
    spf("spf-redirect", "", "v=spf1 redirect=nine0.spf.test"),
    spf("spf-redirect-none", "spf-redirect-none:critical", "v=spf1 redirect=gone.spf.test"),
    spf("spf-redirect-dead", "spf-redirect-dead:notice", "v=spf1 mx ~all redirect=nine0.spf.test"),
    spf("spf-loop", "spf-loop:critical", "v=spf1 include:loop.spf.test ~all",
        extra={"loop.spf": [text("v=spf1 include:loop2.spf.test ~all")],
               "loop2.spf": [text("v=spf1 include:loop.spf.test ~all")]}),
    spf("spf-dead-terms", "spf-dead-terms:notice", "v=spf1 ~all mx"),
    spf("spf-ptr", "spf-ptr:notice", "v=spf1 ptr ~all"),
    spf("spf-macro", "spf-macro:ok", "v=spf1 exists:%{i}.spf.test ~all"),
    spf("spf-include-weak", "spf-include-weak:critical", "v=spf1 include:weak.spf.test ~all",
        extra={"weak.spf": [text("v=spf1 +all")]}),
    spf("spf-wide", "spf-wide:notice", "v=spf1 ip4:10.0.0.0/15 ~all"),
    spf("spf-wide-v6", "spf-wide", "v=spf1 ip6:2001::/20 ~all"),
    spf("spf-size", "spf-size:notice", *[LONG[i:i + 200] for i in range(0, len(LONG), 200)]),
    spf("spf-size-all", "spf-size:warning", "v=spf1 mx ~all", more=[text("x" * 250) + f' "{i}"' for i in range(6)]),
    spf("spf-type99", "spf-type99:notice", "v=spf1 mx ~all", more=[text("v=spf1 mx ~all").replace("TXT", "SPF")]),
    spf("spf-servfail", "spf-unknown:unknown", "v=spf1 include:servfail.spf.test ~all", run="faulty"),
    Row("null-hard", "mx-null:ok", {"@": ["MX 0 .", text("v=spf1 -all")], "_dmarc": [text("v=DMARC1; p=reject; "
        "rua=mailto:d@a.null-hard.test")], "a": ["A 127.0.0.1"]}),
]


def dkim(name, expected, *records):
    return Row(name, expected, {"s._domainkey": list(records)}, run="dkim")


def keys(certificates):
    """RSA keys by bits, as DKIM publishes them."""
    from servers import run
    found = {}
    for bits in (512, 1024, 2048, 4104):
        run("openssl", "genrsa", "-out", certificates.path(f"dkim{bits}"), str(bits))
        pem = run("openssl", "rsa", "-in", certificates.path(f"dkim{bits}"), "-pubout")
        found[bits] = "".join(pem.strip().split("\n")[1:-1])
    return found


def halves(record):
    return text(*[record[i:i + 200] for i in range(0, len(record), 200)])


def dkim_rows(certificates):
    key = keys(certificates)
    good = f"v=DKIM1; k=rsa; p={key[2048]}"
    ed = "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(range(32))).decode()
    return [
        dkim("dkim-good", "", halves(good)),
        dkim("dkim-missing", "dkim-missing:critical"),
        dkim("dkim-revoked", "dkim-revoked:critical", text("v=DKIM1; p=")),
        dkim("dkim-syntax", "dkim-syntax:critical", text("v=DKIM1; k=rsa; p=???")),
        dkim("dkim-syntax-backslash", "dkim-syntax", halves(good.replace(";", "\\;"))),
        dkim("dkim-syntax-host", "dkim-syntax", text("s1.domainkey.service.test.")),
        dkim("dkim-syntax-no-key", "dkim-syntax", text("v=DKIM1; k=rsa; p=AAAA")),
        dkim("dkim-multiple", "dkim-multiple:warning", halves(good), halves(good.replace("k=rsa; ", ""))),
        dkim("dkim-short", "dkim-short:critical", halves(f"v=DKIM1; p={key[512]}")),
        dkim("dkim-short-1024", "dkim-short:notice", halves(f"v=DKIM1; p={key[1024]}")),
        dkim("dkim-long", "dkim-long:notice", halves(f"v=DKIM1; p={key[4104]}")),
        dkim("dkim-algorithm", "dkim-algorithm:critical", halves(good.replace("k=rsa", "h=sha1"))),
        dkim("dkim-ed25519", "dkim-algorithm:notice", text(ed)),
        dkim("dkim-testing", "dkim-testing:notice", halves(good.replace("k=rsa", "t=y"))),
        dkim("dkim-strict", "dkim-strict:notice", halves(good.replace("k=rsa", "t=s"))),
        dkim("dkim-service", "dkim-service:critical", halves(good.replace("k=rsa", "s=tlsrpt"))),
        Row("dkim-cname", "dkim-cname:ok", {"s._domainkey": ["CNAME s.dkim-good-target.test."]}, run="dkim",
            extra={"s.dkim-good-target": [halves(good)]}),
        Row("dkim-cname-dead", "dkim-cname:critical", {"s._domainkey": ["CNAME gone.service.test."]}, run="dkim"),
        Row("dkim-wildcard", "dkim-wildcard:notice", {"*._domainkey": [halves(good)]}, run="dkim"),
        Row("dkim-wildcard-revoked", "", {"s._domainkey": [halves(good)], "*._domainkey": [text("v=DKIM1; p=")]},
            run="dkim"),
        Row("dkim-drop", "dkim-unknown:unknown", {"s._domainkey": [halves(good)]}, run="faulty-key"),
    ]


def slow(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n")
    for _ in range(60):
        connection.sendall(b"v")
        time.sleep(0.5)


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10000):
        connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def sts(name, expected, **options):
    changes = options.pop("changes", {})
    return Row(name, expected, changes, **options)


GOOD_POLICY = "version: STSv1\nmode: enforce\nmx: mx.ok.test\nmax_age: 604800\n"
STS = [
    sts("sts-none", "sts-none:notice", changes={"_mta-sts": None, "mta-sts": None}),
    sts("sts-multiple", "sts-multiple:critical", changes={"_mta-sts": [text("v=STSv1; id=1;"), text("v=STSv1; id=2;")]}),
    sts("sts-record", "sts-record:critical", changes={"_mta-sts": [text("v=STSv1; id=2026-11-01;")]}),
    sts("sts-record-blank", "sts-record", changes={"_mta-sts": [text("v=STSv1 ; id=1;")]}),
    sts("sts-record-no-id", "sts-record", changes={"_mta-sts": [text("v=STSv1;")]}),
    sts("sts-record-case", "sts-record", changes={"_mta-sts": [text("v=stsv1; id=1;")]}),
    sts("sts-record-only", "sts-record-only:critical", changes={"mta-sts": None}),
    sts("sts-policy-only", "sts-policy-only:warning", changes={"_mta-sts": None}),
    sts("sts-host", "sts-host:critical", changes={"mta-sts": ["CNAME gone.service.test."]}),
    sts("sts-connect", "sts-connect:critical", changes={"mta-sts": ["A 127.0.9.8"]}),
    sts("sts-certificate", "sts-certificate:critical", certificate="policy-expired"),
    sts("sts-certificate-name", "sts-certificate", certificate="wrong"),
    sts("sts-certificate-self", "sts-certificate", certificate="self"),
    sts("sts-certificate-chain", "sts-certificate", certificate="policy-alone"),
    sts("sts-redirect", "sts-redirect:critical", answer=(301, {"Location": "https://127.0.0.1:1/"}, b"")),
    sts("sts-status", "sts-status:critical", answer=(404, {"Content-Type": "text/plain"}, b"no")),
    sts("sts-type", "sts-type:warning", answer=(200, {"Content-Type": "text/html"}, GOOD_POLICY.encode())),
    sts("sts-large", "sts-large:critical", answer=plain(b"x" * 70000)),
    sts("sts-endless", "sts-large", answer=endless),
    sts("sts-slow", "sts-large", answer=slow),
    sts("sts-syntax", "sts-syntax:critical", answer=plain(GOOD_POLICY.replace("mode: enforce\n", ""))),
    sts("sts-syntax-html", "sts-syntax", answer=(200, {"Content-Type": "text/html"}, b"<html>no</html>")),
    sts("sts-syntax-nul", "sts-syntax", answer=plain(GOOD_POLICY.encode() + b"\0")),
    sts("sts-syntax-bom", "sts-syntax", answer=plain(b"\xef\xbb\xbf" + GOOD_POLICY.encode())),
    sts("sts-syntax-port", "sts-syntax", answer=plain(GOOD_POLICY.replace("ok.test", "ok.test:25"))),
    sts("sts-syntax-dot", "sts-syntax", answer=plain(GOOD_POLICY.replace("mx: mx.ok.test", "mx: .ok.test"))),
    sts("sts-syntax-two", "sts-syntax", answer=plain(GOOD_POLICY.replace("ok.test", "ok.test, x.test"))),
    sts("sts-line-crlf", "", answer=plain(GOOD_POLICY.replace("\n", "\r\n"))),
    sts("sts-line-mixed", "", answer=plain(GOOD_POLICY.replace("enforce\n", "enforce\r\n").rstrip("\n"))),
    sts("sts-key", "sts-key:notice", answer=plain(GOOD_POLICY + "colour: red\n")),
    sts("sts-key-twice", "sts-key", answer=plain(GOOD_POLICY + "mode: none\n")),
    sts("sts-mx-missing", "sts-mx-missing:critical sts-mx-unused:notice", answer=policy(mx="*.test")),
    sts("sts-mx-missing-testing", "sts-mx-missing:warning sts-mx-unused sts-testing", answer=policy("testing", "x.test")),
    sts("sts-mx-unused", "sts-mx-unused:notice", answer=plain(GOOD_POLICY + "mx: old.ok.test\n")),
    sts("sts-mx-wildcard", "", answer=policy(mx="*.ok.test")),
    sts("sts-max-age", "sts-max-age:critical", answer=policy(age=31557601)),
    sts("sts-max-age-short", "sts-max-age:notice", answer=policy(age=3600)),
    sts("sts-testing", "sts-testing:notice", answer=policy("testing")),
    sts("sts-none-mode", "sts-none-mode:notice", answer=policy("none")),
    sts("sts-no-tlsrpt", "sts-no-tlsrpt:notice tlsrpt-none:warning", changes={"_smtp._tls": None}),
    Row("sts-drop", "sts-unknown:unknown", run="faulty"),
]


def tlsrpt(name, expected, *records):
    return Row(name, expected, {"_smtp._tls": [text(record) for record in records]})


TLSRPT = [
    Row("tlsrpt-none", "tlsrpt-none:notice sts-none dane-none", {"_smtp._tls": None, "_mta-sts": None, "mta-sts": None},
        mx=("mx.no-dane",), ),
    tlsrpt("tlsrpt-multiple", "tlsrpt-multiple:critical", "v=TLSRPTv1; rua=mailto:a@good.test",
           "v=TLSRPTv1; rua=mailto:b@good.test"),
    tlsrpt("tlsrpt-syntax", "tlsrpt-syntax:critical", "v=TLSRPTv1; RUA=mailto:a@good.test"),
    tlsrpt("tlsrpt-syntax-scheme", "tlsrpt-syntax", "v=TLSRPTv1; rua=ftp://good.test/"),
    tlsrpt("tlsrpt-syntax-empty", "tlsrpt-syntax", "v=TLSRPTv1; rua="),
    tlsrpt("tlsrpt-syntax-blank", "tlsrpt-syntax:warning", "v=TLSRPTv1 ; rua=mailto:a@good.test"),
    tlsrpt("tlsrpt-rua-host", "tlsrpt-rua-host:warning", "v=TLSRPTv1; rua=mailto:a@gone.test"),
    tlsrpt("tlsrpt-rua-https", "", "v=TLSRPTv1; rua=https://mta-sts.good.test/tls"),
    tlsrpt("tlsrpt-rua-https-gone", "tlsrpt-rua-host", "v=TLSRPTv1; rua=https://gone.test/tls"),
    tlsrpt("tlsrpt-rua-order", "tlsrpt-rua-order:notice", "v=TLSRPTv1; rua=mailto:a@good.test,mailto:us@good.test"),
    Row("tlsrpt-mx-record", "tlsrpt-mx-record:notice", mx=("mx.tlsrpt-mx-record",),
        extra={"mx.tlsrpt-mx-record": ["A 127.0.2.1"], "_25._tcp.mx.tlsrpt-mx-record": ["CNAME _25._tcp.mx.ok.test."]}),
    Row("tlsrpt-drop", "tlsrpt-unknown:unknown", run="faulty"),
]
# The TLSA alias of the row above is worth a line of its own.
TLSRPT[-2].expected["dane-cname"] = "ok"


def mx(name, expected, *records, **options):
    return Row(name, expected, {"@": [*records, text("v=spf1 ip4:192.0.2.1 ~all")]}, **options)


NO_MAIL = {"_mta-sts": None, "mta-sts": None, "_smtp._tls": None}
MX = [
    Row("mx-none", "mx-none:notice", {"@": [text("v=spf1 ip4:192.0.2.1 ~all"), "A 127.0.0.1"], **NO_MAIL}),
    Row("mx-null", "mx-null:ok", {"@": ["MX 0 .", text("v=spf1 -all")], **NO_MAIL,
                                 "_dmarc": [text("v=DMARC1; p=reject; rua=mailto:d@good.mx-null.test")]},
        extra={"good.mx-null": ["MX 10 mx.ok.test."]}),
    Row("mx-null-preference", "mx-null:notice", {"@": ["MX 10 .", text("v=spf1 -all")], **NO_MAIL,
                                                 "_dmarc": [text("v=DMARC1; p=reject; "
                                                    "rua=mailto:d@good.mx-null-preference.test")]},
        extra={"good.mx-null-preference": ["MX 10 mx.ok.test."]}),
    mx("mx-null-mixed", "mx-null-mixed:critical", "MX 0 .", "MX 10 mx.ok.test."),
    mx("mx-cname", "mx-cname:warning", "MX 10 alias.ok.test.", answer=policy(mx="alias.ok.test")),
    mx("mx-address", "mx-address:critical sts-mx-missing sts-mx-unused", "MX 10 gone.ok.test."),
    mx("mx-address-one", "mx-address:warning sts-mx-missing", "MX 10 gone.ok.test.", "MX 20 mx.ok.test."),
    mx("mx-literal", "mx-literal:warning", "MX 10 127.0.0.1.", "MX 20 mx.ok.test.",
       answer=plain(GOOD_POLICY + "mx: 127.0.0.1\n")),
    mx("mx-private", "mx-private:warning", "MX 10 mx.ok.test.", run="public"),
    mx("mx-drop", "mx-unknown:unknown", "MX 10 mx.ok.test.", run="faulty"),
]
# Without loopback the policy host is out of reach too, which is said.
MX[-2].expected["sts-host"] = "critical"


def host(name, address, records, tlsa=()):
    HOSTS[name] = [f"A {address}"] + list(records)
    HOSTS[f"_25._tcp.{name}"] = list(tlsa)


def dane_rows(c):
    """c: the certificates. Hosts of this part all answer at 127.0.2.1, with the good certificate."""
    good, following = c.tlsa("mx"), "TLSA 3 1 1 " + "ab" * 32

    def dane(name, expected, *tlsa, **options):
        HOSTS[f"{name}.dane"] = ["A 127.0.2.1"]
        HOSTS[f"_25._tcp.{name}.dane"] = list(tlsa)
        return Row(name, expected, mx=(f"{name}.dane",), **options)

    return [
        dane("dane-none", "dane-none:notice"),
        Row("dane-insecure", "dane-insecure:warning", mx=("mx.plain",)),
        Row("dane-bogus", "dane-bogus:critical sts-mx-missing:critical sts-mx-unused", {"@": [
            "MX 10 mx.bogus.test.", text("v=spf1 ip4:192.0.2.1 ~all")]}),
        dane("dane-servfail", "dane-bogus:critical", good, following, run="faulty"),
        dane("dane-drop", "dane-unknown:unknown", good, following, run="faulty"),
        dane("dane-unusable", "dane-unusable:warning", "TLSA 1 1 1 " + "ab" * 32, good, following),
        dane("dane-unusable-size", "dane-unusable", "TLSA 3 1 1 abcd", good, following),
        dane("dane-unusable-selector", "dane-unusable", "TLSA 3 2 1 " + "ab" * 32, good, following),
        Row("dane-partial", "dane-partial:notice", mx=("mx.ok", "mx.no-dane")),
        dane("dane-rollover", "dane-rollover:notice", good),
        dane("dane-selector", "dane-selector:notice", c.tlsa("mx", 3, 0, 1), following),
        dane("dane-sha512", "dane-sha512:notice", c.tlsa("mx", 3, 1, 2), "TLSA 3 1 2 " + "ab" * 64),
        dane("dane-size", "dane-size:notice", *[f"TLSA 3 1 1 {i:02x}" + "ab" * 31 for i in range(13)]),
        Row("dane-cname", "dane-cname:ok", mx=("alias.dane",)),
        # with the probe
        dane("dane-match", "", good, following, run="probe"),
        dane("dane-mismatch", "dane-mismatch:critical", following, "TLSA 3 1 1 " + "cd" * 32, run="probe"),
        dane("dane-ta", "dane-ca:notice", c.tlsa("inter", 2), following, run="probe"),
        dane("dane-ta-chain", "dane-ta-chain:critical", "TLSA 2 1 1 " + "ab" * 32, "TLSA 2 1 1 " + "cd" * 32,
             run="probe"),
    ]


DNSSEC = [
    Row("dnssec-none", "dnssec-none:notice", zone="plain.test", mx=("dark.plain",)),
    Row("dane-domain-insecure", "dane-domain-insecure:notice", zone="plain.test"),
    Row("dnssec-bogus", "dnssec-bogus:critical", zone="bogus.test"),
    Row("dnssec-expired", "dnssec-bogus:critical", zone="expired.test"),
    Row("dnssec-expiry", "dnssec-expiry:warning", zone="soon.test"),
    Row("sha1", "dnssec-algorithm:notice"),
    Row("dns-failed", "dns-failed:unknown", run="faulty"),
]
DNSSEC[-1].name = "servfail-all.test"
# The zone itself: its keys are what is judged.
DNSSEC[-2].zone = "sha1.test"


def probe_rows(c):
    """Mail servers that each have one fault; the policy is in mode enforce unless a row says otherwise."""
    following = "TLSA 3 1 1 " + "ab" * 32

    def server(number, name, expected, certificate="mx", mode="good", tlsa=None, sts_mode="enforce", addresses=1,
               **options):
        for i in range(addresses):
            ADDRESSES[f"127.0.{3 + i}.{number}"] = (certificate if i == 0 else "mx", mode if i == 0 else "good")
        HOSTS[f"{name}.mail"] = [f"A 127.0.{3 + i}.{number}" for i in range(addresses)]
        HOSTS[f"_25._tcp.{name}.mail"] = [c.tlsa(certificate), following] if tlsa is None else tlsa
        answer = policy(sts_mode, f"{name}.mail.test")
        return Row(name, expected, mx=(f"{name}.mail",), run=options.pop("run", "probe"), answer=answer, **options)

    def caa(number, name, expected, *records, owner=None, certificate="known"):
        return server(number, name, expected, certificate=certificate,
                      extra={f"{owner or name}.mail": [f"CAA 0 {record}" for record in records]})

    both = "sts-cert-mx:critical"
    rows = [
        server(1, "smtp-good", ""),
        server(2, "smtp-greeting", "smtp-greeting:unknown", mode="refuse"),
        server(3, "smtp-silent", "smtp-greeting:unknown", mode="silent"),
        server(4, "dane-no-starttls", "dane-no-starttls:critical", mode="plain"),
        server(5, "smtp-no-starttls", "smtp-no-starttls:critical dane-none", mode="plain", tlsa=[]),
        server(6, "smtp-454", "smtp-no-starttls:warning dane-none sts-testing", mode="454", tlsa=[], sts_mode="testing"),
        server(7, "smtp-injection", "smtp-injection:warning", mode="inject"),
        server(8, "smtp-handshake", "smtp-handshake:critical", mode="broken"),
        server(9, "smtp-cert-expired", f"smtp-cert-expired:critical {both}", certificate="expired"),
        server(10, "smtp-cert-week", "smtp-cert-expired:warning", certificate="week"),
        server(11, "smtp-cert-fortnight", "smtp-cert-expired:notice", certificate="fortnight"),
        server(12, "smtp-cert-self", f"smtp-cert-chain:critical smtp-cert-name {both}", certificate="self"),
        server(13, "smtp-cert-chain", f"smtp-cert-chain:critical {both}", certificate="alone"),
        server(14, "smtp-cert-name", f"smtp-cert-name:critical {both}", certificate="wrong"),
        server(15, "smtp-cert-testing", "smtp-cert-name:warning sts-testing", certificate="wrong", sts_mode="testing"),
        server(16, "smtp-sni", "smtp-sni:notice", mode="sni wrong"),
        server(17, "smtp-tls-old", "smtp-tls-old:warning", mode="tls1.0"),
        server(18, "smtp-addresses-differ", f"smtp-addresses-differ:warning smtp-cert-name {both}",
               certificate="wrong", addresses=2, tlsa=[c.tlsa("wrong"), c.tlsa("mx")]),
        server(19, "smtp-cert-key", "smtp-cert-key:critical", mode="huge"),
        server(20, "dane-ta-name", f"dane-ta-name:critical smtp-cert-name {both}", certificate="wrong",
               tlsa=[c.tlsa("inter", 2), following]),
        server(21, "dane-ta-expired", f"dane-ta-expired:critical smtp-cert-expired {both}", certificate="expired",
               tlsa=[c.tlsa("inter", 2), following]),
        server(22, "dane-unusable-plain", "dane-unusable:critical smtp-no-starttls", mode="plain",
               tlsa=["TLSA 0 1 1 " + "ab" * 32]),
        server(23, "dane-ee-any", "sts-none", certificate="wrong",
               changes={"_mta-sts": None, "mta-sts": None}),
        # Let's Encrypt's, but for one
        caa(24, "caa-issuer", "caa-issuer:warning", 'issue "digicert.com"', 'issue "pki.goog"'),
        caa(25, "caa-nobody", "caa-issuer", 'issue ";"'),
        caa(26, "caa-record", "caa-record:ok", 'issue "digicert.com"', 'ISSUE " LetsEncrypt.org; validationmethods=dns-01"'),
        caa(27, "a.caa-parent", "caa-issuer dmarc-walk-differs", 'issue "digicert.com"', owner="caa-parent"),
        caa(28, "caa-wildcard-only", "caa-record", 'issue "letsencrypt.org"', 'issuewild "digicert.com"'),
        caa(29, "a.caa-wildcard", "caa-issuer dmarc-walk-differs", 'issue "letsencrypt.org"', 'issuewild "digicert.com"',
            owner="caa-wildcard", certificate="wildcard"),
        caa(32, "caa-wildcard-host", "", 'issue "digicert.com"', certificate="wildcard"),
        caa(30, "caa-contact", "", 'iodef "mailto:ca@good.test"'),
        caa(31, "caa-other", "caa-record", 'issue "digicert.com"', certificate="mx"),
        Row("smtp-unreachable", "smtp-unreachable:warning", mx=("half.mail",), run="probe"),
        Row("mx-v6-dead", "mx-v6-dead:unknown", mx=("six.mail",), run="probe"),
        Row("smtp-blocked", "smtp-blocked:unknown", mx=("dead.mail",), run="blocked"),
    ]
    tlsa = [c.tlsa("mx"), following]
    HOSTS.update({"half.mail": ["A 127.0.2.1", "A 127.0.9.9"], "_25._tcp.half.mail": tlsa,
                  "six.mail": ["A 127.0.2.1", "AAAA ::1"], "_25._tcp.six.mail": tlsa,
                  "dead.mail": ["A 127.0.9.9"], "_25._tcp.dead.mail": tlsa})
    return rows


# What a row above covers that is not a domain of its own, and what needs more than one day or reports.
OTHER = [
    Row("bimi-policy", "bimi-policy:notice dmarc-p-none", {
        "default._bimi": [text("v=BIMI1; l=https://good.test/logo.svg;")],
        "_dmarc": [text("v=DMARC1; p=none; rua=mailto:d@bimi-policy.test")]}),
    Row("bimi-record", "bimi-record:ok", {"default._bimi": [text("v=BIMI1; l=https://good.test/logo.svg;")]}),
    Row("no-such-domain", "domain-missing:critical", {name: None for name in
                                                       ("@", "_dmarc", "_mta-sts", "mta-sts", "_smtp._tls")}),
]


def all_rows(c):
    return DMARC + SPF + dkim_rows(c) + STS + TLSRPT + MX + dane_rows(c) + DNSSEC + probe_rows(c) + OTHER
