/* file_sink.c - the sink that writes one file per index
 *
 * SPDX-License-Identifier: MIT
 *
 * A document that a file holds already is a duplicate, as it would be on a
 * server: the ids of a file are read when it is first needed, and those that
 * others have added since before each post.  Several processes may write to
 * one directory; it is locked while one of them posts.  Lines are on disk
 * (fdatasync) before a document is called stored.
 *
 * Files are the operator's: a file that was moved, removed or emptied starts
 * anew, lines that are not ours stay as they are, and of what is there only
 * the last pair of lines is cut off, if a crash left it incomplete.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "output/append_file.h"
#include "output/directory_lock.h"
#include "output/id_set.h"
#include "output/sink.h"

/* Files kept open: a tenant has one per kind and month. */
#define OPEN_FILES 64
#define SUFFIX ".ndjson"
#define ACTION_START "{\"create\":{\"_index\":\""
#define ACTION_ID "\",\"_id\":\""
#define ACTION_END "\"}}"
#define ID_MAX_BYTES 1024

struct index_file {
	struct index_file *next;
	struct append_file file;
	struct id_set ids;
	uint64_t post; /* the one it was last looked at for */
};

struct file_sink {
	struct sink sink; /* first: what the bridge holds */
	char *directory;
	struct directory_lock lock;
	struct index_file *files;
	struct bulk *bulk; /* begun */
	uint64_t post;	   /* number of the one in hand */
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

/* --- reading what is there ------------------------------------------------------ */

/* The action line whose document comes next. */
struct pending_action {
	bool found;
	off_t start;
	uint64_t number;
	struct strbuf id;
};

/* An action line as bulk_add() writes it; keeps its id. */
static bool read_action(struct pending_action *action, struct slice line)
{
	const struct slice id =
		slice_skip(line, slice_find_text(line, ACTION_ID) + strlen(ACTION_ID));

	if (memchr(line.data, '\0', line.size) || !slice_starts_with(line, ACTION_START) ||
	    !slice_ends_with_nocase(id, ACTION_END) || id.size > ID_MAX_BYTES)
		return false;
	strbuf_reset(&action->id);
	strbuf_add(&action->id, id.data, id.size - strlen(ACTION_END));
	return true;
}

/* Was written whole, by us or by an editor; its members are not looked at. */
static bool is_document(struct slice line)
{
	return line.size >= 2 && line.data[0] == '{' && line.data[line.size - 1] == '}' &&
	       !memchr(line.data, '\0', line.size);
}

static void skip_action(struct index_file *f, struct pending_action *action)
{
	if (action->found)
		append_file_skip(&f->file, action->number);
	action->found = false;
}

static void read_line(struct index_file *f, struct pending_action *action,
		      const struct file_line *line)
{
	const struct slice text = line_without_cr(line->text);

	if (!line->too_long && read_action(action, text)) {
		if (action->found)
			append_file_skip(&f->file, action->number);
		action->found = true;
		action->start = line->start;
		action->number = f->file.lines;
	} else if (action->found && !line->too_long && is_document(text)) {
		id_set_add(&f->ids, strbuf_slice(&action->id));
		action->found = false;
	} else {
		skip_action(f, action);
		append_file_skip(&f->file, f->file.lines);
	}
}

enum last_line {
	LAST_LINE_WHOLE, /* a document: only its line end is missing */
	LAST_LINE_TORN,	 /* cut off while we wrote it */
	LAST_LINE_OTHER, /* not ours */
};

static enum last_line judge_last_line(const struct index_file *f,
				      const struct pending_action *action,
				      const struct file_line *line, struct slice written)
{
	if (line->too_long)
		return LAST_LINE_OTHER;
	if (written.size == 0)
		return f->file.unreadable == 0 ? LAST_LINE_TORN : LAST_LINE_OTHER;
	if (line_begins_as(written, ACTION_START))
		return LAST_LINE_TORN;
	if (!action->found || written.data[0] != '{')
		return LAST_LINE_OTHER;
	return line_is_object(written) ? LAST_LINE_WHOLE : LAST_LINE_TORN;
}

static bool read_last_line(struct index_file *f, struct pending_action *action,
			   const struct file_line *line, struct error *err)
{
	const struct slice written = line_without_nuls(line->text);

	switch (judge_last_line(f, action, line, written)) {
	case LAST_LINE_TORN: return append_file_cut(&f->file, line->start, err);
	case LAST_LINE_WHOLE:
		id_set_add(&f->ids, strbuf_slice(&action->id));
		action->found = false;
		return append_file_end_line(&f->file, line->start + (off_t)written.size, err);
	default:
		f->file.lines++;
		skip_action(f, action);
		append_file_skip(&f->file, f->file.lines);
		return append_file_end_line(&f->file, line->end, err);
	}
}

static bool read_lines(struct index_file *f, struct line_reader *reader,
		       struct pending_action *action, struct error *err)
{
	struct file_line line;
	bool more = true;

