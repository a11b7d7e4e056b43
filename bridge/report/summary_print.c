/* summary_print.c - prints a summary of reports on the terminal
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/report/findings.h"
#include "bridge/report/periods.h"
#include "bridge/report/summary_lines.h"
#include "bridge/report/summary_set.h"

#define NARROWEST 40

/* "example.com, MTA-STS, enforce", without the parts that the report lacks. */
static void add_policy_name(struct strbuf *name, const struct tally *row)
{
	const struct slice parts[] = {
		row->texts[0].size > 0 ? row->texts[0] : slice_of("no domain"),
		policy_word(row->texts[1]),
		row->texts[2],
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		strbuf_add_text(name, i > 0 && parts[i].size > 0 ? ", " : "");
		strbuf_add_slice(name, parts[i]);
	}
}

static void print_policies(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SUMMARY_ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_TLS_POLICIES), 0,
					   SUMMARY_ROWS, rows);

	if (count == 0)
		return;
	head(s, "SMTP TLS: mail to your domains, by policy");
	for (size_t i = 0; i < count; i++) {
		struct strbuf name;
		char number[2][NUMBER_TEXT_SIZE];

		strbuf_init(&name, KIB);
		add_policy_name(&name, rows[i]);
		begin_row(s, strbuf_slice(&name), 41);
		put_fact(s, TONE_PLAIN, "%11s encrypted",
			 number_text(rows[i]->counts[0], number[0]));
		put_fact(s, rows[i]->counts[1] == 0 ? TONE_GOOD : TONE_BAD, "%10s failed",
			 number_text(rows[i]->counts[1], number[1]));
		end_line(s);
		strbuf_release(&name);
	}
}

static void print_reporters(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SUMMARY_ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_REPORTERS), 0, SUMMARY_ROWS,
					   rows);

	if (count == 0)
		return;
	head(s, "Who reports");
	for (size_t i = 0; i < count; i++) {
		const uint64_t messages = rows[i]->counts[REPORTER_MESSAGES];
		const uint64_t sessions = rows[i]->counts[REPORTER_ENCRYPTED] +
					  rows[i]->counts[REPORTER_FAILED];

		begin_row(s, rows[i]->key, 56);
		put_count(s, TONE_PLAIN, rows[i]->counts[0], "report");
		if (messages > 0)
			put_count(s, TONE_PLAIN, messages, "message");
		if (sessions > 0)
			put_count(s, TONE_PLAIN, sessions, "session");
		end_line(s);
	}
}

static void print_quirks(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SUMMARY_ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_QUIRKS), 0, SUMMARY_ROWS,
					   rows);

	if (count == 0)
		return;
	head(s, "Quirks of reports that were read");
	for (size_t i = 0; i < count; i++) {
		begin_row(s, rows[i]->key, 22);
		put_count(s, TONE_PLAIN, rows[i]->counts[0], "report");
		end_line(s);
		put_wrapped(s, "", rows[i]->texts[2]);
	}
}

static void print_rejects(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SUMMARY_ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_REJECTS), 0, SUMMARY_ROWS,
					   rows);

	if (count == 0)
		return;
	head(s, "Why mails could not be read");
	for (size_t i = 0; i < count; i++) {
		begin_row(s, rows[i]->key, 40);
		put_count(s, TONE_BAD, rows[i]->counts[0], "piece");
		end_line(s);
		put_wrapped(s, "for example ", rows[i]->texts[1]);
	}
}

/* --- findings ------------------------------------------------------------------- */

static enum tone tone_of(enum severity severity)
{
	static const enum tone tones[SEVERITIES] = {
		[SEVERITY_CRITICAL] = TONE_BAD,  [SEVERITY_WARNING] = TONE_WARN,
		[SEVERITY_NOTICE] = TONE_PLAIN,  [SEVERITY_OK] = TONE_GOOD,
		[SEVERITY_UNKNOWN] = TONE_PLAIN,
	};

	return tones[severity];
}

static void put_title(struct screen *s, const struct finding *f)
{
	const char *word = severity_title(f->severity);

	put_blanks(s, 2);
	tone(s, tone_of(f->severity));
	fputs(word, s->out);
	tone(s, TONE_PLAIN);
	putc(':', s->out);
	s->column += (unsigned)strlen(word) + 1;
	put_blanks(s, 1);
	put_words(s, f->title, HANG);
}

static void put_finding(struct screen *s, const struct findings *findings, const struct finding *f)
{
	char when[FINDING_WHEN_SIZE];

	finding_when(f, findings, when);
	put_title(s, f);
	put_wrapped(s, "when       ", slice_of(when));
	put_wrapped(s, "where      ", finding_where(f));
	put_wrapped(s, "how much   ", f->amount);
	put_wrapped(s, "why        ", f->why);
	put_wrapped(s, "effect     ", f->effect);
	put_wrapped(s, "what to do ", f->recommendation);
	put_wrapped(s, "guide      ", finding_guide(f));
}

