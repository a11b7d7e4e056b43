/* walk_document.c - one or several reports in an XML or JSON text
 *
 * SPDX-License-Identifier: MIT
 *
 * No format allows several reports in one part, but some gateways send them:
 * concatenated, in a list, inside another element, after a truncated report or
 * after other text.  The parser reads the first report.  If text follows it, or if
 * it is broken or no report, the text is split where reports begin, so that each
 * report is read on its own.
 */
#include "ingest/walk.h"

#include "base/ascii.h"
#include "ingest/dmarc/dmarc_report.h"
#include "ingest/report/reason.h"
#include "ingest/text/text_decode.h"

/* If the first report is broken, search only this much text for others. */
#define BROKEN_SIZE_MAX (8 * MIB)

/* --- splitting ------------------------------------------------------------------ */

static struct slice name_at(struct slice text)
{
	size_t size = 0;

	while (size < text.size && !strchr(" \t\r\n<>/", text.data[size]))
		size++;
	return (struct slice){ text.data, size };
}

/* Is it the element name "feedback", with or without a prefix? */
static bool is_feedback(struct slice name)
{
	struct slice local, prefix = slice_split(name, ':', &local);

	return slice_is(local.data ? local : prefix, "feedback");
}

enum { OPENS = 1, CLOSES = 2 };

/* Returns the text from the "<" of the next report tag; absent if there is none. */
static struct slice find_tag(struct slice text, int wanted)
{
	struct slice rest;

	for ((void)slice_split(text, '<', &rest); rest.data; (void)slice_split(rest, '<', &rest)) {
		const bool closes = slice_starts_with(rest, "/");
		const struct slice name = { rest.data + closes, rest.size - closes };

		if ((wanted & (closes ? CLOSES : OPENS)) && is_feedback(name_at(name)))
			return slice_between(rest.data - 1, text.data + text.size);
	}
	return slice_of(NULL);
}

/* Drops a trailing "<?xml ...?>", which belongs to the next report. */
static struct slice without_declaration(struct slice text)
{
	const char *at = text.size > 0 ? memrchr(text.data, '<', text.size) : NULL;

	if (at && slice_starts_with(slice_between(at, text.data + text.size), "<?xml"))
		return slice_trim(slice_between(text.data, at));
	return text;
}

/* Returns the end of the XML report that begins text: after its closing tag, or where the
 * next report begins if it is truncated. */
static size_t xml_end(struct slice text)
{
	const struct slice next = find_tag(slice_skip(text, 1), OPENS | CLOSES);
	struct slice rest;

	if (next.data && slice_starts_with(next, "</")) {
		(void)slice_split(next, '>', &rest);
		return rest.data ? (size_t)(rest.data - text.data) : text.size;
	}
	return next.data ? (size_t)(next.data - text.data) : text.size;
}

/* Returns the text from the next TLS report: a brace and a member name. */
static struct slice find_object(struct slice text)
{
	static const char *const members[] = { "\"organization-name\"", "\"organization_name\"",
					       "\"date-range\"",        "\"report-id\"",
					       "\"contact-info\"",      "\"policies\"" };
	struct slice rest;

	for ((void)slice_split(text, '{', &rest); rest.data; (void)slice_split(rest, '{', &rest)) {
		const struct slice inside = slice_trim(rest);

		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			if (slice_starts_with(inside, members[i]))
				return slice_between(rest.data - 1, text.data + text.size);
	}
	return slice_of(NULL);
}

/* Returns the end of the JSON report that begins text: after its closing brace, or where
 * the next report begins if it is truncated. */
static size_t json_end(struct slice text)
{
	size_t depth = 0, end = text.size;
	struct slice next;
	bool in_text = false;

	for (size_t i = 0; i < text.size && end == text.size; i++) {
		const char c = text.data[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text && c == '{')
			depth++;
		else if (!in_text && c == '}' && depth > 0 && --depth == 0)
			end = i + 1;
	}
	if (end < text.size)
		return end;
	next = find_object(slice_skip(text, 1));
	return next.data ? (size_t)(next.data - text.data) : text.size;
}

/* Returns the text from the next report; absent if there is none. */
static struct slice find_report(struct slice text, enum part_kind kind)
{
	if (text.size == 0)
		return slice_of(NULL);
	return kind == PART_XML ? find_tag(text, OPENS) : find_object(text);
}

/* Removes the report that begins *text and returns it. */
static struct slice take_report(struct slice *text, enum part_kind kind)
{
	const size_t end = kind == PART_XML ? xml_end(*text) : json_end(*text);
	const struct slice report = without_declaration((struct slice){ text->data, end });

	*text = slice_skip(*text, end);
	return report;
}

/* Returns the start of the root element. */
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

