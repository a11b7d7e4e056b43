/* dead_letter_file.h - the dead letters that were kept, read back
 *
 * SPDX-License-Identifier: MIT
 *
 * A snapshot: letters that arrive later are not in it.  The same document
 * refused several times is one letter, with the first and last time, the sum
 * of the counters and the latest reason.  Lines that cannot be read are
 * counted and survive dead_letter_file_rewrite().
 */
#ifndef OUTPUT_DEAD_LETTER_FILE_H
#define OUTPUT_DEAD_LETTER_FILE_H

#include "output/dead_letter.h"

struct dead_letter_file;

/* A file that is not there has no letters. */
bool dead_letter_file_open(const char *path, struct dead_letter_file **file, struct error *err);
void dead_letter_file_close(struct dead_letter_file *file);

size_t dead_letter_file_count(const struct dead_letter_file *file);
size_t dead_letter_file_unreadable(const struct dead_letter_file *file);

/* The letter of this position; its texts are valid until the next call.  false:
 * somebody else has emptied or rewritten the file since. */
bool dead_letter_file_at(struct dead_letter_file *file, size_t position,
			 struct dead_letter *letter);

/* The letter is gone: its document is stored. */
void dead_letter_file_drop(struct dead_letter_file *file, size_t position);
/* Letters of refused that are in file too are entered as refused once more;
 * refused must stay open as long as file. */
void dead_letter_file_update(struct dead_letter_file *file, struct dead_letter_file *refused);

/* Puts what is left in the place of the file, with all that has arrived since
 * it was opened; nobody ever sees half of it.  RETRY: nothing has changed. */
bool dead_letter_file_rewrite(struct dead_letter_file *file, struct error *err);

#endif
