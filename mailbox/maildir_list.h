/* maildir_list.h - lists the mails of a Maildir
 *
 * SPDX-License-Identifier: MIT
 *
 * Limited: names beyond the limit are left out and read in a later round.
 */
#ifndef MAILBOX_MAILDIR_LIST_H
#define MAILBOX_MAILDIR_LIST_H

#include "base/error.h"
#include "base/strbuf.h"

/* The two directories that hold mail; mail is delivered to the first. */
enum { MAILDIR_NEW, MAILDIR_CUR, MAILDIR_DIRECTORIES };
extern const char *const maildir_directory_names[MAILDIR_DIRECTORIES];

struct maildir_entry {
	size_t name; /* offset in names */
	size_t size; /* at the time it was read */
	int directory;
};

struct maildir_list {
	struct strbuf names; /* each NUL-terminated */
	struct maildir_entry *entries;
	size_t count, alloc;
};

void maildir_list_init(struct maildir_list *list);
void maildir_list_release(struct maildir_list *list); /* may be called again */
void maildir_list_reset(struct maildir_list *list);

/* Adds an entry, unless the name is not that of a mail. */
void maildir_list_add(struct maildir_list *list, const char *name, int directory);

/* Adds all entries of an open directory.  RETRY on failure. */
bool maildir_list_read(struct maildir_list *list, int fd, int directory, struct error *err);

/* Sorts by delivery time, with which names start. */
void maildir_list_sort(struct maildir_list *list);

static inline const char *maildir_list_name(const struct maildir_list *list,
					    const struct maildir_entry *entry)
{
	return list->names.buf + entry->name;
}

#endif
