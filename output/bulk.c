/* bulk.c - the body of a bulk request and a table of its items
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/bulk.h"

#include <stdlib.h>

#include "base/json_writer.h"
#include "base/xalloc.h"

void bulk_init(struct bulk *bulk, size_t limit)
{
	*bulk = (struct bulk){ .count = 0 };
	strbuf_init(&bulk->body, limit);
}

void bulk_release(struct bulk *bulk)
{
	strbuf_release(&bulk->body);
	free(bulk->items);
	*bulk = (struct bulk){ .body = bulk->body };
}

void bulk_reset(struct bulk *bulk)
{
	strbuf_reset(&bulk->body);
	bulk->count = 0;
	bulk->trouble = (struct error){ .class = ERROR_NONE };
}

/* "create" and nothing else: a known id answers 409 instead of overwriting. */
#define BEFORE_INDEX "{\"create\":{\"_index\":"

static void add_action(struct strbuf *body, struct slice index, struct slice id)
{
	strbuf_add_text(body, BEFORE_INDEX);
	json_quote(body, index);
	strbuf_add_text(body, ",\"_id\":");
	json_quote(body, id);
	strbuf_add_text(body, "}}\n");
}

bool bulk_add(struct bulk *bulk, uint32_t mail, struct slice index, struct slice id,
	      struct slice source)
{
	const size_t start = bulk->body.len;
	size_t source_start;

	add_action(&bulk->body, index, id);
	source_start = bulk->body.len;
	strbuf_add_slice(&bulk->body, source);
	strbuf_add_byte(&bulk->body, '\n');
	if (bulk->body.overflowed) {
		strbuf_cut(&bulk->body, start);
		return false;
	}
	if (bulk->count == bulk->alloc) {
		bulk->alloc = bulk->alloc ? 2 * bulk->alloc : 256;
		bulk->items = xreallocarray(bulk->items, bulk->alloc, sizeof(*bulk->items));
	}
	bulk->items[bulk->count++] = (struct bulk_item){
		.offset = start,
		.size = bulk->body.len - start,
		.source = source_start - start,
		.mail = mail,
	};
	return true;
}

struct slice bulk_item_index(const struct bulk *bulk, size_t item)
{
	const struct slice lines = bulk_item_lines(bulk, item);
	const size_t before = sizeof(BEFORE_INDEX) - 1 + 1; /* and the quote */
	struct slice rest = { lines.data + before, lines.size - before };

	return slice_split(rest, '"', &rest);
}
