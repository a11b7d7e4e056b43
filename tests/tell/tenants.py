# SPDX-License-Identifier: MIT
"""Tenants whose reports are good or bad, as stored documents that can be exchanged."""
import functools
import glob
import json
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", f"{HERE}/../stories"]
import lab  # noqa: E402
from story import Story, newsletter, newsletter_broken, own, own_broken, tls  # noqa: E402


def good(_ago):
    return [own(200), newsletter(80)]


def bad(ago):
    """A service breaks under p=reject: critical."""
    return [own(200), newsletter_broken(80) if ago <= 8 else newsletter(80)]


def worse(ago):
    """The own server breaks too."""
    return [own_broken(200) if ago <= 5 else own(200), newsletter_broken(80) if ago <= 8 else newsletter(80)]


def sometimes(ago):
    """A few sessions fail: a warning."""
    return tls(ago, [("certificate-expired", 1, "mx.example.com")], good=2000) if ago <= 4 else tls(ago)


VARIANTS = {
    "good": Story("good", good, tls_day=tls),
    "bad": Story("bad", bad, tls_day=tls),
    "worse": Story("worse", worse, tls_day=tls),
    "notice": Story("notice", good, tls_day=sometimes),
    "silent": Story("silent", good, tls_day=tls, last=12, days=16),
}


@functools.lru_cache
def documents_of(program, name):
    """Made once, by the program."""
    with tempfile.TemporaryDirectory() as directory:
        mails = VARIANTS[name].write(f"{directory}/reports")
        return [json.loads(line) for line in lab.Run(program, "parse", mails).stdout.splitlines()]


class Tenants:
    """A tenant gets the documents of a variant by a copy under its name."""

    def __init__(self, program, directory):
        self.directory = directory
        self.documents = f"{directory}/documents"
        self.program = program
        os.makedirs(self.documents)

    def set(self, tenant, variant, **words):
        """Replaces all that is stored of the tenant; a variant of None leaves nothing.
        words: what stands for example.com (domain), news.example (service)."""
        for path in glob.glob(f"{self.documents}/*-{tenant}-*"):
            os.remove(path)
        files = {}
        for number, document in enumerate(documents_of(self.program, variant) if variant else []):
            text = json.dumps({**document, "organization.name": tenant})
            for old, word in (("example.com", "domain"), ("news.example", "service")):
                text = text.replace(old, json.dumps(words.get(word, old))[1:-1])
            index = f"reportbridge-{document['event.dataset']}-{tenant}-{document['@timestamp'][:7].replace('-', '.')}"
            action = json.dumps({"create": {"_index": index, "_id": str(number)}})
            files.setdefault(index, []).append(f"{action.replace(': ', ':').replace(', ', ',')}\n{text}\n")
        for index, lines in files.items():
            path = f"{self.directory}/{index}.new"
            lab.write(path, "".join(lines))
            os.rename(path, f"{self.documents}/{index}.ndjson")

    def configuration(self, state, tenants, **contacts):
        text = (f"[bridge]\nstate_directory = {state}\nlisten = none\n[mailbox m]\nsource = maildir\n"
                f"path = {self.directory}\n[output files]\ntype = file\ndirectory = {self.documents}\n")
        for tenant in tenants:
            text += f"[tenant {tenant}]\ndomains = {tenant.replace('_', '-')}.example\n"
            if tenant in contacts:
                text += f"contact = {contacts[tenant]}\n"
        return text

