/* summary_print.c - what a heap of reports says: the screen
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "bridge/findings.h"
#include "bridge/summary_tables.h"

#define ROWS 10
#define SOURCES 4 /* of each kind */
#define TITLE 300
#define NARROWEST 40

struct screen {
	FILE *out;
	unsigned width;
	bool color;
};

enum tone { TONE_PLAIN, TONE_HEAD, TONE_GOOD, TONE_BAD, TONE_DIM };

static void tone(const struct screen *s, enum tone wanted)
{
	static const char *const codes[] = { "\033[0m", "\033[1m", "\033[32m", "\033[31m", "\033[2m" };

	if (s->color)
		fputs(codes[wanted], s->out);
}

/* At most columns characters of foreign text; returns how many. */
static unsigned put_foreign(const struct screen *s, struct slice text, unsigned columns)
{
	unsigned used = 0;

	for (size_t at = 0; at < text.size && used < columns; used++) {
		const size_t length = utf8_sequence(text.data + at, text.size - at);
		/* C1 controls (U+0080 to U+009F) steer terminals too. */
		const bool control = length == 1 ? ascii_is_control(text.data[at])
						 : length == 2 && (unsigned char)text.data[at] == 0xc2 &&
							   (unsigned char)text.data[at + 1] < 0xa0;

		if (length == 0 || control)
			fputs("?", s->out);
		else
			fwrite(text.data + at, 1, length, s->out);
		at += length ? length : 1;
	}
	return used;
}

static void put_cell(const struct screen *s, struct slice text, unsigned columns)
{
	unsigned used = put_foreign(s, text, columns);

	while (used++ < columns)
		putc(' ', s->out);
}

static void head(const struct screen *s, const char *text)
{
	tone(s, TONE_HEAD);
	fprintf(s->out, "\n%s\n", text);
	tone(s, TONE_PLAIN);
}

/* Words up to the right edge, behind an indent. */
static void put_wrapped(const struct screen *s, const char *label, struct slice text)
{
	const unsigned indent = 6 + (unsigned)strlen(label);
	unsigned column = indent;

	if (text.size == 0)
		return;
	fprintf(s->out, "      %s", label);
	while (text.size > 0) {
		struct slice rest, word = slice_split(text, ' ', &rest);

		if (column > indent && column + word.size + 1 > s->width) {
			fprintf(s->out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', s->out);
			column++;
		}
		column += put_foreign(s, word, s->width);
		text = rest;
	}
	putc('\n', s->out);
}

static double share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static unsigned name_width(const struct screen *s, unsigned reserved)
{
	const unsigned least = 16, left = s->width > reserved ? s->width - reserved : 0;

	return left < least ? least : left > 60 ? 60 : left;
}

static void print_domains(const struct summary *sum, const struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count =
		tally_largest(summary_table(sum, SUMMARY_DMARC_DOMAINS), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "DMARC: mail in your name");
	for (size_t i = 0; i < count; i++) {
		const uint64_t all = rows[i]->counts[DMARC_MESSAGES];
		const uint64_t passed = rows[i]->counts[DMARC_PASSED];

		fputs("  ", s->out);
		put_cell(s, rows[i]->key, name_width(s, 48));
		fprintf(s->out, " %9" PRIu64 " messages  ", all);
		tone(s, passed == all ? TONE_GOOD : TONE_BAD);
		fprintf(s->out, "%5.1f %% pass", share(passed, all));
		tone(s, TONE_PLAIN);
		if (rows[i]->texts[1].size > 0) {
			fputs("  p=", s->out);
			put_foreign(s, rows[i]->texts[1], 10);
		}
		putc('\n', s->out);
	}
}

static void print_senders(const struct summary *sum, const struct screen *s)
{
	const struct tally *rows[SOURCES];

	if (!summary_has_dmarc(sum))
		return;
	head(s, "DMARC: largest sources of each kind (address, From domain)");
	for (unsigned class = 0; class < SENDER_CLASSES; class++) {
		const size_t count = tally_largest(summary_senders(sum, class), DMARC_MESSAGES,
						   SOURCES, rows);

		for (size_t i = 0; i < count; i++) {
			fputs("  ", s->out);
			put_cell(s, rows[i]->key, name_width(s, 42));
			fprintf(s->out, " %9" PRIu64 " messages  ", rows[i]->counts[DMARC_MESSAGES]);
			tone(s, sender_words(class)->fails ? TONE_BAD : TONE_DIM);
			fputs(sender_words(class)->name, s->out);
			tone(s, TONE_PLAIN);
			putc('\n', s->out);
		}
	}
}

static void print_policies(const struct summary *sum, const struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count =
		tally_largest(summary_table(sum, SUMMARY_TLS_POLICIES), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "SMTP TLS: mail to you, by domain and policy");
	for (size_t i = 0; i < count; i++) {
		fputs("  ", s->out);
		put_cell(s, rows[i]->key, name_width(s, 42));
		fprintf(s->out, " %9" PRIu64 " encrypted ", rows[i]->counts[0]);
		tone(s, rows[i]->counts[1] == 0 ? TONE_GOOD : TONE_BAD);
		fprintf(s->out, "%9" PRIu64 " failed\n", rows[i]->counts[1]);
		tone(s, TONE_PLAIN);
	}
}

static void print_reporters(const struct summary *sum, const struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_REPORTERS), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "Who reports");
	for (size_t i = 0; i < count; i++) {
		fputs("  ", s->out);
		put_cell(s, rows[i]->key, name_width(s, 48));
		fprintf(s->out, " %6" PRIu64 " reports", rows[i]->counts[0]);
		if (rows[i]->counts[REPORTER_MESSAGES] > 0)
			fprintf(s->out, " %9" PRIu64 " messages",
				rows[i]->counts[REPORTER_MESSAGES]);
		if (rows[i]->counts[REPORTER_ENCRYPTED] + rows[i]->counts[REPORTER_FAILED] > 0)
			fprintf(s->out, " %9" PRIu64 " sessions",
				rows[i]->counts[REPORTER_ENCRYPTED] +
					rows[i]->counts[REPORTER_FAILED]);
		putc('\n', s->out);
	}
}

