/* json_pull.h - JSON as events that one asks for
 *
 * SPDX-License-Identifier: MIT
 *
 * As json_reader.h, whose limits and errors hold here, for callers that want
 * to stop between two events and go on later: text is fed in chunks, and each
 * chunk's events are taken before the next one is fed.
 */
#ifndef BASE_JSON_PULL_H
#define BASE_JSON_PULL_H

#include "base/json_reader.h"

/* Most bytes of a chunk. */
#define JSON_CHUNK_SIZE (16 * 1024)

struct json_pull;

struct json_pull *json_pull_new(unsigned max_depth, size_t max_token);
void json_pull_free(struct json_pull *pull);

/* All events of the chunk before have been taken.  An empty chunk says that
 * there is no more. */
void json_pull_feed(struct json_pull *pull, struct slice chunk);

struct json_pulled {
	enum json_event event;
	unsigned depth;
	struct slice text; /* valid until the next chunk is fed */
};

/* *more is false when a chunk is to be fed, or, after the empty one, at the
 * end.  false: what is wrong behind the events taken so far. */
bool json_pull_next(struct json_pull *pull, struct json_pulled *event, bool *more,
		    struct error *err);

/* As json_reader_has_trailing_data(). */
bool json_pull_has_trailing_data(const struct json_pull *pull);

#endif
