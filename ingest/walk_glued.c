/* walk_glued.c - several reports in one piece
 *
 * SPDX-License-Identifier: MIT
 *
 * No format knows it, and some gateways do it.  Of reports behind one another
 * the parser reads the first one and notes that something follows; of those
 * inside of another element it sees that the root is not theirs.  Either way
 * they are cut into documents here.
 */
#include "ingest/walk.h"

#include "base/ascii.h"
#include "ingest/text/text_decode.h"

static struct slice name_at(struct slice text)
{
	size_t size = 0;

	while (size < text.size && !strchr(" \t\r\n<>/", text.data[size]))
		size++;
	return (struct slice){ text.data, size };
}

/* With or without a prefix. */
static bool is_feedback(struct slice name)
{
	struct slice local, prefix = slice_split(name, ':', &local);

	return slice_is(local.data ? local : prefix, "feedback");
}

/* The next tag of a report, from its "<" on; absent: there is none. */
static struct slice find_tag(struct slice text, bool closing)
{
	struct slice rest;

	for ((void)slice_split(text, '<', &rest); rest.data; (void)slice_split(rest, '<', &rest)) {
		const bool closes = slice_starts_with(rest, "/");
		const struct slice name = { rest.data + closes, rest.size - closes };

		if (closes == closing && is_feedback(name_at(name)))
			return slice_between(rest.data - 1, text.data + text.size);
	}
	return slice_of(NULL);
}

/* Behind "</feedback>"; text.size: there is none. */
static size_t xml_end(struct slice text)
{
	struct slice rest;

	(void)slice_split(find_tag(text, true), '>', &rest);
	return rest.data ? (size_t)(rest.data - text.data) : text.size;
}

/* Behind the brace that closes the first one. */
static size_t json_end(struct slice text)
{
	size_t depth = 0;
	bool in_text = false;

	for (size_t i = 0; i < text.size; i++) {
		const char c = text.data[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text && c == '{')
			depth++;
		else if (!in_text && c == '}' && depth > 0 && --depth == 0)
			return i + 1;
	}
	return text.size;
}

/* Cuts the first document from *text. */
static struct slice take_document(struct slice *text, enum piece piece)
{
	const size_t end = piece == PIECE_XML ? xml_end(*text) : json_end(*text);
	const struct slice document = slice_trim((struct slice){ text->data, end });

	*text = slice_trim((struct slice){ text->data + end, text->size - end });
	return document;
}

static bool begins_document(struct slice text, enum piece piece)
{
	if (piece == PIECE_JSON)
		return text.size > 0 && text.data[0] == '{';
	return text.size > 0 && text.data[0] == '<' && memmem(text.data, text.size, "feedback", 8);
}

static bool read_document(struct walk *walk, struct slice document, const struct wrapping *outer,
			  enum piece piece, struct error *err)
{
	struct wrapping wrapping = *outer;
	struct input *input = input_from_memory(document);
	struct error why;
	const bool ok = walk_report(walk, input, &wrapping, piece, NULL, &why) ||
			walk_refusal(walk, &wrapping, &why, err);

	input_close(input);
	return ok;
}

static bool read_documents(struct walk *walk, struct slice text, const struct wrapping *wrapping,
			   enum piece piece, struct error *err)
{
	const struct slice first = take_document(&text, piece);

	while (begins_document(text, piece)) {
		const struct slice document = take_document(&text, piece);

		if (slice_equal(document, first))
			continue; /* the same once more is no second report */
		if (!walk_count_part(walk, err) ||
		    !read_document(walk, document, wrapping, piece, err))
			return false;
	}
	return true;
}

/* The text of a piece as UTF-8. */
static bool read_text(struct walk *walk, struct input *input, const struct wrapping *wrapping,
		      struct quirk_set *quirks, struct strbuf *content, struct error *err)
{
	struct input *text = text_decode_new(input, wrapping->charset, false, quirks);
	const bool ok = input_rewind(text, err) &&
			walk_whole(text, walk->settings->limits.mail_bytes, content, err);

	input_close(text);
	return ok;
}

bool walk_glued(struct walk *walk, struct input *input, const struct wrapping *wrapping,
		enum piece piece, struct error *err)
{
	struct quirk_set known = { 0 }; /* from the first report */
	struct strbuf content;
	bool ok;

	if (!read_text(walk, input, wrapping, &known, &content, err))
		return false;
	ok = read_documents(walk, strbuf_slice(&content), wrapping, piece, err);
	strbuf_release(&content);
	return ok;
}

/* Where the root element begins. */
static const char *find_root(struct slice text)
{
	for (size_t i = 0; i + 1 < text.size; i++)
		if (text.data[i] == '<' && ascii_is_alpha(text.data[i + 1]))
			return text.data + i;
	return NULL;
}

static bool read_wrapped(struct walk *walk, struct slice text, const struct wrapping *wrapping,
			 struct error *err)
{
	while (text.data) {
		const struct slice document = take_document(&text, PIECE_XML);

		if (!walk_count_part(walk, err) ||
		    !read_document(walk, document, wrapping, PIECE_XML, err))
			return false;
		text = find_tag(text, false);
	}
	return true;
}

bool walk_wrapped(struct walk *walk, struct input *input, const struct wrapping *outer,
		  struct error *err)
{
	struct wrapping wrapping = *outer;
	struct strbuf content;
	struct slice first;
	bool ok;

	quirk_add(&wrapping.quirks, QUIRK_XML_WRAPPED);
	if (!read_text(walk, input, outer, &wrapping.quirks, &content, err))
		return false;
	first = find_tag(strbuf_slice(&content), false);
	ok = first.data && first.data != find_root(strbuf_slice(&content)) &&
	     read_wrapped(walk, first, &wrapping, err);
	strbuf_release(&content);
	return ok;
}
