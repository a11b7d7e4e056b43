/* index_file.h - file of documents with a set of its ids
 *
 * SPDX-License-Identifier: MIT
 *
 * A document that is in the file or one of its rotated files (NAME.1,
 * NAME.2.gz, ...) is a duplicate, as on a server: ids are read when the file is
 * opened, and ids added by others before each post.
 *
 * Operators may change the files: one that was moved, removed or emptied is
 * created again, foreign lines stay unchanged, and only an incomplete line at the end,
 * left by a crash, is cut off.
 */
#ifndef OUTPUT_INDEX_FILE_H
#define OUTPUT_INDEX_FILE_H

#include "output/append_file.h"
#include "output/bulk.h"
#include "output/id_set.h"
#include "output/sink.h"

struct index_file {
	struct index_file *next; /* for the owner */
	uint64_t post;           /* for the owner */
	const struct file_settings *settings;
	const struct sink *sink; /* receives notices of foreign lines */
	struct append_file file;
	struct id_set *ids; /* of the file, then of each rotated file */
	struct strbuf scratch;
};

/* The directory is locked during all calls but index_file_close().  Settings, sink
 * and directory must outlive the file.  NULL and RETRY: it cannot be opened or
 * read. */
struct index_file *index_file_open(const struct file_settings *settings, const struct sink *sink,
				   const struct directory_lock *directory, const char *name,
				   struct error *err);
void index_file_close(struct index_file *f);

/* Call it before the documents of a post: another process may have written to the
 * file, rotated, moved or emptied it.  Rotates it if due.  false: its state is
 * unknown; close it. */
bool index_file_look(struct index_file *f, struct error *err);

/* Appends one document unless it is a duplicate, and sets its verdict.  false: close
 * it. */
bool index_file_write(struct index_file *f, struct bulk *bulk, size_t item, struct error *err);

#endif
