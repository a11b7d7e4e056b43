/* maildir_folder.h - creates Maildir folders and moves mail to them
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MAILBOX_MAILDIR_FOLDER_H
#define MAILBOX_MAILDIR_FOLDER_H

#include "base/error.h"

/* Opens a directory; close *fd.  *fd is unchanged on RETRY. */
bool maildir_directory_open(int parent, const char *name, int *fd, struct error *err);

/* Creates the missing parts of the folder and opens its "cur"; errors as above. */
bool maildir_folder_create(int root, const char *name, int *cur, struct error *err);

/* Calls back for the directory of the folder, "/" between levels, and each
 * directory below it: ".Archive", ".Archive.Invalid".  RETRY, or FATAL for an
 * invalid folder name. */
bool maildir_folders_below(const char *path, const char *folder,
			   void (*take)(void *context, const char *name), void *context,
			   struct error *err);

/* Moves a mail between directories atomically and never overwrites another; keeps
 * its flags and adds S (seen) if requested.  Returns 0 or errno; ENOENT: the mail
 * is gone. */
int maildir_move(int from, const char *name, int to, bool seen);

#endif