/* Prints the other findings, the worst last, so that it stays visible. */
static void print_others(const struct findings *f, struct screen *s)
{
	if (f->count < 2)
		return;
	head(s, "What else was found");
	for (size_t i = f->count; i-- > 1;)
		put_finding(s, f, &f->list[i]);
	if (f->more > 0)
		fprintf(s->out, "  and %zu more of the same or lower severity\n", f->more);
}

static void put_verdict(struct screen *s, const struct findings *f)
{
	tone(s, TONE_HEAD);
	tone(s, tone_of(f->severity));
	put_words(s, f->verdict, 2);
	tone(s, TONE_PLAIN);
}

static void print_span(const struct summary *sum, struct screen *s)
{
	struct strbuf text;
	char number[NUMBER_TEXT_SIZE], first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE],
		now[DATETIME_SIZE];

	strbuf_init(&text, KIB);
	strbuf_add_format(&text, "%s report%s", number_text(sum->reports, number),
			  plural(sum->reports));
	if (sum->documents > 0 && !summary_has_period(sum)) {
		strbuf_add_text(&text, ", none with a period that can be read");
	} else if (sum->documents > 0) {
		day_text(sum->first, first);
		day_text(sum->last, last);
		strbuf_add_format(&text, " about %s", first);
		if (strcmp(first, last) != 0)
			strbuf_add_format(&text, " to %s", last);
	}
	if (sum->incidents > 0)
		strbuf_add_format(&text, ", %s single failure%s reported",
				  number_text(sum->incidents, number), plural(sum->incidents));
	datetime_format(sum->now, now);
	day_text(sum->now, first);
	strbuf_add_format(&text, ", as of %s %.5s UTC", first, now + strlen("2026-11-24T"));
	put_words(s, strbuf_slice(&text), 2);
	strbuf_release(&text);
}

/* "Last 7 days: 1,234 messages, 99.1 % passed; the 7 days before: 1,100, 98.0 %" */
static void print_comparison(const struct summary *sum, struct screen *s)
{
	const struct periods p = periods_of(sum);
	const struct tally_table *days = summary_table(sum, SUMMARY_DMARC_DAYS);
	const uint64_t all[] = { period_sum(days, DMARC_MESSAGES, &p.now),
				 period_sum(days, DMARC_MESSAGES, &p.before) };
	const uint64_t passed[] = { period_sum(days, DMARC_PASSED, &p.now),
				    period_sum(days, DMARC_PASSED, &p.before) };
	char number[2][NUMBER_TEXT_SIZE], share[2][SHARE_TEXT_SIZE];
	struct strbuf text;

	if (p.days == 0 || all[0] == 0 || all[1] == 0)
		return;
	strbuf_init(&text, KIB);
	strbuf_add_format(&text,
			  "Last %u day%s: %s message%s, %s passed DMARC; the %u before: %s, %s",
			  p.days, plural(p.days), number_text(all[0], number[0]), plural(all[0]),
			  share_text(passed[0], all[0], share[0]), p.days,
			  number_text(all[1], number[1]), share_text(passed[1], all[1], share[1]));
	put_words(s, strbuf_slice(&text), 2);
	strbuf_release(&text);
}

/* Prints a line for each tenant, the worst last, so that it stays visible. */
static void print_tenants(const struct summary_set *set, struct screen *s)
{
	if (set->count < 2)
		return;
	head(s, "Tenants");
	for (unsigned severity = SEVERITIES; severity-- > 0;) {
		for (size_t i = 0; i < set->count; i++) {
			struct findings findings;

			findings_init(&findings, set->tenants[i].summary);
			if (findings.severity == severity) {
				put_blanks(s, 1);
				put_fact(s, tone_of(severity), "%-8s", severity_title(severity));
				put_blanks(s, 1);
				put_words(s, slice_of(set->tenants[i].tenant), HANG);
				put_wrapped(s, "",
					    findings.severity <= SEVERITY_WARNING
						    ? findings.list[0].title
						    : findings.verdict);
			}
			findings_release(&findings);
		}
	}
}

void summary_print(const struct summary_set *set, FILE *out, unsigned width, bool color)
{
	const struct summary *sum = set->all;
	struct screen screen = { out, width < NARROWEST ? NARROWEST : width, 0, color };
	struct findings findings;

	findings_init(&findings, sum);
	put_verdict(&screen, &findings);
	print_span(sum, &screen);
	print_comparison(sum, &screen);
	print_policies(sum, &screen);
	print_dmarc(sum, &screen);
	print_reporters(sum, &screen);
	print_quirks(sum, &screen);
	print_rejects(sum, &screen);
	print_tenants(set, &screen);
	print_others(&findings, &screen);
	if (findings.count > 0) {
		end_line(&screen);
		put_verdict(&screen, &findings);
		put_finding(&screen, &findings, &findings.list[0]);
	}
	findings_release(&findings);
}
