#!/usr/bin/env python3
# test_hostile.py - inputs made to exhaust time, memory or the stack
#
# SPDX-License-Identifier: MIT
#
# test_hostile.py ORDINARY SANITIZED: each input is made in a scratch directory
# and goes through "parse" of both builds.  The ordinary build ends within a
# second of CPU and 34 MB, with the exit status and the reason expected; the sanitized
# one ends with the same and nothing to say, in whatever time it needs.
import base64
import gzip
import io
import os
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
import zlib

SECONDS = 3.0         # the slowest case takes 0.8 s; what is not linear takes minutes
TRIES = 3
MEGABYTES = 38
SANITIZED_SECONDS = 400
MIB = 1 << 20
SAID_BYTES = 1 << 16  # what is read of stderr; a sanitizer speaks before that ends

HEAD = (b"<feedback><report_metadata><org_name>a</org_name><report_id>1</report_id><date_range>"
        b"<begin>1793491200</begin><end>1793577599</end></date_range></report_metadata>"
        b"<policy_published><domain>example.com</domain><p>none</p></policy_published>")
RECORD = (b"<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row><identifiers>"
          b"<header_from>example.com</header_from></identifiers></record>")
TAIL = b"</feedback>"
TLS_HEAD = (b'{"organization-name":"a","date-range":{"start-datetime":"2026-11-01T00:00:00Z",'
            b'"end-datetime":"2026-11-01T23:59:59Z"},"report-id":"1","policies":[')
TLS_POLICY = (b'{"policy":{"policy-type":"sts","policy-domain":"example.com"},"summary":'
              b'{"total-successful-session-count":1,"total-failure-session-count":0}}')
TLS_TAIL = b"]}"
MAIL = b"From: a@example.net\nSubject: x\nMIME-Version: 1.0\n"


