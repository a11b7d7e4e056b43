#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much of a corpus has a sender's name, and by which rule: names.py PROGRAM DIRECTORY [ROWS]

Built-in rules alone: nobody is asked for names of hosts. With ROWS: so many different addresses, those with
most messages first, to be looked at one by one.
"""
import collections
import ipaddress
import json
import os
import subprocess
import sys
import tarfile
import tempfile


def unpack(directory, target):
    """parse reads what lies in directories, and no tar files as large as these."""
    for where, _, files in os.walk(directory):
        for name in files:
            if name.endswith((".tar.gz", ".tgz")):
                with tarfile.open(os.path.join(where, name)) as archive:
                    archive.extractall(target, filter="data")


def documents(program, *paths):
    done = subprocess.Popen([program, "parse", *paths], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in done.stdout:
        document = json.loads(line)
        if document["event.dataset"] == "dmarc_aggregate":
            yield document
    done.wait()


def kind_of(document):
    """An author's own domain says who is answerable, and not which service sent."""
    if "source.sender.name" not in document:
        return "nobody"
    rule = document["source.sender.rule"]
    if "source.sender.type" not in document:
        author = document.get("dmarc.header_from", "")
        own = author == document["source.sender.name"] or author.endswith("." + document["source.sender.name"])
        return f"{rule}, the author's own domain" if own else f"{rule}, another domain"
    return f"{rule}, a known service"


def share(part, whole):
    return f"{part:9,} {100 * part / max(whole, 1):5.1f} %"


def main():
    program, directory = os.path.abspath(sys.argv[1]), sys.argv[2]
    messages, records, services = (collections.Counter() for _ in range(3))
    addresses = {}
    with tempfile.TemporaryDirectory() as unpacked:
        unpack(directory, unpacked)
        for document in documents(program, directory, unpacked):
            kind, count = kind_of(document), document["dmarc.message_count"]
            messages[kind] += count
            records[kind] += 1
            if "source.sender.type" in document:
                services[f"{document['source.sender.name']} ({document['source.sender.type']})"] += count
            address = document.get("source.ip")
            if address and ipaddress.ip_address(address).is_global:
                addresses.setdefault(address, [0, document])[0] += count
    print(f"{'named by':34} {'messages':>17} {'records':>17}")
    for kind, count in messages.most_common():
        print(f"{kind:34} {share(count, messages.total())} {share(records[kind], records.total())}")
    named = messages.total() - messages["nobody"]
    print(f"{'with a name':34} {share(named, messages.total())} "
          f"{share(records.total() - records['nobody'], records.total())}")
    print("services:", ", ".join(f"{name} {count:,}" for name, count in services.most_common(15)))
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    for address, (count, document) in sorted(addresses.items(), key=lambda a: (-a[1][0], a[0]))[:rows]:
        print(f"{address:40} {count:7} {document.get('source.sender.name', '-'):28} "
              f"{document.get('source.sender.type', '-'):13} {document.get('source.sender.rule', '-'):5} "
              f"from={document.get('dmarc.header_from', '-')} dkim={','.join(document.get('dmarc.dkim.combined', []))} "
              f"spf={','.join(document.get('dmarc.spf.combined', []))}")


main()
