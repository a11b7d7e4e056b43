/* worker.h - a process that serves many mailboxes
 *
 * SPDX-License-Identifier: MIT
 *
 * Each mailbox is a fiber: it opens, drains and watches the mailbox, and after an error opens
 * it again some time later. No mailbox blocks another.
 */
#ifndef BRIDGE_PROCESS_WORKER_H
#define BRIDGE_PROCESS_WORKER_H

#include "bridge/process/assignment.h"
#include "bridge/config/config.h"
#include "bridge/run/poison.h"

struct worker_plan {
	struct config *config;
	struct enricher *enricher; /* started by the worker */
	bool renews; /* opens replaced databases itself, since there is no supervisor */
	const struct assignment *assignment;
	size_t number; /* number of this worker in the assignment */
	bool once;
	const struct poison *poison;
	struct worker_state *state;
	struct mailbox_state *mailboxes; /* in the order of the assignment */
	int descriptor;                  /* readable: call handle_signals; -1: none */
	/* Called when there are signals (bridge/process/signals.h) and at the time that
	 * next_ms returns (clock_ms()). false: stop. */
	bool (*handle_signals)(void *context);
	int64_t (*next_ms)(const void *context);
	void *context;
};

/* Runs until stopped or, with once, until every mailbox is drained. Returns the exit
 * status. */
int worker_run(const struct worker_plan *plan);

#endif
