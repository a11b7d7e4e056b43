/* file_list.c - the files that a command line names, directories opened
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/file_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"

#define DIRECTORY_DEPTH 32

static void add(struct file_list *list, const char *path, const char *trouble)
{
	if (list->count == list->room) {
		list->room = list->room > 0 ? 2 * list->room : 64;
		list->files = xreallocarray(list->files, list->room, sizeof(*list->files));
	}
	list->files[list->count++] = (struct listed_file){ xstrdup(path), trouble };
}

static bool is_directory(const char *path, unsigned char type)
{
	struct stat status;

	if (type != DT_UNKNOWN && type != DT_LNK)
		return type == DT_DIR;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void walk(struct file_list *list, const char *path, unsigned char type, unsigned depth)
{
	struct dirent **entries;
	int count;

	if (!is_directory(path, type)) {
		add(list, path, NULL);
		return;
	}
	if (depth == DIRECTORY_DEPTH) {
		add(list, path, "directories nested too deep");
		return;
	}
	count = scandir(path, &entries, not_hidden, alphasort);
	if (count < 0) {
		add(list, path, strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		char *name;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			abort();
		walk(list, name, entries[i]->d_type, depth + 1);
		free(name);
		free(entries[i]);
	}
	free(entries);
}

void file_list_add(struct file_list *list, const char *path)
{
	walk(list, path, DT_UNKNOWN, 0);
}

void file_list_release(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->files[i].path);
	free(list->files);
	*list = (struct file_list){ 0 };
}
