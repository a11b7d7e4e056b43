# SPDX-License-Identifier: MIT
"""TSVB, in the classic set: tiles, whose numbers grow and shrink with them, lines with gaps, and tables of sentences,
which wrap here alone.  It knows no dates."""

import dataclasses

from lens import is_date

COLOURS = ("#6092C0", "#9170B8", "#98A2B3")
AGGREGATIONS = {"sum": "sum", "min": "min", "max": "max", "unique": "cardinality"}


def draws(panel):
    return panel.chart == "lines" or (panel.chart == "metric" and not is_date(panel.values[0]))


def kuery(text):
    return {"language": "kuery", "query": text}


def metrics_of(key, value):
    if value.operation == "rate":
        denominator = " or ".join(sorted({f"({part.filter or '*'})" for part in value.whole}))
        same = {(part.operation, part.field) for part in value.parts()}
        if len(same) == 1:
            return [{"id": f"{key}-m", "type": "filter_ratio", "metric_agg": "sum", "field": value.part.field,
                     "numerator": kuery(value.part.filter or "*"), "denominator": kuery(denominator)}]
        return quotient(key, value)
    return [{"id": f"{key}-m", "type": AGGREGATIONS[value.operation], "field": value.field}]


def with_gaps(key, metrics):
    """A sum over no documents is 0, and nothing where a script reads it."""
    (number,) = metrics
    return [number, {"id": f"{key}-gap", "type": "calculation", "script": "params.a",
                     "variables": [{"id": f"{key}-va", "name": "a", "field": number["id"]}]}]


def quotient(key, value):
    """Sums, and an expression over them."""
    names = "abcdefg"
    sums = [{"id": f"{key}-{name}", "type": AGGREGATIONS[part.operation], "field": part.field}
            for name, part in zip(names, value.parts())]
    whole = " + ".join(f"params.{name}" for name in names[1:len(sums)])
    variables = [{"id": f"{key}-v{name}", "name": name, "field": f"{key}-{name}"} for name, _ in zip(names, sums)]
    return [*sums, {"id": f"{key}-m", "type": "math", "script": f"params.a / ({whole})", "variables": variables}]


def format_of(value):
    if value.operation == "rate":
        return {"formatter": "0.0%", "value_template": "{{value}}"}
    if value.field == "feed.delay":
        return {"formatter": "s,d,1", "value_template": "{{value}} days"}
    return {"formatter": "number", "value_template": "{{value}}"}


def series_of(panel, key, value):
    """A tile is named by its panel, which shows the name without data too; an empty label would be made up."""
    shown = metrics_of(key, value)
    if panel.chart == "lines" and len(shown) == 1 and value.operation != "rate":
        shown = with_gaps(key, shown)
    series = {"id": key, "label": " " if panel.chart == "metric" else value.label, "metrics": shown,
              "chart_type": "line", "line_width": 2, "point_size": 3, "fill": 0, "stacked": "none", "separate_axis": 0,
              "axis_position": "right", "color": value.colour or "#6092C0", "split_mode": "everything",
              **format_of(value)}
    if value.filter:
        series.update(split_mode="filter", filter=kuery(value.filter))
    if panel.names:  # it shows no formats of a field
        series.update(split_mode="filters", label="", split_filters=[
            {"id": f"{key}-f{number}", "label": name, "color": colour, "filter": kuery(f'{panel.split.field} : "{word}"')}
            for number, ((word, name), colour) in enumerate(zip(panel.names.items(), COLOURS))])
    elif panel.split:
        series.update(split_mode="terms", terms_field=panel.split.field, terms_size=str(min(panel.split.size, 12)),
                      terms_order_by="_count", split_color_mode="rainbow", label="")
    return series


def state_of(panel, pattern):
    params = {"id": panel.name, "type": "metric" if panel.chart == "metric" else "timeseries",
              "series": [series_of(panel, f"s{number}", value) for number, value in enumerate(panel.values)],
              "time_field": panel.time, "index_pattern": pattern, "interval": "1d", "drop_last_bucket": 1,
              "time_range_mode": "entire_time_range", "axis_position": "left", "axis_formatter": "number",
              "axis_scale": "normal", "show_legend": 1, "legend_position": "bottom", "show_grid": 1,
              "tooltip_mode": "show_all", "filter": kuery(panel.filter), "ignore_global_filter": 0}
    if panel.chart == "metric":
        params["background_color_rules"] = [
            {"id": f"c{number}", "operator": "gte", "value": start, "background_color": tint}
            for number, (start, tint) in enumerate(panel.tone or [])]
    return {"title": panel.title, "type": "metrics", "params": params, "aggs": []}


def table_of(panel, bucket, pattern):
    """(state, state of its sorting): one row per sentence, the most frequent first."""
    state = state_of(dataclasses.replace(panel, title=bucket.label, split=None, values=[panel.order]), pattern)
    state["params"].update(type="table", pivot_id=bucket.field, pivot_label=bucket.label, pivot_rows="10",
                           pivot_type="string", drilldown_url="")
    return state, {"table": {"sort": {"column": "s0", "order": "desc"}}}
