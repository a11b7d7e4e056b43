/* summary_lines.h - lines of the summary on the terminal
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SUMMARY_LINES_H
#define BRIDGE_REPORT_SUMMARY_LINES_H

#include <stdio.h>

#include "base/printf_like.h"
#include "bridge/report/summary_tables.h"
#include "bridge/report/words.h"

#define SUMMARY_ROWS 10
/* Indent of the second line of a table row. */
#define HANG 4

struct screen {
	FILE *out;
	unsigned width;
	unsigned column; /* in the current line */
	bool color;
};

enum tone { TONE_PLAIN, TONE_HEAD, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_DIM };

void tone(const struct screen *s, enum tone wanted);
void put_blanks(struct screen *s, unsigned count);
void end_line(struct screen *s);

/* Prints up to `columns` columns of untrusted text; returns the rest. */
struct slice put_foreign(struct screen *s, struct slice text, unsigned columns);

/* Prints words and wraps at the right edge with an indent; breaks a word that is longer
 * than a line. */
void put_words(struct screen *s, struct slice text, unsigned indent);

/* The same after a label. */
void put_wrapped(struct screen *s, const char *label, struct slice text);

/* Prints a headline after an empty line. */
void head(struct screen *s, const char *text);

/* Prints the name of a table row in the space that the rest of the line leaves; if it does
 * not fit it gets its own line, since names are never cut. */
void begin_row(struct screen *s, struct slice name, unsigned rest);

/* Prints a cell of a row, on the next line if it does not fit. */
PRINTF_LIKE(3, 4)
void put_fact(struct screen *s, enum tone wanted, const char *format, ...);

/* The same for a label and untrusted text, which is cut if it is longer than a line. */
void put_foreign_fact(struct screen *s, const char *label, struct slice text);

/* "  1,234 messages": right-aligned, as wide as with the plural. */
void put_count(struct screen *s, enum tone wanted, uint64_t count, const char *noun);

/* Prints domains and senders of DMARC. */
void print_dmarc(const struct summary *summary, struct screen *s);

#endif
