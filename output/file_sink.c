/* file_sink.c - the sink that writes one file per index
 *
 * SPDX-License-Identifier: MIT
 *
 * A document that a file holds already is a duplicate, as it would be on a
 * server: the ids of a file are read when it is first needed, and those that
 * others have added since before each post.  Several processes may write to
 * one directory; it is locked while one of them posts.  Lines are on disk
 * (fdatasync) before a document is called stored, and a pair of lines that a
 * crash has torn is cut off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "output/action_line.h"
#include "output/directory_lock.h"
#include "output/id_set.h"
#include "output/sink.h"

/* Files kept open: a tenant has one per kind and month. */
#define OPEN_FILES 64
struct index_file {
	struct index_file *next;
	char *path;
	int fd;
	off_t end; /* up to which its ids are known */
	struct id_set ids;
	bool dirty;
};

struct file_sink {
	struct sink sink; /* first: what the bridge holds */
	char *directory;
	struct directory_lock lock;
	struct index_file *files;
	struct bulk *bulk; /* begun */
};

static struct file_sink *sink_of(struct sink *sink)
{
	return (struct file_sink *)(void *)sink;
}

/* Index names are made of configuration and dates; this is the second lock. */
static bool is_file_name(struct slice index)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	for (size_t i = 0; i < index.size; i++)
		if (index.data[i] == '\0' || !strchr(letters, index.data[i]))
			return false;
	return index.size > 0 && index.size < 200 && index.data[0] != '.';
}

/* Reads the ids behind those that are known, and cuts off what is not a whole
 * pair of lines. */
static bool read_ids(struct index_file *file, struct error *err)
{
	FILE *stream = fdopen(dup(file->fd), "r");
	char *line = NULL;
	size_t alloc = 0;
	off_t good = file->end, at = file->end;
	struct action_line action = { .id = { NULL, 0 } };
	char id[256];
	bool first = true;
	ssize_t size;

	if (!stream || fseeko(stream, at, SEEK_SET) < 0) {
		error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
		if (stream)
			fclose(stream);
		return false;
	}
	while ((size = getline(&line, &alloc, stream)) > 0 && line[size - 1] == '\n') {
		at += size;
		if (first && !action_line_read((struct slice){ line, (size_t)size - 1 }, &action))
			break;
		if (first)
			snprintf(id, sizeof(id), "%.*s", (int)action.id.size, action.id.data);
		else {
			id_set_add(&file->ids, slice_of(id));
			good = at;
		}
		first = !first;
	}
	free(line);
	fclose(stream);
	if (ftruncate(file->fd, good) < 0 || lseek(file->fd, good, SEEK_SET) < 0)
		return error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
	file->end = good;
	/* Whoever wrote them may have died before they were on disk. */
	file->dirty = true;
	return true;
}

/* Nobody else writes now, but may have done so since we last looked. */
static bool catch_up(struct index_file *file, struct error *err)
{
	const off_t size = lseek(file->fd, 0, SEEK_END);

	return size == file->end || read_ids(file, err);
}

static void close_file(struct index_file *file)
{
	close(file->fd);
	id_set_release(&file->ids);
	free(file->path);
	free(file);
}

static bool sync_file(struct index_file *file, struct error *err)
{
	if (file->dirty && fdatasync(file->fd) < 0)
		return error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
	file->dirty = false;
	return true;
}

/* Closes the file that was opened first when there are too many. */
static bool make_room(struct file_sink *s, struct error *err)
{
	struct index_file **last = &s->files;
	unsigned count = 1;

	if (!s->files)
		return true;
	for (; (*last)->next; last = &(*last)->next)
		count++;
	if (count < OPEN_FILES)
		return true;
	if (!sync_file(*last, err))
		return false;
	close_file(*last);
	*last = NULL;
	return true;
}

static struct index_file *open_file(struct file_sink *s, struct slice index, struct error *err)
{
	struct index_file *file;

