/* maildir_list.h - which mails there are in a Maildir
 *
 * SPDX-License-Identifier: MIT
 *
 * Bounded: names beyond the limit are left out and met in a later round.
 */
#ifndef MAILBOX_MAILDIR_LIST_H
#define MAILBOX_MAILDIR_LIST_H

#include "base/error.h"
#include "base/strbuf.h"

/* The two that hold mail; a mail is delivered to the first. */
enum { MAILDIR_NEW, MAILDIR_CUR, MAILDIR_DIRECTORIES };
extern const char *const maildir_directory_names[MAILDIR_DIRECTORIES];

struct maildir_entry {
	size_t name; /* offset in names */
	size_t size; /* when it was read */
	int directory;
};

struct maildir_list {
	struct strbuf names; /* each with its NUL */
	struct maildir_entry *entries;
	size_t count, alloc;
};

void maildir_list_init(struct maildir_list *list);
void maildir_list_release(struct maildir_list *list); /* may be released again */
void maildir_list_reset(struct maildir_list *list);

/* Nothing is added that is no mail by its name. */
void maildir_list_add(struct maildir_list *list, const char *name, int directory);

/* Adds all that is in the directory whose descriptor is given.  RETRY. */
bool maildir_list_read(struct maildir_list *list, int fd, int directory, struct error *err);

/* By time of delivery, with which names begin. */
void maildir_list_sort(struct maildir_list *list);

static inline const char *maildir_list_name(const struct maildir_list *list,
					    const struct maildir_entry *entry)
{
	return list->names.buf + entry->name;
}

#endif
