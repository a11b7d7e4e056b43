/* bridge.h - state and services of the foreground process and the supervisor
 *
 * SPDX-License-Identifier: MIT
 *
 * The configuration and its successor, signals, counters, the service manager.
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
	struct enricher *enricher; /* made from its [enrich] */
	bool once;
	struct poison poison;
	struct worker_state *states; /* WORKERS_MAX of them */
	struct assignment assignment;
	struct mailbox_state *mailboxes; /* in the order of the assignment */
	struct watched watched;          /* the same data for the listener */
	struct listener *listener;       /* NULL: none */
	struct schedule schedule;        /* with --once it has no config and starts nothing */
	int64_t expiry_logged_at;
	int64_t notified_at; /* when the service manager was last notified */
	int64_t watchdog_ms; /* 0: no watchdog */

	/* Why to stop using this configuration. */
	bool stopping;
	bool has_next;
	struct config next;
	struct enricher *next_enricher;
	int status; /* the worst exit status so far */
};

/* Number of workers for this configuration and its mailboxes; 0: foreground. */
size_t bridge_workers(const struct bridge *bridge);

/* Loads the modules that serve the configuration, before there are workers: those are confined
 * and load none. */
bool bridge_load_modules(const struct bridge *bridge, const struct config *config,
			 struct error *err);

/* Opens the listener of the configuration and closes any other. If the default listener
 * cannot be opened, only warns. */
bool bridge_listen(struct bridge *bridge, const struct config *config, struct error *err);

/* Readable when bridge_handle_signals() has a request to answer; -1: no listener. */
int bridge_descriptor(const struct bridge *bridge);

/* Tells the service manager that the program is ready. */
void bridge_ready(struct bridge *bridge);

/* Handles signals and notifies the watchdog. false: stop what runs, because a new
 * configuration is loaded (has_next) or the program ends. */
bool bridge_handle_signals(struct bridge *bridge);
/* Ends the program and what it has started. */
void bridge_stop(struct bridge *bridge);
/* When to call bridge_handle_signals() at the latest. */
int64_t bridge_next_ms(const struct bridge *bridge);

void bridge_worsen(struct bridge *bridge, int status);

/* Runs the mailboxes in this process (foreground.c) or in workers (supervisor.c), until
 * bridge_handle_signals() returns false or, with once, all mailboxes are drained. */
void foreground_run(struct bridge *bridge);
void supervisor_run(struct bridge *bridge);

#endif
