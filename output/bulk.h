/* bulk.h - body of a bulk request with a table of its items
 *
 * SPDX-License-Identifier: MIT
 *
 * The body is contiguous text: an action line and a source line per item, each
 * ending in a line feed.  The table has the position of each item and its
 * parts, so that a body can be split at any item and each verdict can be
 * attributed to its mail; sinks that do not send action lines take index, id
 * and source from it.
 */
#ifndef OUTPUT_BULK_H
#define OUTPUT_BULK_H

#include "base/error.h"
#include "base/strbuf.h"
#include "output/verdict.h"

/* A range of the body; a body is smaller than 4 GiB. */
struct bulk_span {
	uint32_t offset, size;
};

struct bulk_item {
	struct bulk_span lines;             /* both lines, with their line ends */
	struct bulk_span index, id, source; /* without quotes and line end */
	uint32_t mail;                      /* which mail of the caller it belongs to */
	uint8_t kind;                       /* of the document, for the caller; 0 at first */
	uint16_t tenant;                    /* its number, likewise */
	uint64_t key;                       /* of the document and its output, likewise */
	bool repeated; /* posted before without an answer: a duplicate may be ours */
	enum verdict verdict;
};

/* Why a document of a mail was refused. */
struct bulk_refusal {
	uint32_t mail;
	char text[256];
};

struct bulk {
	struct strbuf body;
	struct bulk_item *items;
	size_t count, alloc;
	struct bulk_refusal *refusals; /* one per mail */
	size_t refusal_count, refusal_alloc;
	struct error trouble; /* why items are RETRY or HOLD; ERROR_NONE: no item is */
};

/* limit: maximum size of the body, below 4 GiB. */
void bulk_init(struct bulk *bulk, size_t limit);
void bulk_release(struct bulk *bulk);
void bulk_reset(struct bulk *bulk);

/* Appends one item; source is one JSON object without a line end.  index and id are
 * escaped.  false: it does not fit, nothing was appended. */
bool bulk_add(struct bulk *bulk, uint32_t mail, struct slice index, struct slice id,
	      struct slice source);

/* Records why an item was refused, for the log: the first reason per mail. */
void bulk_note_refusal(struct bulk *bulk, size_t item, const char *type, const char *reason);
/* Returns NULL if there is none. */
const char *bulk_refusal_of(const struct bulk *bulk, uint32_t mail);

static inline struct slice bulk_slice(const struct bulk *bulk, struct bulk_span span)
{
	return (struct slice){ bulk->body.buf + span.offset, span.size };
}

static inline struct slice bulk_item_lines(const struct bulk *bulk, size_t item)
{
	return bulk_slice(bulk, bulk->items[item].lines);
}

static inline struct slice bulk_item_index(const struct bulk *bulk, size_t item)
{
	return bulk_slice(bulk, bulk->items[item].index);
}

static inline struct slice bulk_item_id(const struct bulk *bulk, size_t item)
{
	return bulk_slice(bulk, bulk->items[item].id);
}

static inline struct slice bulk_item_source(const struct bulk *bulk, size_t item)
{
	return bulk_slice(bulk, bulk->items[item].source);
}

#endif
