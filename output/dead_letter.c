/* dead_letter.c - documents the server will never take, kept for a person
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
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

bool dead_letters_add(struct dead_letters *letters, int64_t now, struct slice action,
		      struct slice source, unsigned status, struct slice type, struct slice reason)
{
	const size_t start = letters->lines.len;
	struct json_writer jw;

	jw_init(&jw, &letters->lines);
	jw_object(&jw, NULL);
	jw_time(&jw, "time", now);
	jw_uint(&jw, "status", status);
	jw_string(&jw, "type", type);
	jw_string(&jw, "reason", reason);
	jw_raw(&jw, "action", action);
	/* As text: what the server calls malformed may be just that. */
	jw_string(&jw, "document", source);
	jw_end(&jw);
	strbuf_add_byte(&letters->lines, '\n');
	if (!letters->lines.overflowed)
		return true;
	strbuf_cut(&letters->lines, start);
	return false;
}

static bool append(int fd, struct slice text)
{
	while (text.size > 0) {
		const ssize_t n = write(fd, text.data, text.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text = (struct slice){ text.data + n, text.size - (size_t)n };
	}
	return fdatasync(fd) == 0;
}

bool dead_letters_write(struct dead_letters *letters, struct error *err)
{
	off_t before;
	bool good;
	int fd;

	if (letters->lines.len == 0)
		return true;
	fd = open(letters->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		error_set(err, ERROR_RETRY, "%s: %s", letters->file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	before = lseek(fd, 0, SEEK_END);
	good = append(fd, strbuf_slice(&letters->lines));
	if (!good) {
		error_set(err, ERROR_RETRY, "%s: %s", letters->file, strerror(errno));
		if (ftruncate(fd, before) < 0)
			error_context(err, "half a line was left behind");
	}
	close(fd);
	strbuf_reset(&letters->lines);
	return good;
}
