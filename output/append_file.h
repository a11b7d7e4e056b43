/* append_file.h - file of lines that others may also append to, move, empty or edit
 *
 * SPDX-License-Identifier: MIT
 *
 * An operator may move, remove, empty or edit a file of documents while we
 * append to it.  So before each post we check the file by its name, and again
 * before written documents count as stored.  Our other processes append to it
 * too; the lock of its directory (directory_lock.h) is held during all calls.
 */
#ifndef OUTPUT_APPEND_FILE_H
#define OUTPUT_APPEND_FILE_H

#include <sys/types.h>
#include <time.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "output/directory_lock.h"

#define APPEND_FILE_TAIL 64

struct append_file {
	char *path;
	int fd; /* -1: not open */
	const struct directory_lock *directory;
	off_t end;      /* offset up to which we have read or written */
	uint64_t lines; /* up to end */
	/* Of these, lines that are not ours.  They are kept. */
	uint64_t unreadable, first_unreadable;
	/* For detecting changes by others before end. */
	struct timespec modified;
	char tail[APPEND_FILE_TAIL];
	size_t tail_size;
	bool unsynced, created;
};

enum append_file_state {
	APPEND_FILE_SAME,
	APPEND_FILE_LONGER,    /* read on from end */
	APPEND_FILE_REWRITTEN, /* emptied or edited: read from the start; end is 0 */
	APPEND_FILE_GONE,      /* moved, removed or replaced: close and open again */
};

/* Opens or creates a file of the locked directory, which must outlive it.  RETRY:
 * it cannot be opened or is not a regular file; nothing to close then. */
bool append_file_open(struct append_file *file, const struct directory_lock *directory,
		      const char *name, struct error *err);
void append_file_close(struct append_file *file);
/* Returns the name within its directory. */
const char *append_file_name(const struct append_file *file);

bool append_file_look(struct append_file *file, enum append_file_state *state, struct error *err);

/* One line of a file, without its line end. */
struct file_line {
	struct slice text; /* valid until the next call; empty if too_long */
	off_t start, end;
	bool ended;    /* has a line end: only the last line may lack it */
	bool too_long; /* longer than a document can be; skipped */
};

struct line_reader {
	int fd;
	const char *path;
	off_t at; /* offset of the next read */
	struct strbuf text;
	size_t used; /* bytes of text already returned */
	bool at_end, too_long;
};

/* Reads the lines from file->end on.  *more becomes false after the last line;
 * RETRY: the file cannot be read. */
void line_reader_init(struct line_reader *reader, const struct append_file *file);
bool line_reader_next(struct line_reader *reader, struct file_line *line, bool *more,
		      struct error *err);
void line_reader_release(struct line_reader *reader);

/* Removes a CR that an editor added; search servers accept one. */
struct slice line_without_cr(struct slice line);
/* Removes the NULs that a power failure may leave after a torn line. */
struct slice line_without_nuls(struct slice line);
/* Whether the line is exactly one complete JSON object. */
bool line_is_object(struct slice line);
/* Whether the line starts with text, or is the start of text, as after a torn
 * write. */
bool line_begins_as(struct slice line, const char *text);

/* Counts a line that is not ours; numbers start at 1. */
void append_file_skip(struct append_file *file, uint64_t number);
/* Sets err to a notice about the skipped lines. */
void append_file_explain_skipped(const struct append_file *file, struct error *err);

/* Truncates the file; never extends it. */
bool append_file_cut(struct append_file *file, off_t size, struct error *err);
/* Marks the whole file as read. */
bool append_file_read_all(struct append_file *file, struct error *err);
/* The same, after truncating to size and appending the missing line end. */
bool append_file_end_line(struct append_file *file, off_t size, struct error *err);

/* RETRY: nothing was written, or an incomplete rest, which is cut off when the file
 * is read. */
bool append_file_write(struct append_file *file, struct slice text, struct error *err);
/* Syncs all that was read or written and checks that the file is still in place.
 * RETRY: the file was changed meanwhile. */
bool append_file_sync(struct append_file *file, struct error *err);

#endif
