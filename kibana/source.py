# SPDX-License-Identifier: MIT
"""Reads shared.toml and dashboards/*.toml: what is shown, before anything is said of how."""
import dataclasses
import glob
import os
import re
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = 48
NARROW_SCREEN = 1240  # pixels for panels, on a screen of 1280
# Replaced when the dashboards are rendered for a tenant.
PREFIX, TENANT = "@@PREFIX@@", "@@TENANT@@"
# No tenant has a name with a hyphen in it, so no id of a tenant begins like this.
SCOPES = {"tenant": TENANT, "operator": "all-tenants"}


def indices_of(kind, scope):
    """The pattern of the indices with that kind of document: of one tenant, or of all."""
    return f"{PREFIX}-{kind}-{TENANT}-*" if scope == TENANT else f"{PREFIX}-{kind}-*"


def read(path):
    with open(os.path.join(HERE, path), "rb") as file:
        return tomllib.load(file)


@dataclasses.dataclass
class Value:
    """A number: sum, min, max, unique of a field, a count of documents, the last value, or a rate of two sums."""
    name: str
    label: str
    operation: str  # "sum", "min", "max", "unique", "count", "last" or "rate"
    field: str = None
    filter: str = ""
    part: "Value" = None
    whole: list = None
    colour: str = None
    tone: list = None  # colours by value: (lowest value, colour)

    def parts(self):
        """What it is made of, where a quotient cannot be shown."""
        return [self.part, *self.whole] if self.operation == "rate" else [self]


@dataclasses.dataclass
class Bucket:
    name: str
    field: str
    label: str
    day: bool = False
    size: int = 10
    missing: bool = False
    long: bool = False  # sentences: only where a table wraps
    short: str = None  # the bucket in its place where no table wraps
    legend: str = None  # the bucket in its place where a legend is cut
    width: int = 0  # at least so many pixels, where a table does not wrap


@dataclasses.dataclass
class Panel:
    name: str
    chart: str  # "text", "metric", "bars", "lines", "donut", "table" or "documents"
    size: tuple
    title: str = ""
    asks: str = ""
    view: str = None
    time: str = None  # the field of the time filter
    filter: str = ""
    rows: list = dataclasses.field(default_factory=list)
    split: Bucket = None
    values: list = dataclasses.field(default_factory=list)
    order: Value = None
    ascending: bool = False
    columns: list = dataclasses.field(default_factory=list)
    widths: dict = dataclasses.field(default_factory=dict)
    sort: str = "@timestamp"
    text: str = ""
    before: bool = False  # a tile: the period before stands beside it
    tone: list = None  # of a tile, instead of that of its number
    palette: str = "default"  # of bars by a name: "warm" for failures, "cool" for a few that are neither good nor bad
    colours: dict = dataclasses.field(default_factory=dict)  # of words, where there is no such palette
    names: dict = dataclasses.field(default_factory=dict)  # of the values of its split, where they have some
    at: tuple = None

    def buckets(self):
        return ([self.split] if self.split else []) + self.rows


@dataclasses.dataclass
class Dashboard:
    name: str
    title: str
    description: str
    set: str
    controls: list
    panels: list

    def views(self):
        return sorted({panel.view for panel in self.panels if panel.view})


class Source:
    def __init__(self):
        shared = read("shared.toml")
        self.colours, self.words, self.views = (shared[key] for key in ("colours", "words", "view"))
        self.word_colours = {word: self.colours[name] for word, name in shared["words_coloured"].items()}
        self.failure_colours = shared["failures_coloured"]
        self.tones = {name: [(step["from"], shared["tints"][step["tint"]]) for step in steps]
                      for name, steps in shared["tone"].items()}
        self.buckets = {name: Bucket(name, **row) for name, row in shared["bucket"].items()}
        for bucket in self.buckets.values():
            bucket.short = self.buckets.get(bucket.short, bucket)
            bucket.legend = self.buckets.get(bucket.legend, bucket)
        labels = {bucket.field: bucket.label for bucket in self.buckets.values() if not bucket.day}
        for view in self.views.values():
            formats = {"@timestamp": "day", "event.ingested": "day", **view.get("formats", {})}
            view["formats"] = {field: shared["format"][name] for field, name in formats.items()}
            view["labels"] = {**labels, **shared["label"], **view.get("labels", {})}
        self.widths = shared["width"]
        self.values = {}
        for name, row in shared["value"].items():
            self.values[name] = self.value(name, dict(row))
        paths = sorted(glob.glob(f"{HERE}/dashboards/*.toml"))
        raw = [read(path) for path in paths]
        self.titles = {dashboard["name"]: dashboard["title"] for dashboard in raw}
        self.sets = {dashboard["name"]: dashboard.get("set", "tenant") for dashboard in raw}
        self.dashboards = [self.dashboard(dashboard) for dashboard in raw]

    def value(self, name, row):
        label, colour, tone = row["label"], self.colours.get(row.get("colour")), self.tones.get(row.get("tone"))
        if "part" in row:
            return Value(name, label, "rate", part=self.values[row["part"]],
                         whole=[self.values[whole] for whole in row["whole"]], colour=colour, tone=tone)
        operation = next(key for key in ("sum", "min", "max", "unique", "count", "last") if key in row)
        field = None if operation == "count" else row[operation]
        return Value(name, label, operation, field, row.get("filter", ""), colour=colour, tone=tone)

    def panel(self, row):
        names = {field.name for field in dataclasses.fields(Panel)}
        if unknown := set(row) - names:
            raise SystemExit(f"panel {row['name']}: unknown {sorted(unknown)}")
        row["rows"] = [self.buckets[name] for name in row.get("rows", [])]
        row["values"] = [self.values[name] for name in row.get("values", [])]
        if "split" in row:
            row["split"] = self.buckets[row["split"]]
        panel = Panel(**row)
        panel.tone = self.tones[panel.tone] if panel.tone else panel.values[0].tone if panel.chart == "metric" else None
        panel.time = self.views[panel.view]["time"] if panel.view else None
        first = next((value for value in panel.values if value.operation != "rate"), None)
        panel.order = self.values[row["order"]] if "order" in row else first
        panel.widths = {field: self.widths[field] for field in [panel.sort, *panel.columns] if field in self.widths}
        if panel.split:
            entries = self.views[panel.view]["formats"].get(panel.split.field, {}).get("params", {}).get("lookupEntries", [])
            panel.names = {entry["key"]: entry["value"] for entry in entries}
        panel.colours = self.failure_colours if panel.palette == "warm" else {}
        panel.text = re.sub(r"\{link:([a-z-]+)\}", self.link, panel.text.strip())
        panel.text = re.sub(r"\{([a-z]+)\}", lambda match: self.words[match[1]], panel.text)
        return panel

    def link(self, match):
        title = self.titles[match[1]].partition(":")[0]
        return f"[{title}](#/view/{PREFIX}-{SCOPES[self.sets[match[1]]]}-{match[1]})"

    def dashboard(self, raw):
        panels = [self.panel(row) for row in raw["panel"]]
        lay_out(panels)
        return Dashboard(raw["name"], raw["title"], raw["description"], raw.get("set", "tenant"),
                         [self.buckets[name] for name in raw.get("controls", [])], panels)


def lay_out(panels):
    """From left to right, a new row when one is full; a row is as high as its highest."""
    x = y = height = 0
    for panel in panels:
        if x + panel.size[0] > COLUMNS:
            x, y, height = 0, y + height, 0
        panel.at = (x, y)
        x, height = x + panel.size[0], max(height, panel.size[1])
