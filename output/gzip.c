/* gzip.c - gzip compression of request bodies
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/gzip.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct gzip {
	struct libdeflate_compressor *compressor;
};

struct gzip *gzip_new(unsigned level)
{
	struct gzip *gzip = xcalloc(1, sizeof(*gzip));

	gzip->compressor = libdeflate_alloc_compressor((int)level);
	if (!gzip->compressor)
		abort();
	return gzip;
}

void gzip_free(struct gzip *gzip)
{
	if (!gzip)
		return;
	libdeflate_free_compressor(gzip->compressor);
	free(gzip);
}

bool gzip_compress(struct gzip *gzip, struct slice text, struct strbuf *out)
{
	const size_t most = libdeflate_gzip_compress_bound(gzip->compressor, text.size);
	char *room;

	strbuf_reset(out);
	room = strbuf_room(out, most);
	if (!room)
		return false;
	out->len = libdeflate_gzip_compress(gzip->compressor, text.data, text.size, room, most);
	out->buf[out->len] = '\0';
	return out->len > 0;
}
