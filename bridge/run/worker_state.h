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

#include "base/fiber.h"
#include "mailbox/mailbox.h"

#define WORKER_TEXT_MAX 256

/* How often a worker comes round to its event loop at least. */
#define WORKER_TICK_MS 10000

/* What a worker does for a mailbox. */
#define MAILBOX_PHASES(PHASE)                                               \
	PHASE(PAUSED, "paused")	    /* not begun yet, or after a failure */ \
	PHASE(OPENING, "opening")   /* connection, login, folders */        \
	PHASE(FETCHING, "fetching") /* lists mails and takes their bytes */ \
	PHASE(READING, "reading")   /* parses and posts */                  \
	PHASE(SETTLING, "settling") /* moves or deletes mails */            \
	PHASE(WAITING, "waiting")   /* for new mail */

enum mailbox_phase {
#define PHASE(id, name) PHASE_##id,
	MAILBOX_PHASES(PHASE)
#undef PHASE
};

/* Written by the one worker that has the mailbox. */
struct mailbox_state {
	_Atomic uint32_t phase; /* enum mailbox_phase */
};

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
	/* The mailbox in hand is the owner of the fiber that runs: its position
	 * in the configuration, from 1. */
	struct fiber_view fibers;
	struct mail_in_hand in_hand;
	struct worker_counters counters;
	_Atomic bool stale;	    /* a file it may read has been replaced */
	_Atomic uint32_t connected; /* mailboxes that are open now */
};

/* So many of them, zeroed, shared with the processes forked later. */
struct worker_state *worker_states_new(size_t count);
void worker_states_free(struct worker_state *states, size_t count);
struct mailbox_state *mailbox_states_new(size_t count);
void mailbox_states_free(struct mailbox_state *states, size_t count);

const char *mailbox_phase_name(uint32_t phase);
void mailbox_state_enter(struct mailbox_state *state, enum mailbox_phase phase,
			 const char *mailbox);

void worker_take_in_hand(struct worker_state *state, const char *mailbox, const struct mail *mail);
void worker_put_down(struct worker_state *state);

#endif
