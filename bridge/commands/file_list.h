/* file_list.h - lists the files that a command line names, and those in directories
 *
 * SPDX-License-Identifier: MIT
 *
 * Directories are read in the order of names, so that the same files always give the same
 * list. Skips hidden entries, directories that contain themselves by a symbolic link and, in
 * a Maildir, everything that is not mail: tmp, and files beside cur and new.
 */
#ifndef BRIDGE_COMMANDS_FILE_LIST_H
#define BRIDGE_COMMANDS_FILE_LIST_H

#include <stddef.h>

struct listed_file {
	char *path;
	const char *trouble; /* why it cannot be read; NULL: not known yet */
};

/* Initialise with zeros. */
struct file_list {
	struct listed_file *files;
	size_t count, room;
};

void file_list_add(struct file_list *list, const char *path);
void file_list_release(struct file_list *list);

#endif
