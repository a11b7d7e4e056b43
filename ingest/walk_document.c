/* walk_document.c - an XML or JSON text: a report, several, or one in something else
 *
 * SPDX-License-Identifier: MIT
 *
 * No format knows several reports in one part, and some gateways send them.  Of
 * reports behind one another the parser reads the first one and notes that
 * something follows; of those inside of another element it sees that the root
 * is not theirs.  Either way they are cut into documents here.
 */
#include "ingest/walk.h"

#include "base/ascii.h"
#include "ingest/report/reason.h"
#include "ingest/text/text_decode.h"

/* --- cutting -------------------------------------------------------------------- */

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
static struct slice take_document(struct slice *text, enum part_kind kind)
{
	const size_t end = kind == PART_XML ? xml_end(*text) : json_end(*text);
	const struct slice document = slice_trim((struct slice){ text->data, end });

	*text = slice_trim((struct slice){ text->data + end, text->size - end });
	return document;
}

static bool begins_document(struct slice text, enum part_kind kind)
{
	if (kind == PART_JSON)
		return text.size > 0 && text.data[0] == '{';
	return text.size > 0 && text.data[0] == '<' && memmem(text.data, text.size, "feedback", 8);
}

/* Where the root element begins. */
static const char *find_root(struct slice text)
{
	for (size_t i = 0; i + 1 < text.size; i++)
		if (text.data[i] == '<' && ascii_is_alpha(text.data[i + 1]))
			return text.data + i;
	return NULL;
}

/* --- the frame ------------------------------------------------------------------ */

enum { BEGIN, FIRST, NEXT, AFTER };

static void read_report(struct walk *walk, struct frame *frame, struct input *input,
			struct part_context *context)
{
	walk_push_report(walk, frame->document.kind == PART_XML ? REPORT_AGGREGATE : REPORT_TLSRPT,
			 input, NULL, context);
}

/* Was there more in the part than the report that was read last? */
static bool something_follows(const struct walk *walk)
{
	const struct quirk_set *quirks = &walk->state.last_summary->quirks;

	return quirk_has(quirks, QUIRK_XML_JUNK) || quirk_has(quirks, QUIRK_TRAILING_DATA);
}

/* The text of the part as UTF-8. */
static bool read_text(struct walk *walk, struct frame *frame, struct quirk_set *quirks,
		      struct error *err)
{
	struct input *text = text_decode_new(frame->input, frame->context->charset, false, quirks);
	const bool ok = input_rewind(text, err) &&
			walk_whole(text, walk->settings->limits.mail_bytes, &frame->content, err);

	input_close(text);
	frame->text = strbuf_slice(&frame->content);
	return ok;
}

/* The reports behind the first one, which has been read. */
static enum walk_step begin_glued(struct walk *walk, struct frame *frame, struct error *err)
{
	struct quirk_set known = { 0 }; /* from the first report */

	if (!read_text(walk, frame, &known, err))
		return WALK_FAILED;
	frame->document.first = take_document(&frame->text, frame->document.kind);
	frame->step = NEXT;
	return WALK_ON;
}

/* The reports inside of the root element of XML that is no report. */
static enum walk_step begin_wrapped(struct walk *walk, struct frame *frame, struct error *err)
{
	const struct error no_report = walk->outcome;
	struct slice first;

	frame->own = *frame->context;
	quirk_add(&frame->own.quirks, QUIRK_XML_WRAPPED);
	if (!read_text(walk, frame, &frame->own.quirks, err))
		return WALK_FAILED;
	first = find_tag(frame->text, false);
	if (!first.data || first.data == find_root(frame->text)) {
		*err = no_report;
		return WALK_FAILED;
	}
	frame->text = first;
	frame->document.is_wrapped = true;
	frame->step = NEXT;
	return WALK_ON;
}

static enum walk_step after_first(struct walk *walk, struct frame *frame, struct error *err)
{
	if (!walk_failed(walk))
		return something_follows(walk) ? begin_glued(walk, frame, err) : WALK_DONE;
	if (frame->document.kind == PART_XML &&
	    strcmp(walk->outcome.reason, REASON_NOT_A_REPORT) == 0)
		return begin_wrapped(walk, frame, err);
	return walk_pass_on(walk, err);
}

/* Cuts the next document; false: there is none. */
static bool next_document(struct frame *frame, struct slice *document)
{
	const enum part_kind kind = frame->document.kind;

	if (frame->document.is_wrapped) {
		if (frame->text.data)
			*document = take_document(&frame->text, PART_XML);
		return document->data;
	}
	while (begins_document(frame->text, kind)) {
		*document = take_document(&frame->text, kind);
		/* the same once more is no second report */
		if (!slice_equal(*document, frame->document.first))
			return true;
	}
	return false;
}

static enum walk_step read_next(struct walk *walk, struct frame *frame, struct error *err)
{
	struct slice document = { NULL, 0 };

	if (!next_document(frame, &document))
		return WALK_DONE;
	if (!walk_count_part(walk, err))
		return WALK_FAILED;
	frame->inner = frame->document.is_wrapped ? frame->own : *frame->context;
	frame->owned = input_from_memory(document);
	frame->step = AFTER;
	read_report(walk, frame, frame->owned, &frame->inner);
	return WALK_ON;
}

static enum walk_step after_next(struct walk *walk, struct frame *frame)
{
	input_close(frame->owned);
	frame->owned = NULL;
	if (walk_failed(walk))
		walk_refuse(walk, &frame->inner, &walk->outcome);
	if (frame->document.is_wrapped)
		frame->text = find_tag(frame->text, false);
	frame->step = NEXT;
	return WALK_ON;
}

enum walk_step walk_step_document(struct walk *walk, struct frame *frame, struct error *err)
{
	switch (frame->step) {
	case BEGIN:
		frame->step = FIRST;
		read_report(walk, frame, frame->input, frame->context);
		return WALK_ON;
	case FIRST:
		return after_first(walk, frame, err);
	case NEXT:
		return read_next(walk, frame, err);
	default:
		return after_next(walk, frame);
	}
}
