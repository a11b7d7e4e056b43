/* SPDX-License-Identifier: MIT
 *
 * A state machine that takes one byte at a time.  Output that depends on later
 * bytes is held back: a comma until a value follows, a word until it ends, a quote
 * until the next token shows whether it ends the string.
 */
#include "ingest/text/json_repair.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"
#include "ingest/report/reason.h"

#define CHUNK_SIZE (4 * KIB)
#define WORD_SIZE_MAX (4 * KIB)
/* Blanks after a quote, before the byte that shows whether it ends the string. */
#define BLANKS_SIZE_MAX 256
/* A chunk of control characters, six bytes each, plus the held-back output. */
#define OUT_SIZE (6 * CHUNK_SIZE + 2 * WORD_SIZE_MAX + BLANKS_SIZE_MAX + KIB)

enum state {
	STATE_BETWEEN, /* between tokens */
	STATE_WORD,    /* a number, true, or a word that JSON does not define */
	STATE_TEXT,
	STATE_ESCAPE,  /* after a backslash */
	STATE_UNICODE, /* after \u */
	STATE_QUOTE,   /* after a quote in a string */
	STATE_BEHIND,  /* after the document */
};

struct repair {
	struct input input;
	struct input *source;
	struct quirk_set *quirks;
	enum state state;
	uint64_t depth;     /* number of open objects and arrays */
	char last;          /* last byte written between tokens */
	bool comma;         /* a comma is held back */
	char quote;         /* delimiter of the current string */
	struct strbuf held; /* the word, the digits, or the blanks after a quote */
	bool ended;
	struct strbuf out;
	size_t out_at;
};

static void note(struct repair *r)
{
	quirk_add(r->quirks, QUIRK_JSON_REPAIRED);
}

static void write_token(struct repair *r, char c)
{
	if (r->comma)
		strbuf_add_byte(&r->out, ',');
	r->comma = false;
	strbuf_add_byte(&r->out, c);
	r->last = c;
}

static void write_in_text(struct repair *r, char c)
{
	if (ascii_is_control(c) && c != 0x7f) {
		strbuf_add_format(&r->out, "\\u%04x", (unsigned char)c);
		note(r);
	} else {
		if (c == '"' || c == '\\')
			strbuf_add_byte(&r->out, '\\');
		strbuf_add_byte(&r->out, c);
	}
}

static void write_held(struct repair *r)
{
	strbuf_add_slice(&r->out, strbuf_slice(&r->held));
	strbuf_reset(&r->held);
}

/* --- words ------------------------------------------------------------------ */

static size_t digits(struct slice text, size_t at)
{
	size_t count = 0;

	while (at + count < text.size && ascii_is_digit(text.data[at + count]))
		count++;
	return count;
}

/* RFC 8259 section 6. */
static bool is_number(struct slice word)
{
	size_t at = word.size > 0 && word.data[0] == '-', count = digits(word, at);

	if (count == 0 || (count > 1 && word.data[at] == '0'))
		return false;
	at += count;
	if (at < word.size && word.data[at] == '.') {
		count = digits(word, ++at);
		at += count;
	}
	if (count > 0 && at < word.size && ascii_lower(word.data[at]) == 'e') {
		at++;
		at += at < word.size && (word.data[at] == '-' || word.data[at] == '+');
		count = digits(word, at);
		at += count;
	}
	return count > 0 && at == word.size;
}

static bool is_null(struct slice word)
{
	return slice_is_nocase(word, "null") || slice_is(word, "None") || slice_is(word, "nil") ||
	       slice_is(word, "undefined");
}

static void end_word(struct repair *r)
{
	const struct slice word = strbuf_slice(&r->held);

	r->state = STATE_BETWEEN;
	if (is_number(word) || slice_is(word, "true") || slice_is(word, "false") ||
	    slice_is(word, "null")) {
		write_held(r);
		return;
	}
	note(r);
	if (is_null(word)) {
		strbuf_add_text(&r->out, "null");
	} else {
		strbuf_add_byte(&r->out, '"');
		for (size_t i = 0; i < word.size; i++)
			write_in_text(r, word.data[i]);
		strbuf_add_byte(&r->out, '"');
	}
	strbuf_reset(&r->held);
}

/* --- bytes ------------------------------------------------------------------ */

/* Each function takes a byte; false: process it again in the new state. */

static void take_comma(struct repair *r)
{
	if (r->comma || memchr("{[:", r->last, 3))
		note(r);
	else
		r->comma = true;
}

static void take_close(struct repair *r, char c)
{
	if (r->comma)
		note(r);
	r->comma = false;
	write_token(r, c);
	if (r->depth > 0 && --r->depth == 0)
		r->state = STATE_BEHIND;
}

static bool take_between(struct repair *r, char c)
{
	switch (c) {
	case '{':
	case '[': r->depth++; __attribute__((fallthrough));
	case ':': write_token(r, c); return true;
	case '}':
	case ']': take_close(r, c); return true;
	case ',': take_comma(r); return true;
	case '\'': note(r); __attribute__((fallthrough));
	case '"':
		write_token(r, '"');
		r->quote = c;
		r->state = STATE_TEXT;
		return true;
	}
	if (ascii_is_space(c) && c != '\v' && c != '\f') {
		if (!r->comma)
			strbuf_add_byte(&r->out, c);
		return true;
	}
	if (ascii_is_control(c)) {
		note(r);
		return true;
	}
	if (r->comma)
		strbuf_add_byte(&r->out, ',');
	r->comma = false;
	r->last = 'w';
	r->state = STATE_WORD;
	return false;
}

