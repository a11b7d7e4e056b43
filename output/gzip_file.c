/* gzip_file.c - compresses files and reads compressed ones
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/gzip_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "base/limits.h"
#include "base/strbuf.h"

#define PIECE (64 * KIB)
/* A line is a document with its id. */
#define LINE_MAX_BYTES (4 * LIMIT_DOCUMENT_BYTES)

static bool failed(const char *path, struct error *err)
{
	return error_set(err, ERROR_RETRY, "%s: %s", path,
			 errno ? strerror(errno) : "cannot be compressed");
}

static bool copy(int from, gzFile to)
{
	static char piece[PIECE];
	ssize_t size;

	errno = 0;
	while ((size = read(from, piece, sizeof(piece))) > 0)
		if (gzwrite(to, piece, (unsigned)size) != size)
			return false;
	return size == 0;
}

static bool compress_into(const char *path, const char *target, struct error *err)
{
	const int from = open(path, O_RDONLY | O_CLOEXEC);
	const int to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const int to_sync = to >= 0 ? dup(to) : -1;
	gzFile packed = to >= 0 ? gzdopen(to, "wb6") : NULL;
	bool good = from >= 0 && to_sync >= 0 && packed && copy(from, packed);

	if (packed)
		good = gzclose(packed) == Z_OK && good;
	good = good && fdatasync(to_sync) == 0;
	if (!good)
		failed(path, err);
	if (from >= 0)
		close(from);
	if (to_sync >= 0)
		close(to_sync);
	return good;
}

bool gzip_file(const char *path, struct error *err)
{
	char *half, *whole;
	bool good;

	if (asprintf(&half, "%s.gz.new", path) < 0 || asprintf(&whole, "%s.gz", path) < 0)
		abort();
	good = compress_into(path, half, err);
	if (good && rename(half, whole) < 0)
		good = failed(whole, err);
	if (good)
		unlink(path);
	else
		unlink(half);
	free(half);
	free(whole);
	return good;
}

bool gzip_file_lines(const char *path, gzip_line_fn *each, void *context, struct error *err)
{
	gzFile file = gzopen(path, "rbe");
	char piece[4096];
	struct strbuf line;
	int code = Z_OK;

	if (!file)
		return errno == ENOENT || failed(path, err);
	strbuf_init(&line, LINE_MAX_BYTES);
	while (gzgets(file, piece, sizeof(piece))) {
		const size_t size = strlen(piece);

		strbuf_add(&line, piece, size);
		if (size == 0 || piece[size - 1] != '\n')
			continue;
		if (!line.overflowed)
			each(context, (struct slice){ line.buf, line.len - 1 });
		strbuf_reset(&line);
	}
	gzerror(file, &code);
	errno = 0;
	gzclose(file);
	strbuf_release(&line);
	/* a file truncated by a crash still has lines */
	return code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END || failed(path, err);
}
