/* mail_memory.c - remembers mails that stay in place and are not to be read again
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/mail_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

/* A line has at most 20 digits.  Beyond the limit, the newest mails are remembered
 * while the program runs. */
#define FILE_MAX (16 * MIB)
#define LINE_BYTES 21

static int compare_keys(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void insert_keys(struct mail_memory *memory, const uint64_t *keys, size_t count)
{
	size_t kept = 0;

	memory->keys = xreallocarray(memory->keys, memory->count + count + 1, sizeof(*keys));
	if (count > 0)
		memcpy(memory->keys + memory->count, keys, count * sizeof(*keys));
	memory->count += count;
	if (memory->count > 1)
		qsort(memory->keys, memory->count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < memory->count; i++)
		if (kept == 0 || memory->keys[i] != memory->keys[kept - 1])
			memory->keys[kept++] = memory->keys[i];
	memory->count = kept;
}

static bool failed(const struct mail_memory *memory, struct error *err)
{
	return error_set(err, ERROR_RETRY, "%s: %s", memory->path, strerror(errno));
}

static bool read_all(int fd, struct strbuf *text)
{
	ssize_t got = 1;

	while (got > 0) {
		char *room = strbuf_room(text, 64 * KIB);

		if (!room)
			return true;
		got = read(fd, room, 64 * KIB);
		if (got < 0 && errno == EINTR) {
			got = 1;
			continue;
		}
		if (got > 0)
			text->len += (size_t)got;
	}
	return got == 0;
}

static void parse(struct mail_memory *memory, struct slice text)
{
	size_t count = 0;
	uint64_t *keys = xreallocarray(NULL, text.size / 2 + 1, sizeof(*keys));

	while (text.size > 0) {
		const struct slice line = slice_trim(slice_split(text, '\n', &text));

		/* A crash may have cut off the last line: at worst it is another
		 * mail's number. */
		if (slice_to_uint(line, UINT64_MAX, &keys[count]))
			count++;
	}
	insert_keys(memory, keys, count);
	free(keys);
}

bool mail_memory_open(struct mail_memory *memory, const char *path, struct error *err)
{
	struct strbuf text;
	bool good;
	int fd;

	memory->path = path;
	if (!path)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT || failed(memory, err);
	strbuf_init(&text, FILE_MAX + 64 * KIB);
	good = read_all(fd, &text) || failed(memory, err);
	close(fd);
	if (good)
		parse(memory, strbuf_slice(&text));
	strbuf_release(&text);
	return good;
}

void mail_memory_close(struct mail_memory *memory)
{
	free(memory->keys);
	*memory = (struct mail_memory){ .path = NULL };
}

bool mail_memory_has(const struct mail_memory *memory, uint64_t key)
{
	return memory->count > 0 &&
	       bsearch(&key, memory->keys, memory->count, sizeof(key), compare_keys);
}

static bool append(const struct mail_memory *memory, struct slice text, struct error *err)
{
	const int fd = open(memory->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			    0600);
	bool good;

	if (fd < 0)
		return failed(memory, err);
	good = write(fd, text.data, text.size) == (ssize_t)text.size && fsync(fd) == 0;
	if (!good)
		failed(memory, err);
	close(fd);
	return good;
}

bool mail_memory_add(struct mail_memory *memory, const uint64_t *keys, size_t count,
		     struct error *err)
{
	struct strbuf text;
	bool good = true;

	if (memory->path && count > 0 && memory->count * LINE_BYTES < FILE_MAX) {
		strbuf_init(&text, (count + 1) * LINE_BYTES);
		for (size_t i = 0; i < count; i++)
			strbuf_add_format(&text, "%" PRIu64 "\n", keys[i]);
		good = append(memory, strbuf_slice(&text), err);
		strbuf_release(&text);
	}
	insert_keys(memory, keys, count);
	return good;
}

uint64_t mail_memory_uid_key(uint32_t epoch, uint32_t uid)
{
	return (uint64_t)epoch << 32 | uid;
}

/* FNV-1a.  A mail whose number equals that of another is not read: with a million
 * mails, the chance is one in 10^13 for each new mail. */
uint64_t mail_memory_file_key(struct slice name, uint64_t size)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.size; i++)
		key = (key ^ (unsigned char)name.data[i]) * UINT64_C(0x100000001b3);
	for (; size > 0; size >>= 8)
		key = (key ^ (size & 0xff)) * UINT64_C(0x100000001b3);
	return key;
}
