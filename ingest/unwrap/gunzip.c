/* gunzip.c - unpacks gzip (RFC 1952) or deflate (RFC 1951) data
 *
 * SPDX-License-Identifier: MIT
 *
 * zlib inflates only the raw deflate stream.  Header and trailer are parsed here,
 * because zlib cannot distinguish truncated data from a truncated trailer, and
 * reports with a truncated trailer are complete and common.  The checksum is
 * libdeflate's, which takes a tenth of the time of zlib's.
 */
#include "ingest/unwrap/gunzip.h"

#include <stdlib.h>

#include <libdeflate.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"
#include "ingest/unwrap/inflate_whole.h"

#define MAGIC_1 0x1f
#define MAGIC_2 0x8b
#define DEFLATE 8
#define TRAILER_SIZE 8

enum header_flag { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16 };

struct gunzip {
	struct input input;
	struct input *packed;
	struct budget *budget;
	struct quirk_set *quirks;
	struct budget_mark mark;
	bool bare; /* deflate data without header and trailer */
	enum { AT_HEADER, IN_DATA, AT_END } state;
	uint32_t crc, size; /* of the member so far */
	z_stream z;
	char buffer[32 * KIB];
};

static bool fill(struct gunzip *g, struct error *err)
{
	size_t got;

	if (g->z.avail_in > 0)
		return true;
	if (!input_read(g->packed, g->buffer, sizeof(g->buffer), &got, err))
		return false;
	g->z.next_in = (Bytef *)g->buffer;
	g->z.avail_in = (uInt)got;
	return true;
}

/* *byte is -1 at the end. */
static bool next_byte(struct gunzip *g, int *byte, struct error *err)
{
	if (!fill(g, err))
		return false;
	if (g->z.avail_in == 0) {
		*byte = -1;
		return true;
	}
	*byte = *g->z.next_in++;
	g->z.avail_in--;
	return true;
}

static bool header_byte(struct gunzip *g, int *byte, struct error *err)
{
	if (!next_byte(g, byte, err))
		return false;
	return *byte >= 0 || error_reject(err, REASON_BAD_GZIP, "cut off in the gzip header");
}

static bool skip_bytes(struct gunzip *g, unsigned count, struct error *err)
{
	int byte;

	while (count-- > 0)
		if (!header_byte(g, &byte, err))
			return false;
	return true;
}

static bool skip_text(struct gunzip *g, struct error *err)
{
	int byte;

	do
		if (!header_byte(g, &byte, err))
			return false;
	while (byte != 0);
	return true;
}

static bool begin_data(struct gunzip *g)
{
	inflateReset(&g->z);
	g->crc = 0;
	g->size = 0;
	g->state = IN_DATA;
	return true;
}

/* Reads the rest of a member's header after its magic number. */
static bool read_header(struct gunzip *g, struct error *err)
{
	int method, flags, low, high;

	if (!header_byte(g, &method, err) || !header_byte(g, &flags, err) || !skip_bytes(g, 6, err))
		return false;
	if (method != DEFLATE)
		return error_reject(err, REASON_BAD_GZIP, "unknown gzip method %d", method);
	if (flags & FEXTRA && (!header_byte(g, &low, err) || !header_byte(g, &high, err) ||
			       !skip_bytes(g, (unsigned)(low | high << 8), err)))
		return false;
	if (flags & FNAME && !skip_text(g, err))
		return false;
	if (flags & FCOMMENT && !skip_text(g, err))
		return false;
	if (flags & FHCRC && !skip_bytes(g, 2, err))
		return false;
	return begin_data(g);
}

static bool first_header(struct gunzip *g, struct error *err)
{
	int first, second;

	if (g->bare)
		return begin_data(g);
	if (!header_byte(g, &first, err) || !header_byte(g, &second, err))
		return false;
	if (first != MAGIC_1 || second != MAGIC_2)
		return error_reject(err, REASON_BAD_GZIP, "not gzip data");
	return read_header(g, err);
}

/* Begins another member, or ends with or without trailing data. */
static bool after_member(struct gunzip *g, struct error *err)
{
	int first, second = -1;

	if (!next_byte(g, &first, err) || (first == MAGIC_1 && !next_byte(g, &second, err)))
		return false;
	if (second == MAGIC_2)
		return read_header(g, err);
	if (first >= 0)
		quirk_add(g->quirks, QUIRK_TRAILING_DATA);
	g->state = AT_END;
	return true;
}

