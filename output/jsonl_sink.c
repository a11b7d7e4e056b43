/* jsonl_sink.c - the sink that writes JSON lines to one file, with rotation
 *
 * SPDX-License-Identifier: MIT
 *
 * A line is a document with "_index" and "_id" in front.  Ids that the file
 * and its rotated forerunners hold are duplicates: a set of them is kept per
 * file and goes with it.  What was moved away, deleted or emptied is not known
 * any more, and a repeat of it is written once more.
 *
 * Lines are on disk (fdatasync) before a document is called stored.  Of what
 * is there only a last line is cut off, if a crash left it incomplete; lines
 * that are not ours stay as they are.  Several processes may write; the
 * directory is locked while one of them does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "output/append_file.h"
#include "output/directory_lock.h"
#include "output/gzip_file.h"
#include "output/id_set.h"
#include "output/sink.h"

#define FILE_NAME "documents.jsonl"
#define BEFORE_INDEX "{\"_index\":\""
#define BEFORE_ID "\",\"_id\":\""

struct jsonl_sink {
	struct sink sink; /* first: what the bridge holds */
	struct jsonl_settings settings;
	struct directory_lock lock;
	struct append_file file;
	char *path;	    /* of it */
	struct id_set *ids; /* of the file, of FILE_NAME.1, .2, ... */
	struct strbuf lines;
	struct bulk *bulk; /* begun */
};

static struct jsonl_sink *sink_of(struct sink *sink)
{
	return (struct jsonl_sink *)(void *)sink;
}

static bool failed(const char *path, struct error *err)
{
	return error_set(err, ERROR_RETRY, "%s: %s", path, strerror(errno));
}

/* FILE_NAME.number, compressed or not; number 0 is the file itself. */
static char *rotated(const struct jsonl_sink *s, uint64_t number, const char *suffix)
{
	char *path;

	if (asprintf(&path, "%s.%llu%s", s->path, (unsigned long long)number, suffix) < 0)
		abort();
	return path;
}

/* --- ids ---------------------------------------------------------------------- */

static bool id_in(struct slice line, struct slice *id)
{
	size_t at;

	if (!slice_starts_with(line, BEFORE_INDEX))
		return false;
	at = slice_find_text(line, BEFORE_ID) + sizeof(BEFORE_ID) - 1;
	if (at >= line.size)
		return false;
	*id = (struct slice){ line.data + at, line.size - at };
	id->size = slice_find(*id, '"');
	return true;
}

static void add_id(void *context, struct slice line)
{
	struct slice id;

	if (id_in(line, &id))
		id_set_add(context, id);
}

static bool is_known(const struct jsonl_sink *s, struct slice id)
{
	for (uint64_t i = 0; i <= s->settings.keep; i++)
		if (id_set_has(&s->ids[i], id))
			return true;
	return false;
}

static bool read_rotated(struct jsonl_sink *s, uint64_t number, struct error *err)
{
	char *plain = rotated(s, number, ""), *packed = rotated(s, number, ".gz");
	const bool good = gzip_file_lines(plain, add_id, &s->ids[number], err) &&
			  gzip_file_lines(packed, add_id, &s->ids[number], err);

	free(plain);
	free(packed);
	return good;
}

/* --- the file --------------------------------------------------------------------- */

static bool is_ours(struct slice line)
{
	struct slice id;

	return line.size > 0 && line.data[line.size - 1] == '}' &&
	       !memchr(line.data, '\0', line.size) && id_in(line, &id);
}

/* A last line without its line end: what a crash has cut off, and no more, is
 * removed; a whole document stays, and so does what is not ours. */
static bool read_last_line(struct jsonl_sink *s, const struct file_line *line, struct error *err)
{
	const struct slice written = line_without_nuls(line->text);

	if (!line->too_long && is_ours(written) && line_is_object(written)) {
		add_id(&s->ids[0], written);
		return append_file_end_line(&s->file, line->start + (off_t)written.size, err);
	}
	if (!line->too_long && line_begins_as(written, BEFORE_INDEX) &&
	    (written.size > 0 || s->file.unreadable == 0))
		return append_file_cut(&s->file, line->start, err);
	append_file_skip(&s->file, s->file.lines + 1);
	return append_file_end_line(&s->file, line->end, err);
}

