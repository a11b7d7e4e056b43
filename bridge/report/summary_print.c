/* summary_print.c - what a heap of reports says: the screen
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdarg.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "bridge/report/findings.h"
#include "bridge/report/summary_tables.h"

#define ROWS 10
#define SOURCES 4 /* of each kind */
#define TITLE 300 /* bytes */
#define REASON_WIDTH 18
#define NARROWEST 40
/* Of names in tables. */
#define NAME_LEAST 16
#define NAME_MOST 60

/* Columns that a line of a table begins its second line with. */
#define HANG 4

struct screen {
	FILE *out;
	unsigned width;
	unsigned column; /* in the line at hand */
	bool color;
};

enum tone { TONE_PLAIN, TONE_HEAD, TONE_GOOD, TONE_BAD, TONE_DIM };

static void tone(const struct screen *s, enum tone wanted)
{
	static const char *const codes[] = { "\033[0m", "\033[1m", "\033[32m", "\033[31m", "\033[2m" };

	if (s->color)
		fputs(codes[wanted], s->out);
}

static void put_blanks(struct screen *s, unsigned count)
{
	fprintf(s->out, "%*s", (int)count, "");
	s->column += count;
}

static void end_line(struct screen *s)
{
	putc('\n', s->out);
	s->column = 0;
}

/* At most columns of foreign text; returns what did not fit. */
static struct slice put_foreign(struct screen *s, struct slice text, unsigned columns)
{
	while (text.size > 0) {
		const size_t length = utf8_sequence(text.data, text.size);
		const bool shown = length > 0 && !utf8_is_control(text.data, length);
		const unsigned needed = shown ? utf8_columns(text.data, length) : 1;
		const size_t size = length > 0 ? length : 1;

		if (needed > columns)
			break;
		if (shown)
			fwrite(text.data, 1, length, s->out);
		else
			putc('?', s->out);
		columns -= needed;
		s->column += needed;
		text = (struct slice){ text.data + size, text.size - size };
	}
	return text;
}

static unsigned columns_of(struct slice text)
{
	unsigned columns = 0;

	while (text.size > 0) {
		const size_t length = utf8_sequence(text.data, text.size);
		const size_t size = length > 0 ? length : 1;

		columns += length > 0 && !utf8_is_control(text.data, length)
				   ? utf8_columns(text.data, length)
				   : 1;
		text = (struct slice){ text.data + size, text.size - size };
	}
	return columns;
}

/* Words up to the right edge and on, behind an indent, in further lines; a
 * word that is longer than a line is cut into pieces. */
static void put_words(struct screen *s, struct slice text, unsigned indent)
{
	bool first = true;

	while (text.size > 0) {
		struct slice rest, word = slice_split(text, ' ', &rest);

		if (!first && s->column + 1 + columns_of(word) > s->width) {
			end_line(s);
			put_blanks(s, indent);
		} else if (!first) {
			put_blanks(s, 1);
		}
		for (word = put_foreign(s, word, s->width - s->column); word.size > 0;
		     word = put_foreign(s, word, s->width - s->column)) {
			end_line(s);
			put_blanks(s, indent);
		}
		first = false;
		text = rest;
	}
	end_line(s);
}

/* A name in a table, as wide as the rest of the line leaves room for; where
 * that is too little it has a line of its own. */
static void begin_row(struct screen *s, struct slice name, unsigned rest)
{
	const unsigned left = s->width > 2 + rest ? s->width - 2 - rest : 0;
	const unsigned columns = left < NAME_LEAST ? s->width - 2 : left < NAME_MOST ? left : NAME_MOST;

	put_blanks(s, 2);
	(void)put_foreign(s, name, columns);
	if (left >= NAME_LEAST) {
		put_blanks(s, 2 + columns - s->column);
	} else {
		end_line(s);
		put_blanks(s, HANG - 1);
	}
}

/* One of the facts in a row, in the next line when it does not fit. */
__attribute__((format(printf, 3, 4)))
static void put_fact(struct screen *s, enum tone wanted, const char *format, ...)
{
	char text[64];
	va_list arguments;
	unsigned size;

	va_start(arguments, format);
	size = (unsigned)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (s->column + 1 + size > s->width) {
		end_line(s);
		put_blanks(s, HANG - 1);
	}
	put_blanks(s, 1);
	tone(s, wanted);
	fputs(text, s->out);
	tone(s, TONE_PLAIN);
	s->column += size;
}

static void head(struct screen *s, const char *text)
{
	end_line(s);
	tone(s, TONE_HEAD);
	put_words(s, slice_of(text), 2);
	tone(s, TONE_PLAIN);
}

