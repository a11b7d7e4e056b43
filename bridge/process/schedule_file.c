/* schedule_file.c - keeps the times of scheduled commands over restarts
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/schedule_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define FILE_BYTES 4096

static bool path_of(const char *state_directory, const char *name, char path[static PATH_BYTES])
{
	return snprintf(path, PATH_BYTES, "%s/%s", state_directory, name) < PATH_BYTES;
}

static void read_line(struct slice line, struct scheduled_state states[static SCHEDULED_COUNT])
{
	struct slice rest;
	const struct slice name = slice_split(line, ' ', &rest);
	const struct slice start = slice_split(rest, ' ', &rest);
	uint64_t started, succeeded;

	if (!slice_to_uint(start, INT64_MAX, &started) ||
	    !slice_to_uint(rest, INT64_MAX, &succeeded))
		return;
	for (unsigned i = 0; i < SCHEDULED_COUNT; i++) {
		if (!slice_is(name, scheduled_name(i)))
			continue;
		states[i].last_start = (int64_t)started;
		states[i].last_success = (int64_t)succeeded;
	}
}

void schedule_file_read(const char *state_directory,
			struct scheduled_state states[static SCHEDULED_COUNT])
{
	char path[PATH_BYTES], text[FILE_BYTES];
	struct slice line, rest;
	ssize_t size;
	int fd;

	if (!path_of(state_directory, "schedule", path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	size = read(fd, text, sizeof(text));
	close(fd);
	rest = (struct slice){ text, size > 0 ? (size_t)size : 0 };
	while ((line = slice_split(rest, '\n', &rest)).size > 0)
		read_line(line, states);
}

static bool write_lines(int fd, const struct scheduled_state states[static SCHEDULED_COUNT])
{
	bool good = true;

	for (unsigned i = 0; i < SCHEDULED_COUNT && good; i++)
		good = states[i].last_start == 0 ||
		       dprintf(fd, "%s %" PRId64 " %" PRId64 "\n", scheduled_name(i),
			       states[i].last_start, states[i].last_success) > 0;
	return good && fsync(fd) == 0;
}

bool schedule_file_write(const char *state_directory,
			 const struct scheduled_state states[static SCHEDULED_COUNT],
			 struct error *err)
{
	char path[PATH_BYTES], beside[PATH_BYTES];
	bool good;
	int fd;

	if (!path_of(state_directory, "schedule", path) ||
	    !path_of(state_directory, "schedule.new", beside))
		return error_set(err, ERROR_FATAL, "state_directory: the name is too long");
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	good = fd >= 0 && write_lines(fd, states);
	if (fd >= 0)
		close(fd);
	if (good && rename(beside, path) == 0)
		return true;
	return error_set(err, ERROR_RETRY, "%s: %s", path, strerror(errno));
}
