/* rotation.c - file rotation: NAME, NAME.1, NAME.2.gz, ...
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/rotation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const suffixes[] = { "", ".gz" };

static char *rotated(const char *path, uint64_t number, const char *suffix)
{
	char *name;

	if (asprintf(&name, "%s.%llu%s", path, (unsigned long long)number, suffix) < 0)
		abort();
	return name;
}

static bool move(const char *path, uint64_t number, const char *suffix, struct error *err)
{
	char *from = rotated(path, number, suffix), *to = rotated(path, number + 1, suffix);
	const bool good = rename(from, to) == 0 || errno == ENOENT ||
			  error_set(err, ERROR_RETRY, "%s: %s", from, strerror(errno));

	free(from);
	free(to);
	return good;
}

static void remove_rotated(const char *path, uint64_t number)
{
	for (size_t i = 0; i < 2; i++) {
		char *name = rotated(path, number, suffixes[i]);

		unlink(name);
		free(name);
	}
}

bool rotate_file(const char *path, uint64_t keep, bool compress, struct error *err)
{
	char *first = rotated(path, 1, "");
	struct error ignored;
	bool good = true;

	remove_rotated(path, keep);
	for (uint64_t i = keep; good && i > 1; i--)
		good = move(path, i - 1, suffixes[0], err) && move(path, i - 1, suffixes[1], err);
	if (good)
		good = rename(path, first) == 0 ||
		       error_set(err, ERROR_RETRY, "%s: %s", path, strerror(errno));
	/* a file that cannot be compressed stays uncompressed */
	if (good && compress)
		(void)gzip_file(first, &ignored);
	free(first);
	return good;
}

bool rotated_file_lines(const char *path, uint64_t number, gzip_line_fn *each, void *context,
			struct error *err)
{
	bool good = true;

	for (size_t i = 0; good && i < 2; i++) {
		char *name = rotated(path, number, suffixes[i]);

		good = gzip_file_lines(name, each, context, err);
		free(name);
	}
	return good;
}
