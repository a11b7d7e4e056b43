/* turn_watch.c - detects workers that no longer return to their event loop
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/turn_watch.h"

#include <time.h>

#include "base/clock.h"

/* 0: the process has ended. */
static int64_t cpu_ms_of(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
		return 0;
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void turn_watch_begin(struct turn_watch *watch, uint32_t turns)
{
	*watch = (struct turn_watch){ .turns = turns, .since = clock_ms() };
}

/* Reads the turns before the CPU time, so that the CPU time since the last turn is never
 * overestimated. */
void turn_watch_look(struct turn_watch *watch, pid_t pid, uint32_t turns)
{
	const int64_t cpu_ms = cpu_ms_of(pid);

	if (turns != watch->turns)
		*watch = (struct turn_watch){ .turns = turns,
					      .since = clock_ms(),
					      .cpu_ms = cpu_ms };
	watch->used_ms = cpu_ms > watch->cpu_ms ? cpu_ms - watch->cpu_ms : 0;
}
