/* SPDX-License-Identifier: MIT
 *
 * Keeps a stack of open elements.  Text and tags outside records are copied at
 * once, those of a record only at its end if nothing was lost.
 */
#include "ingest/dmarc/xml_salvage.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/dmarc/dmarc_element.h"
#include "ingest/report/input_ops.h"
#include "ingest/text/xml_reader.h"

#define CHUNK_SIZE (4 * KIB)
#define NAME_SIZE_MAX 64
/* Four times the limit for the texts of a record. */
#define RECORD_SIZE_MAX (256 * KIB)
/* Limits for one tag or comment, and for faults in a document. */
#define MARKUP_SIZE_MAX (64 * KIB)
#define FLAWS_MAX 100000
/* A chunk may complete a record and add its own text. */
#define OUT_SIZE (RECORD_SIZE_MAX + 64 * KIB)

enum state {
	STATE_TEXT,
	STATE_TAG,
	STATE_COMMENT,
	STATE_CDATA,
};

struct element {
	char name[NAME_SIZE_MAX];
	size_t size;
};

struct salvage {
	struct input input;
	struct input *source;
	struct quirk_set *quirks;
	enum state state;
	struct strbuf tag; /* without brackets; for a comment or CDATA, the last bytes */
	struct element open[LIMIT_XML_DEPTH];
	unsigned depth;
	size_t markup; /* size of the current tag or comment */
	unsigned flaws;
	/* of the record: its last part was complete; something is missing */
	bool in_record, has_results, lost;
	bool root_closed, ended;
	struct strbuf record, out;
	size_t out_at;
};

static struct slice name_at(const struct salvage *s, unsigned depth)
{
	return (struct slice){ s->open[depth].name, s->open[depth].size };
}

static struct strbuf *output(struct salvage *s)
{
	return s->in_record ? &s->record : &s->out;
}

static void write_tag(struct salvage *s, const char *opening, struct slice name)
{
	struct strbuf *out = output(s);

	strbuf_add_text(out, opening);
	strbuf_add_slice(out, name);
	strbuf_add_byte(out, '>');
}

static void write_text(struct salvage *s, char c)
{
	struct strbuf *out = output(s);

	if (s->depth == 0)
		return;
	if (s->state == STATE_CDATA && c == '&')
		strbuf_add_text(out, "&amp;");
	else if (s->state == STATE_CDATA && c == '<')
		strbuf_add_text(out, "&lt;");
	else
		strbuf_add_byte(out, c);
}

static void note_flaw(struct salvage *s)
{
	s->flaws++;
	quirk_add(s->quirks, QUIRK_XML_REPAIRED);
}

static void note_loss(struct salvage *s)
{
	s->lost = true;
	quirk_add(s->quirks, QUIRK_PARTIAL);
}

/* The text of the innermost element may be truncated: a following element makes the reader
 * drop it. */
static void forget_text(struct salvage *s)
{
	write_tag(s, "<", slice_of(XML_SALVAGE_CUT));
	write_tag(s, "</", slice_of(XML_SALVAGE_CUT));
}

static void end_record(struct salvage *s)
{
	s->in_record = false;
	if (s->record.overflowed)
		note_loss(s);
	if (!s->lost)
		strbuf_add_slice(&s->out, strbuf_slice(&s->record));
}

/* Closes elements until only depth are open. */
static void close_to(struct salvage *s, unsigned depth)
{
	while (s->depth > depth) {
		s->depth--;
		write_tag(s, "</", name_at(s, s->depth));
		if (s->depth == 1 && s->in_record)
			end_record(s);
	}
	s->root_closed = depth == 0;
}

/* Notes what is lost when the elements above depth have no end tag.  An unknown element is
 * no loss, as with "<john>" in an address. */
static void note_unclosed(struct salvage *s, unsigned depth)
{
	if (s->depth > depth)
		note_flaw(s);
	for (unsigned i = depth; i < s->depth; i++) {
		if (i == 1 && s->in_record ? s->has_results : !dmarc_element_known(name_at(s, i)))
			continue;
		note_loss(s);
		if (i == s->depth - 1)
			forget_text(s);
	}
}

static void take_start(struct salvage *s, struct slice name)
{
	const bool is_record = s->depth > 0 && slice_is_nocase(name, "record");

	if (is_record) {
		note_unclosed(s, 1);
		close_to(s, 1);
	}
	if (s->depth == LIMIT_XML_DEPTH || name.size > NAME_SIZE_MAX)
		return;
	if (is_record) {
		s->in_record = true;
		s->has_results = s->lost = false;
		strbuf_reset(&s->record);
	}
	memcpy(s->open[s->depth].name, name.data, name.size);
	s->open[s->depth].size = name.size;
	s->depth++;
	write_tag(s, "<", name);
}

static void take_end(struct salvage *s, struct slice name)
{
	unsigned depth = s->depth;

	while (depth > 0 && !slice_equal(name_at(s, depth - 1), name))
		depth--;
	if (depth > 0) {
		note_unclosed(s, depth);
		s->has_results |= s->in_record && slice_is_spelling(name, slice_of("auth_results"));
		close_to(s, depth - 1);
		return;
	}
	note_flaw(s);
	if (dmarc_element_known(name))
		note_loss(s);
}

