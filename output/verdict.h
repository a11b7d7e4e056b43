/* verdict.h - what a search server's answer means for a document
 *
 * SPDX-License-Identifier: MIT
 *
 * The status alone does not decide: disk full is 429, a full cluster 400, a
 * malformed document 500.  The rules are data, the first match wins.
 */
#ifndef OUTPUT_VERDICT_H
#define OUTPUT_VERDICT_H

#include "base/slice.h"

enum verdict {
	VERDICT_PENDING = 0, /* not answered yet */
	VERDICT_STORED,
	VERDICT_DUPLICATE, /* it was there already: as good as stored */
	VERDICT_RETRY,	   /* the same document again, later */
	VERDICT_HOLD,	   /* its index must be put right first: much later */
	VERDICT_SPLIT,	   /* the request was too large or malformed: halve it */
	VERDICT_REFUSED,   /* never: a dead letter */
	VERDICT_STOP,	   /* nothing more to this server until a person acted */
};

const char *verdict_name(enum verdict verdict);

/* One item of a 200 answer; type and reason are those of its error.  *cause:
 * of RETRY and HOLD, what a person should know, a string constant; else NULL. */
enum verdict verdict_of_item(unsigned status, struct slice type, struct slice reason,
			     const char **cause);

/* A whole request that was not answered with items. */
enum verdict verdict_of_request(unsigned status, struct slice type, struct slice reason,
				const char **cause);

#endif