	if (!make_room(s, err))
		return NULL;
	file = xcalloc(1, sizeof(*file));
	if (asprintf(&file->path, "%s/%.*s.ndjson", s->directory, (int)index.size, index.data) < 0)
		abort();
	file->fd = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file->fd < 0) {
		error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
		free(file->path);
		free(file);
		return NULL;
	}
	if (!read_ids(file, err)) {
		close_file(file);
		return NULL;
	}
	file->next = s->files;
	s->files = file;
	return file;
}

static struct index_file *file_of(struct file_sink *s, struct slice index, struct error *err)
{
	const size_t skip = strlen(s->directory) + 1;

	for (struct index_file *f = s->files; f; f = f->next) {
		const struct slice name = { f->path + skip,
					    strlen(f->path) - skip - strlen(".ndjson") };

		if (slice_equal(name, index))
			return catch_up(f, err) ? f : NULL;
	}
	return open_file(s, index, err);
}

static bool append(struct index_file *file, struct slice text, struct error *err)
{
	const off_t before = lseek(file->fd, 0, SEEK_CUR);

	while (text.size > 0) {
		const ssize_t n = write(file->fd, text.data, text.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set(err, ERROR_RETRY, "%s: %s", file->path, strerror(errno));
			/* What cannot be cut now is cut at the next start. */
			if (ftruncate(file->fd, before) == 0)
				lseek(file->fd, before, SEEK_SET);
			return false;
		}
		text = (struct slice){ text.data + n, text.size - (size_t)n };
	}
	file->end = lseek(file->fd, 0, SEEK_CUR);
	file->dirty = true;
	return true;
}

static bool write_item(struct file_sink *s, struct bulk *bulk, size_t item, struct error *err)
{
	const struct slice lines = bulk_item_lines(bulk, item);
	struct action_line action;
	struct index_file *file;

	if (!action_line_of(bulk, item, &action) || !is_file_name(action.index))
		return error_set(err, ERROR_FATAL, "an index name that is no file name");
	file = file_of(s, action.index, err);
	if (!file)
		return false;
	if (id_set_has(&file->ids, action.id)) {
		bulk->items[item].verdict = VERDICT_DUPLICATE;
		return true;
	}
	if (!append(file, lines, err))
		return false;
	id_set_add(&file->ids, action.id);
	bulk->items[item].verdict = VERDICT_STORED;
	return true;
}

static bool sync_files(struct file_sink *s, struct error *err)
{
	for (struct index_file *f = s->files; f; f = f->next)
		if (!sync_file(f, err))
			return false;
	return true;
}

/* After an error nothing is known of what is on disk: the files are closed,
 * and read anew when they are next needed. */
static void forget_files(struct file_sink *s)
{
	while (s->files) {
		struct index_file *file = s->files;

		s->files = file->next;
		close_file(file);
	}
}

static void file_start(struct sink *sink, struct bulk *bulk)
{
	sink_of(sink)->bulk = bulk;
}

/* A file has nobody who could go on in the meantime. */
static bool file_ready(struct sink *sink)
{
	(void)sink;
	return true;
}

static bool file_finish(struct sink *sink, struct error *err)
{
	struct file_sink *s = sink_of(sink);
	bool good = directory_lock(&s->lock, err);

	for (size_t i = 0; good && i < s->bulk->count; i++)
		good = write_item(s, s->bulk, i, err);
	good = good && sync_files(s, err);
	directory_unlock(&s->lock);
	if (!good)
		forget_files(s);
	return good;
}

static bool file_check(struct sink *sink, struct error *err)
{
	return directory_check(&sink_of(sink)->lock, err);
}

static void file_free(struct sink *sink)
{
	struct file_sink *s = sink_of(sink);

	forget_files(s);
	directory_lock_close(&s->lock);
	free(s->directory);
	free(s);
}

static const struct sink_ops file_ops = {
	.name = "file",
	.start = file_start,
	.ready = file_ready,
	.finish = file_finish,
	.check = file_check,
	.free = file_free,
};

struct sink *file_sink_new(const char *directory)
{
	struct file_sink *s = xcalloc(1, sizeof(*s));

	s->sink.ops = &file_ops;
	s->directory = xstrdup(directory);
	s->lock = (struct directory_lock){ s->directory, -1 };
	return &s->sink;
}
