/* dead_letter_line.h - parser for a line of the dead-letter file
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_DEAD_LETTER_LINE_H
#define OUTPUT_DEAD_LETTER_LINE_H

#include "base/strbuf.h"

enum dead_letter_text {
	DEAD_LETTER_INDEX,
	DEAD_LETTER_ID,
	DEAD_LETTER_TYPE,
	DEAD_LETTER_REASON,
	DEAD_LETTER_DOCUMENT,
	DEAD_LETTER_TEXTS
};

/* Reused for each line. */
struct dead_letter_line {
	struct strbuf texts[DEAD_LETTER_TEXTS];
	struct strbuf first, last; /* times, as written */
	uint64_t count, status;
	struct strbuf *next_text; /* destination of the next value; NULL: none */
	uint64_t *next_number;
};

void dead_letter_line_init(struct dead_letter_line *line);
void dead_letter_line_release(struct dead_letter_line *line);

/* false: the line is not a dead letter.  Missing members are empty or 0. */
bool dead_letter_line_read(struct dead_letter_line *line, struct slice text);

#endif
