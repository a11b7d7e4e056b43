/* index_file.c - file of documents with a set of its ids
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/index_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "output/file_line.h"
#include "output/rotation.h"

/* --- reading the file --------------------------------------------------------------- */

/* The action line before the next document. */
struct pending_action {
	bool found;
	off_t start;
	uint64_t number;
	struct strbuf id;
};

static void skip_action(struct index_file *f, struct pending_action *action)
{
	if (action->found)
		append_file_skip(&f->file, action->number);
	action->found = false;
}

static void skip_line(struct index_file *f, struct pending_action *action)
{
	skip_action(f, action);
	append_file_skip(&f->file, f->file.lines);
}

static void keep_action(struct index_file *f, struct pending_action *action, off_t start,
			struct slice id)
{
	skip_action(f, action);
	action->found = true;
	action->start = start;
	action->number = f->file.lines;
	strbuf_reset(&action->id);
	strbuf_add_slice(&action->id, id);
}

static void take_document(struct index_file *f, struct pending_action *action)
{
	id_set_add(&f->ids[0], strbuf_slice(&action->id));
	action->found = false;
}

/* Whether a line is a complete document, ours or an editor's; its members are not
 * checked. */
static bool is_document(struct slice line)
{
	return line.size >= 2 && line.data[0] == '{' && line.data[line.size - 1] == '}' &&
	       !memchr(line.data, '\0', line.size);
}

static void read_line(struct index_file *f, struct pending_action *action,
		      const struct file_line *line)
{
	const enum file_format format = f->settings->format;
	const struct slice text = line_without_cr(line->text);
	struct slice id;

	if (!line->too_long && file_line_id(format, text, &id)) {
		if (format == FILE_BULK)
			keep_action(f, action, line->start, id);
		else
			id_set_add(&f->ids[0], id);
	} else if (action->found && !line->too_long && is_document(text)) {
		take_document(f, action);
	} else {
		skip_line(f, action);
	}
}

enum last_line {
	LAST_LINE_WHOLE, /* a document without its line end */
	LAST_LINE_TORN,  /* our write was cut off */
	LAST_LINE_OTHER, /* not ours */
};

static enum last_line judge_last_line(const struct index_file *f,
				      const struct pending_action *action,
				      const struct file_line *line, struct slice written)
{
	const enum file_format format = f->settings->format;
	const bool begins = line_begins_as(written, file_line_start(format));
	bool document;
	struct slice id;

	if (line->too_long)
		return LAST_LINE_OTHER;
	if (written.size == 0)
		return f->file.unreadable == 0 ? LAST_LINE_TORN : LAST_LINE_OTHER;
	document = format == FILE_BULK ? action->found && !begins && written.data[0] == '{'
				       : file_line_id(format, written, &id);
	if (document && line_is_object(written))
		return LAST_LINE_WHOLE;
	return begins || document ? LAST_LINE_TORN : LAST_LINE_OTHER;
}

