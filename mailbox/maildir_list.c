/* maildir_list.c - lists the mails of a Maildir
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/maildir_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "mailbox/maildir_name.h"

#define NAMES_MAX_BYTES (64 * MIB)

const char *const maildir_directory_names[MAILDIR_DIRECTORIES] = { "new", "cur" };

void maildir_list_init(struct maildir_list *list)
{
	*list = (struct maildir_list){ .count = 0 };
	strbuf_init(&list->names, NAMES_MAX_BYTES);
}

void maildir_list_release(struct maildir_list *list)
{
	strbuf_release(&list->names);
	free(list->entries);
	*list = (struct maildir_list){ .names = list->names };
}

void maildir_list_reset(struct maildir_list *list)
{
	strbuf_reset(&list->names);
	list->count = 0;
}

static bool is_mail_name(const char *name)
{
	return name[0] != '.' && !maildir_is_trashed(slice_of(name));
}

void maildir_list_add(struct maildir_list *list, const char *name, int directory)
{
	const size_t at = list->names.len;

	if (!is_mail_name(name))
		return;
	strbuf_add(&list->names, name, strlen(name) + 1);
	if (list->names.overflowed)
		return;
	list->entries = xgrow(list->entries, list->count, &list->alloc, sizeof(*list->entries));
	list->entries[list->count++] = (struct maildir_entry){ .name = at, .directory = directory };
}

bool maildir_list_read(struct maildir_list *list, int fd, int directory, struct error *err)
{
	/* closedir() closes the descriptor, so it needs its own. */
	const int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = own < 0 ? NULL : fdopendir(own);
	const struct dirent *found;
	int failure;

	if (!stream)
		return error_set(err, ERROR_RETRY, "%s: %s", maildir_directory_names[directory],
				 strerror(errno));
	for (errno = 0; (found = readdir(stream)) != NULL; errno = 0)
		maildir_list_add(list, found->d_name, directory);
	failure = errno;
	closedir(stream);
	return failure == 0 || error_set(err, ERROR_RETRY, "%s: %s",
					 maildir_directory_names[directory], strerror(failure));
}

static int compare_entries(const void *a, const void *b, void *names)
{
	const char *text = names;

	return strcmp(text + ((const struct maildir_entry *)a)->name,
		      text + ((const struct maildir_entry *)b)->name);
}

/* A file that was created and then closed is reported twice. */
static void drop_repeated(struct maildir_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 ||
		    compare_entries(&list->entries[i], &list->entries[kept - 1], list->names.buf) ||
		    list->entries[i].directory != list->entries[kept - 1].directory)
			list->entries[kept++] = list->entries[i];
	list->count = kept;
}

void maildir_list_sort(struct maildir_list *list)
{
	if (list->count > 1)
		qsort_r(list->entries, list->count, sizeof(*list->entries), compare_entries,
			list->names.buf);
	drop_repeated(list);
}