static bool read_lines(struct jsonl_sink *s, struct line_reader *reader, struct error *err)
{
	struct file_line line;
	bool more = true;

	while (more) {
		if (!line_reader_next(reader, &line, &more, err))
			return false;
		if (!more)
			break;
		if (!line.ended)
			return read_last_line(s, &line, err);
		s->file.lines++;
		if (is_ours(line_without_cr(line.text)))
			add_id(&s->ids[0], line.text);
		else
			append_file_skip(&s->file, s->file.lines);
	}
	return true;
}

/* What others have written since. */
static bool read_ids(struct jsonl_sink *s, struct error *err)
{
	const uint64_t unreadable = s->file.unreadable;
	struct line_reader reader;
	bool good;

	line_reader_init(&reader, &s->file);
	good = read_lines(s, &reader, err) && append_file_read_all(&s->file, err);
	line_reader_release(&reader);
	if (s->file.unreadable > unreadable) {
		struct error skipped;

		append_file_explain_skipped(&s->file, &skipped);
		sink_notice(&s->sink, SINK_WARNS, &skipped);
	}
	return good;
}

static bool open_file(struct jsonl_sink *s, struct error *err)
{
	return append_file_open(&s->file, &s->lock, FILE_NAME, err) && read_ids(s, err);
}

/* The file is another one's from now on: its ids go with it. */
static void shift_ids(struct jsonl_sink *s)
{
	id_set_release(&s->ids[s->settings.keep]);
	for (uint64_t i = s->settings.keep; i > 0; i--)
		s->ids[i] = s->ids[i - 1];
	s->ids[0] = (struct id_set){ .alloc = 0 };
}

/* Somebody has moved it: another process of ours to the youngest rotated file,
 * where its ids are read again, or an operator to elsewhere. */
static bool follow(struct jsonl_sink *s, struct error *err)
{
	append_file_close(&s->file);
	id_set_release(&s->ids[0]);
	shift_ids(s);
	return open_file(s, err) && (s->settings.keep == 0 || read_rotated(s, 1, err));
}

static bool look_at_file(struct jsonl_sink *s, struct error *err)
{
	enum append_file_state state;

	if (!append_file_look(&s->file, &state, err))
		return false;
	switch (state) {
	case APPEND_FILE_SAME: return true;
	case APPEND_FILE_GONE: return follow(s, err);
	case APPEND_FILE_REWRITTEN: id_set_release(&s->ids[0]); break;
	case APPEND_FILE_LONGER: break;
	}
	return read_ids(s, err);
}

static bool begin(struct jsonl_sink *s, struct error *err)
{
	if (s->file.fd >= 0)
		return look_at_file(s, err);
	for (uint64_t i = 0; i <= s->settings.keep; i++)
		id_set_release(&s->ids[i]);
	for (uint64_t i = 1; i <= s->settings.keep; i++)
		if (!read_rotated(s, i, err))
			return false;
	return open_file(s, err);
}

/* --- rotation ------------------------------------------------------------------- */

static int64_t age_of(const struct jsonl_sink *s)
{
	struct statx now;

	if (statx(s->file.fd, "", AT_EMPTY_PATH, STATX_BTIME, &now) < 0 ||
	    !(now.stx_mask & STATX_BTIME))
		return 0;
	return (clock_unix() - now.stx_btime.tv_sec) * 1000;
}

static bool is_due(const struct jsonl_sink *s)
{
	const struct jsonl_settings *settings = &s->settings;

	if (s->file.end == 0)
		return false;
	return (settings->rotate_bytes > 0 && (uint64_t)s->file.end >= settings->rotate_bytes) ||
	       (settings->rotate_after_ms > 0 && age_of(s) >= settings->rotate_after_ms);
}

static bool move(char *from, char *to, struct error *err)
{
	const bool good = rename(from, to) == 0 || errno == ENOENT || failed(from, err);

	free(from);
	free(to);
	return good;
}

static void remove_rotated(struct jsonl_sink *s, uint64_t number)
{
	static const char *const suffixes[] = { "", ".gz" };

	for (size_t i = 0; i < 2; i++) {
		char *path = rotated(s, number, suffixes[i]);

		unlink(path);
		free(path);
	}
}

/* From the oldest to the youngest; stopped anywhere, nothing is lost but the
 * order of the numbers has a gap. */
