/* bridge.h - what runs, in one process or in many
 *
 * SPDX-License-Identifier: MIT
 *
 * What the foreground process and the supervisor have in common: the
 * configuration and its successor, signals, counters, the service manager.
 */
#ifndef BRIDGE_PROCESS_BRIDGE_H
#define BRIDGE_PROCESS_BRIDGE_H

#include "bridge/config/config.h"
#include "bridge/process/assignment.h"
#include "bridge/process/schedule.h"
#include "bridge/run/poison.h"
#include "bridge/watch/listener.h"

#define WORKERS_MAX (CONFIG_WORKERS_MAX + ASSIGNMENT_ALONE_MAX)

struct bridge {
	const char *config_file;
	struct config config;
	struct enricher *enricher; /* after its [enrich] */
	bool once;
	struct poison poison;
	struct worker_state *states; /* WORKERS_MAX of them */
	struct assignment assignment;
	struct mailbox_state *mailboxes; /* as in the assignment */
	struct watched watched;		 /* the same, for the listener */
	struct listener *listener;	 /* NULL: there is none */
	struct schedule schedule;	 /* without config with --once: nothing is started */
	int64_t expiry_told_at;
	int64_t told_at;		 /* the service manager, the last time */
	int64_t watchdog_ms;		 /* 0: there is none */

	/* Why this configuration's time is over. */
	bool stopping;
	bool has_next;
	struct config next;
	struct enricher *next_enricher;
	int status; /* the worst exit status so far */
};

/* How many workers the configuration and its mailboxes ask for; 0: foreground. */
size_t bridge_workers(const struct bridge *bridge);

/* Opens the listener that the configuration asks for, and closes another one.  One
 * that nobody asked for and that cannot be had is a warning. */
bool bridge_listen(struct bridge *bridge, const struct config *config, struct error *err);

/* Says that all is up. */
void bridge_ready(struct bridge *bridge);

/* Takes up signals and greets the watchdog.  false: stop what runs; a better
 * configuration is at hand (has_next), or the program is to end. */
bool bridge_handle_signals(struct bridge *bridge);
/* The program is to end, with what it has started. */
void bridge_stop(struct bridge *bridge);
/* When to call it at the latest. */
int64_t bridge_next_ms(const struct bridge *bridge);

void bridge_worsen(struct bridge *bridge, int status);

/* Runs the mailboxes in this process (foreground.c) or in others
 * (supervisor.c), until bridge_handle_signals() is false or, with once, all is done. */
void foreground_run(struct bridge *bridge);
void supervisor_run(struct bridge *bridge);

#endif
