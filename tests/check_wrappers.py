#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each third-party library is included in its wrapper files alone."""
import glob
import re
import sys

# What its headers are called: the files that may include them.
WRAPPERS = {
    "libetpan/": "mailbox/imap_session.c mailbox/imap_login.c mailbox/imap_folder.c mailbox/imap_fetch.c "
                 "mailbox/imap_idle.c mailbox/imap_list.c mailbox/imap_settle.c mailbox/transport.c",
    "gnutls/": "base/certificate_file.c base/tls_keys.c mailbox/tls.c domain/certificate.c domain/smtp_tls.c",
    "unbound": "domain/dns.c",
    "gsasl": "mailbox/sasl.c",
    "ares": "base/name_lookup.c base/dns_queue.c",
    "microhttpd": "bridge/watch/listener.c",
    "curl/": "output/http.c output/http_login.c output/http_login.h domain/policy_fetch.c bridge/tell/delivery.c",
    "librdkafka": "mailbox/kafka_mailbox.c output/kafka_sink.c",
    "gmime/|glib": "ingest/unwrap/mime.c ingest/unwrap/transfer_encoding.c bridge/tell/letter.c",
    "libxml/": "ingest/text/xml_reader.c",
    "yajl/": "base/json_reader.c",
    "json-c/|json_": "output/json_tree.h",
    "zlib": "ingest/unwrap/gunzip.c output/gzip_file.c",
    "libdeflate": "output/gzip.c ingest/unwrap/inflate_whole.c ingest/unwrap/gunzip.c",
    r"zip\.h": "ingest/unwrap/zip.c",
    "nettle/": "base/hash.c",
    "iconv": "ingest/text/charset.c",
    "idn2": "base/domain_name.c",
    r"seccomp\.h": "bridge/process/confinement.c",
    r"dkim\.h": "ingest/trust/signature.c",
    "maxminddb": "enrich/mmdb.c",
    "libpsl": "base/organizational_domain.c",
}
# Says the version of each.
VERSIONS = "bridge/commands/version.c"
ROOMS = "base mailbox output enrich domain ingest bridge".split()


def main():
    wrong = []
    for file in sorted(f for room in ROOMS for f in glob.glob(room + "/**/*.[ch]", recursive=True)):
        for number, line in enumerate(open(file, encoding="utf-8"), 1):
            for library, files in WRAPPERS.items():
                if re.match(rf"\s*#\s*include <({library})", line) and file not in (*files.split(), VERSIONS):
                    wrong.append(f"{file}:{number}: only {files} may include {line.split()[-1]}")
    if wrong:
        sys.exit("\n".join(wrong))


main()
