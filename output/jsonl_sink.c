/* jsonl_sink.c - the sink that writes JSON lines to one file, with rotation
 *
 * SPDX-License-Identifier: MIT
 *
 * A line is a document with "_index" and "_id" in front.  Ids that the file
 * and its rotated forerunners hold are duplicates: a set of them is kept per
 * file and goes with it.  What has been moved away or deleted is not known
 * after a restart, and a repeat of it is written once more.
 *
 * Lines are on disk (fdatasync) before a document is called stored, and one
 * that a crash has torn is cut off.  Several processes may write; the
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
#include "output/action_line.h"
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
	char *path;
	int fd;		    /* -1: not open */
	off_t end;	    /* up to which its ids are known */
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

/* What others have written since; what is no whole line is cut off. */
static bool catch_up(struct jsonl_sink *s, struct error *err)
{
	struct stat now;
	FILE *stream;
	char *line = NULL;
	size_t alloc = 0;
	ssize_t size;

	if (fstat(s->fd, &now) < 0)
		return failed(s->path, err);
	if (now.st_size < s->end)
		s->end = 0; /* somebody has emptied it */
	if (now.st_size == s->end)
		return true;
	stream = fdopen(dup(s->fd), "r");
	if (!stream || fseeko(stream, s->end, SEEK_SET) < 0) {
		failed(s->path, err);
		if (stream)
			fclose(stream);
		return false;
	}
	while ((size = getline(&line, &alloc, stream)) > 0 && line[size - 1] == '\n') {
		add_id(&s->ids[0], (struct slice){ line, (size_t)size - 1 });
		s->end += size;
	}
	free(line);
	fclose(stream);
	return (s->end == now.st_size || ftruncate(s->fd, s->end) == 0) || failed(s->path, err);
}

/* --- the file --------------------------------------------------------------------- */

static bool open_file(struct jsonl_sink *s, struct error *err)
{
	s->fd = open(s->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	s->end = 0;
	return s->fd >= 0 || failed(s->path, err);
}

/* The file is another one's from now on: its ids go with it. */
static void shift_ids(struct jsonl_sink *s)
{
	id_set_release(&s->ids[s->settings.keep]);
	for (uint64_t i = s->settings.keep; i > 0; i--)
		s->ids[i] = s->ids[i - 1];
	s->ids[0] = (struct id_set){ .alloc = 0 };
}

static void close_file(struct jsonl_sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Somebody has moved it (logrotate, another process of ours): go on in a new
 * one.  What else was written meanwhile is in the youngest rotated file. */
static bool follow(struct jsonl_sink *s, struct error *err)
{
	struct stat ours, theirs;

	if (fstat(s->fd, &ours) == 0 && stat(s->path, &theirs) == 0 &&
	    ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev)
		return true;
	if (!catch_up(s, err))
		return false;
	close_file(s);
	shift_ids(s);
	return open_file(s, err) && (s->settings.keep == 0 || read_rotated(s, 1, err));
}

static bool begin(struct jsonl_sink *s, struct error *err)
{
	if (s->fd >= 0)
		return follow(s, err) && catch_up(s, err);
	for (uint64_t i = 0; i <= s->settings.keep; i++)
		id_set_release(&s->ids[i]);
	for (uint64_t i = 1; i <= s->settings.keep; i++)
		if (!read_rotated(s, i, err))
			return false;
	return open_file(s, err) && catch_up(s, err);
}

/* --- rotation ------------------------------------------------------------------- */

static int64_t age_of(const struct jsonl_sink *s)
{
	struct statx now;

	if (statx(s->fd, "", AT_EMPTY_PATH, STATX_BTIME, &now) < 0 || !(now.stx_mask & STATX_BTIME))
		return 0;
	return (clock_unix() - now.stx_btime.tv_sec) * 1000;
}

static bool is_due(const struct jsonl_sink *s)
{
	const struct jsonl_settings *settings = &s->settings;

	if (s->end == 0)
		return false;
	return (settings->rotate_bytes > 0 && (uint64_t)s->end >= settings->rotate_bytes) ||
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
		close_file(s);
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

static void add_line(struct jsonl_sink *s, size_t item, const struct action_line *action)
{
	const struct slice source = bulk_item_source(s->bulk, item);

	strbuf_add_text(&s->lines, BEFORE_INDEX);
	strbuf_add_slice(&s->lines, action->index);
	strbuf_add_text(&s->lines, BEFORE_ID);
	strbuf_add_slice(&s->lines, action->id);
	strbuf_add_text(&s->lines, source.size > 2 ? "\"," : "\"");
	strbuf_add(&s->lines, source.data + 1, source.size - 1); /* without its brace */
	strbuf_add_byte(&s->lines, '\n');
}

static bool collect(struct jsonl_sink *s, struct error *err)
{
	struct bulk *bulk = s->bulk;

	strbuf_reset(&s->lines);
	for (size_t i = 0; i < bulk->count; i++) {
		struct action_line action;

		if (!action_line_of(bulk, i, &action))
			return error_set(err, ERROR_FATAL, "an item that bulk_add() did not write");
		bulk->items[i].verdict =
			is_known(s, action.id) ? VERDICT_DUPLICATE : VERDICT_STORED;
		if (bulk->items[i].verdict == VERDICT_STORED) {
			add_line(s, i, &action);
			id_set_add(&s->ids[0], action.id);
		}
	}
	return !s->lines.overflowed || error_set(err, ERROR_FATAL, "%s: more than a bulk", s->path);
}

static bool write_lines(struct jsonl_sink *s, struct error *err)
{
	struct slice text = strbuf_slice(&s->lines);

	while (text.size > 0) {
		const ssize_t n = write(s->fd, text.data, text.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			failed(s->path, err);
			/* what cannot be cut now is half a line, and cut later */
			(void)!ftruncate(s->fd, s->end);
			return false;
		}
		text = (struct slice){ text.data + n, text.size - (size_t)n };
	}
	if (fdatasync(s->fd) < 0)
		return failed(s->path, err);
	s->end += (off_t)s->lines.len;
	return true;
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
		close_file(s); /* and what it holds is read anew */
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

	close_file(s);
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
	s->lock = (struct directory_lock){ settings->directory, -1 };
	s->fd = -1;
	s->ids = xcalloc(settings->keep + 1, sizeof(*s->ids));
	if (asprintf(&s->path, "%s/" FILE_NAME, settings->directory) < 0)
		abort();
	strbuf_init(&s->lines, 2 * LIMIT_BULK_BYTES);
	return &s->sink;
}