static void put_wrapped(struct screen *s, const char *label, struct slice text)
{
	if (text.size == 0)
		return;
	put_blanks(s, 6);
	fputs(label, s->out);
	s->column += (unsigned)strlen(label);
	put_words(s, text, s->column);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static double share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void print_domains(const struct summary *sum, struct screen *s)
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

		begin_row(s, rows[i]->key, 47);
		put_fact(s, TONE_PLAIN, "%9" PRIu64 " messages", all);
		put_fact(s, passed == all ? TONE_GOOD : TONE_BAD, "%6.1f %% pass",
			 share(passed, all));
		if (rows[i]->texts[1].size > 0) {
			put_fact(s, TONE_PLAIN, " p=");
			(void)put_foreign(s, rows[i]->texts[1], least(10, s->width - s->column));
		}
		end_line(s);
	}
}

static void print_senders(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SOURCES];

	if (!summary_has_dmarc(sum))
		return;
	head(s, "DMARC: largest sources of each kind (address, From domain)");
	for (unsigned class = 0; class < SENDER_CLASSES; class++) {
		const size_t count = tally_largest(summary_senders(sum, class), DMARC_MESSAGES,
						   SOURCES, rows);

		for (size_t i = 0; i < count; i++) {
			begin_row(s, rows[i]->key, 42);
			put_fact(s, TONE_PLAIN, "%9" PRIu64 " messages",
				 rows[i]->counts[DMARC_MESSAGES]);
			put_fact(s, sender_words(class)->fails ? TONE_BAD : TONE_DIM, " %s",
				 sender_words(class)->name);
			end_line(s);
		}
	}
}

static void print_policies(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count =
		tally_largest(summary_table(sum, SUMMARY_TLS_POLICIES), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "SMTP TLS: mail to you, by domain and policy");
	for (size_t i = 0; i < count; i++) {
		begin_row(s, rows[i]->key, 42);
		put_fact(s, TONE_PLAIN, "%9" PRIu64 " encrypted", rows[i]->counts[0]);
		put_fact(s, rows[i]->counts[1] == 0 ? TONE_GOOD : TONE_BAD, "%9" PRIu64 " failed",
			 rows[i]->counts[1]);
		end_line(s);
	}
}

static void print_reporters(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_REPORTERS), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "Who reports");
	for (size_t i = 0; i < count; i++) {
		const uint64_t messages = rows[i]->counts[REPORTER_MESSAGES];
		const uint64_t sessions =
			rows[i]->counts[REPORTER_ENCRYPTED] + rows[i]->counts[REPORTER_FAILED];

		begin_row(s, rows[i]->key, 53);
		put_fact(s, TONE_PLAIN, "%6" PRIu64 " reports", rows[i]->counts[0]);
		if (messages > 0)
			put_fact(s, TONE_PLAIN, "%9" PRIu64 " messages", messages);
		if (sessions > 0)
			put_fact(s, TONE_PLAIN, "%9" PRIu64 " sessions", sessions);
		end_line(s);
	}
}

static void print_quirks(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_QUIRKS), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "Oddities in reports that were read all the same");
	for (size_t i = 0; i < count; i++) {
		begin_row(s, rows[i]->key, 22);
		put_fact(s, TONE_PLAIN, "%9" PRIu64 " reports", rows[i]->counts[0]);
		end_line(s);
		put_wrapped(s, "", rows[i]->texts[2]);
	}
}

static void print_rejects(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_REJECTS), 0, ROWS, rows);

	if (count == 0)
		return;
	head(s, "Why mails were refused");
	for (size_t i = 0; i < count; i++) {
		put_blanks(s, 2);
		tone(s, TONE_BAD);
		(void)put_foreign(s, rows[i]->key, REASON_WIDTH);
		tone(s, TONE_PLAIN);
		put_blanks(s, 2 + REASON_WIDTH - s->column);
		put_fact(s, TONE_PLAIN, "%6" PRIu64 "  e.g. ", rows[i]->counts[0]);
		(void)put_foreign(s, rows[i]->texts[1], s->width - s->column);
		end_line(s);
	}
}

static void put_title(struct screen *s, enum tone wanted, const char *level, struct slice title,
		      const char *when)
{
	struct strbuf words;

	strbuf_init(&words, KIB);
	strbuf_add_slice(&words, utf8_prefix(title, TITLE));
	if (when[0])
		strbuf_add_format(&words, ", %s", when);
	put_blanks(s, 2);
	tone(s, wanted);
	fprintf(s->out, "%s:", level);
	tone(s, TONE_PLAIN);
	s->column += (unsigned)strlen(level) + 1;
	put_blanks(s, 1);
	put_words(s, strbuf_slice(&words), HANG);
	strbuf_release(&words);
}

static void print_findings(const struct summary *sum, struct screen *s)
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
		put_title(s, tones[f->level], finding_level_text(f->level), f->title, when);
		put_wrapped(s, "", f->amount);
		put_wrapped(s, "why:  ", f->why);
		put_wrapped(s, "", f->effect);
		put_wrapped(s, "do:   ", f->advice);
	}
	findings_release(&findings);
}

void summary_print(const struct summary *sum, FILE *out, unsigned width, bool color)
{
	struct screen screen = { out, width < NARROWEST ? NARROWEST : width, 0, color };
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
