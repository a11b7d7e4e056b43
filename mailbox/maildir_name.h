/* maildir_name.h - file and folder names of a Maildir
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  A mail's file is UNIQUE or UNIQUE:2,FLAGS; a Maildir++ folder is a
 * directory ".Level.Level" beside cur, new and tmp, in modified UTF-7.
 */
#ifndef MAILBOX_MAILDIR_NAME_H
#define MAILBOX_MAILDIR_NAME_H

#include "base/error.h"
#include "base/strbuf.h"

/* Appends ".Archive.Aggregate" for "Archive" and "Aggregate", ".Archive" for NULL.
 * FATAL: the archive is not a valid folder name. */
bool maildir_folder_name(const char *archive, const char *folder, struct strbuf *name,
			 struct error *err);

/* Appends the name of a settled mail: keeps its flags and adds S (seen) if
 * requested.  attempt is 0, then 1 and so on while the previous name exists. */
void maildir_settled_name(struct slice name, bool seen, unsigned attempt, struct strbuf *out);

/* Whether the mail is marked as deleted (flag T). */
bool maildir_is_trashed(struct slice name);

#endif
