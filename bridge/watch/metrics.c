/* metrics.c - metrics of a running bridge in the format of Prometheus
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/metrics.h"

#include <inttypes.h>
#include <stdio.h>

#include "bridge/watch/expiry.h"
#include "bridge/watch/metric_lines.h"

enum metric_id {
#define METRIC(id, name, type, per, meaning) METRIC_##id,
#include "bridge/watch/metric_table.h"
#undef METRIC
};

/* What a metric has one value for. */
enum metric_per {
	PER_BRIDGE,
	PER_MAILBOX,
	PER_PHASE,
	PER_OUTPUT,
	PER_BREAKER,
	PER_CERTIFICATE,
	PER_COMMAND,
};

static const struct metric {
	enum metric_id id;
	const char *name;
	enum counter_type type;
	enum metric_per per;
	const char *meaning;
} metrics[] = {
#define METRIC(id, name, type, per, meaning) \
	{ METRIC_##id, name, COUNTER_##type, PER_##per, meaning },
#include "bridge/watch/metric_table.h"
#undef METRIC
};

#define METRIC_COUNT (sizeof(metrics) / sizeof(metrics[0]))

/* --- counters of workers --------------------------------------------------------- */

static const struct output_config *output_of(const struct metric_writing *w, size_t number)
{
	const struct output_config *o = &w->watched->config->output;

	while (o && counter_output(o->bit) != number)
		o = o->next;
	return o;
}

static uint64_t sum(const struct metric_writing *w, const struct counter_row *row, size_t cell)
{
	return counter_sum(&w->watched->states[0].counters, w->watched->state_count,
			   sizeof(struct worker_state), row, cell);
}

/* NULL: there is no such output or tenant in the configuration. */
static const char *label_value(const struct metric_writing *w, enum counter_label label,
			       size_t value)
{
	const struct output_config *output;

	if (label == LABEL_TENANT)
		return w->tenants->names[value];
	if (label != LABEL_OUTPUT)
		return counter_label_value(label, value);
	output = output_of(w, value);
	return output ? output->name : NULL;
}

static bool add_counter_label(const struct metric_writing *w, enum counter_label label,
			      size_t value)
{
	const char *const text = label_value(w, label, value);

	if (label != LABEL_NONE && text)
		metric_label(w->out, counter_label_name(label), text);
	return text != NULL;
}

static void write_cell(const struct metric_writing *w, const struct counter_row *row, size_t cell)
{
	const size_t start = w->out->len;
	size_t left = cell, values[3];
	bool good = true;

	for (int i = 2; i >= 0; i--) {
		values[i] = left % row->sizes[i];
		left /= row->sizes[i];
	}
	metric_begin(w, row->name, metric_suffix(row->type));
	for (int i = 0; i < 3; i++)
		good &= add_counter_label(w, row->labels[i], values[i]);
	if (good)
		metric_end(w, sum(w, row, cell));
	else
		strbuf_cut(w->out, start);
}

/* Buckets are cumulative, the unbounded one too. */
static void write_histogram(const struct metric_writing *w, const struct counter_row *row,
			    size_t value)
{
	uint64_t count = 0;

	if (row->labels[0] == LABEL_OUTPUT && !output_of(w, value))
		return;
	for (size_t i = 0; i < COUNTER_BUCKETS; i++) {
		char bound[32] = "+Inf";

		if (i < COUNTER_BUCKETS - 1)
			snprintf(bound, sizeof(bound), "%" PRId64 ".%02" PRId64,
				 row->bounds_ms[i] / 1000, row->bounds_ms[i] % 1000 / 10);
		count += sum(w, row, value * COUNTER_BUCKETS + i);
		metric_begin(w, row->name, "_bucket");
		(void)add_counter_label(w, row->labels[0], value);
		metric_label(w->out, "le", bound);
		metric_end(w, count);
	}
	metric_begin(w, row->name, "_sum");
	(void)add_counter_label(w, row->labels[0], value);
	metric_end_ms(w, counter_sum_ms(&w->watched->states[0].counters, w->watched->state_count,
					sizeof(struct worker_state), row, value));
	metric_begin(w, row->name, "_count");
	(void)add_counter_label(w, row->labels[0], value);
	metric_end(w, count);
}

static void write_counters(const struct metric_writing *w)
{
	for (const struct counter_row *row = counter_rows; row->name; row++) {
		if (row->labels[0] == LABEL_TENANT && !w->tenants)
			continue;
		metric_declare(w, row->name, row->type, row->meaning);
		if (row->type == COUNTER_HISTOGRAM)
			for (size_t i = 0; i < row->sizes[0]; i++)
				write_histogram(w, row, i);
		else
			for (size_t i = 0; i < counter_cells(row); i++)
				write_cell(w, row, i);
	}
}

/* --- bridge, mailboxes, outputs ------------------------------------------------- */

static uint64_t bridge_value(const struct metric_writing *w, enum metric_id id)
{
	const struct watched *watched = w->watched;

	switch (id) {
	case METRIC_READY: return watched_is_ready(watched, w->now);
	case METRIC_STARTED: return (uint64_t)watched->started;
	case METRIC_WORKERS: return watched->workers;
	case METRIC_DEATHS: return watched->worker_deaths;
	case METRIC_STUCK: return watched->stuck_workers;
	default: return 0;
	}
}

static uint64_t mailbox_value(const struct metric_writing *w, enum metric_id id,
			      const struct mailbox_config *mailbox,
			      const struct mailbox_state *state)
{
	switch (id) {
	case METRIC_MAILBOX_SERVED:
		return watched_mailbox_is_served(w->watched, mailbox, state, w->now);
	case METRIC_MAILBOX_CONNECTED: return watched_is_connected(state);
	case METRIC_MAILBOX_BACKLOG: return state->backlog;
	case METRIC_MAILBOX_LAST_SUCCESS: return (uint64_t)state->served;
	case METRIC_MAILBOX_LAST_MAIL: return (uint64_t)state->last_mail;
	case METRIC_MAILBOX_MAILS: return state->mails;
	case METRIC_MAILBOX_FAILURES: return state->failures;
	case METRIC_MAILBOX_IN_A_ROW: return state->in_a_row;
	case METRIC_MAILBOX_DEATHS: return state->deaths;
	default: return 1; /* the phase in the label */
	}
}

static uint64_t output_value(const struct metric_writing *w, enum metric_id id,
			     const struct output_config *output)
{
	struct watched_output seen;

	watched_output(w->watched, output, &seen);
	switch (id) {
	case METRIC_OUTPUT_SERVED: return watched_output_is_served(w->watched, output, w->now);
	case METRIC_OUTPUT_FAILING: return seen.failing_since > 0;
	case METRIC_OUTPUT_QUEUED: return seen.queued;
	case METRIC_OUTPUT_REQUIRED: return output->required;
	default: return (uint64_t)seen.served;
	}
}

static void write_mailboxes(const struct metric_writing *w, const struct metric *metric)
{
	const struct mailbox_state *state = w->watched->mailboxes;

	for (const struct mailbox_config *m = w->watched->config->mailboxes; m; m = m->next) {
		metric_begin(w, metric->name, metric_suffix(metric->type));
		metric_label(w->out, "mailbox", m->name);
		if (metric->per == PER_PHASE)
			metric_label(w->out, "phase", mailbox_phase_name(state->phase));
		metric_end(w, mailbox_value(w, metric->id, m, state++));
	}
}

static void write_outputs(const struct metric_writing *w, const struct metric *metric)
{
	for (const struct output_config *o = &w->watched->config->output; o; o = o->next) {
		metric_begin(w, metric->name, metric_suffix(metric->type));
		metric_label(w->out, "output", o->name);
		metric_end(w, output_value(w, metric->id, o));
	}
}

/* Each state of each output, so that a series does not end when it changes. */
static void write_breakers(const struct metric_writing *w, const struct metric *metric)
{
	static const char *const states[BREAKER_STATES] = {
		[BREAKER_CLOSED] = "closed",
		[BREAKER_WAITING] = "waiting",
		[BREAKER_OPEN] = "open",
	};

	for (const struct output_config *o = &w->watched->config->output; o; o = o->next) {
		struct watched_output seen;

		watched_output(w->watched, o, &seen);
		for (unsigned i = 0; i < BREAKER_STATES; i++) {
			metric_begin(w, metric->name, metric_suffix(metric->type));
			metric_label(w->out, "output", o->name);
			metric_label(w->out, "state", states[i]);
			metric_end(w, seen.breaker == i);
		}
	}
}

static void write_certificates(const struct metric_writing *w, const struct metric *metric)
{
	struct expiry expiry;
	struct expiring found;

	expiry_open(&expiry, w->watched->config);
	while (expiry_next(&expiry, &found)) {
		metric_begin(w, metric->name, metric_suffix(metric->type));
		metric_label(w->out, "kind", found.kind);
		metric_label(w->out, "name", found.name);
		metric_end(w, (uint64_t)found.expires);
	}
}

static uint64_t command_value(enum metric_id id, const struct scheduled_state *state)
{
	switch (id) {
	case METRIC_COMMAND_NEXT: return (uint64_t)state->next;
	case METRIC_COMMAND_RUNNING: return state->running;
	case METRIC_COMMAND_FAILED: return state->failed;
	case METRIC_COMMAND_LAST_SUCCESS: return (uint64_t)state->last_success;
	case METRIC_COMMAND_RUNS: return state->runs;
	default: return state->failures;
	}
}

static void write_commands(const struct metric_writing *w, const struct metric *metric)
{
	for (unsigned i = 0; i < SCHEDULED_COUNT; i++) {
		const struct scheduled_state *state = &w->watched->scheduled[i];

		if (state->next == 0)
			continue;
		metric_begin(w, metric->name, metric_suffix(metric->type));
		metric_label(w->out, "command", scheduled_name(i));
		metric_end(w, command_value(metric->id, state));
	}
}

static void write_metric(const struct metric_writing *w, const struct metric *metric)
{
	metric_declare(w, metric->name, metric->type, metric->meaning);
	if (metric->per == PER_OUTPUT) {
		write_outputs(w, metric);
	} else if (metric->per == PER_BREAKER) {
		write_breakers(w, metric);
	} else if (metric->per == PER_CERTIFICATE) {
		write_certificates(w, metric);
	} else if (metric->per == PER_COMMAND) {
		write_commands(w, metric);
	} else if (metric->per != PER_BRIDGE) {
		write_mailboxes(w, metric);
	} else {
		metric_begin(w, metric->name, metric_suffix(metric->type));
		metric_end(w, bridge_value(w, metric->id));
	}
}

void metrics_write(const struct watched *watched, bool openmetrics, int64_t now, struct strbuf *out)
{
	struct tenant_numbers *const tenants = tenant_numbers_new(watched->config);
	const struct metric_writing w = { watched, openmetrics, now, out, tenants };

	for (size_t i = 0; i < METRIC_COUNT; i++)
		write_metric(&w, &metrics[i]);
	write_counters(&w);
	tenant_numbers_free(tenants);
	strbuf_add_text(out, "# EOF\n");
}

/* --- the table for the manual ----------------------------------------------------- */

static void explain(struct strbuf *out, const char *name, enum counter_type type,
		    const char *labels, const char *meaning)
{
	strbuf_add_format(out, "| `" METRIC_PREFIX "%s%s` | %s | %s | %s |\n", name,
			  metric_suffix(type), metric_type_name(type), labels, meaning);
}

void metrics_explain(struct strbuf *out)
{
	static const char *const labels[] = {
		[PER_BRIDGE] = "",
		[PER_MAILBOX] = "mailbox",
		[PER_PHASE] = "mailbox, phase",
		[PER_OUTPUT] = "output",
		[PER_BREAKER] = "output, state",
		[PER_CERTIFICATE] = "kind, name",
		[PER_COMMAND] = "command",
	};

	strbuf_add_text(
		out,
		"# Metrics\n\nWhat `/metrics` of a running bridge says (option `listen`). This "
		"page is "
		"printed by\n`reportbridge help metrics`. Histograms have `_bucket`, `_sum` and "
		"`_count`.\n\n| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < METRIC_COUNT; i++)
		explain(out, metrics[i].name, metrics[i].type, labels[metrics[i].per],
			metrics[i].meaning);
	for (const struct counter_row *row = counter_rows; row->name; row++) {
		char text[64] = "";

		for (int i = 0; i < 3 && row->labels[i] != LABEL_NONE; i++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 i > 0 ? ", " : "", counter_label_name(row->labels[i]));
		explain(out, row->name, row->type, text, row->meaning);
	}
}
