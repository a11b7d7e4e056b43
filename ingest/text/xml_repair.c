/* SPDX-License-Identifier: MIT
 *
 * A state machine with bounded look-ahead: "<" begins a tag only if a valid end of
 * a tag name follows.  Faults that cannot be repaired pass unchanged, for the
 * parser to refuse.
 */
#include "ingest/text/xml_repair.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"
#include "ingest/text/xml_reader.h"

/* Longest name or reference that is recognised. */
#define AHEAD_SIZE 256
#define WINDOW_SIZE (8 * KIB)
/* A window in which every byte is escaped. */
#define OUT_SIZE (6 * WINDOW_SIZE)
/* Stop repairing a document with more faults. */
#define REPAIRS_MAX 100000

enum state {
	STATE_TEXT,
	STATE_TAG,
	STATE_COMMENT,
	STATE_CDATA,
	STATE_INSTRUCTION,
	STATE_DROPPED_DECLARATION,
	STATE_DROPPED_TAG,
};

struct repair {
	struct input input;
	struct input *source;
	struct quirk_set *quirks;
	enum state state;
	char quote;    /* delimiter of an attribute value, or 0 */
	bool declared; /* after an XML declaration */
	bool in_root;  /* after the first tag */
	bool ended;    /* the source has ended */
	char window[WINDOW_SIZE];
	size_t size; /* number of bytes in the window */
	unsigned repairs;
	struct strbuf out;
	size_t out_at;
};

static bool is_name_start(char c)
{
	return ascii_is_alpha(c) || c == '_' || c == ':' || (unsigned char)c >= 0x80;
}

static bool is_name_byte(char c)
{
	return is_name_start(c) || ascii_is_digit(c) || c == '-' || c == '.';
}

/* Returns the tag name at the start of text ("<name" or "</name"); empty if text does not
 * begin with a tag. */
static struct slice tag_name(struct slice text)
{
	const size_t start = text.size > 1 && text.data[1] == '/' ? 2 : 1;
	size_t end = start;

	if (start < text.size && is_name_start(text.data[start]))
		while (end < text.size && is_name_byte(text.data[end]))
			end++;
	if (end == text.size ||
	    (!ascii_is_space(text.data[end]) && text.data[end] != '>' && text.data[end] != '/'))
		end = start;
	return (struct slice){ text.data + start, end - start };
}

static bool is_schema(struct slice name)
{
	struct slice local;

	(void)slice_split(name, ':', &local);
	return slice_is(local.data ? local : name, "schema");
}

/* Is c a Char of XML 1.0? */
static bool is_character(uint64_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xd800) ||
	       (c >= 0xe000 && c < 0xfffe) || (c >= 0x10000 && c <= 0x10ffff);
}

static bool hex_to_uint(struct slice text, uint64_t *number)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.size; i++) {
		const char c = ascii_lower(text.data[i]);

		if (ascii_is_digit(c))
			n = n * 16 + (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n * 16 + (uint64_t)(c - 'a') + 10;
		else
			return false;
	}
	*number = n;
	return text.size > 0 && text.size <= 8;
}

/* Does text begin with a reference that is defined without a document type declaration? */
static bool is_reference(struct slice text)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };
	const size_t end = slice_find(text, ';');
	const struct slice number = { text.data + 2, end < text.size && end > 2 ? end - 2 : 0 };
	uint64_t c;

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (slice_starts_with(text, entities[i]))
			return true;
	if (number.size == 0 || text.data[1] != '#')
		return false;
	if (number.data[0] == 'x')
		return hex_to_uint((struct slice){ number.data + 1, number.size - 1 }, &c) &&
		       is_character(c);
	return slice_to_uint(number, 0x10ffff, &c) && is_character(c);
}

static void replace(struct repair *r, const char *with)
{
	r->repairs++;
	strbuf_add_text(&r->out, with);
	quirk_add(r->quirks, r->in_root ? QUIRK_XML_REPAIRED : QUIRK_XML_JUNK);
}

static void enter(struct repair *r, enum state state)
{
	r->state = state;
	r->quote = '\0';
}

/* Has c no meaning of its own, in text or in a tag? */
static bool is_ordinary(char c)
{
	return c >= ' ' && c < 0x7f && c != '<' && c != '>' && c != '&' && c != '"' && c != '\'';
}

/* Copies the first byte and the ordinary ones after it; returns how many. */
static size_t copy_ordinary(struct repair *r, struct slice text)
{
	size_t size = 1;

	while (size < text.size && is_ordinary(text.data[size]))
		size++;
	strbuf_add(&r->out, text.data, size);
	return size;
}

/* Each function consumes at least one byte from the start of text, which is never empty,
 * and returns how many. */

static size_t take_markup(struct repair *r, struct slice text)
{
	const struct slice name = tag_name(text);

	if (slice_starts_with(text, "<!--")) {
		enter(r, STATE_COMMENT);
	} else if (slice_starts_with(text, "<![CDATA[") && r->in_root) {
		enter(r, STATE_CDATA);
	} else if (slice_starts_with(text, "<?xml") && text.size > 5 &&
		   ascii_is_space(text.data[5])) {
		if (r->declared)
			quirk_add(r->quirks, QUIRK_XML_JUNK);
		r->declared = true;
		enter(r, STATE_DROPPED_DECLARATION);
		return 5;
	} else if (slice_starts_with(text, "<?")) {
		enter(r, STATE_INSTRUCTION);
	} else if (slice_starts_with(text, "<!DOCTYPE")) {
		enter(r, STATE_TAG); /* the parser will refuse it */
	} else if (name.size > 0 && is_schema(name)) {
		quirk_add(r->quirks, QUIRK_XML_STRAY);
		enter(r, STATE_DROPPED_TAG);
		return name.size;
	} else if (name.size > 0) {
		r->in_root = true;
		enter(r, STATE_TAG);
	} else {
		replace(r, r->in_root ? "&lt;" : "");
		return 1;
	}
	strbuf_add_byte(&r->out, '<');
	return 1;
}

