/* bulk_answer.h - parser for the answer to a bulk request
 *
 * SPDX-License-Identifier: MIT
 *
 * Read as a stream of events: the order of members and unknown members do not
 * matter.  Pure.
 */
#ifndef OUTPUT_BULK_ANSWER_H
#define OUTPUT_BULK_ANSWER_H

#include "base/error.h"
#include "base/slice.h"

struct bulk_answer_item {
	unsigned status;
	struct slice id;           /* absent if missing */
	struct slice type, reason; /* of its error; absent without one */
};

struct bulk_answer_handler {
	/* Called for each item in order; the texts are valid during the call. */
	void (*item)(void *context, size_t position, const struct bulk_answer_item *item);
	void *context;
};

#define BULK_ANSWER_TEXT 512

/* The root's error of a request that was refused as a whole. */
struct bulk_answer {
	size_t items;
	char type[BULK_ANSWER_TEXT], reason[BULK_ANSWER_TEXT]; /* truncated */
};

/* Reads the answer in parts.  handler (may be NULL) and answer must outlive the
 * reader, which bulk_answer_end() frees.  REJECT "bad-json": not JSON, or
 * truncated; items before that were reported. */
struct bulk_answer_reader;
struct bulk_answer_reader *bulk_answer_begin(const struct bulk_answer_handler *handler,
					     struct bulk_answer *answer);
void bulk_answer_feed(struct bulk_answer_reader *reader, struct slice part);
bool bulk_answer_end(struct bulk_answer_reader *reader, struct error *err);

/* If the answer has no reason, as with a proxy's error page, sets reason to its
 * first text, without tags. */
void bulk_answer_use_text(struct bulk_answer *answer, struct slice body);

/* Does all three steps. */
bool bulk_answer_read(struct slice text, const struct bulk_answer_handler *handler,
		      struct bulk_answer *answer, struct error *err);

#endif
