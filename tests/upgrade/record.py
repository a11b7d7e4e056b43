#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a release leaves on a search server: record.py PROGRAM >recorded.json

PROGRAM, of that release, sets up an Elasticsearch 8 and stores the mails of mails.py.  Printed are the index
templates and the parts they are composed of, and all documents with their indices and ids.  Recorded once per release, with the release.
"""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../lib", HERE]
import lab  # noqa: E402
import mails  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
PREFIX = "upgrade"


class Record(unittest.TestCase):
    def test_record(self):
        directory = lab.make_directory(type(self))
        search = lab.Search(type(self), "es8", f"{directory}/search")
        config = mails.configuration(search, directory, PREFIX)
        search.set_up(PROGRAM, config)
        mails.deliver(f"{directory}/mail", mails.OLD)
        done = lab.Run(PROGRAM, "run", "-c", config, "--once")
        self.assertEqual(done.status, 0, done.stderr)
        search.ask("POST", f"/{PREFIX}-*/_refresh")
        found = search.ask("GET", f"/{PREFIX}-*/_search?size=100&sort=_index")["hits"]["hits"]
        templates = search.ask("GET", f"/_index_template/{PREFIX}-*")["index_templates"]
        parts = search.ask("GET", "/_component_template")["component_templates"]
        json.dump({
            "version": lab.Run(PROGRAM, "--version").stdout.splitlines()[0],
            "component_templates": {one["name"]: one["component_template"] for one in parts
                                    if one["name"].startswith(PREFIX)},
            "index_templates": {one["name"]: one["index_template"] for one in templates},
            "documents": [{"index": one["_index"], "id": one["_id"], "source": one["_source"]} for one in found],
        }, sys.stdout, indent=1)
        print()


unittest.main(argv=sys.argv[:1])
