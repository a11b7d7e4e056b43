/* json_pull.h - pull parser for JSON
 *
 * SPDX-License-Identifier: MIT
 *
 * For callers that stop between two events and continue later; limits and
 * errors are those of json_reader.h.  The caller feeds text in chunks and reads
 * all events of a chunk before it feeds the next.
 */
#ifndef BASE_JSON_PULL_H
#define BASE_JSON_PULL_H

#include "base/json_reader.h"

/* Largest chunk. */
#define JSON_CHUNK_SIZE (16 * 1024)

struct json_pull;

struct json_pull *json_pull_new(unsigned max_depth, size_t max_token);
void json_pull_free(struct json_pull *pull);

/* Call it after all events of the previous chunk were read.  An empty chunk marks
 * the end of the text. */
void json_pull_feed(struct json_pull *pull, struct slice chunk);

struct json_pulled {
	enum json_event event;
	unsigned depth;
	struct slice text; /* valid until the next chunk is fed */
};

/* *more is false when the next chunk is needed or, after the empty chunk, at the
 * end.  false: an error after the events read so far. */
bool json_pull_next(struct json_pull *pull, struct json_pulled *event, bool *more,
		    struct error *err);

/* As json_reader_has_trailing_data(). */
bool json_pull_has_trailing_data(const struct json_pull *pull);

#endif
