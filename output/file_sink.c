/* file_sink.c - the sink that writes one file per index
 *
 * SPDX-License-Identifier: MIT
 *
 * Several processes may write to one directory, which a process locks during a
 * post.  Lines are on disk (fdatasync) before a document counts as stored.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "output/index_file.h"

/* Limit of open files: a tenant has one per kind and month. */
#define OPEN_FILES 64
#define SUFFIX ".ndjson"

struct file_sink {
	struct sink sink; /* first member */
	struct file_settings settings;
	struct directory_lock lock;
	struct index_file *files;
	struct bulk *bulk; /* the bulk of start() */
	uint64_t post;     /* number of the current post */
};

static struct file_sink *sink_of(struct sink *sink)
{
	return (struct file_sink *)(void *)sink;
}

/* Defence in depth: index names come from configuration and dates. */
static bool is_file_name(struct slice index)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	for (size_t i = 0; i < index.size; i++)
		if (index.data[i] == '\0' || !strchr(letters, index.data[i]))
			return false;
	return index.size > 0 && index.size < 200 && index.data[0] != '.';
}

static void drop_file(struct file_sink *s, struct index_file *f)
{
	struct index_file **link = &s->files;

	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	index_file_close(f);
}

/* Closes the file opened first if there are too many. */
static bool make_room(struct file_sink *s, struct error *err)
{
	struct index_file *last = s->files;
	unsigned count = 1;

	if (!last)
		return true;
	for (; last->next; last = last->next)
		count++;
	if (count < OPEN_FILES)
		return true;
	if (!append_file_sync(&last->file, err))
		return false;
	drop_file(s, last);
	return true;
}

static struct index_file *open_file(struct file_sink *s, const char *name, struct error *err)
{
	struct index_file *f = make_room(s, err) ? index_file_open(&s->settings, &s->sink, &s->lock,
								   name, err)
						 : NULL;

	if (!f)
		return NULL;
	f->next = s->files;
	s->files = f;
	return f;
}

static struct index_file *file_of(struct file_sink *s, struct slice index, struct error *err)
{
	char name[NAME_MAX + 1];
	struct index_file *f;

	if (s->settings.one_file)
		snprintf(name, sizeof(name), "%s", s->settings.one_file);
	else
		snprintf(name, sizeof(name), "%.*s" SUFFIX, (int)index.size, index.data);
	for (f = s->files; f; f = f->next)
		if (strcmp(append_file_name(&f->file), name) == 0)
			break;
	/* We hold the lock, so one check per post is enough. */
	if (f && f->post != s->post && !index_file_look(f, err))
		return NULL;
	if (!f)
		f = open_file(s, name, err);
	if (f)
		f->post = s->post;
	return f;
}

static bool write_item(struct file_sink *s, struct bulk *bulk, size_t item, struct error *err)
{
	const struct slice index = bulk_item_index(bulk, item);
	struct index_file *f;

	if (!is_file_name(index))
		return error_set(err, ERROR_FATAL, "an index name that is no file name");
	f = file_of(s, index, err);
	return f && index_file_write(f, bulk, item, err);
}

static bool sync_files(struct file_sink *s, struct error *err)
{
	for (struct index_file *f = s->files; f; f = f->next)
		if (!append_file_sync(&f->file, err))
			return false;
	return true;
}

/* After an error the content on disk is unknown: close the files; they are read
 * again when next needed. */
static void forget_files(struct file_sink *s)
{
	while (s->files)
		drop_file(s, s->files);
}

static void file_start(struct sink *sink, struct bulk *bulk)
{
	sink_of(sink)->bulk = bulk;
}

/* A file has no background work. */
static bool file_ready(struct sink *sink)
{
	(void)sink;
	return true;
}

static bool file_finish(struct sink *sink, struct error *err)
{
	struct file_sink *s = sink_of(sink);
	bool good = directory_lock(&s->lock, err);

	s->post++;
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

struct sink *file_sink_new(const struct file_settings *settings)
{
	struct file_sink *s = xcalloc(1, sizeof(*s));

	s->sink.ops = &file_ops;
	s->settings = *settings;
	s->lock = (struct directory_lock){ .path = s->settings.directory, .fd = -1 };
	return &s->sink;
}
