/* dead_letter_file.c - the dead letters that were kept, read back
 *
 * SPDX-License-Identifier: MIT
 *
 * The file stays mapped; in memory there is only where each letter stands and
 * who it is, so that a million of them is no trouble.
 */
#include "output/dead_letter_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/datetime.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "output/dead_letter_line.h"

struct entry {
	uint8_t key[HASH_SIZE]; /* of index and id */
	struct slice line;	/* the latest one, in the mapping of its file */
	size_t order;		/* by which the first one came */
	int64_t first, last;
	uint64_t count;
	bool dropped;
};

struct dead_letter_file {
	char *path;
	char *text; /* mapped; NULL: there was no file, or an empty one */
	size_t size;
	struct entry *entries;
	size_t count, alloc, lines;
	struct slice *unreadable;
	size_t unreadable_count;
	struct dead_letter_line line; /* scratch */
};

static int64_t time_of(const struct strbuf *text)
{
	int64_t seconds = 0;
	bool no_zone;

	return datetime_parse(strbuf_slice(text), &seconds, &no_zone) ? seconds : 0;
}

static void add_line(struct dead_letter_file *file, struct slice text)
{
	struct dead_letter_line *line = &file->line;
	struct entry *entry;
	struct hash hash;

	if (!dead_letter_line_read(line, text)) {
		file->unreadable = xreallocarray(file->unreadable, file->unreadable_count + 1,
						 sizeof(*file->unreadable));
		file->unreadable[file->unreadable_count++] = text;
		return;
	}
	if (file->count == file->alloc) {
		file->alloc = file->alloc ? 2 * file->alloc : 64;
		file->entries = xreallocarray(file->entries, file->alloc, sizeof(*file->entries));
	}
	entry = &file->entries[file->count];
	*entry = (struct entry){
		.line = text,
		.order = file->count++,
		.first = time_of(&line->first),
		.last = time_of(&line->last),
		.count = line->count > 0 ? line->count : 1,
	};
	hash_init(&hash);
	hash_field(&hash, strbuf_slice(&line->texts[DEAD_LETTER_INDEX]));
	hash_field(&hash, strbuf_slice(&line->texts[DEAD_LETTER_ID]));
	hash_end(&hash, entry->key);
}

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int order = memcmp(x->key, y->key, HASH_SIZE);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

static void merge(struct entry *into, const struct entry *later)
{
	into->line = later->line;
	into->count += later->count;
	if (later->first < into->first)
		into->first = later->first;
	if (later->last > into->last)
		into->last = later->last;
}

static void collapse(struct dead_letter_file *file)
{
	size_t different = 0;

	if (file->count == 0)
		return;
	qsort(file->entries, file->count, sizeof(*file->entries), by_key);
	for (size_t i = 1; i < file->count; i++) {
		struct entry *last = &file->entries[different];

		if (memcmp(last->key, file->entries[i].key, HASH_SIZE) == 0)
			merge(last, &file->entries[i]);
		else
			file->entries[++different] = file->entries[i];
	}
	file->count = different + 1;
	qsort(file->entries, file->count, sizeof(*file->entries), by_order);
}

static void read_lines(struct dead_letter_file *file)
{
	struct slice rest = { file->text, file->size };

	while (rest.size > 0) {
		const struct slice line = slice_split(rest, '\n', &rest);

		if (line.size > 0)
			add_line(file, line);
	}
	collapse(file);
}

static bool map_file(struct dead_letter_file *file, struct error *err)
{
	struct stat status = { .st_size = 0 };
	const int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	void *text = NULL;
	bool good = true;

	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0 || flock(fd, LOCK_SH) < 0 || fstat(fd, &status) < 0)
		good = false;
	if (good && status.st_size > 0)
		text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (!good || text == MAP_FAILED)
		good = error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
	/* Those who append must not wait; a mapping would keep the lock beyond close(). */
	if (fd >= 0 && flock(fd, LOCK_UN) < 0)
		good = error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (good) {
		file->text = text;
		file->size = (size_t)status.st_size;
	}
	return good;
}

bool dead_letter_file_open(const char *path, struct dead_letter_file **file, struct error *err)
{
	struct dead_letter_file *f = xcalloc(1, sizeof(*f));

	f->path = xstrdup(path);
	dead_letter_line_init(&f->line);
	if (!map_file(f, err)) {
		dead_letter_file_close(f);
		return false;
	}
	read_lines(f);
	*file = f;
	return true;
}

void dead_letter_file_close(struct dead_letter_file *file)
{
	if (!file)
		return;
	if (file->text)
		munmap(file->text, file->size);
	dead_letter_line_release(&file->line);
	free(file->entries);
	free(file->unreadable);
	free(file->path);
	free(file);
}