static bool read_trailer(struct gunzip *g, struct error *err)
{
	uint64_t trailer = 0;
	int byte;

	if (g->bare) {
		g->state = AT_END;
		return true;
	}
	for (unsigned i = 0; i < TRAILER_SIZE; i++) {
		if (!next_byte(g, &byte, err))
			return false;
		if (byte < 0) {
			quirk_add(g->quirks, QUIRK_GZIP_TRAILER);
			g->state = AT_END;
			return true;
		}
		trailer |= (uint64_t)byte << 8 * i;
	}
	if (trailer != ((uint64_t)g->size << 32 | g->crc))
		return error_reject(err, REASON_BAD_GZIP, "gzip checksum does not match");
	return after_member(g, err);
}

static const char *bad_data(const struct gunzip *g)
{
	return g->bare ? REASON_BAD_ZIP : REASON_BAD_GZIP;
}

/* Inflates until there is output or the member's data ends. */
static bool read_data(struct gunzip *g, char *buffer, size_t size, size_t *got, struct error *err)
{
	int status;

	g->z.next_out = (Bytef *)buffer;
	g->z.avail_out = (uInt)(size < 64 * MIB ? size : 64 * MIB);
	do {
		if (!fill(g, err))
			return false;
		/* also without input: zlib may have buffered output */
		status = inflate(&g->z, Z_NO_FLUSH);
		if (status == Z_BUF_ERROR && g->size == 0)
			return error_reject(err, bad_data(g), "compressed data is cut off");
		if (status == Z_BUF_ERROR) {
			quirk_add(g->quirks, QUIRK_GZIP_CUT);
			g->state = AT_END;
			*got = 0;
			return true;
		}
		if (status != Z_OK && status != Z_STREAM_END)
			return error_reject(err, bad_data(g), "compressed data is damaged");
	} while (status == Z_OK && g->z.next_out == (Bytef *)buffer);
	*got = (size_t)((char *)g->z.next_out - buffer);
	g->crc = libdeflate_crc32(g->crc, buffer, *got);
	g->size += (uint32_t)*got;
	if (!budget_advance(g->budget, &g->mark, *got, err))
		return false;
	return status != Z_STREAM_END || read_trailer(g, err);
}

static bool gunzip_read(struct input *input, char *buffer, size_t size, size_t *got,
			struct error *err)
{
	struct gunzip *g = (struct gunzip *)input;
	size_t used = 0;

	if (g->state == AT_HEADER && !first_header(g, err))
		return false;
	while (used == 0 && size > 0 && g->state == IN_DATA)
		if (!read_data(g, buffer, size, &used, err))
			return false;
	*got = used;
	return true;
}

static bool gunzip_rewind(struct input *input, struct error *err)
{
	struct gunzip *g = (struct gunzip *)input;

	if (!input_rewind(g->packed, err))
		return false;
	g->z.avail_in = 0;
	g->mark.at = 0;
	g->state = AT_HEADER;
	return true;
}

static void gunzip_close(struct input *input)
{
	struct gunzip *g = (struct gunzip *)input;

	inflateEnd(&g->z);
	free(g);
}

static struct input *open_input(struct input *packed, bool bare, struct budget *budget,
				struct quirk_set *quirks)
{
	static const struct input_ops ops = {
		.read = gunzip_read,
		.rewind = gunzip_rewind,
		.close = gunzip_close,
	};
	struct gunzip *g = xmalloc(sizeof(*g));

	memset(g, 0, offsetof(struct gunzip, buffer));
	g->input.ops = &ops;
	g->packed = packed;
	g->budget = budget;
	g->quirks = quirks;
	g->bare = bare;
	if (inflateInit2(&g->z, -MAX_WBITS) != Z_OK)
		abort(); /* out of memory, like xmalloc() */
	return &g->input;
}

struct input *gunzip_open(struct input *packed, struct budget *budget, struct quirk_set *quirks)
{
	struct error ignored; /* reading returns it again */
	struct input *whole;

	/* not from a stream, whose faults come after the data before them */
	if (input_is_seekable(packed)) {
		whole = gunzip_whole(packed, budget);
		if (whole)
			return whole;
		(void)input_rewind(packed, &ignored);
	}
	return open_input(packed, false, budget, quirks);
}

struct input *inflate_open(struct input *packed, struct budget *budget, struct quirk_set *quirks)
{
	return open_input(packed, true, budget, quirks);
}
