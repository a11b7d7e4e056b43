/* bulk_answer.h - the answer to a bulk request, item by item
 *
 * SPDX-License-Identifier: MIT
 *
 * Read as a stream of events: the order of members and what else the server
 * says do not matter.  Pure.
 */
#ifndef OUTPUT_BULK_ANSWER_H
#define OUTPUT_BULK_ANSWER_H

#include "base/error.h"
#include "base/slice.h"

struct bulk_answer_item {
	unsigned status;
	struct slice id;	   /* absent when it is not told */
	struct slice type, reason; /* of its error; absent when there is none */
};

struct bulk_answer_handler {
	/* Called for each item in its order; the texts are valid during the call. */
	void (*item)(void *context, size_t position, const struct bulk_answer_item *item);
	void *context;
};

#define BULK_ANSWER_TEXT 512

/* What stands at the root: the error of a request that was refused whole. */
struct bulk_answer {
	size_t items;
	char type[BULK_ANSWER_TEXT], reason[BULK_ANSWER_TEXT]; /* cut to size */
};

/* As the parts arrive.  handler (may be NULL) and answer must outlive the
 * reader, which bulk_answer_end() frees.  REJECT "bad-json": not JSON, or cut
 * off; items seen before the cut have been handed out. */
struct bulk_answer_reader;
struct bulk_answer_reader *bulk_answer_begin(const struct bulk_answer_handler *handler,
					     struct bulk_answer *answer);
void bulk_answer_feed(struct bulk_answer_reader *reader, struct slice part);
bool bulk_answer_end(struct bulk_answer_reader *reader, struct error *err);

/* Where the answer has no reason of its own, as a page of a proxy, puts its first
 * text into reason, without tags. */
void bulk_answer_use_text(struct bulk_answer *answer, struct slice body);

/* The three in one. */
bool bulk_answer_read(struct slice text, const struct bulk_answer_handler *handler,
		      struct bulk_answer *answer, struct error *err);

#endif
