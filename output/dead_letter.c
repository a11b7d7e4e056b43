/* dead_letter.c - file of documents that the server refused for good
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/limits.h"

void dead_letters_init(struct dead_letters *letters, const char *file)
{
	letters->file = file;
	strbuf_init(&letters->lines, 3 * LIMIT_BULK_BYTES);
}

void dead_letters_release(struct dead_letters *letters)
{
	strbuf_release(&letters->lines);
}

void dead_letters_forget(struct dead_letters *letters)
{
	strbuf_reset(&letters->lines);
}

void dead_letter_write(struct strbuf *out, const struct dead_letter *letter)
{
	struct json_writer jw;

	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_time(&jw, "first", letter->first);
	jw_time(&jw, "last", letter->last);
	jw_uint(&jw, "count", letter->count);
	jw_uint(&jw, "status", letter->status);
	jw_string(&jw, "type", letter->type);
	jw_string(&jw, "reason", letter->reason);
	jw_object(&jw, "action");
	jw_object(&jw, "create");
	jw_string(&jw, "_index", letter->index);
	jw_string(&jw, "_id", letter->id);
	jw_end(&jw);
	jw_end(&jw);
	/* As a string: the server may have refused it as malformed JSON. */
	jw_string(&jw, "document", letter->document);
	jw_end(&jw);
	strbuf_add_byte(out, '\n');
}

bool dead_letters_add(struct dead_letters *letters, const struct dead_letter *letter)
{
	const size_t start = letters->lines.len;

	dead_letter_write(&letters->lines, letter);
	if (!letters->lines.overflowed)
		return true;
	strbuf_cut(&letters->lines, start);
	return false;
}

bool dead_letters_append(int fd, struct slice text)
{
	while (text.size > 0) {
		const ssize_t n = write(fd, text.data, text.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text = (struct slice){ text.data + n, text.size - (size_t)n };
	}
	return true;
}

/* O_NONBLOCK: opening a named pipe without a writer must not block. */
int dead_letters_open(const char *path, int flags)
{
	const int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat status;

	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
		return fd;
	close(fd);
	errno = ENXIO;
	return -1;
}

const char *dead_letters_why(int failure)
{
	switch (failure) {
	case ELOOP: return "a symbolic link; name the directory by state_directory";
	case ENXIO: return "not a regular file";
	case ESTALE: return "another process has emptied or replaced it";
	default: return strerror(failure);
	}
}

/* Opens and locks the file.  A replay may replace it while we wait for the lock:
 * lines appended to the old file would be lost, so the file is checked again. */
static int open_locked(const char *path)
{
	for (;;) {
		const int fd = dead_letters_open(path, O_RDWR | O_CREAT | O_APPEND);
		struct stat ours, there;

		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) < 0 || fstat(fd, &ours) < 0) {
			close(fd);
			return -1;
		}
		if (stat(path, &there) == 0 && there.st_dev == ours.st_dev &&
		    there.st_ino == ours.st_ino)
			return fd;
		close(fd);
	}
}

/* A line truncated by a crash must not corrupt the next one. */
static bool end_line(int fd, off_t size)
{
	char last = '\n';

	return size == 0 || pread(fd, &last, 1, size - 1) < 1 || last == '\n' ||
	       dead_letters_append(fd, slice_of("\n"));
}

bool dead_letters_write(struct dead_letters *letters, struct error *err)
{
	off_t before;
	bool good;
	int fd;

	if (letters->lines.len == 0)
		return true;
	fd = open_locked(letters->file);
	if (fd < 0) {
		strbuf_reset(&letters->lines);
		return error_set(err, ERROR_RETRY, "%s: %s", letters->file,
				 dead_letters_why(errno));
	}
	before = lseek(fd, 0, SEEK_END);
	good = end_line(fd, before) && dead_letters_append(fd, strbuf_slice(&letters->lines)) &&
	       fdatasync(fd) == 0;
	if (!good) {
		error_set(err, ERROR_RETRY, "%s: %s", letters->file, strerror(errno));
		if (ftruncate(fd, before) < 0)
			error_context(err, "an incomplete line could not be removed");
	}
	close(fd);
	strbuf_reset(&letters->lines);
	return good;
}
