/* input.c - bytes in memory and in files as inputs
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/report/input.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"

bool input_read(struct input *input, char *buffer, size_t size, size_t *got, struct error *err)
{
	return input->ops->read(input, buffer, size, got, err);
}

bool input_rewind(struct input *input, struct error *err)
{
	return input->ops->rewind(input, err);
}

void input_close(struct input *input)
{
	if (input)
		input->ops->close(input);
}

bool input_is_seekable(const struct input *input)
{
	return input->ops->read_at;
}

bool input_size(struct input *input, uint64_t *size, struct error *err)
{
	return input->ops->size(input, size, err);
}

bool input_read_at(struct input *input, uint64_t at, char *buffer, size_t size, size_t *got,
		   struct error *err)
{
	return input->ops->read_at(input, at, buffer, size, got, err);
}

struct memory_input {
	struct input input;
	struct slice bytes;
	size_t at;
};

static bool memory_read(struct input *input, char *buffer, size_t size, size_t *got,
			struct error *err)
{
	struct memory_input *memory = (struct memory_input *)input;

	(void)err;
	*got = slice_read(memory->bytes, &memory->at, buffer, size);
	return true;
}

static bool memory_rewind(struct input *input, struct error *err)
{
	(void)err;
	((struct memory_input *)input)->at = 0;
	return true;
}

static bool memory_size(struct input *input, uint64_t *size, struct error *err)
{
	(void)err;
	*size = ((struct memory_input *)input)->bytes.size;
	return true;
}

static bool memory_read_at(struct input *input, uint64_t at, char *buffer, size_t size, size_t *got,
			   struct error *err)
{
	const struct slice bytes = ((struct memory_input *)input)->bytes;
	size_t from = at < bytes.size ? (size_t)at : bytes.size;

	(void)err;
	*got = slice_read(bytes, &from, buffer, size);
	return true;
}

static void memory_close(struct input *input)
{
	free(input);
}

struct input *input_from_memory(struct slice bytes)
{
	static const struct input_ops ops = {
		.read = memory_read,
		.rewind = memory_rewind,
		.close = memory_close,
		.size = memory_size,
		.read_at = memory_read_at,
	};
	struct memory_input *memory = xcalloc(1, sizeof(*memory));

	memory->input.ops = &ops;
	memory->bytes = bytes;
	return &memory->input;
}

/* For files: most reports fit and are read once. */
#define WINDOW_SIZE (64 * KIB)

struct file_input {
	struct input input;
	int fd;
	uint64_t at;
	/* Bytes of the file from window_at on; a short window reaches the end of the file. */
	uint64_t window_at;
	size_t window_size;
	bool window_short;
	char window[WINDOW_SIZE];
};

static bool file_read_at(struct input *input, uint64_t at, char *buffer, size_t size, size_t *got,
			 struct error *err)
{
	struct file_input *file = (struct file_input *)input;
	ssize_t n;

	do
		n = pread(file->fd, buffer, size, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, ERROR_RETRY, "cannot read: %s", strerror(errno));
	*got = (size_t)n;
	return true;
}

static bool move_window(struct file_input *file, struct error *err)
{
	size_t got;

	if (!file_read_at(&file->input, file->at, file->window, WINDOW_SIZE, &got, err))
		return false;
	file->window_at = file->at;
	file->window_size = got;
	file->window_short = got < WINDOW_SIZE;
	return true;
}

static bool file_read(struct input *input, char *buffer, size_t size, size_t *got,
		      struct error *err)
{
	struct file_input *file = (struct file_input *)input;
	const uint64_t end = file->window_at + file->window_size;
	size_t from;

	if ((file->at < file->window_at || file->at >= end) &&
	    !(file->window_short && file->at == end) && !move_window(file, err))
		return false;
	from = (size_t)(file->at - file->window_at);
	*got = slice_read((struct slice){ file->window, file->window_size }, &from, buffer, size);
	file->at += *got;
	return true;
}

static bool file_rewind(struct input *input, struct error *err)
{
	(void)err;
	((struct file_input *)input)->at = 0;
	return true;
}

static bool file_size(struct input *input, uint64_t *size, struct error *err)
{
	struct stat st;

	if (fstat(((struct file_input *)input)->fd, &st) != 0)
		return error_set(err, ERROR_RETRY, "cannot read: %s", strerror(errno));
	*size = (uint64_t)st.st_size;
	return true;
}

static void file_close(struct input *input)
{
	close(((struct file_input *)input)->fd);
	free(input);
}

struct input *input_from_file(int fd)
{
	static const struct input_ops ops = {
		.read = file_read,
		.rewind = file_rewind,
		.close = file_close,
		.size = file_size,
		.read_at = file_read_at,
	};
	struct file_input *file = xmalloc(sizeof(*file)); /* the window is filled on demand */

	file->input.ops = &ops;
	file->fd = fd;
	file->at = file->window_at = 0;
	file->window_size = 0;
	file->window_short = false;
	return &file->input;
}
