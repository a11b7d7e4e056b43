/* SPDX-License-Identifier: MIT */
#include "ingest/unwrap/inflate_whole.h"

#include <stdlib.h>

#include <libdeflate.h>

#include "base/xalloc.h"
#include "ingest/report/input_ops.h"

/* The size is a claim of the archive: a larger one is not believed in advance. */
#define SIZE_MAX_WHOLE (256 * KIB)
/* Header and trailer of gzip without optional fields. */
#define GZIP_SIZE_MIN 18

struct whole {
	struct input input;
	struct budget *budget;
	struct budget_mark mark;
	size_t size;
	char bytes[];
};

static bool whole_read(struct input *input, char *buffer, size_t size, size_t *got,
		       struct error *err)
{
	struct whole *whole = (struct whole *)input;
	size_t at = (size_t)whole->mark.at;

	*got = slice_read((struct slice){ whole->bytes, whole->size }, &at, buffer, size);
	return budget_advance(whole->budget, &whole->mark, *got, err);
}

static bool whole_rewind(struct input *input, struct error *err)
{
	(void)err;
	((struct whole *)input)->mark.at = 0;
	return true;
}

static void whole_close(struct input *input)
{
	free(input);
}

static struct whole *whole_new(size_t size, struct budget *budget)
{
	static const struct input_ops ops = {
		.read = whole_read,
		.rewind = whole_rewind,
		.close = whole_close,
	};
	struct whole *whole = xmalloc(sizeof(*whole) + size);

	*whole = (struct whole){ .input.ops = &ops, .budget = budget, .size = size };
	return whole;
}

/* With crc of the unpacked bytes, or of gzip if it is NULL. */
static struct input *unpack(struct slice packed, size_t size, const uint32_t *crc,
			    struct budget *budget)
{
	/* One per process: it keeps nothing between calls, and to make one costs half as much as
	 * its use. */
	static struct libdeflate_decompressor *decompressor;
	struct whole *whole = whole_new(size, budget);
	enum libdeflate_result result;
	size_t in, out;
	bool good;

	if (!decompressor)
		decompressor = libdeflate_alloc_decompressor();
	if (!decompressor)
		abort(); /* out of memory, like xmalloc() */
	result = (crc ? libdeflate_deflate_decompress_ex
		      : libdeflate_gzip_decompress_ex)(decompressor, packed.data, packed.size,
						       whole->bytes, size, &in, &out);
	good = result == LIBDEFLATE_SUCCESS && in == packed.size && out == size &&
	       (!crc || libdeflate_crc32(0, whole->bytes, size) == *crc);
	if (good)
		return &whole->input;
	free(whole);
	return NULL;
}

struct input *inflate_whole(struct slice packed, uint64_t size, uint32_t crc, struct budget *budget)
{
	if (size == 0 || size > SIZE_MAX_WHOLE)
		return NULL;
	return unpack(packed, (size_t)size, &crc, budget);
}

/* The last four bytes (RFC 1952 section 2.3.1). */
static uint32_t claimed_size(struct slice packed)
{
	const unsigned char *end = (const unsigned char *)packed.data + packed.size;

	return (uint32_t)end[-4] | (uint32_t)end[-3] << 8 | (uint32_t)end[-2] << 16 |
	       (uint32_t)end[-1] << 24;
}

struct input *gunzip_whole(struct input *packed, struct budget *budget)
{
	char buffer[INFLATE_WHOLE_PACKED_MAX + 1];
	struct slice bytes = { buffer, 0 };
	struct error ignored; /* streaming reports it */
	size_t got;
	uint32_t size;

	do {
		if (!input_read(packed, buffer + bytes.size, sizeof(buffer) - bytes.size, &got,
				&ignored))
			return NULL;
		bytes.size += got;
	} while (got > 0 && bytes.size < sizeof(buffer));
	if (bytes.size == sizeof(buffer) || bytes.size < GZIP_SIZE_MIN)
		return NULL;
	size = claimed_size(bytes);
	return size > 0 && size <= SIZE_MAX_WHOLE ? unpack(bytes, size, NULL, budget) : NULL;
}
