/* dead_letter_file.h - reads and rewrites the dead-letter file
 *
 * SPDX-License-Identifier: MIT
 *
 * A snapshot: letters that arrive later are not in it.  A document refused
 * several times is one letter, with the first and last time, the sum of the
 * counters and the latest reason.  Unreadable lines are counted and survive
 * dead_letter_file_rewrite().
 */
#ifndef OUTPUT_DEAD_LETTER_FILE_H
#define OUTPUT_DEAD_LETTER_FILE_H

#include "output/dead_letter.h"

struct dead_letter_file;

/* A missing file has no letters. */
bool dead_letter_file_open(const char *path, struct dead_letter_file **file, struct error *err);
void dead_letter_file_close(struct dead_letter_file *file);

size_t dead_letter_file_count(const struct dead_letter_file *file);
size_t dead_letter_file_unreadable(const struct dead_letter_file *file);

/* Reads the letter at this position; its texts are valid until the next call.
 * false: another process has emptied or rewritten the file. */
bool dead_letter_file_at(struct dead_letter_file *file, size_t position,
			 struct dead_letter *letter);

/* Removes a letter whose document is now stored. */
void dead_letter_file_drop(struct dead_letter_file *file, size_t position);
/* Records letters that are also in refused as refused once more; refused must stay
 * open as long as file. */
void dead_letter_file_update(struct dead_letter_file *file, struct dead_letter_file *refused);

/* Replaces the file atomically with the remaining letters and all lines appended
 * since it was opened.  RETRY: nothing has changed. */
bool dead_letter_file_rewrite(struct dead_letter_file *file, struct error *err);

#endif
