/* parse_read.c - one file of the command "parse", and where its contents go
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/parse_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A parser may want to read twice, so what comes through a pipe goes to memory
 * first.  -1: *trouble tells why. */
static int spool(uint64_t limit, const char **trouble)
{
	const int fd = memfd_create("standard input", MFD_CLOEXEC);
	char buffer[65536];
	uint64_t size = 0;
	ssize_t n = -1;

	*trouble = NULL;
	while (fd >= 0 && size <= limit && (n = read(STDIN_FILENO, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(fd, buffer, (size_t)n) != n)
			break;
		size += (uint64_t)n;
	}
	if (size > limit)
		*trouble = "too much for a pipe: name a file, or see --max-unpacked";
	else if (n != 0)
		*trouble = strerror(errno);
	if (*trouble && fd >= 0)
		close(fd);
	return *trouble ? -1 : fd;
}

static int open_standard_input(uint64_t limit, const char **trouble)
{
	struct stat status;

	if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode) &&
	    lseek(STDIN_FILENO, 0, SEEK_CUR) == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	return spool(limit, trouble);
}

/* -1: *trouble tells why. */
static int open_file(const struct listed_file *file, uint64_t limit, const char **trouble)
{
	struct stat status;
	int fd;

	*trouble = file->trouble;
	if (file->trouble)
		return -1;
	/* O_NONBLOCK: opening a pipe somebody left in a directory must not hang. */
	fd = strcmp(file->path, "-") == 0
		     ? open_standard_input(limit, trouble)
		     : open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	if (!*trouble)
		*trouble = fd < 0 ? strerror(errno) : "neither a file nor a directory";
	if (fd >= 0)
		close(fd);
	return -1;
}

bool parse_read(struct ingest *ingest, const struct listed_file *file,
		struct parse_output *output)
{
	const char *trouble;
	const int fd = open_file(file, ingest_settings_of(ingest)->limits.unpacked_bytes, &trouble);
	struct ingest_result result;
	struct ingest_file *contents;
	struct input *input;
	struct error err;
	bool more = true, good = true;

	if (fd < 0) {
		output->trouble(output, file->path, trouble);
		return true;
	}
	input = input_from_file(fd);
	contents = ingest_file_open(ingest, input, file->path);
	while (good && more) {
		good = ingest_file_next(contents, &output->documents, &result, &more, &err);
		if (good && more)
			output->result(output, file->path, result.reports,
				       result.reject.class == ERROR_NONE ? NULL : &result.reject);
	}
	ingest_file_close(contents);
	input_close(input);
	if (good)
		return true;
	output->trouble(output, file->path, err.text);
	return err.class != ERROR_FATAL;
}
