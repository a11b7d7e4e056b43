/* metric_lines.c - the lines of the format that Prometheus reads
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/metric_lines.h"

#include <inttypes.h>

static const char *const type_names[] = {
	[COUNTER_COUNTER] = "counter",
	[COUNTER_HISTOGRAM] = "histogram",
	[COUNTER_GAUGE] = "gauge",
};

const char *metric_type_name(enum counter_type type)
{
	return type_names[type];
}

const char *metric_suffix(enum counter_type type)
{
	return type == COUNTER_COUNTER ? "_total" : "";
}

void metric_declare(const struct metric_writing *w, const char *name, enum counter_type type,
		    const char *meaning)
{
	const char *declared = w->openmetrics ? "" : metric_suffix(type);

	strbuf_add_format(w->out, "# TYPE " METRIC_PREFIX "%s%s %s\n", name, declared,
			  type_names[type]);
	strbuf_add_format(w->out, "# HELP " METRIC_PREFIX "%s%s %s\n", name, declared, meaning);
}

/* Escapes backslashes, quotes and line ends.  Names in a configuration cannot contain
 * invalid UTF-8. */
void metric_label(struct strbuf *out, const char *name, const char *value)
{
	if (out->buf[out->len - 1] != '{')
		strbuf_add_byte(out, ',');
	strbuf_add_format(out, "%s=\"", name);
	for (const char *c = value; *c; c++) {
		if (*c == '\\' || *c == '"')
			strbuf_add_byte(out, '\\');
		strbuf_add_text(out, *c == '\n' ? "\\n" : (const char[]){ *c, '\0' });
	}
	strbuf_add_byte(out, '"');
}

void metric_begin(const struct metric_writing *w, const char *name, const char *end)
{
	strbuf_add_format(w->out, METRIC_PREFIX "%s%s{", name, end);
}

/* Without labels there are no braces. */
static void end_labels(const struct metric_writing *w)
{
	struct strbuf *out = w->out;

	if (out->buf[out->len - 1] == '{')
		strbuf_cut(out, out->len - 1);
	else
		strbuf_add_byte(out, '}');
}

void metric_end(const struct metric_writing *w, uint64_t value)
{
	end_labels(w);
	strbuf_add_format(w->out, " %" PRIu64 "\n", value);
}

void metric_end_ms(const struct metric_writing *w, uint64_t ms)
{
	end_labels(w);
	strbuf_add_format(w->out, " %" PRIu64 ".%03" PRIu64 "\n", ms / 1000, ms % 1000);
}
