/* maildir_watch.c - notifies of new mail in a Maildir (inotify)
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/maildir_watch.h"

#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/limits.h"

void maildir_watch_stop(struct maildir_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

void maildir_watch_start(struct maildir_watch *watch,
			 const int directories[static MAILDIR_DIRECTORIES])
{
	char path[sizeof("/proc/self/fd/") + 10];

	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (int i = 0; watch->fd >= 0 && i < MAILDIR_DIRECTORIES; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", directories[i]);
		watch->watched[i] = inotify_add_watch(watch->fd, path,
						      IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO);
		if (watch->watched[i] < 0)
			maildir_watch_stop(watch);
	}
}

static void add_event(const struct maildir_watch *watch, const struct inotify_event *event,
		      struct maildir_list *list)
{
	const bool is_new = event->wd == watch->watched[MAILDIR_NEW];

	if (event->len > 0 && !(event->mask & IN_ISDIR))
		maildir_list_add(list, event->name, is_new ? MAILDIR_NEW : MAILDIR_CUR);
}

bool maildir_watch_take(struct maildir_watch *watch, struct maildir_list *list)
{
	char events[4 * KIB] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool all = watch->fd >= 0;
	ssize_t got;

	while (watch->fd >= 0 && (got = read(watch->fd, events, sizeof(events))) > 0)
		for (const char *at = events; at < events + got;) {
			const struct inotify_event *event = (const void *)at;

			if (event->mask & IN_Q_OVERFLOW)
				all = false;
			add_event(watch, event, list);
			at += sizeof(*event) + event->len;
		}
	return all;
}
