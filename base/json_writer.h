/* json_writer.h - writes JSON into a strbuf
 *
 * SPDX-License-Identifier: MIT
 *
 * Nesting is asserted.  Text may be any bytes: control characters are escaped,
 * invalid UTF-8 and NUL are replaced with U+FFFD, so that no search server
 * refuses a document for its encoding.  Members with an absent or empty value
 * are omitted.  Keys are string constants of the program and are written
 * unchanged.  Check the strbuf for overflow at the end.
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
void jw_end(struct json_writer *jw); /* innermost object or array */

void jw_string(struct json_writer *jw, const char *key, struct slice value);
/* The same for a key in quotes and with its colon, ready to be copied. */
void jw_string_at(struct json_writer *jw, struct slice quoted_key, struct slice value);
void jw_text(struct json_writer *jw, const char *key, const char *value);
void jw_uint(struct json_writer *jw, const char *key, uint64_t value);
void jw_int(struct json_writer *jw, const char *key, int64_t value);
void jw_bool(struct json_writer *jw, const char *key, bool value);
/* Writes RFC 3339 text in UTC: "2026-11-24T00:00:00Z". */
void jw_time(struct json_writer *jw, const char *key, int64_t unix_seconds);
/* Copies JSON text made by another json_writer unchanged. */
void jw_raw(struct json_writer *jw, const char *key, struct slice json);

/* Writes a JSON string with its quotes, for log lines and action lines. */
void json_quote(struct strbuf *out, struct slice text);

#endif
