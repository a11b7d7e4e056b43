/* worker_state.h - what a worker shows to its supervisor
 *
 * SPDX-License-Identifier: MIT
 *
 * A page of shared memory per worker.  The worker alone writes it, and what is
 * in it outlives the worker.  Counters go on from one worker to the next that
 * takes its place.
 */
#ifndef BRIDGE_RUN_WORKER_STATE_H
#define BRIDGE_RUN_WORKER_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailbox/mailbox.h"

#define WORKER_TEXT_MAX 256

/* A worker that did not come round to its event loop for so long is stuck.  The
 * largest mail the limits allow is read in less; less for tests. */
#ifndef WORKER_STUCK_MS
#define WORKER_STUCK_MS (5 * 60 * 1000)
#endif
/* How often it does at least. */
#define WORKER_TICK_MS (WORKER_STUCK_MS / 30)

/* The mail whose bytes are being read now: if the worker dies, it did it. */
struct mail_in_hand {
	_Atomic bool held; /* false: there is none, and the rest is void */
	uint32_t epoch;
	char mailbox[WORKER_TEXT_MAX], name[WORKER_TEXT_MAX]; /* cut when longer */
};

/* As round_counts, since the program began; and the visits that failed. */
#define WORKER_COUNTERS(COUNTER) \
	COUNTER(mails)           \
	COUNTER(reports)         \
	COUNTER(archived)        \
	COUNTER(invalid)         \
	COUNTER(kept)            \
	COUNTER(stored)          \
	COUNTER(duplicates)      \
	COUNTER(refused)         \
	COUNTER(failures)

struct worker_counters {
#define COUNTER(name) _Atomic uint64_t name;
	WORKER_COUNTERS(COUNTER)
#undef COUNTER
};

struct worker_state {
	struct mail_in_hand in_hand;
	struct worker_counters counters;
	_Atomic uint32_t connected; /* mailboxes that are open now */
	_Atomic int64_t alive;	    /* when it last came round, as clock_ms() */
};

/* So many of them, zeroed, shared with the processes forked later. */
struct worker_state *worker_states_new(size_t count);
void worker_states_free(struct worker_state *states, size_t count);

void worker_take_in_hand(struct worker_state *state, const char *mailbox, const struct mail *mail);
void worker_put_down(struct worker_state *state);

#endif
