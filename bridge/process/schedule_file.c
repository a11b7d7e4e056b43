/* schedule_file.c - keeps the times of scheduled commands over restarts
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/schedule_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "base/strbuf.h"

#define PATH_BYTES 4096
#define FILE_BYTES 4096

static bool path_of(const char *state_directory, char path[static PATH_BYTES])
{
	return snprintf(path, PATH_BYTES, "%s/schedule", state_directory) < PATH_BYTES;
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

	if (!path_of(state_directory, path))
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

bool schedule_file_write(const char *state_directory,
			 const struct scheduled_state states[static SCHEDULED_COUNT],
			 struct error *err)
{
	char path[PATH_BYTES];
	struct strbuf lines;
	bool good;

	if (!path_of(state_directory, path))
		return error_set(err, ERROR_FATAL, "state_directory: the name is too long");
	strbuf_init(&lines, FILE_BYTES);
	for (unsigned i = 0; i < SCHEDULED_COUNT; i++)
		if (states[i].last_start != 0)
			strbuf_add_format(&lines, "%s %" PRId64 " %" PRId64 "\n", scheduled_name(i),
					  states[i].last_start, states[i].last_success);
	good = replace_file(AT_FDCWD, path, strbuf_slice(&lines), 0600, err);
	strbuf_release(&lines);
	return good;
}
