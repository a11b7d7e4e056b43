/* schedule.h - starts commands at the times of [schedule]
 *
 * SPDX-License-Identifier: MIT
 *
 * Each command runs in a child process of the supervisor (with workers = 0, of the only
 * process), at a lower priority than the mailboxes, never twice at once and never beyond the
 * time limit. Its standard error is logged. A file in the state directory records when it
 * ran: a restart repeats no run and makes up for a missed one.
 */
#ifndef BRIDGE_PROCESS_SCHEDULE_H
#define BRIDGE_PROCESS_SCHEDULE_H

#include <sys/types.h>

#include "bridge/config/config.h"
#include "bridge/watch/watched.h"

#define SCHEDULE_LINE_MAX 256

struct schedule {
	const char *config_file;
	const struct config *config; /* in force */
	struct scheduled_state states[SCHEDULED_COUNT];
	struct scheduled_child {
		pid_t pid;           /* 0: not running */
		int output;          /* read end of its standard error; -1: closed */
		int64_t started;     /* clock_ms() */
		int64_t stop_at;     /* when to send SIGTERM */
		int64_t kill_at;     /* when to send SIGKILL; 0: not stopped yet */
		int64_t previous;    /* start of the previous run, Unix seconds */
		const char *stopped; /* why it was stopped; NULL: it was not */
		unsigned lines;      /* lines of output so far */
		size_t length;       /* of the line being read */
		char line[SCHEDULE_LINE_MAX];
	} children[SCHEDULED_COUNT];
};

/* Reads when each command last ran. */
void schedule_begin(struct schedule *schedule, const char *config_file,
		    const struct config *config);
/* Sets another configuration; running commands continue. */
void schedule_configure(struct schedule *schedule, const struct config *config);

/* Starts commands that are due, notes those that have ended, stops those that take too
 * long. Never waits. */
void schedule_run_due(struct schedule *schedule);
/* When to call schedule_run_due() at the latest, as clock_ms(). */
int64_t schedule_next_ms(const struct schedule *schedule);

/* Call before the program ends: sends SIGTERM to all commands and waits a few seconds at
 * most. */
void schedule_stop(struct schedule *schedule);
void schedule_end(struct schedule *schedule);

#endif
