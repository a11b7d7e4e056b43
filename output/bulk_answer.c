/* bulk_answer.c - parser for the answer to a bulk request
 *
 * SPDX-License-Identifier: MIT
 *
 * {"items":[{"create":{"_id":"...","status":400,"error":{"type":"...","reason":"..."}}}]}
 *           ^ depth 2 ^ 3                              ^ 4
 * {"error":{"type":"...","reason":"..."},"status":400}
 *          ^ depth 1
 */
#include "output/bulk_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/xalloc.h"

#define ANSWER_DEPTH 64
#define ANSWER_TOKEN ((size_t)1 << 20)

enum { DEPTH_ITEM = 2, DEPTH_RESULT = 4, DEPTH_ITEM_ERROR = 5, DEPTH_ROOT_ERROR = 2 };

struct reading {
	const struct bulk_answer_handler *handler;
	struct bulk_answer *answer;
	bool in_items; /* the root member is "items" */
	bool in_error; /* the member "error" of an item, or of the root */
	char key[16];  /* the last key, truncated: the keys we use fit */
	unsigned status;
	bool has_id;
	char id[BULK_ANSWER_TEXT], type[BULK_ANSWER_TEXT], reason[BULK_ANSWER_TEXT];
};

static void keep(char text[static BULK_ANSWER_TEXT], struct slice value)
{
	value = utf8_prefix(value, BULK_ANSWER_TEXT - 1);
	if (value.size > 0)
		memcpy(text, value.data, value.size);
	text[value.size] = '\0';
}

static void end_item(struct reading *r)
{
	const struct bulk_answer_item item = {
		.status = r->status,
		.id = slice_of(r->has_id ? r->id : NULL),
		.type = slice_of(r->type),
		.reason = slice_of(r->reason),
	};

	if (r->handler)
		r->handler->item(r->handler->context, r->answer->items, &item);
	r->answer->items++;
}

static void on_key(struct reading *r, unsigned depth, struct slice key)
{
	const size_t size = key.size < sizeof(r->key) ? key.size : sizeof(r->key) - 1;

	if (size > 0)
		memcpy(r->key, key.data, size);
	r->key[size] = '\0';
	if (depth == 1)
		r->in_items = slice_is(key, "items");
	if (depth == 1 || (r->in_items && depth == DEPTH_RESULT))
		r->in_error = slice_is(key, "error");
}

static void on_string(struct reading *r, unsigned depth, struct slice value)
{
	const bool of_item = r->in_items && depth == DEPTH_ITEM_ERROR;
	const bool of_root = !r->in_items && depth == DEPTH_ROOT_ERROR;

	if (r->in_items && depth == DEPTH_RESULT && strcmp(r->key, "_id") == 0) {
		keep(r->id, value);
		r->has_id = true;
	}
	/* The document is in the failure store, not in the index: treat it as
	 * refused. */
	if (r->in_items && depth == DEPTH_RESULT && strcmp(r->key, "failure_store") == 0 &&
	    slice_is(value, "used"))
		keep(r->type, slice_of("failure_store"));
	if (!r->in_error)
		return;
	if (strcmp(r->key, "type") == 0 && (of_item || of_root))
		keep(of_item ? r->type : r->answer->type, value);
	else if (strcmp(r->key, "reason") == 0 && (of_item || of_root))
		keep(of_item ? r->reason : r->answer->reason, value);
	else if (strcmp(r->key, "error") == 0 && depth == 1)
		keep(r->answer->reason, value); /* "error" as a string */
}

static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct reading *r = context;
	uint64_t number;

	(void)err;
	switch (event) {
	case JSON_OBJECT:
		if (r->in_items && depth == DEPTH_ITEM) {
			r->status = 0;
			r->has_id = false;
			r->type[0] = r->reason[0] = '\0';
		}
		break;
	case JSON_OBJECT_END:
		if (r->in_items && depth == DEPTH_ITEM)
			end_item(r);
		break;
	case JSON_KEY: on_key(r, depth, text); break;
	case JSON_STRING: on_string(r, depth, text); break;
	case JSON_NUMBER:
		if (r->in_items && depth == DEPTH_RESULT && strcmp(r->key, "status") == 0 &&
		    slice_to_uint(text, 999, &number))
			r->status = (unsigned)number;
		break;
	default: break;
	}
	return true;
}

struct bulk_answer_reader {
	struct reading reading;
	struct json_reader *json;
	struct error err; /* the first error; later text is not read */
};

struct bulk_answer_reader *bulk_answer_begin(const struct bulk_answer_handler *handler,
					     struct bulk_answer *answer)
{
	struct bulk_answer_reader *reader = xcalloc(1, sizeof(*reader));

	*answer = (struct bulk_answer){ .items = 0 };
	reader->reading = (struct reading){ .handler = handler, .answer = answer };
	reader->json = json_reader_new(on_event, &reader->reading, ANSWER_DEPTH, ANSWER_TOKEN);
	return reader;
}

void bulk_answer_feed(struct bulk_answer_reader *reader, struct slice part)
{
	struct error err;

	if (reader->err.class == ERROR_NONE && !json_reader_feed(reader->json, part, &err))
		reader->err = err;
}

bool bulk_answer_end(struct bulk_answer_reader *reader, struct error *err)
{
	bool good = reader->err.class == ERROR_NONE;

	if (!good)
		*err = reader->err;
	else
		good = json_reader_end(reader->json, err);
	json_reader_free(reader->json);
	free(reader);
	return good;
}

/* The text ends at a line end, if there is any text before it. */
void bulk_answer_use_text(struct bulk_answer *answer, struct slice body)
{
	bool in_tag = false, blank = false;
	struct strbuf text;

	if (answer->reason[0])
		return;
	strbuf_init(&text, BULK_ANSWER_TEXT);
	for (size_t i = 0; i < body.size; i++) {
		const char c = body.data[i];

		if (text.len > 0 && (c == '\n' || c == '\r'))
			break;
		in_tag |= c == '<';
		if (!in_tag && (unsigned char)c > ' ') {
			if (blank && text.len > 0)
				strbuf_add_byte(&text, ' ');
			strbuf_add_byte(&text, c);
		}
		blank = in_tag || (unsigned char)c <= ' ';
		in_tag &= c != '>';
	}
	keep(answer->reason, strbuf_slice(&text));
	strbuf_release(&text);
}

bool bulk_answer_read(struct slice text, const struct bulk_answer_handler *handler,
		      struct bulk_answer *answer, struct error *err)
{
	struct bulk_answer_reader *reader = bulk_answer_begin(handler, answer);

	bulk_answer_feed(reader, text);
	return bulk_answer_end(reader, err);
}