	while (more) {
		if (!line_reader_next(reader, &line, &more, err))
			return false;
		if (!more)
			break;
		if (!line.ended)
			return read_last_line(f, action, &line, err);
		f->file.lines++;
		read_line(f, action, &line);
	}
	return true;
}

/* Reads the ids from the end of what is known on. */
static bool read_ids(struct file_sink *s, struct index_file *f, struct error *err)
{
	const uint64_t unreadable = f->file.unreadable;
	struct pending_action action = { .found = false };
	struct line_reader reader;
	bool good;

	strbuf_init(&action.id, ID_MAX_BYTES);
	line_reader_init(&reader, &f->file);
	good = read_lines(f, &reader, &action, err);
	if (good && action.found)
		good = append_file_cut(&f->file, action.start, err);
	good = good && append_file_read_all(&f->file, err);
	line_reader_release(&reader);
	strbuf_release(&action.id);
	if (f->file.unreadable > unreadable) {
		struct error skipped;

		append_file_explain_skipped(&f->file, &skipped);
		sink_notice(&s->sink, SINK_WARNS, &skipped);
	}
	return good;
}

/* --- open files ----------------------------------------------------------------- */

static void close_file(struct index_file *f)
{
	append_file_close(&f->file);
	id_set_release(&f->ids);
	free(f);
}

static void drop_file(struct file_sink *s, struct index_file *f)
{
	struct index_file **link = &s->files;

	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	close_file(f);
}

/* Closes the file that was opened first when there are too many. */
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
	struct index_file *f;

	if (!make_room(s, err))
		return NULL;
	f = xcalloc(1, sizeof(*f));
	if (!append_file_open(&f->file, &s->lock, name, err) || !read_ids(s, f, err)) {
		close_file(f);
		return NULL;
	}
	f->next = s->files;
	s->files = f;
	return f;
}

/* Others may have written to it, moved it away or emptied it since we last
 * looked.  NULL in *f: it has to be opened again. */
static bool look_at_file(struct file_sink *s, struct index_file **f, struct error *err)
{
	enum append_file_state state;

	if (!append_file_look(&(*f)->file, &state, err))
		return false;
	switch (state) {
	case APPEND_FILE_SAME: return true;
	case APPEND_FILE_REWRITTEN: id_set_release(&(*f)->ids); break;
	case APPEND_FILE_GONE:
		drop_file(s, *f);
		*f = NULL;
		return true;
	case APPEND_FILE_LONGER: break;
	}
	return read_ids(s, *f, err);
}

static struct index_file *file_of(struct file_sink *s, struct slice index, struct error *err)
{
	char name[NAME_MAX + 1];
	struct index_file *f;

	snprintf(name, sizeof(name), "%.*s" SUFFIX, (int)index.size, index.data);
	for (f = s->files; f; f = f->next)
		if (strcmp(append_file_name(&f->file), name) == 0)
			break;
	/* Nobody else writes while we hold the lock: one look a post does. */
	if (f && f->post != s->post && !look_at_file(s, &f, err))
		return NULL;
	if (!f)
		f = open_file(s, name, err);
	if (f)
		f->post = s->post;
	return f;
}

static bool write_item(struct file_sink *s, struct bulk *bulk, size_t item, struct error *err)
{
	const struct slice index = bulk_item_index(bulk, item), id = bulk_item_id(bulk, item);
	struct index_file *f;

	if (!is_file_name(index))
		return error_set(err, ERROR_FATAL, "an index name that is no file name");
	f = file_of(s, index, err);
	if (!f)
		return false;
	if (id_set_has(&f->ids, id)) {
		bulk->items[item].verdict = VERDICT_DUPLICATE;
		return true;
	}
	if (!append_file_write(&f->file, bulk_item_lines(bulk, item), err))
		return false;
	f->file.lines += 2;
	id_set_add(&f->ids, id);
	bulk->items[item].verdict = VERDICT_STORED;
	return true;
}

static bool sync_files(struct file_sink *s, struct error *err)
{
	for (struct index_file *f = s->files; f; f = f->next)
		if (!append_file_sync(&f->file, err))
			return false;
	return true;
}

/* After an error nothing is known of what is on disk: the files are closed,
 * and read anew when they are next needed. */
static void forget_files(struct file_sink *s)
{
	while (s->files)
		drop_file(s, s->files);
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
	s->lock = (struct directory_lock){ .path = s->directory, .fd = -1 };
	return &s->sink;
}
