/* running.h - finds the bridges that use a state directory
 *
 * SPDX-License-Identifier: MIT
 *
 * Each bridge locks one byte of the file "running", at the offset of its process id. The
 * kernel reports who holds a lock and releases it when the holder ends, so there are no stale
 * entries as in a file of process ids.
 */
#ifndef BRIDGE_PROCESS_RUNNING_H
#define BRIDGE_PROCESS_RUNNING_H

#include "base/error.h"

/* Takes the lock for this process until it ends. another: a bridge is already running.
 * RETRY: the lock cannot be taken, so commands that change the configuration do not find
 * this process. */
bool running_note(const char *state_directory, bool *another, struct error *err);

struct running_counts {
	unsigned signalled;   /* bridges that received the signal */
	unsigned unreachable; /* of another user, or in another container */
};

/* Sends a signal to each of these bridges. RETRY: the file cannot be read. */
bool running_signal(const char *state_directory, int number, struct running_counts *counts,
		    struct error *err);

#endif
