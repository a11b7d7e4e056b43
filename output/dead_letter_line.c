/* dead_letter_line.c - parser for a line of the dead-letter file
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/dead_letter_line.h"

#include "base/json_reader.h"
#include "base/limits.h"

#define LINE_DEPTH 8

void dead_letter_line_init(struct dead_letter_line *line)
{
	for (size_t i = 0; i < DEAD_LETTER_TEXTS; i++)
		strbuf_init(&line->texts[i], 8 * MIB);
	strbuf_init(&line->first, 64);
	strbuf_init(&line->last, 64);
}

void dead_letter_line_release(struct dead_letter_line *line)
{
	for (size_t i = 0; i < DEAD_LETTER_TEXTS; i++)
		strbuf_release(&line->texts[i]);
	strbuf_release(&line->first);
	strbuf_release(&line->last);
}

static void on_key(struct dead_letter_line *line, struct slice key)
{
	static const char *const names[] = { "_index", "_id", "type", "reason", "document" };

	line->next_text = NULL;
	line->next_number = NULL;
	for (size_t i = 0; i < DEAD_LETTER_TEXTS; i++)
		if (slice_is(key, names[i]))
			line->next_text = &line->texts[i];
	if (slice_is(key, "first"))
		line->next_text = &line->first;
	else if (slice_is(key, "last"))
		line->next_text = &line->last;
	else if (slice_is(key, "count"))
		line->next_number = &line->count;
	else if (slice_is(key, "status"))
		line->next_number = &line->status;
}

static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct dead_letter_line *line = context;

	(void)depth;
	(void)err;
	if (event == JSON_KEY) {
		on_key(line, text);
	} else if (event == JSON_STRING && line->next_text) {
		strbuf_reset(line->next_text);
		strbuf_add_slice(line->next_text, text);
	} else if (event == JSON_NUMBER && line->next_number) {
		if (!slice_to_uint(text, INT64_MAX, line->next_number))
			*line->next_number = 0;
	}
	return true;
}

/* A document is one line of a bulk request: after a line end the rest would be an
 * action.  In JSON a line end can only stand between two tokens. */
static void flatten(struct strbuf *document)
{
	for (size_t i = 0; i < document->len; i++)
		if (document->buf[i] == '\n' || document->buf[i] == '\r')
			document->buf[i] = ' ';
}

bool dead_letter_line_read(struct dead_letter_line *line, struct slice text)
{
	struct json_reader *reader = json_reader_new(on_event, line, LINE_DEPTH, 8 * MIB);
	struct error ignored;
	bool good;

	for (size_t i = 0; i < DEAD_LETTER_TEXTS; i++)
		strbuf_reset(&line->texts[i]);
	strbuf_reset(&line->first);
	strbuf_reset(&line->last);
	line->count = 0;
	line->status = 0;
	line->next_text = NULL;
	line->next_number = NULL;
	good = json_reader_feed(reader, text, &ignored) && json_reader_end(reader, &ignored);
	json_reader_free(reader);
	flatten(&line->texts[DEAD_LETTER_DOCUMENT]);
	return good && line->texts[DEAD_LETTER_INDEX].len > 0 &&
	       line->texts[DEAD_LETTER_ID].len > 0 && line->texts[DEAD_LETTER_DOCUMENT].len > 0;
}
