/* json_pull.c - pull parser for JSON
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/json_pull.h"

#include <assert.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/xalloc.h"

struct queued_event {
	uint32_t text_at, text_size; /* in the texts */
	uint8_t event, depth;
	bool has_text;
};

struct json_pull {
	struct json_reader *reader;
	struct queued_event *events;
	size_t count, alloc, at;
	struct strbuf texts; /* of the queued events */
	bool failed;         /* err has the reason */
	struct error err;
};

static bool queue_event(void *context, enum json_event event, unsigned depth, struct slice text,
			struct error *err)
{
	struct json_pull *pull = context;

	(void)err;
	pull->events = xgrow(pull->events, pull->count, &pull->alloc, sizeof(*pull->events));
	pull->events[pull->count++] = (struct queued_event){
		.event = (uint8_t)event,
		.depth = (uint8_t)depth,
		.text_at = (uint32_t)pull->texts.len,
		.text_size = (uint32_t)text.size,
		.has_text = text.data,
	};
	strbuf_add_slice(&pull->texts, text);
	return true;
}

struct json_pull *json_pull_new(unsigned max_depth, size_t max_token)
{
	struct json_pull *pull = xcalloc(1, sizeof(*pull));

	assert(max_depth <= UINT8_MAX);
	pull->reader = json_reader_new(queue_event, pull, max_depth, max_token);
	/* Holds an unfinished token and a chunk that completes it. */
	strbuf_init(&pull->texts, max_token + 4 * JSON_CHUNK_SIZE);
	return pull;
}

void json_pull_free(struct json_pull *pull)
{
	if (!pull)
		return;
	json_reader_free(pull->reader);
	strbuf_release(&pull->texts);
	free(pull->events);
	free(pull);
}

void json_pull_feed(struct json_pull *pull, struct slice chunk)
{
	assert(pull->at == pull->count && chunk.size <= JSON_CHUNK_SIZE);
	strbuf_reset(&pull->texts);
	pull->count = pull->at = 0;
	pull->failed = chunk.size > 0 ? !json_reader_feed(pull->reader, chunk, &pull->err)
				      : !json_reader_end(pull->reader, &pull->err);
	assert(!pull->texts.overflowed);
}

bool json_pull_next(struct json_pull *pull, struct json_pulled *event, bool *more,
		    struct error *err)
{
	const struct queued_event *queued;

	*more = pull->at < pull->count;
	if (!*more) {
		if (pull->failed)
			*err = pull->err;
		return !pull->failed;
	}
	queued = &pull->events[pull->at++];
	*event = (struct json_pulled){ .event = queued->event, .depth = queued->depth };
	if (queued->has_text)
		event->text = (struct slice){ pull->texts.buf + queued->text_at,
					      queued->text_size };
	return true;
}

bool json_pull_has_trailing_data(const struct json_pull *pull)
{
	return json_reader_has_trailing_data(pull->reader);
}
