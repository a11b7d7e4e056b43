/* wait.h - the only place where the program waits
 *
 * SPDX-License-Identifier: MIT
 *
 * No other file calls poll() or sleeps: so a stop signal ends every wait, and a
 * scheduler can run other fibers meanwhile (wait_delegate).  Signals that the
 * caller has blocked are delivered only while waiting, so none is missed.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/* After a stop, work in progress may continue for this long. */
#define WAIT_GRACE_MS 4000

/* Like poll(), until the monotonic time `until` (base/clock.h); never EINTR.
 * Returns 0 on timeout, -1 with ECANCELED when the program is stopping and the
 * grace is over. */
int wait_poll(struct pollfd *fds, nfds_t count, int64_t until);

/* The same when no work is in progress, such as waiting for new mail: -1 with
 * ECANCELED as soon as the program is stopping. */
int wait_poll_idle(struct pollfd *fds, nfds_t count, int64_t until);

/* false: the program is stopping; returns at once. */
bool wait_until(int64_t until);

/* From now on wait_until() returns false and wait_poll() ends after the grace.
 * Async-signal-safe. */
void wait_stop(void);
bool wait_stopping(void);

/* Clears the stop before new work begins. */
void wait_resume(void);

/* Delegates waits to `poll` instead of the kernel; NULL: the kernel.  `until` is
 * that of wait_poll(), already bounded by the grace. */
typedef int wait_function(struct pollfd *fds, nfds_t count, int64_t until);
void wait_delegate(wait_function *poll);

/* Between these calls no wait is allowed, which every wait asserts: the caller
 * relies on not being interrupted by another fiber.  They nest. */
void wait_forbid(void);
void wait_permit(void);
bool wait_permitted(void);

/* The default wait; -1 and EINTR after a signal. */
int wait_kernel(struct pollfd *fds, nfds_t count, int64_t until);

#endif
