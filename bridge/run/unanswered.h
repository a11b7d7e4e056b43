/* unanswered.h - documents whose answer was lost with the worker or the connection
 *
 * SPDX-License-Identifier: MIT
 *
 * A document that is posted and stored but whose answer is lost is posted again later, and
 * the server then reports a duplicate. To count correctly how many documents this bridge
 * stored, documents in flight are recorded in memory that outlives the worker: a duplicate
 * that was posted before without an answer counts as stored. All workers share one set, since
 * a mailbox may move to another worker.
 */
#ifndef BRIDGE_RUN_UNANSWERED_H
#define BRIDGE_RUN_UNANSWERED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* More than the slots of all workers usually have in flight; an answer to a document that
 * did not fit counts as the server says. */
#define UNANSWERED_MAX 65536

struct unanswered {
	_Atomic uint64_t entries[UNANSWERED_MAX]; /* a key and its worker; 0: free */
};

uint64_t unanswered_key(struct slice index, struct slice id, uint32_t output);

/* The worker with that number, 1 to 255, posts the document now. true: it was posted
 * before and the answer is lost. */
bool unanswered_add(struct unanswered *set, uint64_t key, uint32_t worker);

/* No answer, or it will be posted again: it may have been stored. */
void unanswered_lose(struct unanswered *set, uint64_t key);

/* Call after the worker has ended. */
void unanswered_lose_all(struct unanswered *set, uint32_t worker);

/* Answered: stored, duplicate or refused. */
void unanswered_remove(struct unanswered *set, uint64_t key);

#endif
