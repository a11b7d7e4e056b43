/* json_reader.h - JSON as a stream of events
 *
 * SPDX-License-Identifier: MIT
 *
 * A SAX reader (yajl), not a tree, because it reads a report of any size in
 * constant memory and reports duplicate members and numbers of any length as
 * written.  It accepts invalid UTF-8; json_writer repairs it on output.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include "base/error.h"
#include "base/slice.h"

enum json_event {
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY,    /* text: the name */
	JSON_STRING, /* text: the value, escapes undone */
	JSON_NUMBER, /* text: the digits as written */
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

/* depth is the number of objects and arrays around the event; the events that open
 * and close one have the same depth, and the root value has depth 0. text is valid
 * during the call.  Returning false stops the reader with *err. */
typedef bool json_event_fn(void *context, enum json_event event, unsigned depth, struct slice text,
			   struct error *err);

struct json_reader;

/* A document nested deeper than max_depth, or with one token of more than
 * about max_token bytes, is rejected. */
struct json_reader *json_reader_new(json_event_fn *event, void *context, unsigned max_depth,
				    size_t max_token);
void json_reader_free(struct json_reader *reader);

/* Reads the next piece; pieces may be split anywhere.  A byte order mark at the
 * start is skipped; after the root value the rest is only checked for trailing
 * data.  Errors: that of the event function, or REJECT "bad-json". */
bool json_reader_feed(struct json_reader *reader, struct slice piece, struct error *err);

/* Ends the document; rejects it if it is incomplete. */
bool json_reader_end(struct json_reader *reader, struct error *err);

/* Whether there was data outside the root value: a byte order mark, or anything but
 * whitespace and NULs after it. */
bool json_reader_has_trailing_data(const struct json_reader *reader);

#endif
