/* stumbles.c - counts failed attempts to fetch a mail
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/stumbles.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"

/* A line is three numbers of 10 digits at most. */
#define FILE_BYTES (STUMBLES_KEPT * sizeof("4294967295 4294967295 4294967295"))

static bool read_number(struct slice *line, uint64_t *number)
{
	return slice_to_uint(slice_split(*line, ' ', line), UINT32_MAX, number);
}

static void read_lines(struct stumbles *stumbles, struct slice text)
{
	while (text.size > 0 && stumbles->count < STUMBLES_KEPT) {
		struct slice line = slice_split(text, '\n', &text);
		uint64_t epoch, uid, tries;

		if (read_number(&line, &epoch) && read_number(&line, &uid) &&
		    read_number(&line, &tries))
			stumbles->mails[stumbles->count++] = (struct stumble){ (uint32_t)epoch,
									       (uint32_t)uid,
									       (unsigned)tries };
	}
}

bool stumbles_open(struct stumbles *stumbles, const char *path, struct error *err)
{
	char text[FILE_BYTES];
	ssize_t size;
	int fd;

	*stumbles = (struct stumbles){ .path = path };
	if (!path)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return true;
	size = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	if (size < 0)
		return error_set(err, ERROR_RETRY, "%s: %s", path, strerror(errno));
	read_lines(stumbles, (struct slice){ text, (size_t)size });
	return true;
}

/* Atomic, but not synced: losing it costs little. */
static void write_file(const struct stumbles *stumbles)
{
	char beside[PATH_MAX];
	FILE *out;
	int fd;

	if (!stumbles->path ||
	    (size_t)snprintf(beside, sizeof(beside), "%s.new", stumbles->path) >= sizeof(beside))
		return;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		return;
	for (size_t i = 0; i < stumbles->count; i++)
		fprintf(out, "%lu %lu %u\n", (unsigned long)stumbles->mails[i].epoch,
			(unsigned long)stumbles->mails[i].uid, stumbles->mails[i].tries);
	if (fclose(out) == 0)
		(void)rename(beside, stumbles->path);
}

static const struct stumble *find(const struct stumbles *stumbles, uint32_t epoch, uint32_t uid)
{
	for (size_t i = 0; i < stumbles->count; i++)
		if (stumbles->mails[i].uid == uid && stumbles->mails[i].epoch == epoch)
			return &stumbles->mails[i];
	return NULL;
}

unsigned stumbles_tries(const struct stumbles *stumbles, uint32_t epoch, uint32_t uid)
{
	const struct stumble *mail = find(stumbles, epoch, uid);

	return mail ? mail->tries : 0;
}

void stumbles_add(struct stumbles *stumbles, uint32_t epoch, uint32_t uid, unsigned tries)
{
	const struct stumble *known = find(stumbles, epoch, uid);
	struct stumble *mail;

	if (known) {
		mail = &stumbles->mails[known - stumbles->mails];
	} else {
		if (stumbles->count == STUMBLES_KEPT)
			memmove(stumbles->mails, stumbles->mails + 1,
				--stumbles->count * sizeof(*mail));
		mail = &stumbles->mails[stumbles->count++];
		*mail = (struct stumble){ epoch, uid, 0 };
	}
	mail->tries += tries;
	write_file(stumbles);
}
