/* signals.c - turns signals into events
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/wait.h"

static atomic_uint events;
static int descriptor = -1;

static const struct {
	int number;
	enum signal_event event;
} caught[] = {
	{ SIGTERM, SIGNAL_STOP }, { SIGINT, SIGNAL_STOP },   { SIGHUP, SIGNAL_RELOAD },
	{ SIGUSR1, SIGNAL_TELL }, { SIGCHLD, SIGNAL_CHILD },
};

#define CAUGHT_COUNT (sizeof(caught) / sizeof(caught[0]))

void signals_raise(unsigned more)
{
	const uint64_t one = 1;

	atomic_fetch_or(&events, more);
	/* Fails only when the descriptor is already readable. */
	if (write(descriptor, &one, sizeof(one)) < 0)
		return;
}

static void on_signal(int number)
{
	const int before = errno;

	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		if (caught[i].number != number)
			continue;
		/* The process may be waiting for something else. */
		if (caught[i].event == SIGNAL_STOP)
			wait_stop();
		signals_raise(caught[i].event);
	}
	errno = before;
}

void signals_catch(void)
{
	const struct sigaction note = { .sa_handler = on_signal };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t blocked;

	if (descriptor >= 0)
		close(descriptor);
	descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (descriptor < 0)
		abort();
	atomic_store(&events, 0);
	sigemptyset(&blocked);
	for (size_t i = 0; i < CAUGHT_COUNT; i++)
		sigaddset(&blocked, caught[i].number);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	for (size_t i = 0; i < CAUGHT_COUNT; i++)
		sigaction(caught[i].number, &note, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	/* Exceeding the file size limit becomes an error of write(), like a full disk. */
	sigaction(SIGXFSZ, &ignore, NULL);
}

int signals_descriptor(void)
{
	return descriptor;
}

unsigned signals_take(void)
{
	uint64_t count;

	if (read(descriptor, &count, sizeof(count)) < 0)
		return 0;
	return atomic_exchange(&events, 0);
}
