# SPDX-License-Identifier: MIT
"""Runs inside the peer's environment: domain_peer.py PORT, names on standard input; a JSON line for each."""
import json
import logging
import sys
import time

import dns.resolver
from checkdmarc.dmarc import check_dmarc
from checkdmarc.mta_sts import parse_mta_sts_record, query_mta_sts_record
from checkdmarc.smtp import check_mx
from checkdmarc.smtp_tls_reporting import check_smtp_tls_reporting
from checkdmarc.spf import check_spf

logging.disable(logging.CRITICAL)
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], int(sys.argv[1]), 3.0


def told(part):
    """What it says is wrong: errors and warnings."""
    found = [part["error"]] if part.get("error") else []
    # Loopback has no reverse DNS, which says nothing of the domain.
    return [str(text) for text in found + list(part.get("warnings") or []) if "reverse DNS" not in str(text)]


def attempt(function, *arguments, **options):
    try:
        return told(function(*arguments, resolver=resolver, **options))
    except Exception as error:  # its records are hostile, and it may die of one
        return [f"{type(error).__name__}: {error}"]


def check_sts_record(name, **options):
    record = query_mta_sts_record(name, **options)
    parse_mta_sts_record(record["record"])
    return record


for name in sys.stdin.read().split():
    start = time.time()
    parts = {"dmarc": attempt(check_dmarc, name), "spf": attempt(check_spf, name),
             "mx": attempt(check_mx, name), "tlsrpt": attempt(check_smtp_tls_reporting, name),
             "sts": attempt(check_sts_record, name)}
    print(json.dumps({"domain": name, "parts": parts, "seconds": time.time() - start}), flush=True)
