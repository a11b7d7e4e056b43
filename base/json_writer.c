/* json_writer.c - writes JSON into a strbuf
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/json_writer.h"

#include <assert.h>

#include "base/datetime.h"
#include "base/utf8.h"

/* How to write a byte in a JSON string: 0 unchanged, 'u' as a \u escape, 8 start of
 * a UTF-8 sequence to check, else the letter after the backslash. */
/* clang-format off */
static const char escapes[256] = {
	['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
	['"'] = '"',  ['\\'] = '\\',
	[0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u', [0x06] = 'u',
	[0x07] = 'u', [0x0b] = 'u', [0x0e] = 'u', [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u',
	[0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u', [0x16] = 'u', [0x17] = 'u',
	[0x18] = 'u', [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u', [0x1c] = 'u', [0x1d] = 'u',
	[0x1e] = 'u', [0x1f] = 'u', [0x7f] = 'u', [0x00] = 8,
	[0x80 ... 0xff] = 8,
};
/* clang-format on */

static void escape_byte(struct strbuf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char escape = escapes[c];

	if (escape == 'u') {
		const char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

		strbuf_add(out, text, sizeof(text));
	} else {
		const char text[2] = { '\\', escape };

		strbuf_add(out, text, sizeof(text));
	}
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* Whether one of eight bytes is special: below space, a quote, a backslash, or DEL
 * and above.  The top bit of each byte is set if so. */
static bool any_special(uint64_t bytes)
{
	const uint64_t quote = bytes ^ EACH_BYTE('"'), backslash = bytes ^ EACH_BYTE('\\');

	return ((bytes - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1)) |
		bytes | (bytes + EACH_BYTE(1))) &
	       EACH_BYTE(0x80);
}

/* Returns the number of bytes from the start that can be copied unchanged. */
static size_t plain_size(const char *text, size_t size)
{
	size_t at = 0;
	uint64_t bytes;

	for (; size - at >= sizeof(bytes); at += sizeof(bytes)) {
		memcpy(&bytes, text + at, sizeof(bytes));
		if (any_special(bytes))
			break;
	}
	/* the rest at once, with bytes before it */
	if (at > 0 && size - at < sizeof(bytes)) {
		memcpy(&bytes, text + size - sizeof(bytes), sizeof(bytes));
		if (!any_special(bytes))
			return size;
	}
	while (at < size && escapes[(unsigned char)text[at]] == 0)
		at++;
	return at;
}

static void quote_rest(struct strbuf *out, const char *at, const char *end)
{
	const char *plain = at;

	while (at < end) {
		const char escape = escapes[(unsigned char)*at];
		size_t valid;

		if (escape == 0) {
			at += plain_size(at, (size_t)(end - at));
			continue;
		}
		if (escape == 8) {
			valid = *at == '\0' ? 0 : utf8_sequence(at, (size_t)(end - at));
			if (valid > 0) {
				at += valid;
				continue;
			}
		}
		strbuf_add(out, plain, (size_t)(at - plain));
		if (escape == 8)
			strbuf_add_text(out, UTF8_REPLACEMENT);
		else
			escape_byte(out, (unsigned char)*at);
		plain = ++at;
	}
	strbuf_add(out, plain, (size_t)(end - plain));
}

void json_quote(struct strbuf *out, struct slice text)
{
	const size_t plain = plain_size(text.data, text.size);

	strbuf_add_byte(out, '"');
	strbuf_add(out, text.data, plain);
	if (plain < text.size)
		quote_rest(out, text.data + plain, text.data + text.size);
	strbuf_add_byte(out, '"');
}

void jw_init(struct json_writer *jw, struct strbuf *out)
{
	*jw = (struct json_writer){ .out = out, .first = true };
}

static void comma(struct json_writer *jw)
{
	if (!jw->first)
		strbuf_add_byte(jw->out, ',');
	jw->first = false;
}

static void begin(struct json_writer *jw, const char *key)
{
	assert((key != NULL) == (jw->depth > 0 && jw->closing[jw->depth - 1] == '}'));
	if (key) {
		const size_t size = strlen(key);
		char *room = strbuf_room(jw->out, size + 4);

		if (!room)
			return;
		*room = ',';
		room += !jw->first;
		*room = '"';
		memcpy(room + 1, key, size);
		memcpy(room + 1 + size, "\":", 3);
		jw->out->len += size + 3 + !jw->first;
		jw->first = false;
	} else {
		comma(jw);
	}
}

static void open_with(struct json_writer *jw, char opening, char closing)
{
	assert(jw->depth < JSON_WRITER_DEPTH);
	strbuf_add_byte(jw->out, opening);
	jw->closing[jw->depth++] = closing;
	jw->first = true;
}

void jw_object(struct json_writer *jw, const char *key)
{
	begin(jw, key);
	open_with(jw, '{', '}');
}

void jw_array(struct json_writer *jw, const char *key)
{
	begin(jw, key);
	open_with(jw, '[', ']');
}

void jw_end(struct json_writer *jw)
{
	assert(jw->depth > 0);
	strbuf_add_byte(jw->out, jw->closing[--jw->depth]);
	jw->first = false;
}

void jw_string(struct json_writer *jw, const char *key, struct slice value)
{
	if (value.size == 0)
		return;
	begin(jw, key);
	json_quote(jw->out, value);
}

void jw_string_at(struct json_writer *jw, struct slice quoted_key, struct slice value)
{
	struct strbuf *out = jw->out;
	size_t plain;
	char *room;

	if (value.size == 0)
		return;
	room = strbuf_room(out, quoted_key.size + value.size + 3);
	if (!room)
		return;
	*room = ',';
	room += !jw->first;
	jw->first = false;
	memcpy(room, quoted_key.data, quoted_key.size);
	room += quoted_key.size;
	*room++ = '"';
	plain = plain_size(value.data, value.size);
	memcpy(room, value.data, plain);
	room += plain;
	out->len = (size_t)(room - out->buf);
	if (plain < value.size)
		quote_rest(out, value.data + plain, value.data + value.size);
	strbuf_add_byte(out, '"');
}

void jw_text(struct json_writer *jw, const char *key, const char *value)
{
	jw_string(jw, key, slice_of(value));
}

static void write_digits(struct json_writer *jw, uint64_t value, bool negative)
{
	char digits[21], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	if (negative)
		*--at = '-';
	strbuf_add(jw->out, at, (size_t)(digits + sizeof(digits) - at));
}

void jw_uint(struct json_writer *jw, const char *key, uint64_t value)
{
	begin(jw, key);
	write_digits(jw, value, false);
}

void jw_int(struct json_writer *jw, const char *key, int64_t value)
{
	begin(jw, key);
	write_digits(jw, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void jw_bool(struct json_writer *jw, const char *key, bool value)
{
	begin(jw, key);
	strbuf_add_text(jw->out, value ? "true" : "false");
}

void jw_time(struct json_writer *jw, const char *key, int64_t unix_seconds)
{
	char text[DATETIME_SIZE];

	datetime_format(unix_seconds, text);
	jw_text(jw, key, text);
}

void jw_raw(struct json_writer *jw, const char *key, struct slice json)
{
	begin(jw, key);
	strbuf_add_slice(jw->out, json);
}
