/* poison.h - mails that have ended the worker that read them
 *
 * SPDX-License-Identifier: MIT
 *
 * Kept by the supervisor, inherited by the workers it forks.  Once may be
 * chance: a machine out of memory, a person with kill -9.  Twice is the mail.
 */
#ifndef BRIDGE_RUN_POISON_H
#define BRIDGE_RUN_POISON_H

#include "bridge/run/worker_state.h"

/* More suspects than this are forgotten, the oldest first. */
#define POISON_SUSPECTS 64

struct poison_suspect {
	unsigned deaths;
	uint32_t epoch;
	char mailbox[WORKER_TEXT_MAX], name[WORKER_TEXT_MAX];
};

struct poison {
	struct poison_suspect suspects[POISON_SUSPECTS];
	size_t next; /* to be overwritten */
};

/* A worker died with this in hand; returns how many have by now. */
unsigned poison_blame(struct poison *poison, const struct mail_in_hand *in_hand);

/* To be set aside unread. */
bool poison_known(const struct poison *poison, const char *mailbox, const struct mail *mail);

#endif
