/* wait.c - the only place where the program waits
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/wait.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "base/clock.h"

static volatile sig_atomic_t stopping;
static int64_t stopped_at; /* when a wait first noticed the stop; 0: not yet */
static wait_function *delegate;
static unsigned forbidden; /* calls of wait_forbid() without wait_permit() */

void wait_stop(void)
{
	stopping = 1;
}

bool wait_stopping(void)
{
	return stopping != 0;
}

void wait_resume(void)
{
	stopping = 0;
	stopped_at = 0;
}

void wait_delegate(wait_function *poll)
{
	delegate = poll;
}

void wait_forbid(void)
{
	forbidden++;
}

void wait_permit(void)
{
	assert(forbidden > 0);
	forbidden--;
}

bool wait_permitted(void)
{
	return forbidden == 0;
}

int wait_kernel(struct pollfd *fds, nfds_t count, int64_t until)
{
	const int64_t left = until - clock_ms();
	const int64_t ms = left > 0 ? left : 0;
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(fds, count, &time, &none);
}

static int wait_once(struct pollfd *fds, nfds_t count, int64_t until)
{
	return (delegate ? delegate : wait_kernel)(fds, count, until);
}

static int64_t end_of_grace(void)
{
	if (stopped_at == 0)
		stopped_at = clock_ms();
	return stopped_at + WAIT_GRACE_MS;
}

int wait_poll(struct pollfd *fds, nfds_t count, int64_t until)
{
	assert(wait_permitted());
	for (;;) {
		const bool stop = wait_stopping();
		const bool cut = stop && end_of_grace() < until;
		const int ready = wait_once(fds, count, cut ? end_of_grace() : until);

		if (ready > 0 || (ready < 0 && errno != EINTR))
			return ready;
		if (cut && clock_ms() >= end_of_grace()) {
			errno = ECANCELED;
			return -1;
		}
		if (ready == 0 && !cut)
			return 0;
	}
}

int wait_poll_idle(struct pollfd *fds, nfds_t count, int64_t until)
{
	assert(wait_permitted());
	while (!wait_stopping()) {
		const int ready = wait_once(fds, count, until);

		if (ready > 0 || (ready < 0 && errno != EINTR))
			return ready;
		if (ready == 0 && clock_ms() >= until)
			return 0;
	}
	errno = ECANCELED;
	return -1;
}

bool wait_until(int64_t until)
{
	assert(wait_permitted());
	while (!wait_stopping() && clock_ms() < until)
		(void)wait_once(NULL, 0, until);
	return !wait_stopping();
}
