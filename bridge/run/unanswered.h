/* unanswered.h - documents whose answer was lost with the worker or the connection
 *
 * SPDX-License-Identifier: MIT
 *
 * A document that is posted, stored, and whose answer nobody saw, is posted
 * again later and called a duplicate then.  The counters are to say how many
 * documents this bridge stored, so what is under way stands in memory that
 * outlives the worker: a duplicate that was posted before without an answer
 * counts as stored.  One set for all workers, since a mailbox may move to
 * another one.
 */
#ifndef BRIDGE_RUN_UNANSWERED_H
#define BRIDGE_RUN_UNANSWERED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* More than the slots of all workers mostly have under way at a time; what finds
 * no room counts as it is answered. */
#define UNANSWERED_MAX 65536

struct unanswered {
	_Atomic uint64_t entries[UNANSWERED_MAX]; /* a key and whose; 0: free */
};

uint64_t unanswered_key(struct slice index, struct slice id, uint32_t output);

/* To be posted now by the worker of that number, 1 to 255.  true: it has been
 * before, and the answer is lost. */
bool unanswered_add(struct unanswered *set, uint64_t key, uint32_t worker);

/* No answer, or it is to be posted again: perhaps it was stored all the same. */
void unanswered_lose(struct unanswered *set, uint64_t key);

/* The worker has ended. */
void unanswered_lose_all(struct unanswered *set, uint32_t worker);

/* Answered: stored, duplicate or refused. */
void unanswered_remove(struct unanswered *set, uint64_t key);

#endif