/* Returns the local name in a tag. */
static struct slice name_in(struct slice tag)
{
	struct slice local;
	size_t size = 0;

	while (size < tag.size && !ascii_is_space(tag.data[size]) && tag.data[size] != '/')
		size++;
	tag.size = size;
	(void)slice_split(tag, ':', &local);
	return local.size > 0 ? local : tag;
}

static void take_tag(struct salvage *s)
{
	const struct slice tag = strbuf_slice(&s->tag);
	const bool ends = tag.size > 0 && tag.data[0] == '/';
	const bool empty = tag.size > 0 && tag.data[tag.size - 1] == '/';
	const struct slice name = name_in(ends ? (struct slice){ tag.data + 1, tag.size - 1 }
					       : tag);

	s->state = STATE_TEXT;
	if (name.size == 0 || name.data[0] == '!' || name.data[0] == '?')
		return;
	if (!ends)
		take_start(s, name);
	if (ends || empty)
		take_end(s, name);
}

static void take_in_tag(struct salvage *s, char c)
{
	if (c == '>') {
		take_tag(s);
		return;
	}
	strbuf_add_byte(&s->tag, c);
	if (slice_is(strbuf_slice(&s->tag), "!--"))
		s->state = STATE_COMMENT;
	else if (slice_is(strbuf_slice(&s->tag), "![CDATA["))
		s->state = STATE_CDATA;
	if (s->state != STATE_TAG)
		strbuf_reset(&s->tag);
}

/* Consumes up to the three bytes that end a comment or CDATA section. */
static void take_until(struct salvage *s, char c, const char *mark)
{
	struct strbuf *last = &s->tag;

	strbuf_add_byte(last, c);
	if (last->len < 3)
		return;
	if (slice_is(strbuf_slice(last), mark)) {
		strbuf_reset(last);
		s->state = STATE_TEXT;
		return;
	}
	if (s->state == STATE_CDATA)
		write_text(s, last->buf[0]);
	memmove(last->buf, last->buf + 1, 2);
	strbuf_cut(last, 2);
}

static void take(struct salvage *s, char c)
{
	switch (s->state) {
	case STATE_TEXT:
		if (c != '<') {
			write_text(s, c);
			break;
		}
		strbuf_reset(&s->tag);
		s->markup = 0;
		s->state = STATE_TAG;
		break;
	case STATE_TAG:
		s->markup++;
		take_in_tag(s, c);
		break;
	case STATE_COMMENT:
		s->markup++;
		take_until(s, c, "-->");
		break;
	case STATE_CDATA: take_until(s, c, "]]>"); break;
	}
}

static void take_end_of_input(struct salvage *s)
{
	s->ended = true;
	if (s->depth == 0)
		return;
	note_loss(s);
	forget_text(s);
	close_to(s, 0);
}

static bool fill(struct salvage *s, struct error *err)
{
	char chunk[CHUNK_SIZE];
	size_t got;

	if (!input_read(s->source, chunk, sizeof(chunk), &got, err))
		return false;
	s->out_at = 0;
	strbuf_reset(&s->out);
	for (size_t i = 0; i < got && !s->root_closed; i++)
		take(s, chunk[i]);
	if (s->markup > MARKUP_SIZE_MAX)
		return error_reject(err, XML_BROKEN, "a tag or comment of more than %zu bytes",
				    MARKUP_SIZE_MAX);
	if (s->flaws > FLAWS_MAX)
		return error_reject(err, XML_BROKEN, "more than %d faults", FLAWS_MAX);
	if (got == 0)
		take_end_of_input(s);
	return true;
}

static bool salvage_read(struct input *input, char *buffer, size_t size, size_t *got,
			 struct error *err)
{
	struct salvage *s = (struct salvage *)input;

	while (s->out_at == s->out.len && !s->ended)
		if (!fill(s, err))
			return false;
	*got = slice_read(strbuf_slice(&s->out), &s->out_at, buffer, size);
	return true;
}

static void reset(struct salvage *s)
{
	s->state = STATE_TEXT;
	s->depth = s->flaws = 0;
	s->markup = 0;
	s->in_record = s->lost = s->root_closed = s->ended = false;
	s->out_at = 0;
	strbuf_reset(&s->out);
}

static bool salvage_rewind(struct input *input, struct error *err)
{
	struct salvage *s = (struct salvage *)input;

	reset(s);
	return input_rewind(s->source, err);
}

static void salvage_close(struct input *input)
{
	struct salvage *s = (struct salvage *)input;

	strbuf_release(&s->tag);
	strbuf_release(&s->record);
	strbuf_release(&s->out);
	free(s);
}

struct input *xml_salvage_new(struct input *source, struct quirk_set *quirks)
{
	static const struct input_ops ops = {
		.read = salvage_read,
		.rewind = salvage_rewind,
		.close = salvage_close,
	};
	struct salvage *s = xcalloc(1, sizeof(*s));

	s->input.ops = &ops;
	s->source = source;
	s->quirks = quirks;
	strbuf_init(&s->tag, CHUNK_SIZE);
	strbuf_init(&s->record, RECORD_SIZE_MAX);
	strbuf_init(&s->out, OUT_SIZE);
	reset(s);
	return &s->input;
}
