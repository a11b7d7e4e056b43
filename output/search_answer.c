/* search_answer.c - streaming parser for a search answer
 *
 * SPDX-License-Identifier: MIT
 *
 * Documents are passed on one by one, so a page of any size needs the memory of
 * one document.  Our documents are flat: scalars and lists of scalars.
 */
#include "output/search_answer.h"

#include <stdio.h>

#include "base/json_writer.h"
#include "base/limits.h"

/* Room for the ids of some thousand shards. */
#define SCROLL_ID_BYTES (1 * MIB)
#define KEY_BYTES 256
#define ID_BYTES 512
/* A larger total is rejected. */
#define TOTAL_MAX UINT64_C(1000000000)
/* hits.hits[]._source: the depth of a document's braces. */
#define DOCUMENT_DEPTH 4

static bool is_at(const struct search_answer *a, unsigned depth, const char *const *keys)
{
	for (unsigned i = 1; i <= depth; i++)
		if (keys[i] && strcmp(a->path[i].buf, keys[i]) != 0)
			return false;
	return true;
}

static void put_value(struct search_answer *a, enum json_event event, struct slice text)
{
	switch (event) {
	case JSON_STRING: json_quote(&a->document, text); break;
	case JSON_NUMBER: strbuf_add_slice(&a->document, text); break;
	case JSON_TRUE: strbuf_add_text(&a->document, "true"); break;
	case JSON_FALSE: strbuf_add_text(&a->document, "false"); break;
	default: strbuf_add_text(&a->document, "null"); break;
	}
}

static void copy_event(struct search_answer *a, enum json_event event, struct slice text)
{
	if (event == JSON_OBJECT_END || event == JSON_ARRAY_END) {
		strbuf_add_byte(&a->document, event == JSON_OBJECT_END ? '}' : ']');
		a->comma = true;
		return;
	}
	if (a->comma)
		strbuf_add_byte(&a->document, ',');
	a->comma = false;
	if (event == JSON_KEY) {
		json_quote(&a->document, text);
		strbuf_add_byte(&a->document, ':');
	} else if (event == JSON_OBJECT || event == JSON_ARRAY) {
		strbuf_add_byte(&a->document, event == JSON_OBJECT ? '{' : '[');
	} else {
		put_value(a, event, text);
		a->comma = true;
	}
}

static bool pass_event(struct search_answer *a, enum json_event event, unsigned depth,
		       struct slice text, struct error *err)
{
	if (a->event)
		return a->event(a->context, event, depth - DOCUMENT_DEPTH, text, err);
	copy_event(a, event, text);
	return true;
}

static bool end_document(struct search_answer *a, struct error *err)
{
	a->inside = false;
	if (a->document.overflowed)
		return error_set(err, ERROR_FATAL, "a document of more than %zu bytes",
				 (size_t)LIMIT_DOCUMENT_BYTES);
	if (a->take)
		a->take(a->context, strbuf_slice(&a->id), strbuf_slice(&a->document));
	strbuf_reset(&a->id);
	a->documents++;
	return true;
}

/* Reads values outside the documents. */
static void note_value(struct search_answer *a, enum json_event event, unsigned depth,
		       struct slice text)
{
	static const char *const scroll_id[] = { NULL, "_scroll_id" };
	static const char *const timed_out[] = { NULL, "timed_out" };
	static const char *const failed[] = { NULL, "_shards", "failed" };
	static const char *const total[] = { NULL, "hits", "total", "value" };
	static const char *const bare_total[] = { NULL, "hits", "total" };
	static const char *const relation[] = { NULL, "hits", "total", "relation" };
	static const char *const reason[] = { NULL, "error", "reason" };
	static const char *const id[] = { NULL, "hits", "hits", NULL, "_id" };
	static const char *const index[] = { NULL, "hits", "hits", NULL, "_index" };

