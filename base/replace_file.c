/* replace_file.c - replaces a file atomically
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static bool write_whole(int fd, struct slice content)
{
	while (content.size > 0) {
		const ssize_t put = write(fd, content.data, content.size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		content = slice_skip(content, (size_t)put);
	}
	return fsync(fd) == 0;
}

/* close() reports what the file system could not write. */
static bool write_new(int directory, const char *name, struct slice content, mode_t mode)
{
	int fd;
	bool good;

	if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
		return false;
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	good = fd >= 0 && write_whole(fd, content);
	if (fd >= 0 && close(fd) < 0)
		good = false;
	return good;
}

bool replace_file(int directory, const char *path, struct slice content, mode_t mode,
		  struct error *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char parent[PATH_MAX], fresh[NAME_MAX + 1];
	bool good;
	int fd;

	if (snprintf(fresh, sizeof(fresh), ".%s.new", name) >= (int)sizeof(fresh) ||
	    snprintf(parent, sizeof(parent), "%.*s.", (int)(name - path), path) >=
		    (int)sizeof(parent))
		return error_set(err, ERROR_FATAL, "%s: the name is too long", path);
	fd = openat(directory, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good = fd >= 0 && write_new(fd, fresh, content, mode) &&
	       renameat(fd, fresh, fd, name) == 0 && fsync(fd) == 0;
	if (!good)
		error_set(err, ERROR_RETRY, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}
