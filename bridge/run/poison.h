/* poison.h - mails that crashed the worker that read them
 *
 * SPDX-License-Identifier: MIT
 *
 * The supervisor keeps the list; workers inherit it when they are forked. One crash may have
 * another cause (out of memory, kill -9); after two the mail is to blame.
 */
#ifndef BRIDGE_RUN_POISON_H
#define BRIDGE_RUN_POISON_H

#include "bridge/run/worker_state.h"

/* With more suspects than this the oldest is dropped. */
#define POISON_SUSPECTS 64

struct poison_suspect {
	unsigned deaths;
	uint32_t epoch;
	char mailbox[WORKER_TEXT_MAX], name[WORKER_TEXT_MAX];
};

struct poison {
	struct poison_suspect suspects[POISON_SUSPECTS];
	size_t next; /* next entry to overwrite */
};

/* Call when a worker died while it read this mail; returns how many have died so far. */
unsigned poison_blame(struct poison *poison, const struct mail_in_hand *in_hand);

/* Whether to set the mail aside unread. */
bool poison_known(const struct poison *poison, const char *mailbox, const struct mail *mail);

#endif