/* Does the part continue after the report that was read last? */
static bool something_follows(const struct walk *walk)
{
	const struct quirk_set *quirks = &walk->state.last_summary->quirks;

	return quirk_has(quirks, QUIRK_XML_JUNK) || quirk_has(quirks, QUIRK_TRAILING_DATA) ||
	       quirk_has(quirks, QUIRK_PARTIAL);
}

/* Reads the part as UTF-8 and sets frame->text to the first report. */
static bool read_text(struct frame *frame, size_t limit, struct quirk_set *quirks,
		      struct error *err)
{
	struct input *text = text_decode_new(frame->input, frame->context->charset, false, quirks);
	const bool ok = input_rewind(text, err) && walk_whole(text, limit, &frame->content, err);

	input_close(text);
	frame->text = find_report(strbuf_slice(&frame->content), frame->document.kind);
	return ok;
}

static bool is_reason(const struct error *why, const char *reason)
{
	return strcmp(why->reason, reason) == 0;
}

/* Records the quirk that names the text around the reports. */
static void note_surrounding_text(struct frame *frame, const struct error *why)
{
	const bool json = frame->document.kind == PART_JSON;

	frame->own = *frame->context;
	if (is_reason(why, REASON_NOT_A_REPORT))
		quirk_add(&frame->own.quirks, json ? QUIRK_MEMBER_FORM : QUIRK_XML_WRAPPED);
	else
		quirk_add(&frame->own.quirks, json ? QUIRK_TRAILING_DATA : QUIRK_XML_JUNK);
}

/* Does the first report begin where the parser began?  Then the parser has already read or
 * refused it. */
static bool begins_with_it(const struct frame *frame)
{
	const struct slice all = slice_trim(strbuf_slice(&frame->content));

	if (frame->document.kind == PART_JSON)
		return frame->text.data == all.data;
	return frame->text.data == find_root(all);
}

/* The first report was read, and text follows it. */
static enum walk_step begin_following(struct walk *walk, struct frame *frame, struct error *err)
{
	struct quirk_set known = { 0 }; /* already recorded by the first report */

	if (!read_text(frame, walk->settings->limits.mail_bytes, &known, err))
		return WALK_FAILED;
	frame->own = *frame->context;
	if (frame->text.data)
		frame->document.first = take_report(&frame->text, frame->document.kind);
	frame->step = NEXT;
	return WALK_ON;
}

/* The first object was refused: it may contain reports, be one of several, or be the only
 * one. */
static enum walk_step begin_splitting(struct walk *walk, struct frame *frame, struct error *err)
{
	const struct error why = walk->outcome;
	const bool broken = !is_reason(&why, REASON_NOT_A_REPORT) &&
			    !is_reason(&why, DMARC_SEVERAL);
	const size_t limit = walk->settings->limits.mail_bytes;
	struct quirk_set text_quirks = { 0 };

	/* a decompression bomb that was just refused must not fill memory now */
	if (!read_text(frame, broken && limit > BROKEN_SIZE_MAX ? BROKEN_SIZE_MAX : limit,
		       &text_quirks, err)) {
		if (broken && err->reason && is_reason(err, REASON_TOO_LARGE))
			*err = why;
		return WALK_FAILED;
	}
	note_surrounding_text(frame, &why);
	quirk_add_all(&frame->own.quirks, &text_quirks);
	if (frame->text.data && !is_reason(&why, DMARC_SEVERAL) && begins_with_it(frame)) {
		frame->document.first = take_report(&frame->text, frame->document.kind);
		frame->text = find_report(frame->text, frame->document.kind);
		if (frame->text.data)
			walk_refuse(walk, frame->context, &why);
	}
	if (!frame->text.data) {
		*err = why;
		return WALK_FAILED;
	}
	frame->step = NEXT;
	return WALK_ON;
}

static enum walk_step after_first(struct walk *walk, struct frame *frame, struct error *err)
{
	if (walk_failed(walk))
		return begin_splitting(walk, frame, err);
	return something_follows(walk) ? begin_following(walk, frame, err) : WALK_DONE;
}

static enum walk_step read_next(struct walk *walk, struct frame *frame, struct error *err)
{
	struct slice report;

	do {
		frame->text = find_report(frame->text, frame->document.kind);
		if (!frame->text.data)
			return WALK_DONE;
		report = take_report(&frame->text, frame->document.kind);
		/* skip repetitions of the first report */
	} while (slice_equal(report, frame->document.first));
	if (!walk_count_part(walk, err))
		return WALK_FAILED;
	frame->inner = frame->own;
	frame->owned = input_from_memory(report);
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
	case FIRST: return after_first(walk, frame, err);
	case NEXT: return read_next(walk, frame, err);
	default: return after_next(walk, frame);
	}
}