def repeated(chunk, count, before=b"", behind=b""):
    """gzip of before, count times chunk, behind; never whole in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    many = max(1, min(count, MIB // len(chunk)))
    out = [packer.compress(before)]
    for _ in range(count // many):
        out.append(packer.compress(chunk * many))
    out += [packer.compress(chunk * (count % many)), packer.compress(behind), packer.flush()]
    return b"".join(out)


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0)), data,
                            zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def overlapping(count, size):
    """An archive whose members all share the same compressed bytes."""
    data = HEAD + b" " * size + TAIL
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    fields = (20, 0, 8, 0, 0x5c61, zlib.crc32(data), len(packed), len(data), 5, 0)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", *fields) + b"a.xml" + packed
    central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *fields, 0, 0, 0, 0, 0) + b"a.xml"
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(central) * count,
                      len(local), 0)
    return local + central * count + end


def without_contents(data):
    return data[:data.index(b"PK\1\2")]


def stored_in_itself():
    """An archive with a member that is the archive itself: a quine without its trick, by
    pointing the member at offset 0."""
    inner = archive([("a.xml", HEAD + RECORD + TAIL)])
    data = bytearray(inner)
    at = data.rindex(b"PK\1\2")
    struct.pack_into("<H", data, at + 10, 0)
    struct.pack_into("<III", data, at + 16, 0, len(data), len(data))
    return bytes(data)


def wrapped(wrap, data, times):
    for _ in range(times):
        data = wrap(data)
    return data


def attached(data, kind="application/gzip"):
    return (MAIL + f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n".encode() +
            base64.encodebytes(data))


def forwarded(data):
    return MAIL + b"Content-Type: message/rfc822\n\n" + data


def multiparts(depth):
    head = [MAIL]
    for level in range(depth):
        head.append(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level))
    return b"".join(head) + b"Content-Type: text/plain\n\nx\n"


def parts(count, body, kind=b"application/octet-stream"):
    part = b"--b\nContent-Type: " + kind + b"\n\n" + body + b"\n"
    return MAIL + b"Content-Type: multipart/mixed; boundary=b\n\n" + part * count + b"--b--\n"


def laughs(quadratic):
    if quadratic:
        text = b'<!DOCTYPE f [<!ENTITY a "' + b"a" * 100000 + b'">]><feedback>' + b"&a;" * 100000
        return text + TAIL
    text = b'<!DOCTYPE f [<!ENTITY l0 "lol">'
    for level in range(1, 20):
        text += b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10)
    return text + b"]>" + HEAD.replace(b"<org_name>a", b"<org_name>&l19;") + TAIL


def external(url):
    return (b'<?xml version="1.0"?><!DOCTYPE f [<!ENTITY x SYSTEM "' + url + b'">'
            b'<!ENTITY % y SYSTEM "' + url + b'"> %y;]>' +
            HEAD.replace(b"<org_name>a", b"<org_name>&x;") + RECORD + TAIL)


def tls(policies):
    return TLS_HEAD + policies + TLS_TAIL


GOOD = HEAD + RECORD + TAIL
GOOD_TLS = tls(TLS_POLICY)
# name, how the input is made, exit status, reason ("" for none)
CASES = [
    ("gzip bomb, zeros", lambda: repeated(b"\0" * 4096, 2 ** 18), 1, "not-a-report"),
    ("gzip bomb, blanks in XML", lambda: repeated(b" ", 2 ** 29, HEAD, TAIL), 1, "too-large"),
    ("gzip bomb, blanks in JSON", lambda: repeated(b" ", 2 ** 29, b"{"), 1, "too-large"),
    ("gzip bomb in a mail", lambda: attached(repeated(b" ", 2 ** 29, HEAD, TAIL)), 1, "too-large"),
    ("gzip bomb twice packed", lambda: gzip.compress(repeated(b" ", 2 ** 29, HEAD)), 1, "too-large"),
    ("gzip in gzip, 1000 times", lambda: wrapped(gzip.compress, GOOD, 1000), 1, "too-deep"),
    ("a million empty gzip members", lambda: gzip.compress(b"") * 1000000, 1, "not-a-report"),
    ("zip bomb", lambda: archive([("a.xml", HEAD + b" " * (300 * MIB) + TAIL)]), 1, "too-large"),
    ("zip bomb, 900 members", lambda: archive([(f"{i}.xml", b" " * MIB) for i in range(900)]), 1,
     "not-a-report"),
    ("zip with 60,000 members", lambda: archive([(f"{i}", b"") for i in range(60000)]), 1, "too-many-parts"),
    ("zip, members overlapping", lambda: overlapping(900, MIB), 1, "bad-zip"),
    ("zip that holds itself", stored_in_itself, 1, "bad-zip"),
    ("zip bomb without contents", lambda: without_contents(archive(
        [("a.xml", HEAD + b" " * (300 * MIB) + TAIL)])), 1, "too-large"),
    ("60,000 members, no contents", lambda: without_contents(archive(
        [(f"{i}", b"") for i in range(60000)])), 1, "too-many-parts"),
    ("zip in zip, 100 times", lambda: wrapped(lambda d: archive([("z", d)]), GOOD, 100), 1, "too-deep"),
    ("billion laughs", lambda: laughs(False), 1, "corrupt"),
    ("quadratic blow-up", lambda: laughs(True), 1, "corrupt"),
    ("external entity, file", lambda: external(b"file:///etc/passwd"), 1, "corrupt"),
    ("external entity, http", lambda: external(b"http://localhost:1/x"), 1, "corrupt"),
    ("XML 100,000 deep", lambda: HEAD + b"<a>" * 100000 + b"</a>" * 100000 + TAIL, 1, "corrupt"),
    ("JSON 100,000 deep", lambda: tls(b"[" * 100000 + b"]" * 100000), 1, "too-deep"),
    ("JSON 100,000 deep, cut", lambda: b'{"a":' * 100000, 1, "too-deep"),
    ("3,900 MIME parts", lambda: parts(3900, b"x"), 1, "not-a-report"),
    ("3,900 MIME parts, reports", lambda: parts(3900, GOOD, b"text/xml"), 1, "too-many-parts"),
    ("10,000 MIME parts", lambda: parts(10000, b"x"), 1, "too-many-parts"),
    ("10,000 MIME parts, reports", lambda: parts(10000, GOOD, b"text/xml"), 1, "too-many-parts"),
    ("3,900 nested multiparts", lambda: multiparts(3900), 1, "too-deep"),
    ("1,000 nested mails", lambda: wrapped(forwarded, attached(GOOD), 1000), 1, "too-deep"),
    ("header line of 10 MB", lambda: b"Subject: " + b"x" * (10 * MIB) + b"\n" + attached(
        gzip.compress(GOOD)), 1, "too-large"),
    ("a million header lines", lambda: b"X: y\n" * 1000000 + attached(gzip.compress(GOOD)), 0,
     ""),
    ("header folded a million times", lambda: b"Subject: x\n" + b" y\n" * 1000000 + attached(
        gzip.compress(GOOD)), 1, "too-large"),
    ("encoded words, 1 MB", lambda: b"Subject: " + b"=?utf-8?Q?a?=\n " * 70000 + b"\n" + attached(
        gzip.compress(GOOD)), 1, "too-large"),
    ("3,900 boundaries as prefixes", lambda: parts(1, b"--b-\n--\n--bb\n" * 1300), 1, "not-a-report"),
    ("300,000 MIME parts", lambda: parts(300000, b"x"), 1, "too-many-parts"),
    ("reports behind one another", lambda: b"".join(GOOD.replace(b"<count>", b"<count>%d" % i) for i in range(1000)), 1, "too-many-parts"),
    ("end tags without a start", lambda: GOOD.replace(b"</feedback>", b"</a>" * 50000 + b"</feedback>"), 0, ""),
    ("a million end tags", lambda: GOOD.replace(b"</feedback>", b"</a>" * 1000000), 1, "bad-xml"),
    ("millions of empty records", lambda: repeated(b"<record/>", 3000000, HEAD, TAIL), 1, "corrupt"),
    ("millions of empty policies", lambda: repeated(b"{},", 3000000, TLS_HEAD, b"{}" + TLS_TAIL),
     1, "too-large"),
    ("text of 100 MB in XML", lambda: repeated(b"x", 100 * MIB, b"<feedback><a>", b"</a></feedback>"),
     1, "too-large"),
    ("attribute of 100 MB", lambda: repeated(b"x", 100 * MIB, b'<feedback a="', b'"/>'), 1, "bad-xml"),
    ("name of 100 MB", lambda: repeated(b"x", 100 * MIB, b"<feedback><"), 1, "too-large"),
    ("comment of 100 MB", lambda: repeated(b"x", 100 * MIB, b"<feedback><!--", b"--></feedback>"),
     1, "bad-xml"),
    ("a million attributes", lambda: b"<feedback " + b"".join(
        b'a%d="" ' % i for i in range(1000000)) + b"/>", 1, "bad-xml"),
    ("a million namespaces", lambda: b"<feedback " + b"".join(
        b'xmlns:a%d="u" ' % i for i in range(300000)) + b"/>", 1, "bad-xml"),
    ("string of 100 MB in JSON", lambda: repeated(b"x", 100 * MIB, TLS_HEAD + b'"', b'"]}'), 1,
     "too-large"),
    ("key of 100 MB", lambda: repeated(b"x", 100 * MIB, b'{"', b'":1}'), 1, "too-large"),
    ("number of 100 MB", lambda: repeated(b"9", 100 * MIB, b'{"report-id":', b"}"), 1, "too-large"),
    ("number of 60,000 digits", lambda: tls(TLS_POLICY.replace(b":1,", b":" + b"9" * 60000 + b",")),
     1, "too-large"),
    ("number with a huge exponent", lambda: tls(TLS_POLICY.replace(b":1,", b":1e999999999999,")), 0,
     ""),
    ("control characters, 20 MB", lambda: b'{"report-id":"' + b"\1" * (20 * MIB) + b'"}', 1, "too-large"),
    ("quotes in a text, 20 MB", lambda: b'{"report-id":"' + b'"x' * (10 * MIB) + b'"}', 1, "too-large"),
    ("commas, 20 MB", lambda: b'{"report-id":"1"' + b"," * (20 * MIB) + b'}', 1, "not-a-report"),
    ("a million words", lambda: tls(b"NaN," * 1000000 + TLS_POLICY), 0, ""),
    ("a million duplicate members", lambda: b"{" + b'"report-id":"1",' * 1000000 + GOOD_TLS[1:], 1,
     "too-large"),
    ("huge counts in XML", lambda: GOOD.replace(b"<count>1", b"<count>" + b"9" * 5000), 0, ""),
    ("huge dates in XML", lambda: GOOD.replace(b"1793491200", b"9" * 5000), 0, ""),
    ("NULs, 10 MB", lambda: b"\0" * (10 * MIB), 1, "not-a-report"),
    ("NULs between all bytes", lambda: bytes(b for c in GOOD for b in (c, 0)), 0, ""),
    ("UTF-32, 40 MB of blanks", lambda: (HEAD + b" " * (10 * MIB) + TAIL).decode().encode("utf-32"),
     1, "too-large"),
    ("bad bytes in GB 18030, 20 MB", lambda: b'<?xml encoding="gb18030"?>' + HEAD + b"\xff" * (20 * MIB) +
     TAIL, 1, "too-large"),
    ("escapes in ISO-2022-JP, 20 MB", lambda: b'<?xml encoding="iso-2022-jp"?>' + HEAD +
     b"\x1b$B\x1b(B" * (3 * MIB) + TAIL, 1, "bad-xml"),
    ("the root's name, 16 MB of text", lambda: b"<a>" + b"feedback" * (2 * MIB) + b"</a>", 1, "not-a-report"),
    ("the root's name, a million tags", lambda: b"<a>" + b"<x:feedback>" * MIB + b"</a>", 1, "bad-xml"),
    ("10,000 reports in an element", lambda: b"<a>" + GOOD * 10000 + b"</a>", 1, "too-many-parts"),
    ("NULs behind a report", lambda: GOOD + b"\0" * MIB, 0, ""),
    ("bad bytes, 20 MB", lambda: HEAD + b"\xff\xc0\x80" * (7 * MIB) + TAIL, 1, "too-large"),
    ("ampersands, 20 MB", lambda: HEAD + b"&" * (20 * MIB) + TAIL, 1, "bad-xml"),
    ("less-than signs, 20 MB", lambda: HEAD + b"<" * (20 * MIB) + TAIL, 1, "bad-xml"),
    ("line of 40 MB, no mail", lambda: b"x" * (40 * MIB), 1, "not-a-report"),
    ("mbox of 100,000 empty mails", lambda: b"From x Sun Nov  1 10:00:00 2026\n\n" * 100000, 1,
     "bad-mime"),
    ("feedback fields, a million", lambda: b"Feedback-Type: auth-failure\n" +
     b"Source-IP: 192.0.2.1\n" * 1000000, 1, "too-large"),
    ("addresses, a million", lambda: MAIL + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
     b"Content-Type: message/feedback-report\n\nFeedback-Type: auth-failure\nAuth-Failure: spf\n"
     b"Source-IP: 192.0.2.1\n\n--b\nContent-Type: message/rfc822\n\nTo: " +
     b"a@example.com, " * 1000000 + b"\n\nx\n--b--\n", 1, "too-large"),
]


def made(make, path):
    """In a process of its own: ours must stay small, see measure()."""
    child = os.fork()
    if child == 0:
        with open(path, "wb") as out:
            out.write(make())
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def measure(command, seconds):
    """Exit status, seconds of CPU, megabytes (never less than ours: a child begins with it), and what was said."""
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        process = subprocess.Popen(["timeout", str(seconds)] + command, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        first = said.read(SAID_BYTES)
        return {"status": process.returncode, "cpu": usage.ru_utime + usage.ru_stime,
                "wall": time.monotonic() - start, "rss": usage.ru_maxrss / 1024,
                "said": first.decode(errors="replace")}


def reason_of(said):
    """"reportbridge: PATH: REASON: TEXT", one line per mail; of the first."""
    words = said.split("\n")[0].split(": ")
    return words[2] if len(words) > 2 else ""


class Hostile(unittest.TestCase):
    def test_all(self):
        ordinary, sanitized = PROGRAMS
        print(f"{'input':32} {'MB':>6} {'CPU s':>6} {'RSS MB':>6} {'sanitized s':>11}  result")
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "input")
            for name, make, status, reason in CASES:
                with self.subTest(name):
                    self.assertTrue(made(make, path))
                    run = measure([ordinary, "parse", path], SANITIZED_SECONDS)
                    for _ in range(TRIES - 1):  # other processes take CPU time from ours, too
                        if run["cpu"] >= SECONDS:
                            run = measure([ordinary, "parse", path], SANITIZED_SECONDS)
                    strict = measure([sanitized, "parse", path], SANITIZED_SECONDS)
                    print(f"{name:32} {os.path.getsize(path) / 1e6:6.2f} {run['cpu']:6.2f} "
                          f"{run['rss']:6.1f} {strict['cpu']:11.2f}  {reason_of(run['said'])}",
                          flush=True)
                    self.assertEqual(run["status"], status, run["said"][:500])
                    self.assertEqual(reason_of(run["said"]), reason)
                    self.assertEqual(strict["status"], status, strict["said"][-2000:])
                    self.assertEqual(reason_of(strict["said"]), reason)
                    self.assertNotIn("runtime error", strict["said"])
                    self.assertLess(run["cpu"], SECONDS)
                    self.assertLessEqual(run["rss"], MEGABYTES)


if __name__ == "__main__":
    PROGRAMS = [os.path.abspath(path) for path in sys.argv[1:3]]
    unittest.main(argv=sys.argv[:1])
