/* dead_letter.h - file of documents that the server refused for good
 *
 * SPDX-License-Identifier: MIT
 *
 * One JSON line per document: time, target, reason and the document.  The lines
 * are on disk before the mail is moved.  dead_letter_file.h reads them.
 */
#ifndef OUTPUT_DEAD_LETTER_H
#define OUTPUT_DEAD_LETTER_H

#include "base/error.h"
#include "base/strbuf.h"

struct dead_letter {
	int64_t first, last; /* Unix seconds */
	uint64_t count;      /* how often it was refused */
	uint64_t status;
	struct slice index, id, type, reason, document;
};

struct dead_letters {
	const char *file;
	struct strbuf lines; /* not yet written */
};

void dead_letters_init(struct dead_letters *letters, const char *file);
void dead_letters_release(struct dead_letters *letters);
void dead_letters_forget(struct dead_letters *letters);

/* false: no room for more. */
bool dead_letters_add(struct dead_letters *letters, const struct dead_letter *letter);

/* Appends the lines and syncs.  RETRY: the disk is full or the file cannot be
 * written; none of the lines is in the file then. */
bool dead_letters_write(struct dead_letters *letters, struct error *err);

/* Opens a dead-letter file or a temporary file next to it, mode 0600: a regular
 * file, never a link, even if others may write to the directory.  -1: errno. */
int dead_letters_open(const char *path, int flags);
const char *dead_letters_why(int failure);

/* For dead_letter_file.c: formats one letter as a line, and writes a whole text or
 * nothing (false: errno). */
void dead_letter_write(struct strbuf *out, const struct dead_letter *letter);
bool dead_letters_append(int fd, struct slice text);

#endif