static void print_quirks(const struct summary *sum, const struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_QUIRKS), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "Oddities in reports that were read all the same");
	for (size_t i = 0; i < count; i++) {
		fputs("  ", s->out);
		put_cell(s, rows[i]->key, name_width(s, 24));
		fprintf(s->out, " %9" PRIu64 " reports\n", rows[i]->counts[0]);
		put_wrapped(s, "", rows[i]->texts[2]);
	}
}

static void print_rejects(const struct summary *sum, const struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_REJECTS), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "Why mails were refused");
	for (size_t i = 0; i < count; i++) {
		fputs("  ", s->out);
		tone(s, TONE_BAD);
		put_cell(s, rows[i]->key, 18);
		tone(s, TONE_PLAIN);
		fprintf(s->out, " %6" PRIu64 "  e.g. ", rows[i]->counts[0]);
		put_foreign(s, rows[i]->texts[1], s->width - 35);
		putc('\n', s->out);
	}
}

static void print_findings(const struct summary *sum, const struct screen *s)
{
	static const enum tone tones[] = {
		[FINDING_LOST] = TONE_BAD,
		[FINDING_AT_RISK] = TONE_BAD,
		[FINDING_WATCH] = TONE_PLAIN,
		[FINDING_FINE] = TONE_GOOD,
	};
	struct findings findings;
	char when[FINDING_WHEN_SIZE];

	findings_init(&findings, sum);
	head(s, findings.verdict);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *f = &findings.list[i];

		finding_when(f, sum, when);
		tone(s, tones[f->level]);
		fprintf(s->out, "  %s: ", finding_level_text(f->level));
		tone(s, TONE_PLAIN);
		put_foreign(s, f->title, TITLE);
		fprintf(s->out, "%s%s\n", when[0] ? ", " : "", when);
		put_wrapped(s, "", f->amount);
		put_wrapped(s, "why:  ", f->why);
		put_wrapped(s, "", f->effect);
		put_wrapped(s, "do:   ", f->advice);
	}
	findings_release(&findings);
}

void summary_print(const struct summary *sum, FILE *out, unsigned width, bool color)
{
	const struct screen screen = { out, width < NARROWEST ? NARROWEST : width, color };
	char first[DATETIME_SIZE], last[DATETIME_SIZE];

	fprintf(out, "%" PRIu64 " reports", sum->reports);
	if (sum->documents > 0) {
		datetime_format(sum->first, first);
		datetime_format(sum->last, last);
		fprintf(out, ", %.10s to %.10s", first, last);
	}
	if (sum->incidents > 0)
		fprintf(out, ", %" PRIu64 " single failures reported", sum->incidents);
	putc('\n', out);
	print_findings(sum, &screen);
	print_policies(sum, &screen);
	print_domains(sum, &screen);
	print_senders(sum, &screen);
	print_reporters(sum, &screen);
	print_quirks(sum, &screen);
	print_rejects(sum, &screen);
}
