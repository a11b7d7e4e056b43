/* turn_watch.c - whether a worker still comes round to its event loop
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/turn_watch.h"

#include <time.h>

#include "base/clock.h"

/* 0: it is gone. */
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

/* The turns are read before the CPU time, so that what has been used since the
 * last turn is never overestimated. */
void turn_watch_look(struct turn_watch *watch, pid_t pid, uint32_t turns)
{
	const int64_t cpu_ms = cpu_ms_of(pid);

	if (turns != watch->turns)
		*watch = (struct turn_watch){ .turns = turns,
					      .since = clock_ms(),
					      .cpu_ms = cpu_ms };
	watch->used_ms = cpu_ms > watch->cpu_ms ? cpu_ms - watch->cpu_ms : 0;
}
