#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Peak memory with the largest mail, in each form that such a mail takes.

test_memory.py PROGRAM BULK_SINK

Each mail is drained over IMAPS into a sink that accepts everything.
"""
import base64
import io
import multiprocessing
import os
import quopri
import random
import subprocess
import sys
import unittest
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../lib")
import lab  # noqa: E402

PROGRAM, SINK = (os.path.abspath(path) for path in (sys.argv.pop(1), sys.argv.pop(1)))

MIB = 1 << 20
MAX_MAIL = 48 * MIB
# Above the mail itself, libraries included.
MORE = 24e6
BASE64 = 78 / 57  # with its line ends

HEAD = (b'<?xml version="1.0"?>\n<feedback><report_metadata><org_name>reporter.example</org_name>'
        b"<report_id>1</report_id><date_range><begin>1793491200</begin><end>1793577599</end></date_range>"
        b"</report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>\n")
RECORD = (b"<record><row><source_ip>192.0.2.%d</source_ip><count>1</count><policy_evaluated>"
          b"<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>"
          b"<identifiers><header_from>example.com</header_from></identifiers><auth_results><spf>"
          b"<domain>example.com</domain><result>fail</result></spf></auth_results></record>\n")
TAIL = b"</feedback>\n"
RECORDS = 20000


def report(size):
    """Of about that many bytes; its comments do not compress."""
    random.seed(1)
    padding = max(0, size // RECORDS - len(RECORD) - 20) * 3 // 4
    pieces = [HEAD]
    for i in range(RECORDS):
        pieces += [RECORD % (i % 256), b"<!--", base64.b64encode(random.randbytes(padding)), b"-->\n"]
    return b"".join(pieces) + TAIL


def packed(size):
    """A report of which gzip and zip make that many bytes."""
    return report(int(size * 4 / 3 * 0.98))


def gzipped(size):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(packed(size)) + packer.flush()


def zipped(size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("report.xml", packed(size))
    return out.getvalue()


def in_base64(content):
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def mail(content_type, encoding, body):
    return (f"From: d@reporter.example\r\nTo: reports@example.com\r\nSubject: Report Domain: example.com\r\n"
            f"Message-ID: <1@reporter.example>\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n").encode() + body


ENCODED = int(MAX_MAIL / BASE64) - 64 * 1024
FORMS = {
    "gzip": lambda: mail("application/gzip", "base64", in_base64(gzipped(ENCODED))),
    "zip": lambda: mail("application/zip", "base64", in_base64(zipped(ENCODED))),
    "XML in base64": lambda: mail("text/xml", "base64", in_base64(report(ENCODED))),
    "XML": lambda: mail("text/xml", "8bit", report(MAX_MAIL - 64 * 1024)),
    "XML, quoted-printable": lambda: mail("text/xml", "quoted-printable", quopri.encodestring(
        report(int(MAX_MAIL * 0.9)))),
    "no report, in base64": lambda: mail("application/octet-stream", "base64",
                                         in_base64(random.randbytes(ENCODED))),
}


def in_process(function, *arguments):
    """So that this process, which its children begin as, stays small."""
    process = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = lab.make_directory(cls)
        cls.imap = lab.Imap(cls, f"{cls.directory}/imap")
        sink = subprocess.Popen([SINK], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(sink.wait)
        cls.addClassCleanup(sink.kill)
        cls.addClassCleanup(sink.stdout.close)
        cls.port = sink.stdout.readline().strip()

    def drain(self, user):
        """Runs until the mail is read: peak memory in bytes and the log."""
        config = f"{self.directory}/{user}.conf"
        lab.write(config, f"[bridge]\nstate_directory = {self.directory}/{user}\nworkers = 1\n"
                  + self.imap.configuration(user, max_mail=f"{MAX_MAIL // MIB}MiB")
                  + f"[output o]\nurls = http://127.0.0.1:{self.port}\n")
        with open(f"{self.directory}/log", "w+", encoding="utf-8") as log:
            process = subprocess.Popen([PROGRAM, "run", "--once", "-c", config], stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            return usage.ru_maxrss * 1024, log.read()

    def test_largest_mail(self):
        print(f"\n{'form':24} {'mail MB':>8} {'peak MB':>8} {'above the mail':>15}")
        for number, (form, make) in enumerate(FORMS.items()):
            user = f"user{number}"
            with self.subTest(form):
                in_process(lambda: self.imap.deliver(user, [make()]))
                peak, log = self.drain(user)
                print(f"{form:24} {MAX_MAIL / 1e6:8.1f} {peak / 1e6:8.1f} {(peak - MAX_MAIL) / 1e6:15.1f}",
                      flush=True)
                folder = "Invalid" if form.startswith("no") else "Aggregate"
                self.assertEqual(self.imap.folders(user), {folder: 1}, log)
                self.assertLessEqual(peak, MAX_MAIL + MORE, log)


if __name__ == "__main__":
    unittest.main()