	if (depth == 1 && event == JSON_STRING && is_at(a, 1, scroll_id)) {
		strbuf_reset(&a->scroll_id);
		strbuf_add_slice(&a->scroll_id, text);
	} else if (depth == 1 && event == JSON_TRUE && is_at(a, 1, timed_out)) {
		a->timed_out = true;
	} else if (depth == 2 && event == JSON_NUMBER && is_at(a, 2, failed)) {
		if (!slice_to_uint(text, UINT64_MAX, &a->failed_shards))
			a->failed_shards = UINT64_MAX;
	} else if (depth == 3 && is_at(a, 3, total)) {
		a->odd_total |= a->has_total || event != JSON_NUMBER ||
				!slice_to_uint(text, TOTAL_MAX, &a->total);
		a->has_total = true;
	} else if (depth == 3 && is_at(a, 3, relation)) {
		a->odd_total |= event != JSON_STRING || !slice_is(text, "eq");
	} else if (depth == 2 && event == JSON_NUMBER && is_at(a, 2, bare_total)) {
		a->odd_total = true;
	} else if (depth == DOCUMENT_DEPTH && event == JSON_STRING &&
		   is_at(a, DOCUMENT_DEPTH, id)) {
		strbuf_reset(&a->id);
		strbuf_add_slice(&a->id, text);
	} else if (depth == DOCUMENT_DEPTH && event == JSON_STRING &&
		   is_at(a, DOCUMENT_DEPTH, index)) {
		strbuf_reset(&a->index);
		strbuf_add_slice(&a->index, text);
	} else if (depth == 2 && event == JSON_STRING && is_at(a, 2, reason)) {
		snprintf(a->reason, sizeof(a->reason), "%.*s", (int)text.size, text.data);
	}
}

static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	static const char *const document[] = { NULL, "hits", "hits", NULL, "_source" };
	struct search_answer *a = context;

	if (a->inside) {
		if (!pass_event(a, event, depth, text, err))
			return false;
		return event != JSON_OBJECT_END || depth != DOCUMENT_DEPTH || end_document(a, err);
	}
	if (event == JSON_KEY && depth < SEARCH_PATH) {
		strbuf_reset(&a->path[depth]);
		strbuf_add_slice(&a->path[depth], text);
	} else if (event == JSON_OBJECT && depth == DOCUMENT_DEPTH &&
		   is_at(a, DOCUMENT_DEPTH, document)) {
		if (a->documents == a->most)
			return error_set(err, ERROR_RETRY, "more documents than requested");
		strbuf_reset(&a->document);
		a->inside = true;
		a->comma = false;
		return pass_event(a, event, depth, text, err);
	} else {
		note_value(a, event, depth, text);
	}
	return true;
}

void search_answer_init(struct search_answer *a, elastic_document_fn *take, json_event_fn *event,
			void *context)
{
	*a = (struct search_answer){ .take = take, .event = event, .context = context };
	strbuf_init(&a->index, ID_BYTES);
	strbuf_init(&a->id, ID_BYTES);
	strbuf_init(&a->document, LIMIT_DOCUMENT_BYTES);
	strbuf_init(&a->scroll_id, SCROLL_ID_BYTES);
	for (unsigned i = 0; i < SEARCH_PATH; i++)
		strbuf_init(&a->path[i], KEY_BYTES);
}

void search_answer_release(struct search_answer *a)
{
	json_reader_free(a->reader);
	strbuf_release(&a->index);
	strbuf_release(&a->id);
	strbuf_release(&a->document);
	strbuf_release(&a->scroll_id);
	for (unsigned i = 0; i < SEARCH_PATH; i++)
		strbuf_release(&a->path[i]);
}

void search_answer_begin(struct search_answer *a, uint64_t most)
{
	json_reader_free(a->reader);
	a->reader = json_reader_new(on_event, a, LIMIT_JSON_DEPTH, LIMIT_DOCUMENT_BYTES);
	a->most = most;
	a->inside = a->broken = a->timed_out = a->has_total = a->odd_total = false;
	a->failed_shards = a->documents = a->total = 0;
	a->reason[0] = '\0';
	for (unsigned i = 0; i < SEARCH_PATH; i++)
		strbuf_reset(&a->path[i]);
}

void search_answer_feed(struct search_answer *a, struct slice part)
{
	if (!a->broken && !json_reader_feed(a->reader, part, &a->err))
		a->broken = true;
}
