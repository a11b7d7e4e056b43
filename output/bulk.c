/* bulk.c - body of a bulk request with a table of its items
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/bulk.h"

#include <stdio.h>
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
	free(bulk->refusals);
	*bulk = (struct bulk){ .body = bulk->body };
}

void bulk_reset(struct bulk *bulk)
{
	strbuf_reset(&bulk->body);
	bulk->count = bulk->refusal_count = 0;
	bulk->trouble = (struct error){ .class = ERROR_NONE };
}

/* Writes text between quotes and returns its position. */
static struct bulk_span add_quoted(struct strbuf *body, struct slice text)
{
	const size_t start = body->len;

	json_quote(body, text);
	/* After an overflow nothing may have been added; the item is dropped
	 * then. */
	return (struct bulk_span){ (uint32_t)start + 1, (uint32_t)(body->len - start) - 2 };
}

/* Uses only "create": a known id answers 409 instead of being overwritten. */
static void add_lines(struct strbuf *body, struct slice index, struct slice id, struct slice source,
		      struct bulk_item *item)
{
	item->lines.offset = (uint32_t)body->len;
	strbuf_add_text(body, "{\"create\":{\"_index\":");
	item->index = add_quoted(body, index);
	strbuf_add_text(body, ",\"_id\":");
	item->id = add_quoted(body, id);
	strbuf_add_text(body, "}}\n");
	item->source = (struct bulk_span){ (uint32_t)body->len, (uint32_t)source.size };
	strbuf_add_slice(body, source);
	strbuf_add_byte(body, '\n');
	item->lines.size = (uint32_t)body->len - item->lines.offset;
}

bool bulk_add(struct bulk *bulk, uint32_t mail, struct slice index, struct slice id,
	      struct slice source)
{
	struct bulk_item item = { .mail = mail };

	add_lines(&bulk->body, index, id, source, &item);
	if (bulk->body.overflowed) {
		strbuf_cut(&bulk->body, item.lines.offset);
		return false;
	}
	bulk->items = xgrow(bulk->items, bulk->count, &bulk->alloc, sizeof(*bulk->items));
	bulk->items[bulk->count++] = item;
	return true;
}

const char *bulk_refusal_of(const struct bulk *bulk, uint32_t mail)
{
	for (size_t i = 0; i < bulk->refusal_count; i++)
		if (bulk->refusals[i].mail == mail)
			return bulk->refusals[i].text;
	return NULL;
}

void bulk_note_refusal(struct bulk *bulk, size_t item, const char *type, const char *reason)
{
	const struct slice index = bulk_item_index(bulk, item);
	const uint32_t mail = bulk->items[item].mail;
	struct bulk_refusal *refusal;

	if (bulk_refusal_of(bulk, mail))
		return;
	bulk->refusals = xgrow(bulk->refusals, bulk->refusal_count, &bulk->refusal_alloc,
			       sizeof(*bulk->refusals));
	refusal = &bulk->refusals[bulk->refusal_count++];
	refusal->mail = mail;
	snprintf(refusal->text, sizeof(refusal->text), "index %.*s: %s%s%s", (int)index.size,
		 index.data, type, *type && *reason ? ": " : "", reason);
}
