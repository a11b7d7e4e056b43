/* dead_letter.h - documents the server will never take, kept for a person
 *
 * SPDX-License-Identifier: MIT
 *
 * One JSON line each: when, where to, why, and the document itself.  The
 * lines are on disk before the mail is moved.  dead_letter_file.h reads them.
 */
#ifndef OUTPUT_DEAD_LETTER_H
#define OUTPUT_DEAD_LETTER_H

#include "base/error.h"
#include "base/strbuf.h"

struct dead_letter {
	int64_t first, last; /* Unix seconds */
	uint64_t count;	     /* how often it was refused */
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

/* false: there are too many at once. */
bool dead_letters_add(struct dead_letters *letters, const struct dead_letter *letter);

/* Appends and syncs.  RETRY: the disk is full or the file cannot be written;
 * nothing of the lines is left in the file then. */
bool dead_letters_write(struct dead_letters *letters, struct error *err);

/* Opens a file of dead letters or one beside it, mode 0600: a regular file and no
 * link, whoever may write to its directory.  -1: errno. */
int dead_letters_open(const char *path, int flags);
const char *dead_letters_why(int failure);

/* For dead_letter_file.c: one letter as a line, and writing all or nothing of
 * a text (false: errno). */
void dead_letter_write(struct strbuf *out, const struct dead_letter *letter);
bool dead_letters_append(int fd, struct slice text);

#endif
