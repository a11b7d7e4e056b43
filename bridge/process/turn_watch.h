/* turn_watch.h - detects workers that no longer return to their event loop
 *
 * SPDX-License-Identifier: MIT
 *
 * Measures the CPU time that the process has used since it last switched between fibers.
 * Wall-clock time would blame the worker for a machine that is busy or suspended.
 */
#ifndef BRIDGE_PROCESS_TURN_WATCH_H
#define BRIDGE_PROCESS_TURN_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct turn_watch {
	uint32_t turns;        /* at the last look */
	int64_t since, cpu_ms; /* when this count was first seen, and the CPU time used then */
	int64_t used_ms;       /* CPU time used since */
};

void turn_watch_begin(struct turn_watch *watch, uint32_t turns);

/* Updates the CPU time of the process, whose current number of turns is given. */
void turn_watch_look(struct turn_watch *watch, pid_t pid, uint32_t turns);

#endif
