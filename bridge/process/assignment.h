/* assignment.h - which worker has which mailbox, and which mailboxes ended workers
 *
 * SPDX-License-Identifier: MIT
 *
 * Mailbox i of the file belongs to worker i mod `workers`.  One death may be
 * chance: a machine out of memory, a person with kill -9.  A mailbox that was
 * in hand at two deaths gets a worker that has no other mailbox, so that it
 * harms nobody else.  The supervisor keeps this; workers inherit it when they
 * are forked.
 */
#ifndef BRIDGE_PROCESS_ASSIGNMENT_H
#define BRIDGE_PROCESS_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/config/config.h"

/* Workers with one mailbox each, besides those that are configured. */
#define ASSIGNMENT_ALONE_MAX 32
#define ASSIGNMENT_DEATHS_ENOUGH 2

struct assigned_mailbox {
	struct mailbox_config *config;
	size_t worker;	 /* its number */
	unsigned deaths; /* of workers with this mailbox in hand, not long ago */
	int64_t died_at; /* the last of them, as clock_ms() */
};

struct assignment {
	struct assigned_mailbox *mailboxes; /* in the order of the file */
	size_t count;
	size_t shared;	/* workers that are configured, at least 1 */
	size_t workers; /* and those with one mailbox */
};

/* `before`, which may be NULL, tells which mailboxes of the same name are to be
 * alone from the start. */
void assignment_make(struct assignment *assignment, const struct config *config, size_t workers,
		     const struct assignment *before);
void assignment_release(struct assignment *assignment);

/* NULL: there is none of that name, or no assignment. */
const struct assigned_mailbox *assignment_find(const struct assignment *assignment,
					       const char *name);

size_t assignment_share(const struct assignment *assignment, size_t worker);

/* One more death at this time; returns how many there are.  lived_ms: how long
 * its worker had lived.  What is long ago is forgotten. */
unsigned assignment_blame(struct assignment *assignment, struct assigned_mailbox *mailbox,
			  int64_t now, int64_t lived_ms);

/* Gives the mailbox a worker of its own.  false: it has one, or there are no more. */
bool assignment_isolate(struct assignment *assignment, struct assigned_mailbox *mailbox);

#endif
