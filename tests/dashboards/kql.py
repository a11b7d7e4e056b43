# SPDX-License-Identifier: MIT
"""The part of the Kibana query language that the dashboards use: to a search
request, and answered over rows without a search server."""
import re
import time

TOKEN = re.compile(r'\s*(?:(?P<text>"(?:\\.|[^"\\])*")|(?P<mark>[():]|[<>]=?)|(?P<word>[^\s():<>"]+))')


def tokens(text):
    found, end = [], 0
    while text[end:].strip():
        match = TOKEN.match(text, end)
        if not match:
            raise ValueError(f"cannot read {text[end:]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        end = match.end()
    return found


class Parser:
    def __init__(self, text):
        self.tokens, self.at = tokens(text), 0

    def look(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else (None, None)

    def take(self, *wanted):
        token = self.look()
        if wanted and token[1] not in wanted:
            raise ValueError(f"{wanted} expected in place of {token[1]!r}")
        self.at += 1
        return token

    def either(self, part):
        options = [self.both(part)]
        while self.look()[1] == "or":
            self.take()
            options.append(self.both(part))
        return options[0] if len(options) == 1 else ("or", options)

    def both(self, part):
        needs = [self.one(part)]
        while self.look()[1] == "and":
            self.take()
            needs.append(self.one(part))
        return needs[0] if len(needs) == 1 else ("and", needs)

    def one(self, part):
        if self.look() == ("word", "not"):
            self.take()
            return ("not", self.one(part))
        if self.look()[1] == "(":
            self.take()
            inner = self.either(part)
            self.take(")")
            return inner
        return part()

    def clause(self):
        field = self.take()[1].strip('"')
        sign = self.take(":", "<", "<=", ">", ">=")[1]
        if sign != ":":
            word, text = self.take()
            return ("range", field, sign, text.strip('"') if word == "text" else float(text))
        return self.one(lambda: self.value(field)) if self.look()[1] != "(" else self.group(field)

    def group(self, field):
        self.take("(")
        inner = self.either(lambda: self.value(field))
        self.take(")")
        return inner

    def value(self, field):
        kind, text = self.take()
        if kind == "word" and text == "*":
            return ("exists", field)
        return ("is", field, re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "text" else text)


def parse(text):
    """None: everything."""
    if not text.strip():
        return None
    parser = Parser(text)
    tree = parser.either(parser.clause)
    if parser.look() != (None, None):
        raise ValueError(f"something follows: {parser.look()[1]!r}")
    return tree


def to_query(tree):
    if tree is None:
        return {"match_all": {}}
    kind = tree[0]
    if kind == "and":
        return {"bool": {"filter": [to_query(part) for part in tree[1]]}}
    if kind == "or":
        return {"bool": {"should": [to_query(part) for part in tree[1]], "minimum_should_match": 1}}
    if kind == "not":
        return {"bool": {"must_not": [to_query(tree[1])]}}
    if kind == "exists":
        return {"exists": {"field": tree[1]}}
    if kind == "range":
        names = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
        return {"range": {tree[1]: {names[tree[2]]: tree[3]}}}
    return {"match_phrase": {tree[1]: tree[2]}}  # what Kibana makes of a quoted value


def number(limit):
    """A number, or a time like now-25h in milliseconds."""
    if isinstance(limit, float):
        return limit
    hours, = re.fullmatch(r"now-(\d+)h", limit).groups()
    return (time.time() - int(hours) * 3600) * 1000


def values_of(row, field):
    value = row.get(field)
    return value if isinstance(value, (list, tuple)) else [] if value is None else [value]


def holds(tree, row):
    if tree is None:
        return True
    kind = tree[0]
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(holds(part, row) for part in tree[1])
    if kind == "not":
        return not holds(tree[1], row)
    values = values_of(row, tree[1])
    if kind == "exists":
        return bool(values)
    if kind == "range":
        compare = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}[tree[2]]
        return any(compare(float(value), number(tree[3])) for value in values)
    return tree[2] in values


def fields_of(tree):
    if tree is None:
        return set()
    if tree[0] in ("and", "or"):
        return set().union(*map(fields_of, tree[1]))
    return fields_of(tree[1]) if tree[0] == "not" else {tree[1]}