static bool take_in_word(struct repair *r, char c)
{
	if (ascii_is_control(c) || memchr(" ,:{}[]\"'", c, 9)) {
		end_word(r);
		return false;
	}
	strbuf_add_byte(&r->held, c);
	return true;
}

static bool take_in_text(struct repair *r, char c)
{
	if (c == r->quote)
		r->state = STATE_QUOTE;
	else if (c == '\\')
		r->state = STATE_ESCAPE;
	else
		write_in_text(r, c);
	return true;
}

static bool take_escaped(struct repair *r, char c)
{
	r->state = c == 'u' ? STATE_UNICODE : STATE_TEXT;
	if (c == 'u')
		return true;
	if (c != '\0' && strchr("\"\\/bfnrt", c)) {
		strbuf_add_byte(&r->out, '\\');
		strbuf_add_byte(&r->out, c);
		return true;
	}
	note(r);
	if (c != '\'')
		write_in_text(r, '\\');
	write_in_text(r, c);
	return true;
}

static bool take_digit(struct repair *r, char c)
{
	const bool is_hex = ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');

	if (is_hex)
		strbuf_add_byte(&r->held, c);
	if (is_hex && r->held.len < 4)
		return true;
	if (!is_hex)
		note(r);
	strbuf_add_text(&r->out, is_hex ? "\\u" : "\\\\u");
	write_held(r);
	r->state = STATE_TEXT;
	return is_hex;
}

/* A quote ends a string if a delimiter follows; any other quote belongs to the string. */
static bool take_behind_quote(struct repair *r, char c)
{
	if (ascii_is_space(c) && r->held.len < BLANKS_SIZE_MAX) {
		strbuf_add_byte(&r->held, c);
		return true;
	}
	if (memchr(",:}]", c, 4)) {
		strbuf_add_byte(&r->out, '"');
		write_held(r);
		r->state = STATE_BETWEEN;
		return false;
	}
	note(r);
	write_in_text(r, r->quote);
	for (size_t i = 0; i < r->held.len; i++)
		write_in_text(r, r->held.buf[i]);
	strbuf_reset(&r->held);
	r->state = STATE_TEXT;
	return false;
}

static bool take(struct repair *r, char c)
{
	switch (r->state) {
	case STATE_BETWEEN: return take_between(r, c);
	case STATE_WORD: return take_in_word(r, c);
	case STATE_TEXT: return take_in_text(r, c);
	case STATE_ESCAPE: return take_escaped(r, c);
	case STATE_UNICODE: return take_digit(r, c);
	case STATE_QUOTE: return take_behind_quote(r, c);
	case STATE_BEHIND: strbuf_add_byte(&r->out, c); return true;
	}
	return true;
}

/* --- as an input ------------------------------------------------------------ */

static bool fill(struct repair *r, struct error *err)
{
	char chunk[CHUNK_SIZE];
	size_t got;

	if (!input_read(r->source, chunk, sizeof(chunk), &got, err))
		return false;
	r->out_at = 0;
	strbuf_reset(&r->out);
	for (size_t i = 0; i < got; i++) {
		while (!take(r, chunk[i]))
			;
		if (r->held.overflowed)
			return error_reject(err, REASON_BAD_JSON, "a word of more than %zu bytes",
					    WORD_SIZE_MAX);
	}
	r->ended = got == 0;
	return true;
}

static bool repair_read(struct input *input, char *buffer, size_t size, size_t *got,
			struct error *err)
{
	struct repair *r = (struct repair *)input;

	while (r->out_at == r->out.len && !r->ended)
		if (!fill(r, err))
			return false;
	*got = slice_read(strbuf_slice(&r->out), &r->out_at, buffer, size);
	return true;
}

static void reset(struct repair *r)
{
	r->state = STATE_BETWEEN;
	r->depth = 0;
	r->last = '[';
	r->comma = r->ended = false;
	r->out_at = 0;
	strbuf_reset(&r->held);
	strbuf_reset(&r->out);
}

static bool repair_rewind(struct input *input, struct error *err)
{
	struct repair *r = (struct repair *)input;

	reset(r);
	return input_rewind(r->source, err);
}

static void repair_close(struct input *input)
{
	struct repair *r = (struct repair *)input;

	strbuf_release(&r->held);
	strbuf_release(&r->out);
	free(r);
}

struct input *json_repair_new(struct input *source, struct quirk_set *quirks)
{
	static const struct input_ops ops = {
		.read = repair_read,
		.rewind = repair_rewind,
		.close = repair_close,
	};
	struct repair *r = xcalloc(1, sizeof(*r));

	r->input.ops = &ops;
	r->source = source;
	r->quirks = quirks;
	strbuf_init(&r->held, WORD_SIZE_MAX);
	strbuf_init(&r->out, OUT_SIZE);
	reset(r);
	return &r->input;
}
