/* worker_state.h - what a worker shows to its supervisor
 *
 * SPDX-License-Identifier: MIT
 *
 * A page of shared memory per worker.  The worker alone writes it, and what is
 * in it outlives the worker.  Counters go on from one worker to the next that
 * takes its place.  Beside it stands a struct per mailbox.
 */
#ifndef BRIDGE_RUN_WORKER_STATE_H
#define BRIDGE_RUN_WORKER_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fiber.h"
#include "bridge/run/counters.h"
#include "bridge/run/unanswered.h"

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

/* A text that another process may read while it is written. */
struct shared_text {
	_Atomic uint32_t version;   /* odd: it is being written */
	char text[WORKER_TEXT_MAX]; /* cut when longer */
};

/* Written by the one worker that has the mailbox, but for the last member.  All
 * times are Unix seconds, 0: never. */
struct mailbox_state {
	_Atomic uint32_t phase;	   /* enum mailbox_phase */
	_Atomic int64_t since;	   /* it is connected, or is not */
	_Atomic int64_t served;	   /* the last round after which no mail was left */
	_Atomic int64_t last_mail; /* was settled */
	_Atomic uint64_t backlog;  /* mails that are known of and not settled */
	_Atomic uint64_t mails;	   /* settled */
	_Atomic uint64_t failures; /* visits that failed, in all */
	_Atomic uint32_t in_a_row; /* of them, up to now */
	struct shared_text error;  /* of the last that failed; empty after a good one */
	_Atomic uint64_t deaths;   /* of workers with it in hand; written by the supervisor */
};

/* What a worker knows of an output. */
struct output_state {
	_Atomic int64_t served;	       /* the last batch of which all was stored or refused */
	_Atomic int64_t failing_since; /* the first after that of which not all was; 0: none */
	struct shared_text error;
};

/* The mail whose bytes are being read now: if the worker dies, it did it. */
struct mail_in_hand {
	_Atomic bool held; /* false: there is none, and the rest is void */
	uint32_t epoch;
	char mailbox[WORKER_TEXT_MAX], name[WORKER_TEXT_MAX]; /* cut when longer */
};

struct worker_state {
	/* The mailbox in hand is the owner of the fiber that runs: its position
	 * in the configuration, from 1. */
	struct fiber_view fibers;
	struct mail_in_hand in_hand;
	struct counters counters;
	struct output_state outputs[SIZE_OUTPUT];
	_Atomic bool stale; /* a file it may read has been replaced */
	struct unanswered *unanswered; /* of all workers */
	uint32_t number; /* of the worker among them, from 1 */
};

/* So many of them, zeroed, shared with the processes forked later. */
struct worker_state *worker_states_new(size_t count);
/* The supervisor's, when a worker has ended. */
void worker_state_end(struct worker_state *state);
void worker_states_free(struct worker_state *states, size_t count);
struct mailbox_state *mailbox_states_new(size_t count);
void mailbox_states_free(struct mailbox_state *states, size_t count);

void shared_text_set(struct shared_text *shared, const char *text);
void shared_text_get(const struct shared_text *shared, char text[static WORKER_TEXT_MAX]);

const char *mailbox_phase_name(uint32_t phase);
void mailbox_state_enter(struct mailbox_state *state, enum mailbox_phase phase,
			 const char *mailbox);

void worker_begin_mail(struct worker_state *state, const char *mailbox, const struct mail *mail);
void worker_end_mail(struct worker_state *state);

#endif
