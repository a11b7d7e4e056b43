/* worker.h - one process that waits on many mailboxes
 *
 * SPDX-License-Identifier: MIT
 *
 * Every mailbox is a fiber: opened, drained, waited on, and after an error
 * opened again some time later.  None of them holds another one up.
 */
#ifndef BRIDGE_PROCESS_WORKER_H
#define BRIDGE_PROCESS_WORKER_H

#include "bridge/process/assignment.h"
#include "bridge/config/config.h"
#include "bridge/run/poison.h"

struct worker_plan {
	struct config *config;
	struct enricher *enricher; /* started here */
	bool renews; /* takes up replaced databases itself, for there is no supervisor */
	const struct assignment *assignment;
	size_t number; /* this one's, in the assignment */
	bool once;
	const struct poison *poison;
	struct worker_state *state;
	struct mailbox_state *mailboxes; /* as in the assignment */
	int descriptor;			 /* readable: a reason to call it, too; -1: there is none */
	/* Called when there are signals (bridge/signals.h), and at the time that
	 * next_ms says (clock_ms()).  false: stop. */
	bool (*handle_signals)(void *context);
	int64_t (*next_ms)(const void *context);
	void *context;
};

/* Until told to stop or, with once, until every mailbox has been drained.
 * Returns the exit status. */
int worker_run(const struct worker_plan *plan);

#endif