static bool read_last_line(struct index_file *f, struct pending_action *action,
			   const struct file_line *line, struct error *err)
{
	const struct file_line whole = { .text = line_without_nuls(line->text) };

	switch (judge_last_line(f, action, line, whole.text)) {
	case LAST_LINE_TORN: return append_file_cut(&f->file, line->start, err);
	case LAST_LINE_WHOLE:
		f->file.lines++;
		read_line(f, action, &whole);
		return append_file_end_line(&f->file, line->start + (off_t)whole.text.size, err);
	default:
		f->file.lines++;
		skip_line(f, action);
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

/* Reads the ids from the known end on. */
static bool read_ids(struct index_file *f, struct error *err)
{
	const uint64_t unreadable = f->file.unreadable;
	struct pending_action action = { .found = false };
	struct line_reader reader;
	bool good;

	strbuf_init(&action.id, KIB);
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
		sink_notice(f->sink, SINK_WARNS, &skipped);
	}
	return good;
}

/* --- rotated files ------------------------------------------------------------------ */

struct forerunner {
	enum file_format format;
	struct id_set *ids;
};

static void add_id(void *context, struct slice line)
{
	const struct forerunner *old = context;
	struct slice id;

	if (file_line_id(old->format, line_without_cr(line), &id))
		id_set_add(old->ids, id);
}

static bool read_rotated(struct index_file *f, uint64_t number, struct error *err)
{
	struct forerunner old = { f->settings->format, &f->ids[number] };

	return rotated_file_lines(f->file.path, number, add_id, &old, err);
}

/* After a rotation: moves the id sets with their files. */
static void shift_ids(struct index_file *f)
{
	const uint64_t keep = f->settings->keep;

	id_set_release(&f->ids[keep]);
	for (uint64_t i = keep; i > 0; i--)
		f->ids[i] = f->ids[i - 1];
	f->ids[0] = (struct id_set){ .alloc = 0 };
}

/* Opens a new file of that name and reads it. */
static bool reopen(struct index_file *f, struct error *err)
{
	const struct directory_lock *directory = f->file.directory;
	char *name = xstrdup(append_file_name(&f->file));
	bool good;

	append_file_close(&f->file);
	shift_ids(f);
	good = append_file_open(&f->file, directory, name, err) && read_ids(f, err);
	free(name);
	return good;
}

/* The file was moved: by another of our processes to NAME.1, where its ids are read
 * again, or by an operator to elsewhere. */
static bool reopen_moved(struct index_file *f, struct error *err)
{
	id_set_release(&f->ids[0]);
	return reopen(f, err) && (f->settings->keep == 0 || read_rotated(f, 1, err));
}

static int64_t age_of(const struct index_file *f)
{
	struct statx now;

	if (statx(f->file.fd, "", AT_EMPTY_PATH, STATX_BTIME, &now) < 0 ||
	    !(now.stx_mask & STATX_BTIME))
		return 0;
	return (clock_unix() - now.stx_btime.tv_sec) * 1000;
}

static bool rotate_if_due(struct index_file *f, struct error *err)
{
	const struct file_settings *s = f->settings;
	const bool large = s->rotate_bytes > 0 && (uint64_t)f->file.end >= s->rotate_bytes;
	const bool old = s->rotate_after_ms > 0 && age_of(f) >= s->rotate_after_ms;

	if (f->file.end == 0 || !(large || old))
		return true;
	return rotate_file(f->file.path, s->keep, s->compress, err) && reopen(f, err);
}

/* --- posts -------------------------------------------------------------------------- */

struct index_file *index_file_open(const struct file_settings *settings, const struct sink *sink,
				   const struct directory_lock *directory, const char *name,
				   struct error *err)
{
	struct index_file *f = xcalloc(1, sizeof(*f));
	bool good;

	f->settings = settings;
	f->sink = sink;
	f->ids = xcalloc(settings->keep + 1, sizeof(*f->ids));
	strbuf_init(&f->scratch, LIMIT_BULK_BYTES);
	good = append_file_open(&f->file, directory, name, err) && read_ids(f, err);
	for (uint64_t i = 1; good && i <= settings->keep; i++)
		good = read_rotated(f, i, err);
	if (good && rotate_if_due(f, err))
		return f;
	index_file_close(f);
	return NULL;
}

void index_file_close(struct index_file *f)
{
	append_file_close(&f->file);
	for (uint64_t i = 0; i <= f->settings->keep; i++)
		id_set_release(&f->ids[i]);
	free(f->ids);
	strbuf_release(&f->scratch);
	free(f);
}

static bool take_up(struct index_file *f, struct error *err)
{
	enum append_file_state state;

	if (!append_file_look(&f->file, &state, err))
		return false;
	switch (state) {
	case APPEND_FILE_SAME: return true;
	case APPEND_FILE_GONE: return reopen_moved(f, err);
	case APPEND_FILE_REWRITTEN: id_set_release(&f->ids[0]); break;
	case APPEND_FILE_LONGER: break;
	}
	return read_ids(f, err);
}

bool index_file_look(struct index_file *f, struct error *err)
{
	return take_up(f, err) && rotate_if_due(f, err);
}

static bool is_known(const struct index_file *f, struct slice id)
{
	for (uint64_t i = 0; i <= f->settings->keep; i++)
		if (id_set_has(&f->ids[i], id))
			return true;
	return false;
}

bool index_file_write(struct index_file *f, struct bulk *bulk, size_t item, struct error *err)
{
	const struct slice id = bulk_item_id(bulk, item);
	struct slice lines;

	if (is_known(f, id)) {
		bulk->items[item].verdict = VERDICT_DUPLICATE;
		return true;
	}
	lines = file_lines_of(f->settings->format, bulk, item, &f->scratch);
	if (!append_file_write(&f->file, lines, err))
		return false;
	f->file.lines += f->settings->format == FILE_BULK ? 2 : 1;
	id_set_add(&f->ids[0], id);
	bulk->items[item].verdict = VERDICT_STORED;
	return true;
}
