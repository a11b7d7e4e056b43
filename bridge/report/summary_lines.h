/* summary_lines.h - lines of the summary on the screen
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SUMMARY_LINES_H
#define BRIDGE_REPORT_SUMMARY_LINES_H

#include <stdio.h>

#include "bridge/report/summary_tables.h"
#include "bridge/report/words.h"

#define SUMMARY_ROWS 10
/* Columns that a line of a table begins its second line with. */
#define HANG 4

struct screen {
	FILE *out;
	unsigned width;
	unsigned column; /* in the present line */
	bool color;
};

enum tone { TONE_PLAIN, TONE_HEAD, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_DIM };

void tone(const struct screen *s, enum tone wanted);
void put_blanks(struct screen *s, unsigned count);
void end_line(struct screen *s);

/* At most columns of foreign text; returns what did not fit. */
struct slice put_foreign(struct screen *s, struct slice text, unsigned columns);

/* Words up to the right edge and on, after an indent, in further lines; a word
 * that is longer than a line is cut into pieces. */
void put_words(struct screen *s, struct slice text, unsigned indent);

/* The same after a label. */
void put_wrapped(struct screen *s, const char *label, struct slice text);

/* A headline, after an empty line. */
void head(struct screen *s, const char *text);

/* A name in a table, as wide as the rest of the line leaves room for; where it
 * does not fit it has a line of its own, since no name is cut. */
void begin_row(struct screen *s, struct slice name, unsigned rest);

/* One of the facts in a row, in the next line when it does not fit. */
__attribute__((format(printf, 3, 4))) void put_fact(struct screen *s, enum tone wanted,
						    const char *format, ...);

/* "  1,234 messages": right-aligned, and as many columns for one. */
void put_count(struct screen *s, enum tone wanted, uint64_t count, const char *noun);

/* Domains and senders of DMARC. */
void print_dmarc(const struct summary *summary, struct screen *s);

#endif
