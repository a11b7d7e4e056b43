/* assignment.h - assigns mailboxes to workers, and isolates those that crash workers
 *
 * SPDX-License-Identifier: MIT
 *
 * Mailbox i of the configuration belongs to worker i mod `workers`. One crash may have
 * another cause (out of memory, kill -9). A mailbox that was being served at two crashes gets
 * a worker of its own, so that it cannot disturb other mailboxes. The supervisor keeps the
 * assignment; workers inherit it when they are forked.
 */
#ifndef BRIDGE_PROCESS_ASSIGNMENT_H
#define BRIDGE_PROCESS_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/config/config.h"

/* Workers with one mailbox each, in addition to the configured ones. */
#define ASSIGNMENT_ALONE_MAX 32
#define ASSIGNMENT_DEATHS_ENOUGH 2

struct assigned_mailbox {
	struct mailbox_config *config;
	size_t worker;   /* number of its worker */
	unsigned deaths; /* recent crashes of workers that were serving it */
	int64_t died_at; /* the last crash, as clock_ms() */
};

struct assignment {
	struct assigned_mailbox *mailboxes; /* in the order of the configuration */
	size_t count;
	size_t shared;  /* configured workers, at least 1 */
	size_t workers; /* these and the workers with one mailbox */
};

/* Mailboxes that had a worker of their own in `before` (may be NULL) keep one, by name. */
void assignment_make(struct assignment *assignment, const struct config *config, size_t workers,
		     const struct assignment *before);
void assignment_release(struct assignment *assignment);

/* NULL: no mailbox of that name, or no assignment. */
const struct assigned_mailbox *assignment_find(const struct assignment *assignment,
					       const char *name);

size_t assignment_share(const struct assignment *assignment, size_t worker);

/* Counts a crash now and returns the number of recent ones. lived_ms: how long the worker
 * ran. Old crashes are forgotten. */
unsigned assignment_blame(struct assignment *assignment, struct assigned_mailbox *mailbox,
			  int64_t now, int64_t lived_ms);

/* Gives the mailbox a worker of its own. false: it has one, or no more are allowed. */
bool assignment_isolate(struct assignment *assignment, struct assigned_mailbox *mailbox);

#endif
