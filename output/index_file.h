/* index_file.h - a file of documents that knows which ids it holds
 *
 * SPDX-License-Identifier: MIT
 *
 * A document that the file or one of its rotated forerunners (NAME.1, NAME.2.gz,
 * ...) holds is a duplicate, as it would be on a server: ids are read when the
 * file is opened, and those that others have added since before each post.
 *
 * Files are the operator's: one that was moved, removed or emptied starts anew,
 * lines that are not ours stay as they are, and of what is there only the end is
 * cut off, if a crash left it incomplete.
 */
#ifndef OUTPUT_INDEX_FILE_H
#define OUTPUT_INDEX_FILE_H

#include "output/append_file.h"
#include "output/bulk.h"
#include "output/id_set.h"
#include "output/sink.h"

struct index_file {
	struct index_file *next; /* for its owner */
	uint64_t post;		 /* likewise */
	const struct file_settings *settings;
	const struct sink *sink; /* that gives notice of lines that are not ours */
	struct append_file file;
	struct id_set *ids; /* of the file, then of each forerunner */
	struct strbuf scratch;
};

/* The directory is locked during all calls but index_file_close().  Settings, sink
 * and directory must outlive the file.  NULL and RETRY: it cannot be opened or read. */
struct index_file *index_file_open(const struct file_settings *settings, const struct sink *sink,
				   const struct directory_lock *directory, const char *name,
				   struct error *err);
void index_file_close(struct index_file *f);

/* To be called before the documents of a post: others may have written to the
 * file, rotated it, moved it away or emptied it.  Rotates it where that is due.
 * false: what is known of it is no longer good; close it. */
bool index_file_look(struct index_file *f, struct error *err);

/* Appends one document unless it is there, and sets its verdict.  false: close it. */
bool index_file_write(struct index_file *f, struct bulk *bulk, size_t item, struct error *err);

#endif
