/* signals.h - turns signals into events
 *
 * SPDX-License-Identifier: MIT
 *
 * Signals are blocked except where the program waits (base/wait.h). A handler only records
 * the signal and makes a descriptor readable, which callers may wait on. SIGNAL_STOP also
 * ends all waits.
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

/* Call once per process, and again after fork(). */
void signals_catch(void);

/* Readable when there are events; signals_take() returns those since the last call. */
int signals_descriptor(void);
unsigned signals_take(void);

/* Adds events to those that signals_take() returns next. */
void signals_raise(unsigned more);

#endif
