/* append_file.h - a file of lines that others write to, move, empty or edit
 *
 * SPDX-License-Identifier: MIT
 *
 * A file of documents belongs to the operator as well: it may be moved away,
 * removed, emptied or edited while we append to it.  So the file is looked at
 * before each post, followed by its name, and looked at again before what was
 * written counts as stored.  Other processes of ours append to it too; the
 * lock of its directory (directory_lock.h) is held during all calls.
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
	int fd;		/* -1: not open */
	const struct directory_lock *directory;
	off_t end;	/* what was read or written so far */
	uint64_t lines; /* up to there */
	/* Among them: lines that are not ours.  They are kept. */
	uint64_t unreadable, first_unreadable;
	/* Shows whether somebody else changed what lies before end. */
	struct timespec modified;
	char tail[APPEND_FILE_TAIL];
	size_t tail_size;
	bool unsynced, created;
};

enum append_file_state {
	APPEND_FILE_SAME,
	APPEND_FILE_LONGER,    /* read on from end */
	APPEND_FILE_REWRITTEN, /* emptied or edited: read from the start; end is 0 */
	APPEND_FILE_GONE,      /* moved, removed or replaced: close and open it */
};

/* Opens or creates a file of the locked directory, which must outlive it.
 * RETRY: not possible now, or no regular file; nothing to close then. */
bool append_file_open(struct append_file *file, const struct directory_lock *directory,
		      const char *name, struct error *err);
void append_file_close(struct append_file *file);
/* Within its directory. */
const char *append_file_name(const struct append_file *file);

bool append_file_look(struct append_file *file, enum append_file_state *state, struct error *err);

/* One line of a file, without its line end. */
struct file_line {
	struct slice text; /* valid until the next call; empty if too long */
	off_t start, end;
	bool ended;    /* has its line end: only the last one may lack it */
	bool too_long; /* for a document; skipped */
};

struct line_reader {
	int fd;
	const char *path;
	off_t at; /* of the next read */
	struct strbuf text;
	size_t used; /* bytes of text that were handed out */
	bool at_end, too_long;
};

/* Reads the lines from file->end on.  *more becomes false after the last one;
 * RETRY: the file cannot be read. */
void line_reader_init(struct line_reader *reader, const struct append_file *file);
bool line_reader_next(struct line_reader *reader, struct file_line *line, bool *more,
		      struct error *err);
void line_reader_release(struct line_reader *reader);

/* Without what an editor may have added; servers take it. */
struct slice line_without_cr(struct slice line);
/* Without what a power failure may leave after a torn line. */
struct slice line_without_nuls(struct slice line);
/* One whole JSON object and nothing else? */
bool line_is_object(struct slice line);
/* Does the line begin with text, or text with the line, as where a write of
 * ours was cut off? */
bool line_begins_as(struct slice line, const char *text);

/* Counts a line that is not ours; number counts from 1. */
void append_file_skip(struct append_file *file, uint64_t number);
/* Sets err to what a person should know of the skipped lines. */
void append_file_explain_skipped(const struct append_file *file, struct error *err);

/* Shortens the file, never lengthens it. */
bool append_file_cut(struct append_file *file, off_t size, struct error *err);
/* Everything that the file holds has been read. */
bool append_file_read_all(struct append_file *file, struct error *err);
/* The same, and its last line ends at size, where a line end is missing. */
bool append_file_end_line(struct append_file *file, off_t size, struct error *err);

/* RETRY: nothing of it was written, or an incomplete rest was left that is cut
 * when the file is read. */
bool append_file_write(struct append_file *file, struct slice text, struct error *err);
/* Waits until all that was read or written is on disk, and makes sure that it
 * still is where it was written.  RETRY: the file was changed meanwhile. */
bool append_file_sync(struct append_file *file, struct error *err);

#endif
