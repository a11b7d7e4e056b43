/* directory_lock.h - lock for writing to a directory
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_DIRECTORY_LOCK_H
#define OUTPUT_DIRECTORY_LOCK_H

#include "base/error.h"

struct directory_lock {
	const char *path;
	int fd;         /* -1: not open */
	bool was_there; /* it was opened before */
};

/* Waits for up to 30 seconds and locks the directory currently at the path.  RETRY:
 * another process holds the lock, or the directory is gone but existed before; FATAL:
 * there is no such directory. */
bool directory_lock(struct directory_lock *lock, struct error *err);
void directory_unlock(struct directory_lock *lock);
void directory_lock_close(struct directory_lock *lock);

/* For check(): whether we may write there. */
bool directory_check(struct directory_lock *lock, struct error *err);

#endif
