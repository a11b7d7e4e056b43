# SPDX-License-Identifier: MIT
"""The field table of the program, as a data view lists fields."""
import os
import re

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../ingest/document")
TYPES = {"KEYWORD": ("string", "keyword"), "LONG": ("number", "long"), "DATE": ("date", "date"), "IP": ("ip", "ip"),
         "BOOLEAN": ("boolean", "boolean"), "GEO_POINT": ("geo_point", "geo_point")}
META = (("_id", "string"), ("_index", "string"), ("_source", "_source"))


def read(name):
    with open(f"{TABLE}/{name}", encoding="utf-8") as file:
        return file.read()


def kinds_of(mask, masks):
    """{"feed", ...} of a mask in C."""
    names = {name.lower() for name in re.findall(r"DOCUMENT_(\w+)", mask)}
    return names.union(*[kinds_of(masks[other], masks) for other in re.findall(r"\bIN_\w+", mask)])


def entry(name, kind, es_type, indexed):
    return {"name": name, "type": kind, "esTypes": [es_type], "searchable": indexed, "aggregatable": indexed,
            "readFromDocValues": indexed, "count": 0, "scripted": False}


def fields_of(document_kind):
    masks = dict(re.findall(r"#define (IN_\w+) \((.*)\)", read("field.h")))
    rows = re.findall(r'^FIELD\(\w+, "([^"]+)", (\w+), ([^,]+), ', read("field_table.h"), re.M)
    return [*[entry(name, kind, name, False) for name, kind in META],
            *[entry(name, *TYPES[kind], True) for name, kind, mask in sorted(rows)
              if document_kind in kinds_of(mask, masks)]]
