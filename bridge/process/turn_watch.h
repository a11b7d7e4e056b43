/* turn_watch.h - whether a worker still comes round to its event loop
 *
 * SPDX-License-Identifier: MIT
 *
 * What counts is the CPU time that the process has used since it last went
 * from one fiber to another, not the time of the wall: a machine that is busy
 * with other things, or stopped, is not the worker's fault.
 */
#ifndef BRIDGE_PROCESS_TURN_WATCH_H
#define BRIDGE_PROCESS_TURN_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct turn_watch {
	uint32_t turns;	       /* as of the last look */
	int64_t since, cpu_ms; /* when these were first seen; what the process had used then */
	int64_t used_ms;       /* CPU time since */
};

void turn_watch_begin(struct turn_watch *watch, uint32_t turns);

/* Looks at the process, which has gone round so many times. */
void turn_watch_look(struct turn_watch *watch, pid_t pid, uint32_t turns);

#endif
