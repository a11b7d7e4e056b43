/* wait.h - the one place where the program waits
 *
 * SPDX-License-Identifier: MIT
 *
 * Nobody else calls poll() or sleeps: so a signal to stop ends every wait, and
 * whoever runs many visits at once can let another one go on meanwhile
 * (wait_delegate).  Signals that the caller has blocked are let in while
 * waiting and only then, so none is slept through.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/* Work under way when the program is told to stop may go on for this long. */
#define WAIT_GRACE_MS 4000

/* Like poll(), until the monotonic time `until` (base/clock.h); never EINTR.
 * 0: the time is up.  -1 with ECANCELED: told to stop, and the grace is over. */
int wait_poll(struct pollfd *fds, nfds_t count, int64_t until);

/* The same where nothing is under way, such as waiting for new mail: -1 with
 * ECANCELED at once when told to stop. */
int wait_poll_idle(struct pollfd *fds, nfds_t count, int64_t until);

/* false: told to stop, at once. */
bool wait_until(int64_t until);

/* From now on wait_until() returns false and wait_poll() ends after the grace.
 * May be called from a signal handler. */
void wait_stop(void);
bool wait_stopping(void);

/* What was to stop has stopped, and something else begins. */
void wait_resume(void);

/* Waits are handed to `poll` instead of the kernel; NULL: back to it.  It gets
 * `until` of wait_poll(), already bounded by the grace. */
typedef int wait_function(struct pollfd *fds, nfds_t count, int64_t until);
void wait_delegate(wait_function *poll);

/* Between these nobody may wait: asserted in every wait.  Whoever calls them
 * relies on not being interrupted by another fiber.  They nest. */
void wait_forbid(void);
void wait_permit(void);
bool wait_permitted(void);

/* What is done when nothing is delegated; -1 and EINTR when a signal came. */
int wait_kernel(struct pollfd *fds, nfds_t count, int64_t until);

#endif