size_t dead_letter_file_count(const struct dead_letter_file *file)
{
	return file->count;
}

size_t dead_letter_file_unreadable(const struct dead_letter_file *file)
{
	return file->unreadable_count;
}

void dead_letter_file_at(struct dead_letter_file *file, size_t position, struct dead_letter *letter)
{
	const struct entry *entry = &file->entries[position];
	struct dead_letter_line *line = &file->line;

	dead_letter_line_read(line, entry->line);
	*letter = (struct dead_letter){
		.first = entry->first,
		.last = entry->last,
		.count = entry->count,
		.status = line->status,
		.index = strbuf_slice(&line->texts[DEAD_LETTER_INDEX]),
		.id = strbuf_slice(&line->texts[DEAD_LETTER_ID]),
		.type = strbuf_slice(&line->texts[DEAD_LETTER_TYPE]),
		.reason = strbuf_slice(&line->texts[DEAD_LETTER_REASON]),
		.document = strbuf_slice(&line->texts[DEAD_LETTER_DOCUMENT]),
	};
}

void dead_letter_file_drop(struct dead_letter_file *file, size_t position)
{
	file->entries[position].dropped = true;
}

void dead_letter_file_update(struct dead_letter_file *file, struct dead_letter_file *refused)
{
	if (file->count == 0 || refused->count == 0)
		return;
	qsort(refused->entries, refused->count, sizeof(*refused->entries), by_key);
	for (size_t i = 0; i < file->count; i++) {
		size_t low = 0, high = refused->count;

		while (low < high) {
			const size_t middle = low + (high - low) / 2;

			if (memcmp(refused->entries[middle].key, file->entries[i].key, HASH_SIZE) <
			    0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < refused->count &&
		    memcmp(refused->entries[low].key, file->entries[i].key, HASH_SIZE) == 0)
			merge(&file->entries[i], &refused->entries[low]);
	}
}

/* What is written goes through this buffer. */
static bool flush(int fd, struct strbuf *text, size_t above)
{
	bool good = true;

	if (text->len > above) {
		good = dead_letters_append(fd, strbuf_slice(text));
		strbuf_reset(text);
	}
	return good;
}

static bool write_rest(struct dead_letter_file *file, int fd, struct strbuf *text)
{
	bool good = true;

	for (size_t i = 0; i < file->count && good; i++) {
		struct dead_letter letter;

		if (file->entries[i].dropped)
			continue;
		dead_letter_file_at(file, i, &letter);
		dead_letter_write(text, &letter);
		good = flush(fd, text, MIB);
	}
	for (size_t i = 0; i < file->unreadable_count && good; i++) {
		strbuf_add_slice(text, file->unreadable[i]);
		strbuf_add_byte(text, '\n');
		good = flush(fd, text, MIB);
	}
	return good && flush(fd, text, 0);
}

/* What others have appended since the snapshot; old is locked. */
static bool copy_tail(struct dead_letter_file *file, int old, int fd)
{
	char buffer[65536];
	off_t at = (off_t)file->size;

	for (;;) {
		const ssize_t n = pread(old, buffer, sizeof(buffer), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (!dead_letters_append(fd, (struct slice){ buffer, (size_t)n }))
			return false;
		at += n;
	}
}

static bool replace(struct dead_letter_file *file, const char *new_path, int old, struct error *err)
{
	const int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	struct strbuf text;
	bool good;

	if (fd < 0)
		return error_set(err, ERROR_RETRY, "%s: %s", new_path, strerror(errno));
	strbuf_init(&text, 32 * MIB);
	good = write_rest(file, fd, &text) && copy_tail(file, old, fd) && fsync(fd) == 0 &&
	       rename(new_path, file->path) == 0;
	if (!good) {
		error_set(err, ERROR_RETRY, "%s: %s; the letters stay as they were", new_path,
			  strerror(errno));
		unlink(new_path);
	}
	strbuf_release(&text);
	close(fd);
	return good;
}

bool dead_letter_file_rewrite(struct dead_letter_file *file, struct error *err)
{
	struct strbuf new_path;
	bool good;
	int old;

	if (!file->text)
		return true;
	old = open(file->path, O_RDONLY | O_CLOEXEC);
	if (old < 0 || flock(old, LOCK_EX) < 0) {
		error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
		if (old >= 0)
			close(old);
		return false;
	}
	strbuf_init(&new_path, 8192);
	strbuf_add_format(&new_path, "%s.new", file->path);
	good = replace(file, new_path.buf, old, err);
	strbuf_release(&new_path);
	close(old);
	return good;
}
