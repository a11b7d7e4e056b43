/* walk_glued.c - several reports behind one another in one piece
 *
 * SPDX-License-Identifier: MIT
 *
 * No format knows it, and some gateways do it.  The parser reads the first one
 * and notes that something follows; what follows is cut into documents here.
 */
#include "ingest/walk.h"

static bool is_name_byte(char c)
{
	return c != '<' && c != '>' && c != '/' && c != ' ' && c != '\n';
}

/* Behind "</feedback>", with or without a prefix; text.size: there is none. */
static size_t xml_end(struct slice text)
{
	static const char name[] = "feedback>";
	const char *end = text.data + text.size, *at = text.data;

	while ((at = memmem(at, (size_t)(end - at), name, sizeof(name) - 1)) != NULL) {
		const char *start = at;

		at += sizeof(name) - 1;
		while (start > text.data && is_name_byte(start[-1]))
			start--;
		if (start - text.data >= 2 && start[-1] == '/' && start[-2] == '<')
			return (size_t)(at - text.data);
	}
	return text.size;
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

bool walk_glued(struct walk *walk, struct input *input, const struct wrapping *wrapping,
		enum piece piece, struct error *err)
{
	struct strbuf content;
	bool ok;

	if (!input_rewind(input, err) ||
	    !walk_whole(input, walk->settings->limits.mail_bytes, &content, err))
		return false;
	ok = read_documents(walk, strbuf_slice(&content), wrapping, piece, err);
	strbuf_release(&content);
	return ok;
}
