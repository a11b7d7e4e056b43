/* directory_lock.h - one process at a time writes to a directory
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_DIRECTORY_LOCK_H
#define OUTPUT_DIRECTORY_LOCK_H

#include "base/error.h"

struct directory_lock {
	const char *path;
	int fd; /* -1: not open */
	bool was_there; /* it could be opened before */
};

/* Waits for half a minute.  The directory is the one that stands at the path
 * now.  RETRY: another process holds it, or it was there before; FATAL: there
 * is no such directory. */
bool directory_lock(struct directory_lock *lock, struct error *err);
void directory_unlock(struct directory_lock *lock);
void directory_lock_close(struct directory_lock *lock);

/* For check(): may we write there? */
bool directory_check(struct directory_lock *lock, struct error *err);

#endif
