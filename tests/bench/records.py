# SPDX-License-Identifier: MIT
"""Records of real reports (REPORTBRIDGE_CORPUS, else made-up ones), and any number of others like them.

The addresses of published reports are anonymised, so each record gets another one: of 5,000 networks, of which few
send much and most little.  A copy of a record is of another report, of a later day, and of another host of the
network.
"""
import datetime
import functools
import hashlib
import json
import os
import re
import subprocess
import tempfile

import bench
import lab

NETWORKS = 5000
NETWORKS_OF_AN_OWNER = 4
DAYS = 365
DAY = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d")


def originals(program, directory, schema, enrich=""):
    """[(id, document)] of all reports, as the program posts them."""
    folder = tempfile.mkdtemp(prefix=schema, dir=directory)
    mails = f"{folder}/mail"
    bench.deliver(mails)
    os.mkdir(f"{folder}/documents")
    lab.write(f"{folder}/c.conf", f"""[bridge]
state_directory = {folder}/state
workers = 0
log_level = error
[mailbox mail]
source = maildir
path = {mails}
[output files]
type = file
directory = {folder}/documents
schema = {schema}
{enrich}""")
    subprocess.run([program, "run", "--once", "-c", f"{folder}/c.conf"], check=False)
    found = []
    for name in sorted(os.listdir(f"{folder}/documents")):
        if "aggregate" in name:
            lines = lab.read(f"{folder}/documents/{name}").splitlines()
            found += [(json.loads(action)["create"]["_id"], document)
                      for action, document in zip(lines[0::2], lines[1::2])]
    return found


def number_of(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@functools.lru_cache(maxsize=1 << 14)
def network_of(key):
    return int(NETWORKS * (number_of(key) / 2**64) ** 3)


def address(key, copy):
    network = network_of(key)
    return f"45.{network >> 8}.{network & 255}.{number_of(f'{key}/{copy}') & 255}"


@functools.lru_cache(maxsize=NETWORKS)
def owner_and_place(network):
    """JSON of what databases say."""
    owner = network // NETWORKS_OF_AN_OWNER
    north, east = (number_of(f"{network}/{way}") % 120 - 60 for way in ("north", "east"))
    return json.dumps({
        "source.registered_domain": f"owner{owner}.example",
        "source.as.number": 1000 + owner,
        "source.as.organization.name": f"Owner {owner} Internet Services",
        "source.geo.country_iso_code": chr(65 + owner % 26) + chr(65 + owner % 3),
        "source.geo.city_name": f"City {network % 700}",
        "source.geo.location": f"{north}.{network},{east}.{network}",
    }, separators=(",", ":"))[1:-1]


def names(key, copy):
    """JSON of what name servers and databases say."""
    network = network_of(key)
    host = address(key, copy).replace(".", "-")
    return f'"source.domain":"mta-{host}.owner{network // NETWORKS_OF_AN_OWNER}.example",{owner_and_place(network)}'


def other(text, copy):
    """A digest of the same length and alphabet."""
    return hashlib.sha256(f"{text}/{copy}".encode()).hexdigest()[:len(text)]


@functools.lru_cache(maxsize=1 << 16)
def day_after(day, days):
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days))


def later(day, copy):
    return day_after(day, copy % DAYS)


class Record:
    """A record that makes others like it."""

    def __init__(self, key, document, has_names=False):
        self.key = key
        self.moves = [(other, key)]
        fields = [json.dumps(name) + ":" + self.text(name, value)
                  for name, value in json.loads(document).items()]
        if has_names:
            self.moves.append((names, key))
            fields.append("%s")
        self.lines = '{"create":{"_id":"%s"}}\n{' + ",".join(fields) + "}\n"

    def text(self, name, value):
        """JSON with % where a text of its own is put into each copy."""
        if name in ("source.ip", "source_ip_address"):
            self.moves.append((address, self.key))
            return '"%s"'
        if name in ("report.digest", "report.id", "report_id"):
            self.moves.append((other, value))
            return '"%s"'
        plain = json.dumps(value, separators=(",", ":")).replace("%", "%%")
        if isinstance(value, str) and DAY.match(value):
            self.moves.append((later, value[:10]))
            return '"%s' + plain[11:]
        return plain

    def copy(self, number):
        return self.lines % tuple(move(text, number) for move, text in self.moves)


def turns(records, total, turn, bulk):
    """Copies of the records, report by report as they come: lists, of a turn each, of bulk bodies."""
    lines, found, count = [], [], 0
    for number in range(-(-total // len(records))):
        for record in records[:total - number * len(records)]:
            lines.append(record.copy(number))
            count += 1
            if count % bulk == 0:
                found.append("".join(lines))
                lines = []
            if count % turn == 0:
                yield found
                found = []
    if lines or found:
        yield found + ["".join(lines)] * bool(lines)