static bool rotate(struct jsonl_sink *s, struct error *err)
{
	char *first = rotated(s, 1, "");
	bool good = true;

	remove_rotated(s, s->settings.keep);
	for (uint64_t i = s->settings.keep; good && i > 1; i--)
		good = move(rotated(s, i - 1, ""), rotated(s, i, ""), err) &&
		       move(rotated(s, i - 1, ".gz"), rotated(s, i, ".gz"), err);
	if (good)
		good = rename(s->path, first) == 0 || failed(s->path, err);
	if (good) {
		append_file_close(&s->file);
		shift_ids(s);
		/* one that cannot be compressed is kept as it is */
		if (s->settings.compress)
			(void)gzip_file(first, err);
		good = open_file(s, err);
	}
	free(first);
	return good;
}

/* --- posting ---------------------------------------------------------------------- */

static void add_line(struct jsonl_sink *s, size_t item)
{
	const struct slice source = bulk_item_source(s->bulk, item);

	strbuf_add_text(&s->lines, BEFORE_INDEX);
	strbuf_add_slice(&s->lines, bulk_item_index(s->bulk, item));
	strbuf_add_text(&s->lines, BEFORE_ID);
	strbuf_add_slice(&s->lines, bulk_item_id(s->bulk, item));
	strbuf_add_text(&s->lines, source.size > 2 ? "\"," : "\"");
	strbuf_add(&s->lines, source.data + 1, source.size - 1); /* without its brace */
	strbuf_add_byte(&s->lines, '\n');
}

static bool collect(struct jsonl_sink *s, struct error *err)
{
	struct bulk *bulk = s->bulk;

	strbuf_reset(&s->lines);
	for (size_t i = 0; i < bulk->count; i++) {
		const struct slice id = bulk_item_id(bulk, i);

		bulk->items[i].verdict = is_known(s, id) ? VERDICT_DUPLICATE : VERDICT_STORED;
		if (bulk->items[i].verdict == VERDICT_STORED) {
			add_line(s, i);
			s->file.lines++;
			id_set_add(&s->ids[0], id);
		}
	}
	return !s->lines.overflowed || error_set(err, ERROR_FATAL, "%s: more than a bulk", s->path);
}

static bool write_lines(struct jsonl_sink *s, struct error *err)
{
	return append_file_write(&s->file, strbuf_slice(&s->lines), err) &&
	       append_file_sync(&s->file, err);
}

/* Ids are noted as the lines are collected, so a rotation comes first. */
static bool rotate_if_due(struct jsonl_sink *s, struct error *err)
{
	return !is_due(s) || rotate(s, err);
}

static void jsonl_start(struct sink *sink, struct bulk *bulk)
{
	sink_of(sink)->bulk = bulk;
}

static bool jsonl_ready(struct sink *sink)
{
	(void)sink;
	return true;
}

static bool jsonl_finish(struct sink *sink, struct error *err)
{
	struct jsonl_sink *s = sink_of(sink);
	bool good = directory_lock(&s->lock, err);

	strbuf_reset(&s->lines);
	good = good && begin(s, err) && rotate_if_due(s, err) && collect(s, err) &&
	       write_lines(s, err);
	if (!good)
		append_file_close(&s->file); /* and what it holds is read anew */
	directory_unlock(&s->lock);
	return good;
}

static bool jsonl_check(struct sink *sink, struct error *err)
{
	return directory_check(&sink_of(sink)->lock, err);
}

static void jsonl_free(struct sink *sink)
{
	struct jsonl_sink *s = sink_of(sink);

	append_file_close(&s->file);
	directory_lock_close(&s->lock);
	for (uint64_t i = 0; i <= s->settings.keep; i++)
		id_set_release(&s->ids[i]);
	strbuf_release(&s->lines);
	free(s->ids);
	free(s->path);
	free(s);
}

static const struct sink_ops jsonl_ops = {
	.name = "jsonl",
	.start = jsonl_start,
	.ready = jsonl_ready,
	.finish = jsonl_finish,
	.check = jsonl_check,
	.free = jsonl_free,
};

struct sink *jsonl_sink_new(const struct jsonl_settings *settings)
{
	struct jsonl_sink *s = xcalloc(1, sizeof(*s));

	s->sink.ops = &jsonl_ops;
	s->settings = *settings;
	s->lock = (struct directory_lock){ .path = settings->directory, .fd = -1 };
	s->file.fd = -1;
	s->ids = xcalloc(settings->keep + 1, sizeof(*s->ids));
	if (asprintf(&s->path, "%s/" FILE_NAME, settings->directory) < 0)
		abort();
	strbuf_init(&s->lines, 2 * LIMIT_BULK_BYTES);
	return &s->sink;
}
