/* append_file.c - file of lines that others may also append to, move, empty or edit
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "base/xalloc.h"

#define READ_BYTES (64 * KIB)
/* A document, its action line, and escapes. */
#define LINE_MAX_BYTES (4 * LIMIT_DOCUMENT_BYTES)
#define JSON_DEPTH 64

static bool failed(const char *path, struct error *err)
{
	if (errno == ELOOP)
		return error_set(err, ERROR_RETRY,
				 "%s: is a symbolic link, which is not followed; put the file "
				 "itself there",
				 path);
	return error_set(err, ERROR_RETRY, "%s: %s", path, strerror(errno));
}

bool append_file_open(struct append_file *file, const struct directory_lock *directory,
		      const char *name, struct error *err)
{
	struct stat status;

	*file = (struct append_file){ .directory = directory };
	if (asprintf(&file->path, "%s/%s", directory->path, name) < 0)
		abort();
	/* O_NONBLOCK: opening a FIFO of that name must not block. */
	file->fd = openat(directory->fd, name,
			  O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (file->fd >= 0 && fstat(file->fd, &status) == 0) {
		file->created = status.st_size == 0;
		if (S_ISREG(status.st_mode))
			return true;
		error_set(err, ERROR_RETRY, "%s: is not a regular file; move it away", file->path);
	} else {
		failed(file->path, err);
	}
	append_file_close(file);
	return false;
}

void append_file_close(struct append_file *file)
{
	if (file->path && file->fd >= 0)
		close(file->fd);
	free(file->path);
	*file = (struct append_file){ .fd = -1 };
}

const char *append_file_name(const struct append_file *file)
{
	return strrchr(file->path, '/') + 1;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Reads the bytes before end, which differ after a rewrite. */
static size_t read_tail(const struct append_file *file, char tail[static APPEND_FILE_TAIL])
{
	const off_t size = file->end < APPEND_FILE_TAIL ? file->end : APPEND_FILE_TAIL;
	const ssize_t n = pread(file->fd, tail, (size_t)size, file->end - size);

	return n < 0 ? 0 : (size_t)n;
}

static bool has_same_tail(const struct append_file *file)
{
	char tail[APPEND_FILE_TAIL];

	return read_tail(file, tail) == file->tail_size &&
	       memcmp(tail, file->tail, file->tail_size) == 0;
}

static void start_over(struct append_file *file)
{
	file->end = 0;
	file->lines = file->unreadable = file->first_unreadable = 0;
}

bool append_file_look(struct append_file *file, enum append_file_state *state, struct error *err)
{
	struct stat ours, there;

	if (fstat(file->fd, &ours) < 0)
		return failed(file->path, err);
	if (fstatat(file->directory->fd, append_file_name(file), &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_same_file(&ours, &there)) {
		*state = APPEND_FILE_GONE;
	} else if (ours.st_size == file->end && is_same_time(ours.st_mtim, file->modified)) {
		*state = APPEND_FILE_SAME;
	} else if (ours.st_size >= file->end && has_same_tail(file)) {
		*state = APPEND_FILE_LONGER;
	} else {
		start_over(file);
		*state = APPEND_FILE_REWRITTEN;
	}
	return true;
}

/* --- reading ------------------------------------------------------------------- */

void line_reader_init(struct line_reader *reader, const struct append_file *file)
{
	*reader = (struct line_reader){ .fd = file->fd, .path = file->path, .at = file->end };
	strbuf_init(&reader->text, LINE_MAX_BYTES + READ_BYTES);
}

void line_reader_release(struct line_reader *reader)
{
	strbuf_release(&reader->text);
}

static bool read_more(struct line_reader *reader, struct error *err)
{
	struct strbuf *text = &reader->text;
	ssize_t n;

	memmove(text->buf, text->buf + reader->used, text->len - reader->used);
	strbuf_cut(text, text->len - reader->used);
	reader->used = 0;
	if (text->len > LINE_MAX_BYTES) {
		reader->too_long = true;
		strbuf_cut(text, 0);
	}
	do
		n = pread(reader->fd, strbuf_room(text, READ_BYTES), READ_BYTES, reader->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return failed(reader->path, err);
	text->len += (size_t)n;
	text->buf[text->len] = '\0';
	reader->at += n;
	reader->at_end = n == 0;
	return true;
}

bool line_reader_next(struct line_reader *reader, struct file_line *line, bool *more,
		      struct error *err)
{
	struct slice rest;
	size_t size, looked = 0;

	*line = (struct file_line){
		.start = reader->at - (off_t)(reader->text.len - reader->used),
	};
	reader->too_long = false;
	for (;;) {
		rest = slice_skip(strbuf_slice(&reader->text), reader->used);
		size = looked + slice_find(slice_skip(rest, looked), '\n');
		if (size < rest.size || reader->at_end)
			break;
		looked = rest.size;
		if (!read_more(reader, err))
			return false;
		if (reader->text.len < looked)
			looked = 0; /* the part that is too long was dropped */
	}
	line->ended = size < rest.size;
	line->too_long = reader->too_long;
	if (!line->too_long)
		line->text = (struct slice){ rest.data, size };
	reader->used += size + (line->ended ? 1 : 0);
	line->end = reader->at - (off_t)(reader->text.len - reader->used);
	*more = line->ended || line->too_long || size > 0;
	return true;
}

struct slice line_without_cr(struct slice line)
{
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	return line;
}

struct slice line_without_nuls(struct slice line)
{
	while (line.size > 0 && line.data[line.size - 1] == '\0')
		line.size--;
	return line;
}

static bool any_event(void *context, enum json_event event, unsigned depth, struct slice text,
		      struct error *err)
{
	(void)context, (void)event, (void)depth, (void)text, (void)err;
	return true;
}

bool line_is_object(struct slice line)
{
	struct json_reader *reader;
	struct error ignored;
	bool good;

	if (line.size == 0 || line.data[0] != '{')
		return false;
	reader = json_reader_new(any_event, NULL, JSON_DEPTH, LINE_MAX_BYTES);
	good = json_reader_feed(reader, line, &ignored) && json_reader_end(reader, &ignored) &&
	       !json_reader_has_trailing_data(reader);
	json_reader_free(reader);
	return good;
}

bool line_begins_as(struct slice line, const char *text)
{
	const size_t size = strlen(text) < line.size ? strlen(text) : line.size;

	return size == 0 || memcmp(line.data, text, size) == 0;
}

void append_file_skip(struct append_file *file, uint64_t number)
{
	if (file->unreadable++ == 0)
		file->first_unreadable = number;
}

void append_file_explain_skipped(const struct append_file *file, struct error *err)
{
	if (file->unreadable == 1)
		error_set(err, ERROR_RETRY,
			  "%s: line %llu is not one of ours and was left as it is; correct or "
			  "remove it before the file is loaded",
			  file->path, (unsigned long long)file->first_unreadable);
	else
		error_set(err, ERROR_RETRY,
			  "%s: %llu lines from line %llu on are not ours and were left as they "
			  "are; correct or remove them before the file is loaded",
			  file->path, (unsigned long long)file->unreadable,
			  (unsigned long long)file->first_unreadable);
}

bool append_file_cut(struct append_file *file, off_t size, struct error *err)
{
	struct stat now;

	if (fstat(file->fd, &now) < 0)
		return failed(file->path, err);
	return now.st_size <= size || ftruncate(file->fd, size) == 0 || failed(file->path, err);
}

/* Stores the state that the next check compares with. */
static void remember(struct append_file *file, const struct stat *now)
{
	file->modified = now->st_mtim;
	file->tail_size = read_tail(file, file->tail);
}

bool append_file_read_all(struct append_file *file, struct error *err)
{
	struct stat now;

	if (fstat(file->fd, &now) < 0)
		return failed(file->path, err);
	file->end = now.st_size;
	/* Its writer may have died before syncing it. */
	file->unsynced = true;
	remember(file, &now);
	return true;
}

bool append_file_end_line(struct append_file *file, off_t size, struct error *err)
{
	return append_file_cut(file, size, err) && append_file_read_all(file, err) &&
	       append_file_write(file, slice_of("\n"), err);
}

/* --- writing ------------------------------------------------------------------- */

bool append_file_write(struct append_file *file, struct slice text, struct error *err)
{
	const off_t before = file->end;
	struct error ignored;

	while (text.size > 0) {
		const ssize_t n = write(file->fd, text.data, text.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			failed(file->path, err);
			/* If truncating fails, the rest is cut off when the file is
			 * read. */
			(void)append_file_cut(file, before, &ignored);
			return false;
		}
		text = slice_skip(text, (size_t)n);
		file->end += n;
	}
	file->unsynced = true;
	return true;
}

bool append_file_sync(struct append_file *file, struct error *err)
{
	struct stat ours, there;

	if (!file->unsynced)
		return true;
	if (fdatasync(file->fd) < 0 || (file->created && fsync(file->directory->fd) < 0) ||
	    fstat(file->fd, &ours) < 0)
		return failed(file->path, err);
	/* Check the full path: the directory may have been moved as well. */
	if (lstat(file->path, &there) < 0 || !is_same_file(&ours, &there) ||
	    ours.st_size != file->end)
		return error_set(err, ERROR_RETRY,
				 "%s: was moved, removed or changed while documents were written; "
				 "they are written again",
				 file->path);
	file->unsynced = file->created = false;
	remember(file, &ours);
	return true;
}
