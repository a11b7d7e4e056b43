/* file_list.c - lists the files that a command line names, and those in directories
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/file_list.h"

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

/* The directories from the start of the walk to the current one. */
struct place {
	const struct place *above;
	dev_t device;
	ino_t inode;
};

static bool is_inside_of_itself(const struct place *place)
{
	const struct place *above = place->above;

	while (above && (above->device != place->device || above->inode != place->inode))
		above = above->above;
	return above;
}

static bool has_directory(struct dirent **entries, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(entries[i]->d_name, name) == 0)
			return entries[i]->d_type == DT_DIR || entries[i]->d_type == DT_UNKNOWN;
	return false;
}

static bool is_maildir(struct dirent **entries, int count)
{
	return has_directory(entries, count, "cur") && has_directory(entries, count, "new") &&
	       has_directory(entries, count, "tmp");
}

static void walk(struct file_list *list, const char *path, unsigned char type,
		 const struct place *above, unsigned depth);

static void walk_directory(struct file_list *list, const char *path, const struct place *above,
			   unsigned depth)
{
	struct place place = { .above = above };
	struct dirent **entries;
	struct stat status;
	bool maildir;
	int count;

	if (stat(path, &status) == 0) {
		place.device = status.st_dev;
		place.inode = status.st_ino;
		if (is_inside_of_itself(&place))
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
	maildir = is_maildir(entries, count);
	for (int i = 0; i < count; i++) {
		char *name;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			abort();
		if (!maildir || (strcmp(entries[i]->d_name, "tmp") != 0 &&
				 is_directory(name, entries[i]->d_type)))
			walk(list, name, entries[i]->d_type, &place, depth + 1);
		free(name);
		free(entries[i]);
	}
	free(entries);
}

static void walk(struct file_list *list, const char *path, unsigned char type,
		 const struct place *above, unsigned depth)
{
	if (is_directory(path, type))
		walk_directory(list, path, above, depth);
	else
		add(list, path, NULL);
}

void file_list_add(struct file_list *list, const char *path)
{
	walk(list, path, DT_UNKNOWN, NULL, 0);
}

void file_list_release(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->files[i].path);
	free(list->files);
	*list = (struct file_list){ 0 };
}
