/* SPDX-License-Identifier: MIT
 *
 * The text is cut into pieces of one size.  The decoder's state at the start of each
 * piece is kept, so that any piece can be decoded again.
 */
#include "ingest/unwrap/transfer_encoding.h"

#include <stdlib.h>

#include <gmime/gmime.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"

/* Ordinary reports are one piece, decoded once. */
#define PIECE_SIZE (64 * KIB)
/* GMime writes what it has kept of the piece before: an escape, or a line of 45 bytes. */
#define KEPT_MAX 64

/* The state at the start of a piece, and the position of its first byte. */
struct mark {
	uint64_t at;
	struct base64 base64;
	GMimeEncoding gmime;
};

struct decoder {
	struct input input;
	struct slice text;
	enum transfer_encoding encoding;
	uint64_t at;
	size_t pieces, known; /* marks up to known are set */
	struct mark *marks;   /* one per piece, and the end */
	size_t current;       /* the piece in the window */
	size_t window_size;
	char *window;
};

static size_t decode_piece(const struct decoder *d, struct slice piece, bool is_last,
			   struct mark *state)
{
	size_t size;

	if (d->encoding != TRANSFER_BASE64)
		return is_last ? g_mime_encoding_flush(&state->gmime, piece.data, piece.size,
						       d->window)
			       : g_mime_encoding_step(&state->gmime, piece.data, piece.size,
						      d->window);
	/* GMime loses the last byte if padding is missing */
	size = base64_step(&state->base64, piece, d->window);
	return is_last ? size + base64_finish(&state->base64, d->window + size) : size;
}

static void load(struct decoder *d, size_t number)
{
	struct slice piece = slice_skip(d->text, number * PIECE_SIZE);
	struct mark state = d->marks[number];

	if (piece.size > PIECE_SIZE)
		piece.size = PIECE_SIZE;
	d->window_size = decode_piece(d, piece, number + 1 == d->pieces, &state);
	d->current = number;
	if (number < d->known)
		return;
	state.at += d->window_size;
	d->marks[number + 1] = state;
	d->known = number + 1;
}

/* Loads the piece with the byte at that position; false: it is after the end. */
static bool find(struct decoder *d, uint64_t at)
{
	size_t number = at < d->marks[d->current].at ? 0 : d->current;

	for (; number < d->pieces; number++) {
		if (number == d->known)
			load(d, number);
		if (at < d->marks[number + 1].at)
			break;
	}
	if (number == d->pieces)
		return false;
	if (number != d->current)
		load(d, number);
	return true;
}

static bool decoder_read_at(struct input *input, uint64_t at, char *buffer, size_t size,
			    size_t *got, struct error *err)
{
	struct decoder *d = (struct decoder *)input;
	size_t from;

	(void)err;
	*got = 0;
	if (!find(d, at))
		return true;
	from = (size_t)(at - d->marks[d->current].at);
	*got = slice_read((struct slice){ d->window, d->window_size }, &from, buffer, size);
	return true;
}

static bool decoder_read(struct input *input, char *buffer, size_t size, size_t *got,
			 struct error *err)
{
	struct decoder *d = (struct decoder *)input;

	if (!decoder_read_at(input, d->at, buffer, size, got, err))
		return false;
	d->at += *got;
	return true;
}

static bool decoder_rewind(struct input *input, struct error *err)
{
	(void)err;
	((struct decoder *)input)->at = 0;
	return true;
}

static bool decoder_size(struct input *input, uint64_t *size, struct error *err)
{
	struct decoder *d = (struct decoder *)input;

	(void)err;
	while (d->known < d->pieces)
		load(d, d->known);
	*size = d->marks[d->pieces].at;
	return true;
}

static void decoder_close(struct input *input)
{
	struct decoder *d = (struct decoder *)input;

	free(d->marks);
	free(d->window);
	free(d);
}

struct input *transfer_decode(struct slice text, enum transfer_encoding encoding)
{
	static const struct input_ops ops = {
		.read = decoder_read,
		.rewind = decoder_rewind,
		.close = decoder_close,
		.size = decoder_size,
		.read_at = decoder_read_at,
	};
	struct decoder *d = xcalloc(1, sizeof(*d));

	d->input.ops = &ops;
	d->text = text;
	d->encoding = encoding;
	d->pieces = text.size / PIECE_SIZE + 1;
	d->marks = xcalloc(d->pieces + 1, sizeof(*d->marks));
	d->window = xmalloc((text.size < PIECE_SIZE ? text.size : PIECE_SIZE) + KEPT_MAX);
	g_mime_encoding_init_decode(&d->marks[0].gmime,
				    encoding == TRANSFER_UUENCODED
					    ? GMIME_CONTENT_ENCODING_UUENCODE
					    : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	load(d, 0);
	return &d->input;
}
