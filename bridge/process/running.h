/* running.h - which bridges run with a state directory
 *
 * SPDX-License-Identifier: MIT
 *
 * Each holds a lock on one byte of the file "running", the byte of its process id.
 * The kernel says who holds a lock and takes it back when the holder ends, so
 * nothing has to be read, cleaned up or believed, as with a file of process ids.
 */
#ifndef BRIDGE_PROCESS_RUNNING_H
#define BRIDGE_PROCESS_RUNNING_H

#include "base/error.h"

/* Of this process, until it ends.  another: there is one already.  RETRY: it cannot
 * be noted, and those who change the configuration do not find it. */
bool running_note(const char *state_directory, bool *another, struct error *err);

struct running_told {
	unsigned told;	      /* bridges that were sent the signal */
	unsigned unreachable; /* of another user, or in another container */
};

/* Sends a signal to each of them.  RETRY: the file cannot be read. */
bool running_tell(const char *state_directory, int number, struct running_told *told,
		  struct error *err);

#endif
