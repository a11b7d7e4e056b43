/* SPDX-License-Identifier: MIT */
#include "ingest/unwrap/mbox.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

#define FROM "From "
/* Bytes needed at the start of a line: quotes, then "From ". */
#define LOOK_AHEAD 32

struct mbox {
	struct input *input;
	struct strbuf mail;
	size_t at, used; /* positions in the buffer */
	bool at_line_start, after_empty_line;
	char buffer[64 * KIB];
};

struct mbox *mbox_open(struct input *input, size_t max_mail_bytes)
{
	struct mbox *mbox = xcalloc(1, sizeof(*mbox));

	mbox->input = input;
	mbox->at_line_start = mbox->after_empty_line = true;
	strbuf_init(&mbox->mail, max_mail_bytes);
	return mbox;
}

void mbox_close(struct mbox *mbox)
{
	if (!mbox)
		return;
	strbuf_release(&mbox->mail);
	free(mbox);
}

/* Ensures that the buffer has LOOK_AHEAD bytes, unless the file ends first. */
static bool fill(struct mbox *mbox, struct error *err)
{
	size_t got = 1;

	if (mbox->used - mbox->at >= LOOK_AHEAD)
		return true;
	memmove(mbox->buffer, mbox->buffer + mbox->at, mbox->used - mbox->at);
	mbox->used -= mbox->at;
	mbox->at = 0;
	while (got > 0 && mbox->used < LOOK_AHEAD) {
		if (!input_read(mbox->input, mbox->buffer + mbox->used,
				sizeof(mbox->buffer) - mbox->used, &got, err))
			return false;
		mbox->used += got;
	}
	return true;
}

static struct slice buffered(const struct mbox *mbox)
{
	return slice_between(mbox->buffer + mbox->at, mbox->buffer + mbox->used);
}

static bool at_separator(const struct mbox *mbox)
{
	return mbox->at_line_start && mbox->after_empty_line &&
	       slice_starts_with(buffered(mbox), FROM);
}

static bool at_quoted_from(const struct mbox *mbox)
{
	const struct slice text = buffered(mbox);
	size_t quotes = 0;

	while (quotes < text.size && quotes < LOOK_AHEAD && text.data[quotes] == '>')
		quotes++;
	return mbox->at_line_start && quotes > 0 &&
	       slice_starts_with((struct slice){ text.data + quotes, text.size - quotes }, FROM);
}

/* Removes the next line, or the part of it in the buffer. */
static struct slice take_line(struct mbox *mbox)
{
	struct slice line = buffered(mbox);
	const size_t end = slice_find(line, '\n');
	const bool whole = end < line.size;
	const bool is_start = mbox->at_line_start;

	if (whole)
		line.size = end + 1;
	mbox->at += line.size;
	mbox->at_line_start = whole;
	mbox->after_empty_line = is_start && whole && slice_trim(line).size == 0;
	return line;
}

bool mbox_next(struct mbox *mbox, struct mbox_mail *mail, bool *more, struct error *err)
{
	bool in_mail = false;

	strbuf_reset(&mbox->mail);
	for (;;) {
		if (!fill(mbox, err))
			return false;
		if (buffered(mbox).size == 0 || (in_mail && at_separator(mbox)))
			break;
		if (!in_mail) {
			/* skip the "From " line itself */
			do {
				take_line(mbox);
				if (!fill(mbox, err))
					return false;
			} while (!mbox->at_line_start && buffered(mbox).size > 0);
			in_mail = true;
			continue;
		}
		if (at_quoted_from(mbox))
			mbox->at++;
		strbuf_add_slice(&mbox->mail, take_line(mbox));
	}
	*more = in_mail;
	*mail = (struct mbox_mail){ strbuf_slice(&mbox->mail), mbox->mail.overflowed };
	return true;
}
