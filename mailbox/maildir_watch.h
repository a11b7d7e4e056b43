/* maildir_watch.h - told of new mail in a Maildir (inotify)
 *
 * SPDX-License-Identifier: MIT
 *
 * Without inotify, or with too many watches of one user, nothing is told:
 * whoever waits looks at the directories from time to time.
 */
#ifndef MAILBOX_MAILDIR_WATCH_H
#define MAILBOX_MAILDIR_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "mailbox/maildir_list.h"

struct maildir_watch {
	int fd; /* readable when there is something; -1: nothing is told */
	int watched[MAILDIR_DIRECTORIES];
};

/* To be called before the first listing, so that nothing falls in between. */
void maildir_watch_start(struct maildir_watch *watch,
			 const int directories[static MAILDIR_DIRECTORIES]);
void maildir_watch_stop(struct maildir_watch *watch);

/* Adds the mails that have come since the last call.  false: not all are known
 * any more. */
bool maildir_watch_take(struct maildir_watch *watch, struct maildir_list *list);

#endif
