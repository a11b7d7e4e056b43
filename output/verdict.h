/* verdict.h - verdict on a document from a search server's answer
 *
 * SPDX-License-Identifier: MIT
 *
 * The status alone is not enough: disk full is 429, a full cluster 400, a
 * malformed document 500.  The rules are a table; the first match wins.
 */
#ifndef OUTPUT_VERDICT_H
#define OUTPUT_VERDICT_H

#include "base/slice.h"

enum verdict {
	VERDICT_PENDING = 0, /* no answer yet */
	VERDICT_STORED,
	VERDICT_DUPLICATE, /* exists already: treated as stored */
	VERDICT_RETRY,     /* send the same document again later */
	VERDICT_HOLD,      /* someone must fix its index first: try much later */
	VERDICT_SPLIT,     /* request too large or malformed: halve it */
	VERDICT_REFUSED,   /* never accepted: a dead letter */
	VERDICT_STOP,      /* send nothing more to this server until a person acts */
};

const char *verdict_name(enum verdict verdict);

/* For one item of a 200 answer; type and reason are those of its error.  *cause: for
 * RETRY and HOLD, a string constant for people; else NULL. */
enum verdict verdict_of_item(unsigned status, struct slice type, struct slice reason,
			     const char **cause);

/* For a whole request without answers to items. */
enum verdict verdict_of_request(unsigned status, struct slice type, struct slice reason,
				const char **cause);

#endif
