/* signals.h - what the process is told from outside, as events
 *
 * SPDX-License-Identifier: MIT
 *
 * Signals are blocked except where the program waits (base/wait.h); a handler
 * only remembers them and makes a descriptor readable, on which one may wait.
 * The one to stop ends all waits, too.
 */
#ifndef BRIDGE_PROCESS_SIGNALS_H
#define BRIDGE_PROCESS_SIGNALS_H

enum signal_event {
	SIGNAL_STOP = 1,   /* SIGTERM, SIGINT */
	SIGNAL_RELOAD = 2, /* SIGHUP */
	SIGNAL_TELL = 4,   /* SIGUSR1 */
	SIGNAL_CHILD = 8,
	SIGNAL_ENDED = 16, /* raised by the program itself: all work is done */
};

/* Once per process: a forked one begins anew. */
void signals_catch(void);

/* Readable when something has come; what has come since the last call. */
int signals_descriptor(void);
unsigned signals_take(void);

void signals_raise(enum signal_event event);

#endif
