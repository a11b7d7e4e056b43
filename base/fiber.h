/* fiber.h - many tasks in one thread, each with its own stack
 *
 * SPDX-License-Identifier: MIT
 *
 * A fiber runs ordinary code.  It yields to other fibers only where it waits
 * (base/wait.h) or enters a gate, so the code in between needs no lock.  Its
 * stack ends in a guard page: a stack overflow ends the process and overwrites
 * nothing.
 */
#ifndef BASE_FIBER_H
#define BASE_FIBER_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wait.h"

typedef void fiber_function(void *context);

/* Starts body(context) at the next turn of fiber_run(); the fiber ends when body
 * returns.  Fibers may start fibers. */
void fiber_start(fiber_function *body, void *context);

/* Runs all fibers until they have ended, and delegates waits meanwhile: to fiber_wait(), or to
 * a function that calls it. */
void fiber_run(wait_function *wait);

/* Whether the caller is a fiber: only then fibers run already. */
bool fiber_is_running(void);

/* Shared memory in which another process may observe this one. */
struct fiber_view {
	_Atomic uint32_t owner; /* of the running fiber; 0: no fiber runs, or it has no owner */
	_Atomic uint32_t turns; /* how often a fiber has been resumed */
};
void fiber_show(struct fiber_view *view);

/* Sets the owner of the running fiber and of the fibers it starts from now on. */
void fiber_work_for(uint32_t owner);

/* Yields to other fibers until one of the descriptors is ready, or it is `until`. */
int fiber_wait(struct pollfd *fds, nfds_t count, int64_t until);

/* Returns unused stack memory of the running fiber to the system: call it before a
 * long wait. */
void fiber_trim(void);

/* Lets a limited number of fibers through, in order of arrival. */
struct fiber_gate {
	size_t free;
	struct fiber *first, *last; /* waiting for their turn */
};

/* false: did not enter because `until` (base/clock.h) has passed or the program is
 * stopping. */
bool fiber_gate_enter(struct fiber_gate *gate, int64_t until);
void fiber_gate_leave(struct fiber_gate *gate);

#endif
