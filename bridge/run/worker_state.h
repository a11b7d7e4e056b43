/* worker_state.h - state of a worker, in memory that the supervisor reads
 *
 * SPDX-License-Identifier: MIT
 *
 * A page of shared memory per worker, written only by the worker; it outlives the worker, and
 * the counters continue with its successor. Each mailbox has a struct of its own beside it.
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

/* A worker returns to its event loop at least this often. */
#define WORKER_TICK_MS 10000

/* What a worker does for a mailbox. */
#define MAILBOX_PHASES(PHASE)                                               \
	PHASE(PAUSED, "paused")     /* not begun yet, or after a failure */ \
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

/* A text that another process may read during a write. */
struct shared_text {
	_Atomic uint32_t version;   /* odd: it is being written */
	char text[WORKER_TEXT_MAX]; /* cut when longer */
};

/* Written by the one worker that serves the mailbox, except the last member. All times are
 * Unix seconds, 0: never. */
struct mailbox_state {
	_Atomic uint32_t phase;    /* enum mailbox_phase */
	_Atomic int64_t since;     /* connected or disconnected since */
	_Atomic int64_t served;    /* the last round after which no mail was left */
	_Atomic int64_t last_mail; /* when the last mail was settled */
	_Atomic uint64_t backlog;  /* known mails that are not settled */
	_Atomic uint64_t mails;    /* settled */
	_Atomic uint64_t failures; /* failed visits, in total */
	_Atomic uint32_t in_a_row; /* failed visits since the last good one */
	struct shared_text error;  /* of the last failed visit; empty after a good one */
	_Atomic uint64_t deaths;   /* of workers that were serving it; written by the supervisor */
};

/* What a worker knows about an output. */
struct output_state {
	_Atomic int64_t served;        /* the last batch that was wholly stored or refused */
	_Atomic int64_t failing_since; /* the first batch after it that was not; 0: none */
	struct shared_text error;
	_Atomic uint64_t queued;  /* documents in its queues, not answered yet */
	_Atomic uint64_t holding; /* sinks whose circuit breaker is open */
};

/* The mail that is being read: the one to blame if the worker dies. */
struct mail_in_hand {
	_Atomic bool held; /* false: no mail, and the rest is void */
	uint32_t epoch;
	char mailbox[WORKER_TEXT_MAX], name[WORKER_TEXT_MAX]; /* cut when longer */
};

struct worker_state {
	/* The owner of the running fiber is the mailbox being served: its position in the
	 * configuration, from 1. */
	struct fiber_view fibers;
	struct mail_in_hand in_hand;
	struct counters counters;
	struct output_state outputs[SIZE_OUTPUT];
	_Atomic bool stale;            /* a file that the worker may read has been replaced */
	struct unanswered *unanswered; /* shared by all workers */
	uint32_t number;               /* number of the worker, from 1 */
};

/* Zeroed; shared with processes that are forked later. */
struct worker_state *worker_states_new(size_t count);
/* Called by the supervisor after the worker has ended. */
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
