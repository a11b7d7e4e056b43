/* fiber.h - many tasks in one thread, each with a stack of its own
 *
 * SPDX-License-Identifier: MIT
 *
 * A fiber is ordinary code.  It gives way to the others where it waits
 * (base/wait.h) or passes a gate, and nowhere else, so what it does in between
 * needs no lock.  Its stack ends in a page that must not be touched: a fiber
 * that needs more ends the process, and nothing is overwritten.
 */
#ifndef BASE_FIBER_H
#define BASE_FIBER_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void fiber_function(void *context);

/* Starts body(context) when fiber_run() next has its turn; it ends by
 * returning.  Fibers may start fibers. */
void fiber_start(fiber_function *body, void *context);

/* Runs them until all have ended; waits must reach fiber_wait() meanwhile. */
void fiber_run(void);

/* What another process may see of this one, in memory that both share. */
struct fiber_view {
	_Atomic uint32_t owner; /* of the fiber that runs; 0: none does, or it has none */
	_Atomic uint32_t turns; /* how often a fiber has been resumed */
};
void fiber_show(struct fiber_view *view);

/* From now on the running fiber works for `owner`, as do those it starts. */
void fiber_work_for(uint32_t owner);

/* To be given to wait_delegate(), or called by what is. */
int fiber_wait(struct pollfd *fds, nfds_t count, int64_t until);

/* Gives memory back that the running fiber's stack has once needed: to be
 * called where it is going to rest for long. */
void fiber_trim(void);

/* Lets so many fibers through, in the order they came. */
struct fiber_gate {
	size_t free;
	struct fiber *first, *last; /* waiting for their turn */
};

/* false: not let through, since `until` (base/clock.h) has come or the program
 * is told to stop. */
bool fiber_gate_enter(struct fiber_gate *gate, int64_t until);
void fiber_gate_leave(struct fiber_gate *gate);

#endif
