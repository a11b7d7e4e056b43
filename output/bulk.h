/* bulk.h - the body of a bulk request and a table of its items
 *
 * SPDX-License-Identifier: MIT
 *
 * The body is built in place: an action line and a source line per item, each
 * ending in a line feed.  The table says where each item begins, so that a
 * body can be cut at any item and every verdict finds its mail.
 */
#ifndef OUTPUT_BULK_H
#define OUTPUT_BULK_H

#include "base/error.h"
#include "base/strbuf.h"
#include "output/verdict.h"

struct bulk_item {
	size_t offset, size;	/* both lines, in the body */
	size_t source;		/* where the source line begins, from offset */
	uint32_t mail;		/* which mail of the caller it belongs to */
	enum verdict verdict;
};

struct bulk {
	struct strbuf body;
	struct bulk_item *items;
	size_t count, alloc;
	struct error trouble; /* why items are to RETRY or HOLD; ERROR_NONE: none is */
};

/* limit: most bytes of the body. */
void bulk_init(struct bulk *bulk, size_t limit);
void bulk_release(struct bulk *bulk);
void bulk_reset(struct bulk *bulk);

/* Appends one item; source is one JSON object without a line end.  index and
 * id are escaped here.  false, and nothing appended: it does not fit. */
bool bulk_add(struct bulk *bulk, uint32_t mail, struct slice index, struct slice id,
	      struct slice source);

static inline struct slice bulk_item_lines(const struct bulk *bulk, size_t item)
{
	return (struct slice){ bulk->body.buf + bulk->items[item].offset, bulk->items[item].size };
}

/* Where it is to go: an index name, which needs no escapes. */
struct slice bulk_item_index(const struct bulk *bulk, size_t item);

#endif
