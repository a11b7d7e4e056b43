/* file_list.h - the files that a command line names, directories opened
 *
 * SPDX-License-Identifier: MIT
 *
 * Directories are read in the order of names, so that the same files always
 * give the same list.  Hidden entries are left out, and so are a directory
 * inside of itself (by a symbolic link) and, of a Maildir, what is no mail:
 * files beside cur and new, and tmp.
 */
#ifndef BRIDGE_COMMANDS_FILE_LIST_H
#define BRIDGE_COMMANDS_FILE_LIST_H

#include <stddef.h>

struct listed_file {
	char *path;
	const char *trouble; /* why it cannot be read; NULL: that is still to be seen */
};

/* Begins zeroed. */
struct file_list {
	struct listed_file *files;
	size_t count, room;
};

void file_list_add(struct file_list *list, const char *path);
void file_list_release(struct file_list *list);

#endif
