/* status_table.c - status of a running bridge as a table for people
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/status_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/datetime.h"

#define AGE_SIZE 32
#define NAME_MOST 40

/* "never", "12 s", "5 min", "3 h", "4 days" */
static const char *age(int64_t then, int64_t now, char text[static AGE_SIZE])
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = { { 86400, "day", "days" }, { 3600, "h", "h" }, { 60, "min", "min" } };
	const int64_t seconds = now > then ? now - then : 0;

	if (then == 0)
		return "never";
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const int64_t count = seconds / units[i].seconds;

		if (count == 0)
			continue;
		snprintf(text, AGE_SIZE, "%" PRId64 " %s", count,
			 count == 1 ? units[i].one : units[i].many);
		return text;
	}
	snprintf(text, AGE_SIZE, "%" PRId64 " s", seconds);
	return text;
}

/* Error texts quote servers: replaces control characters before they reach a terminal. */
static void add_printable(struct strbuf *out, const char *text)
{
	for (const char *c = text; *c; c++)
		strbuf_add_byte(out, (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
}

static void add_error(struct strbuf *out, const struct shared_text *error)
{
	char text[WORKER_TEXT_MAX];

	shared_text_get(error, text);
	add_printable(out, text);
}

static int name_width(const struct watched *watched)
{
	size_t width = sizeof("MAILBOX") - 1;

	for (const struct mailbox_config *m = watched->config->mailboxes; m; m = m->next)
		if (strlen(m->name) > width)
			width = strlen(m->name);
	for (const struct output_config *o = &watched->config->output; o; o = o->next)
		if (strlen(o->name) > width)
			width = strlen(o->name);
	return width < NAME_MOST ? (int)width : NAME_MOST;
}

static void end_line(struct strbuf *out)
{
	while (out->len > 0 && out->buf[out->len - 1] == ' ')
		strbuf_cut(out, out->len - 1);
	strbuf_add_byte(out, '\n');
}

static void write_mailbox(const struct mailbox_config *mailbox, const struct mailbox_state *state,
			  int width, int64_t now, struct strbuf *out)
{
	char since[AGE_SIZE], mail[AGE_SIZE];

	strbuf_add_format(out, "%-*s  %-8s  %-9s  %7" PRIu64 "  %-9s  ", width, mailbox->name,
			  mailbox_phase_name(state->phase), age(state->since, now, since),
			  state->backlog, age(state->last_mail, now, mail));
	add_error(out, &state->error);
	end_line(out);
}

static void write_mailboxes(const struct watched *watched, int width, int64_t now,
			    struct strbuf *out)
{
	const struct mailbox_state *state = watched->mailboxes;

	strbuf_add_format(out, "%-*s  %-8s  %-9s  %7s  %-9s  %s\n", width, "MAILBOX", "STATE",
			  "SINCE", "BACKLOG", "LAST MAIL", "LAST ERROR");
	for (const struct mailbox_config *m = watched->config->mailboxes; m; m = m->next)
		write_mailbox(m, state++, width, now, out);
}

static const char *output_word(const struct output_config *output,
			       const struct watched_output *seen)
{
	if (seen->failing_since > 0)
		return output->required ? "failing" : "missing";
	return seen->served > 0 ? "good" : "unused";
}

static void write_outputs(const struct watched *watched, int width, int64_t now, struct strbuf *out)
{
	char since[AGE_SIZE], served[AGE_SIZE];
	struct watched_output seen;

	strbuf_add_format(out, "\n%-*s  %-8s  %-9s  %-12s  %s\n", width, "OUTPUT", "STATE", "SINCE",
			  "LAST SUCCESS", "LAST ERROR");
	for (const struct output_config *o = &watched->config->output; o; o = o->next) {
		watched_output(watched, o, &seen);
		strbuf_add_format(out, "%-*s  %-8s  %-9s  %-12s  ", width, o->name,
				  output_word(o, &seen),
				  seen.failing_since > 0 ? age(seen.failing_since, now, since)
							 : "-",
				  age(seen.served, now, served));
		add_printable(out, seen.error);
		end_line(out);
	}
}

static const char *command_word(const struct scheduled_state *state)
{
	if (state->running)
		return "running";
	if (state->failed)
		return "failed";
	return state->last_success > 0 ? "good" : "waiting";
}

/* Lists the commands that this bridge starts. */
static void write_commands(const struct watched *watched, int width, int64_t now,
			   struct strbuf *out)
{
	char last[AGE_SIZE], success[AGE_SIZE], next[DATETIME_SIZE];
	bool any = false;

	for (unsigned i = 0; i < SCHEDULED_COUNT; i++) {
		const struct scheduled_state *state = &watched->scheduled[i];

		if (state->next == 0)
			continue;
		if (!any)
			strbuf_add_format(out, "\n%-*s  %-8s  %-9s  %-12s  %-20s  %s\n", width,
					  "COMMAND", "STATE", "LAST RUN", "LAST SUCCESS",
					  "NEXT RUN (UTC)", "LAST ERROR");
		any = true;
		datetime_format(state->next, next);
		strbuf_add_format(out, "%-*s  %-8s  %-9s  %-12s  %-20s  ", width, scheduled_name(i),
				  command_word(state), age(state->last_start, now, last),
				  age(state->last_success, now, success), next);
		add_printable(out, state->error);
		end_line(out);
	}
}

void status_table_write(const struct watched *watched, int64_t now, struct strbuf *out)
{
	const int width = name_width(watched);
	struct watched_troubles troubles;
	struct watched_trouble trouble;
	size_t count = 0;

	watched_troubles_open(&troubles, watched, now);
	while (watched_troubles_next(&troubles, &trouble))
		count++;
	if (count == 0)
		strbuf_add_text(out,
				"Ready: every mailbox and every required output is served.\n\n");
	else
		strbuf_add_format(out, "Not ready: %zu %s not served.\n\n", count,
				  count == 1 ? "mailbox or output is" : "mailboxes or outputs are");
	write_mailboxes(watched, width, now, out);
	write_outputs(watched, width, now, out);
	write_commands(watched, width, now, out);
}
