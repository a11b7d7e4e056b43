/* maildir_watch.h - notifies of new mail in a Maildir (inotify)
 *
 * SPDX-License-Identifier: MIT
 *
 * Without inotify, or with too many watches of one user, there are no
 * notifications: the caller lists the directories from time to time.
 */
#ifndef MAILBOX_MAILDIR_WATCH_H
#define MAILBOX_MAILDIR_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "mailbox/maildir_list.h"

struct maildir_watch {
	int fd; /* readable when there are events; -1: no notifications */
	int watched[MAILDIR_DIRECTORIES];
};

/* Call it before the first listing, so that no mail is missed. */
void maildir_watch_start(struct maildir_watch *watch,
			 const int directories[static MAILDIR_DIRECTORIES]);
void maildir_watch_stop(struct maildir_watch *watch);

/* Adds the mails that arrived since the last call.  false: some may be missing. */
bool maildir_watch_take(struct maildir_watch *watch, struct maildir_list *list);

#endif
