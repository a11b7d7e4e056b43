/* watched.h - status of a running bridge, for monitoring
 *
 * SPDX-License-Identifier: MIT
 *
 * Read from shared memory while the workers write to it.
 */
#ifndef BRIDGE_WATCH_WATCHED_H
#define BRIDGE_WATCH_WATCHED_H

#include "bridge/config/config.h"
#include "bridge/run/worker_state.h"

/* A command of [schedule]; all times are Unix seconds, 0: never. */
struct scheduled_state {
	int64_t next;                /* 0: not started by this bridge */
	int64_t last_start;          /* start of the last run */
	int64_t last_success;        /* start of the last run that succeeded */
	uint64_t runs, failures;     /* since the program started */
	bool running, failed;        /* failed: the last run that ended */
	char error[WORKER_TEXT_MAX]; /* of the last run */
};

struct watched {
	const struct config *config;
	const struct worker_state *states;
	size_t state_count;
	const struct mailbox_state *mailboxes; /* in the order of the configuration */
	int64_t started;                       /* Unix seconds */
	size_t workers;                        /* running now */
	uint64_t worker_deaths, stuck_workers;
	const struct scheduled_state *scheduled; /* SCHEDULED_COUNT of them */
};

enum watched_breaker {
	BREAKER_CLOSED,
	BREAKER_WAITING, /* the last batch was not accepted; the next one is posted after a pause */
	BREAKER_OPEN,    /* an index refuses most documents, which are held */
	BREAKER_STATES
};

/* Added up over all workers, as far as they know of the output. */
struct watched_output {
	int64_t served;        /* Unix seconds; 0: never */
	int64_t failing_since; /* 0: it is not failing, or no mail waits for it */
	enum watched_breaker breaker;
	uint64_t queued; /* documents that are not answered yet */
	char error[WORKER_TEXT_MAX];
};

void watched_output(const struct watched *watched, const struct output_config *output,
		    struct watched_output *seen);

/* Whether it is connected and not in a pause after a failure. */
bool watched_is_connected(const struct mailbox_state *mailbox);

/* A mailbox or output that was not served in time. */
struct watched_trouble {
	const char *kind, *name; /* "mailbox" or "output" */
	int64_t served;          /* when it was last served; 0: never */
	char error[WORKER_TEXT_MAX];
};

struct watched_troubles {
	const struct watched *watched;
	const struct mailbox_config *mailbox; /* the next ones to check */
	const struct output_config *output;
	size_t place;
	int64_t now;
};

/* A mailbox must be drained every `poll`, and a required output must accept its documents;
 * both may be late by ready_within. */
void watched_troubles_open(struct watched_troubles *troubles, const struct watched *watched,
			   int64_t now);
bool watched_troubles_next(struct watched_troubles *troubles, struct watched_trouble *trouble);

bool watched_mailbox_is_served(const struct watched *watched, const struct mailbox_config *mailbox,
			       const struct mailbox_state *state, int64_t now);
bool watched_output_is_served(const struct watched *watched, const struct output_config *output,
			      int64_t now);
bool watched_is_ready(const struct watched *watched, int64_t now);

#endif
