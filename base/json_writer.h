/* json_writer.h - JSON into a strbuf, with nothing to get wrong
 *
 * SPDX-License-Identifier: MIT
 *
 * Nesting is asserted.  Text may be any bytes: control characters are escaped,
 * invalid UTF-8 and NUL become U+FFFD, so that no search server refuses a
 * document for its encoding.  Members whose value is absent or empty are
 * left out, key and all.  Keys are string constants of the program and are
 * written as they stand.  Overflow is asked of the strbuf at the end.
 */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include "base/strbuf.h"

#define JSON_WRITER_DEPTH 32

struct json_writer {
	struct strbuf *out;
	unsigned depth;
	bool first; /* no comma before the next value */
	char closing[JSON_WRITER_DEPTH];
};

void jw_init(struct json_writer *jw, struct strbuf *out);

/* key is NULL for the root and inside arrays. */
void jw_object(struct json_writer *jw, const char *key);
void jw_array(struct json_writer *jw, const char *key);
void jw_end(struct json_writer *jw); /* closes the innermost of the two */

void jw_string(struct json_writer *jw, const char *key, struct slice value);
void jw_text(struct json_writer *jw, const char *key, const char *value);
void jw_uint(struct json_writer *jw, const char *key, uint64_t value);
void jw_int(struct json_writer *jw, const char *key, int64_t value);
void jw_bool(struct json_writer *jw, const char *key, bool value);
/* As text, RFC 3339 in UTC: "2026-11-24T00:00:00Z". */
void jw_time(struct json_writer *jw, const char *key, int64_t unix_seconds);
/* JSON text made by another json_writer, copied as it stands. */
void jw_raw(struct json_writer *jw, const char *key, struct slice json);

/* A key that does not come from the program: escaped like a value. */
void jw_object_named(struct json_writer *jw, struct slice key);

/* A JSON string with its quotes, on its own: for log lines and action lines. */
void json_quote(struct strbuf *out, struct slice text);

#endif
