/* dead_letter_file.c - reads and rewrites the dead-letter file
 *
 * SPDX-License-Identifier: MIT
 *
 * The file stays open; memory holds only the position and key of each letter,
 * so that a million of them fit.  The file is not mapped, because another
 * process may truncate it.
 */
#include "output/dead_letter_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/datetime.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "output/dead_letter_line.h"

/* Longer lines are kept but not read. */
#define LINE_SIZE_MAX (64 * MIB)
#define BLOCK_SIZE (64 * KIB)

struct place {
	int fd; /* file that contains the line */
	off_t at;
	size_t size;
};

struct entry {
	uint8_t key[HASH_SIZE]; /* hash of index and id */
	struct place line;      /* the latest line */
	size_t order;           /* position of the first line */
	int64_t first, last;
	uint64_t count;
	bool dropped;
};

struct dead_letter_file {
	char *path;
	int fd;     /* -1: there was no file */
	off_t size; /* of the snapshot */
	struct entry *entries;
	size_t count, alloc;
	struct place *unreadable;
	size_t unreadable_count;
	struct strbuf text;           /* scratch: a line, or a block */
	struct dead_letter_line line; /* scratch */
};

/* Reads it into file->text; false: it is no longer there. */
static bool read_text(struct dead_letter_file *file, const struct place *place)
{
	char *room;
	size_t done = 0;

	strbuf_reset(&file->text);
	room = strbuf_room(&file->text, place->size);
	while (room && done < place->size) {
		const ssize_t n = pread(place->fd, room + done, place->size - done,
					place->at + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	file->text.len = done;
	file->text.buf[done] = '\0';
	return room && done == place->size;
}

static void hash_name(const struct dead_letter_line *line, uint8_t key[static HASH_SIZE])
{
	struct hash hash;

	hash_init(&hash);
	hash_field(&hash, strbuf_slice(&line->texts[DEAD_LETTER_INDEX]));
	hash_field(&hash, strbuf_slice(&line->texts[DEAD_LETTER_ID]));
	hash_end(&hash, key);
}

static int64_t time_of(const struct strbuf *text)
{
	int64_t seconds = 0;
	bool no_zone;

	return datetime_parse(strbuf_slice(text), &seconds, &no_zone) ? seconds : 0;
}

static void keep_unreadable(struct dead_letter_file *file, const struct place *place)
{
	file->unreadable = xreallocarray(file->unreadable, file->unreadable_count + 1,
					 sizeof(*file->unreadable));
	file->unreadable[file->unreadable_count++] = *place;
}

static void add_line(struct dead_letter_file *file, const struct place *place)
{
	struct dead_letter_line *line = &file->line;
	struct entry *entry;

	if (place->size > LINE_SIZE_MAX || !read_text(file, place) ||
	    !dead_letter_line_read(line, strbuf_slice(&file->text))) {
		keep_unreadable(file, place);
		return;
	}
	file->entries = xgrow(file->entries, file->count, &file->alloc, sizeof(*file->entries));
	entry = &file->entries[file->count];
	*entry = (struct entry){
		.line = *place,
		.order = file->count++,
		.first = time_of(&line->first),
		.last = time_of(&line->last),
		.count = line->count > 0 ? line->count : 1,
	};
	hash_name(line, entry->key);
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

/* Finds the end of the line that starts at `at`; the end of the file if it has no
 * line end. */
static bool find_line_end(struct dead_letter_file *file, off_t at, off_t *end, struct error *err)
{
	for (;;) {
		struct place block = { file->fd, at, BLOCK_SIZE };
		size_t found;

		if (file->size - at < (off_t)block.size)
			block.size = (size_t)(file->size - at);
		if (!read_text(file, &block))
			return error_set(err, ERROR_RETRY, "%s changed while it was read",
					 file->path);
		found = slice_find(strbuf_slice(&file->text), '\n');
		*end = at + (off_t)found;
		if (found < block.size || *end == file->size)
			return true;
		at = *end;
	}
}

static bool read_lines(struct dead_letter_file *file, struct error *err)
{
	off_t at = 0, end = 0;

	for (; at < file->size; at = end + 1) {
		if (!find_line_end(file, at, &end, err))
			return false;
		if (end > at)
			add_line(file, &(struct place){ file->fd, at, (size_t)(end - at) });
	}
	collapse(file);
	return true;
}

/* Holds the lock only to read the size, so that appending processes do not wait. */
static bool open_snapshot(struct dead_letter_file *file, struct error *err)
{
	struct stat status;

	file->fd = dead_letters_open(file->path, O_RDONLY);
	if (file->fd < 0 && errno == ENOENT)
		return true;
	if (file->fd < 0 || flock(file->fd, LOCK_SH) < 0 || fstat(file->fd, &status) < 0 ||
	    flock(file->fd, LOCK_UN) < 0)
		return error_set(err, ERROR_RETRY, "%s: %s", file->path, dead_letters_why(errno));
	file->size = status.st_size;
	return true;
}

bool dead_letter_file_open(const char *path, struct dead_letter_file **file, struct error *err)
{
	struct dead_letter_file *f = xcalloc(1, sizeof(*f));

	f->path = xstrdup(path);
	f->fd = -1;
	strbuf_init(&f->text, LINE_SIZE_MAX);
	dead_letter_line_init(&f->line);
	if (!open_snapshot(f, err) || !read_lines(f, err)) {
		dead_letter_file_close(f);
		return false;
	}
	*file = f;
	return true;
}

void dead_letter_file_close(struct dead_letter_file *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	strbuf_release(&file->text);
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

bool dead_letter_file_at(struct dead_letter_file *file, size_t position, struct dead_letter *letter)
{
	const struct entry *entry = &file->entries[position];
	struct dead_letter_line *line = &file->line;
	uint8_t key[HASH_SIZE];

	if (!read_text(file, &entry->line) ||
	    !dead_letter_line_read(line, strbuf_slice(&file->text)))
		return false;
	hash_name(line, key);
	if (memcmp(key, entry->key, HASH_SIZE) != 0)
		return false;
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
	return true;
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

/* Output goes through this buffer. */
static bool flush(int fd, struct strbuf *text, size_t above)
{
	bool good = true;

	if (text->len > above) {
		good = dead_letters_append(fd, strbuf_slice(text));
		strbuf_reset(text);
	}
	return good;
}

/* Sets errno and returns false. */
static bool changed(void)
{
	errno = ESTALE;
	return false;
}

/* Copies up to size bytes of another file. */
static bool copy_bytes(struct dead_letter_file *file, const struct place *from, int fd, bool all)
{
	struct place block = *from;
	size_t left = from->size;

	while (left > 0) {
		block.size = left < BLOCK_SIZE ? left : BLOCK_SIZE;
		if (!read_text(file, &block) && all)
			return changed();
		if (file->text.len == 0)
			return true;
		if (!dead_letters_append(fd, strbuf_slice(&file->text)))
			return false;
		left -= file->text.len;
		block.at += (off_t)file->text.len;
	}
	return true;
}

static bool write_rest(struct dead_letter_file *file, int fd, struct strbuf *text)
{
	bool good = true;

	for (size_t i = 0; i < file->count && good; i++) {
		struct dead_letter letter;

		if (file->entries[i].dropped)
			continue;
		if (!dead_letter_file_at(file, i, &letter))
			return changed();
		dead_letter_write(text, &letter);
		good = flush(fd, text, MIB);
	}
	good = good && flush(fd, text, 0);
	for (size_t i = 0; i < file->unreadable_count && good; i++)
		good = copy_bytes(file, &file->unreadable[i], fd, true) &&
		       dead_letters_append(fd, slice_of("\n"));
	return good;
}

static bool replace(struct dead_letter_file *file, const char *new_path, int old, struct error *err)
{
	/* Lines that others appended since the snapshot; old is locked. */
	const struct place tail = { old, file->size, SIZE_MAX };
	struct strbuf text;
	bool good;
	int fd;

	(void)unlink(new_path); /* left by a rewrite that was killed */
	fd = dead_letters_open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
	if (fd < 0)
		return error_set(err, ERROR_RETRY, "%s: %s", new_path, strerror(errno));
	strbuf_init(&text, 32 * MIB);
	good = write_rest(file, fd, &text) && copy_bytes(file, &tail, fd, false) &&
	       fsync(fd) == 0 && rename(new_path, file->path) == 0;
	if (!good) {
		error_set(err, ERROR_RETRY, "%s: %s; the letters stay as they were", new_path,
			  dead_letters_why(errno));
		unlink(new_path);
	}
	strbuf_release(&text);
	close(fd);
	return good;
}

/* Whether it is still the file of the snapshot and not shorter. */
static bool is_unchanged(const struct dead_letter_file *file, int fd)
{
	struct stat ours, there;

	return fstat(file->fd, &ours) == 0 && fstat(fd, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino &&
	       there.st_size >= file->size;
}

bool dead_letter_file_rewrite(struct dead_letter_file *file, struct error *err)
{
	struct strbuf new_path;
	bool good;
	int old;

	if (file->fd < 0)
		return true;
	old = dead_letters_open(file->path, O_RDONLY);
	if (old < 0 || flock(old, LOCK_EX) < 0 || (!is_unchanged(file, old) && !changed())) {
		error_set(err, ERROR_RETRY, "%s: %s", file->path, dead_letters_why(errno));
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
