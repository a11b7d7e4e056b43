/* maildir_folder.h - directories of a Maildir and its folders, and moving to them
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MAILBOX_MAILDIR_FOLDER_H
#define MAILBOX_MAILDIR_FOLDER_H

#include "base/error.h"

/* *fd is to be closed, and stays as it is on RETRY. */
bool maildir_directory_open(int parent, const char *name, int *fd, struct error *err);

/* Makes what is missing of the folder and opens its "cur"; the same. */
bool maildir_folder_create(int root, const char *name, int *cur, struct error *err);

/* Calls back for the directory of the folder, "/" between levels, and of each below
 * it: ".Archive", ".Archive.Invalid".  RETRY, or FATAL for a name that none has. */
bool maildir_folders_below(const char *path, const char *folder,
			   void (*take)(void *context, const char *name), void *context,
			   struct error *err);

/* Moves a mail between directories in one step and never over another one; it
 * keeps its flags, and S (seen) is added on request.  0 or errno, which is
 * ENOENT where it is gone. */
int maildir_move(int from, const char *name, int to, bool seen);

#endif