static size_t take_reference(struct repair *r, struct slice text)
{
	if (is_reference(text))
		strbuf_add_byte(&r->out, '&');
	else
		replace(r, "&amp;");
	return 1;
}

static size_t take_text(struct repair *r, struct slice text)
{
	const char c = text.data[0];

	if (c == '<')
		return take_markup(r, text);
	if (!r->in_root) {
		if (!ascii_is_space(c))
			quirk_add(r->quirks, QUIRK_XML_JUNK);
	} else if (c == '&') {
		return take_reference(r, text);
	} else if (c == '>') {
		strbuf_add_text(&r->out, "&gt;"); /* "]]>" is not allowed in text */
	} else {
		return copy_ordinary(r, text);
	}
	return 1;
}

static size_t take_tag(struct repair *r, struct slice text)
{
	const char c = text.data[0];

	if (r->quote && c == '&')
		return take_reference(r, text);
	if (r->quote && c == '<') {
		replace(r, "&lt;");
		return 1;
	}
	if (!r->quote && c == '>') {
		enter(r, STATE_TEXT);
		strbuf_add_byte(&r->out, c);
		return 1;
	}
	if (c == r->quote)
		r->quote = '\0';
	else if (!r->quote && (c == '"' || c == '\''))
		r->quote = c;
	return copy_ordinary(r, text);
}

/* Consumes text up to and including the closing mark; keep: copy the mark to the output. */
static size_t take_until(struct repair *r, struct slice text, const char *mark, bool keep)
{
	size_t size = 1;

	if (text.data[0] == mark[0] && slice_starts_with(text, mark)) {
		size = strlen(mark);
		enter(r, STATE_TEXT);
	} else { /* skip ordinary characters */
		while (size < text.size && text.data[size] >= ' ' && text.data[size] < 0x7f &&
		       text.data[size] != mark[0])
			size++;
	}
	if (keep)
		strbuf_add(&r->out, text.data, size);
	return size;
}

static size_t take(struct repair *r, struct slice text)
{
	const char c = text.data[0];

	if (ascii_is_control(c) && !is_character((unsigned char)c)) {
		replace(r, "");
		return 1;
	}
	/* U+FFFE and U+FFFF are not XML characters either */
	if (c == '\xef' &&
	    (slice_starts_with(text, "\xef\xbf\xbe") || slice_starts_with(text, "\xef\xbf\xbf"))) {
		replace(r, "");
		return 3;
	}
	switch (r->state) {
	case STATE_TEXT: return take_text(r, text);
	case STATE_TAG: return take_tag(r, text);
	case STATE_COMMENT: return take_until(r, text, "-->", true);
	case STATE_CDATA: return take_until(r, text, "]]>", true);
	case STATE_INSTRUCTION: return take_until(r, text, "?>", true);
	case STATE_DROPPED_DECLARATION: return take_until(r, text, "?>", false);
	case STATE_DROPPED_TAG: return take_until(r, text, ">", false);
	}
	return 1;
}

static bool fill(struct repair *r, struct error *err)
{
	size_t at = 0, got;

	while (r->size < WINDOW_SIZE && !r->ended) {
		if (!input_read(r->source, r->window + r->size, WINDOW_SIZE - r->size, &got, err))
			return false;
		r->ended = got == 0;
		r->size += got;
	}
	r->out_at = 0;
	strbuf_reset(&r->out);
	while (at < r->size && (r->ended || r->size - at >= AHEAD_SIZE)) {
		const size_t left = r->size - at;

		at += take(r,
			   (struct slice){ r->window + at, left < AHEAD_SIZE ? left : AHEAD_SIZE });
	}
	if (r->repairs > REPAIRS_MAX)
		return error_reject(err, XML_BROKEN, "more than %d faults", REPAIRS_MAX);
	r->size -= at;
	memmove(r->window, r->window + at, r->size);
	return true;
}

static bool repair_read(struct input *input, char *buffer, size_t size, size_t *got,
			struct error *err)
{
	struct repair *r = (struct repair *)input;

	while (r->out_at == r->out.len && !(r->ended && r->size == 0))
		if (!fill(r, err))
			return false;
	*got = slice_read(strbuf_slice(&r->out), &r->out_at, buffer, size);
	return true;
}

static void reset(struct repair *r)
{
	enter(r, STATE_TEXT);
	r->declared = r->in_root = r->ended = false;
	r->size = r->out_at = 0;
	r->repairs = 0;
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
	strbuf_release(&((struct repair *)input)->out);
	free(input);
}

struct input *xml_repair_new(struct input *source, struct quirk_set *quirks)
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
	strbuf_init(&r->out, OUT_SIZE);
	reset(r);
	return &r->input;
}
