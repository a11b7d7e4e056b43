/* schedule.h - commands that the bridge starts at given times
 *
 * SPDX-License-Identifier: MIT
 *
 * Each runs in a child process of the supervisor (or of the one process, with
 * workers = 0), at a lower priority than the mailboxes, never twice at once and
 * never longer than the time limit.  What it prints on standard error is logged.
 * When it ran is kept in a file of the state directory: a restart repeats no run,
 * and one that was missed is made up for.
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
		pid_t pid;	  /* 0: it does not run */
		int output;	  /* its standard error, read end; -1: closed */
		int64_t started;  /* clock_ms() */
		int64_t stop_at;  /* SIGTERM */
		int64_t kill_at;  /* SIGKILL; 0: not stopped yet */
		int64_t previous; /* when it was started before, Unix seconds */
		const char *stopped; /* why; NULL: it was not */
		unsigned lines;	  /* of output, so far */
		size_t length;	  /* of the line that is being read */
		char line[SCHEDULE_LINE_MAX];
	} children[SCHEDULED_COUNT];
};

/* Reads when each command ran. */
void schedule_begin(struct schedule *schedule, const char *config_file,
		    const struct config *config);
/* Another configuration is in force: commands that run go on. */
void schedule_configure(struct schedule *schedule, const struct config *config);

/* Starts what is due, takes note of what has ended, stops what takes too long.
 * Never waits. */
void schedule_run_due(struct schedule *schedule);
/* When to call that at the latest, by clock_ms(). */
int64_t schedule_next_ms(const struct schedule *schedule);

/* The program ends: SIGTERM to all, then waits for them, a few seconds at most. */
void schedule_stop(struct schedule *schedule);
void schedule_end(struct schedule *schedule);

#endif
