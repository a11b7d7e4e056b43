/* gzip.c - compressing a request body
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/gzip.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/xalloc.h"

#define GZIP_WINDOW (15 + 16) /* + 16: gzip around deflate */
#define MEMORY_LEVEL 8	      /* zlib's own default */

struct gzip {
	z_stream stream; /* kept: its 256 KiB need not be set up for every request */
};

struct gzip *gzip_new(unsigned level)
{
	struct gzip *gzip = xcalloc(1, sizeof(*gzip));

	if (deflateInit2(&gzip->stream, (int)level, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return gzip;
}

void gzip_free(struct gzip *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->stream);
	free(gzip);
}

bool gzip_compress(struct gzip *gzip, struct slice text, struct strbuf *out)
{
	z_stream *stream = &gzip->stream;
	size_t most;
	char *room;

	deflateReset(stream);
	strbuf_reset(out);
	most = deflateBound(stream, (uLong)text.size);
	room = strbuf_room(out, most);
	if (!room)
		return false;
	stream->next_in = (Bytef *)(uintptr_t)text.data;
	stream->avail_in = (uInt)text.size;
	stream->next_out = (Bytef *)room;
	stream->avail_out = (uInt)most;
	if (deflate(stream, Z_FINISH) != Z_STREAM_END)
		return false;
	out->len = most - stream->avail_out;
	out->buf[out->len] = '\0';
	return true;
}
