/* directory_lock.c - lock for writing to a directory
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/directory_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"

#define LOCK_PAUSE_MS 5
#define LOCK_TIMEOUT_MS 30000

static bool failed(const struct directory_lock *lock, struct error *err)
{
	return error_set(err, ERROR_FATAL, "directory %s: %s", lock->path, strerror(errno));
}

static bool lock_descriptor(const struct directory_lock *lock, struct error *err)
{
	const int64_t deadline = clock_ms() + LOCK_TIMEOUT_MS;

	while (flock(lock->fd, LOCK_EX | LOCK_NB) < 0)
		if (clock_ms() >= deadline || !wait_until(clock_ms() + LOCK_PAUSE_MS))
			return error_set(err, ERROR_RETRY, "directory %s: another process writes",
					 lock->path);
	return true;
}

/* The directory may have been moved or removed since it was opened. */
static bool is_in_place(const struct directory_lock *lock)
{
	struct stat ours, there;

	return fstat(lock->fd, &ours) == 0 && stat(lock->path, &there) == 0 &&
	       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

bool directory_lock(struct directory_lock *lock, struct error *err)
{
	for (;;) {
		if (lock->fd < 0)
			lock->fd = open(lock->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (lock->fd < 0 && lock->was_there)
			return error_set(err, ERROR_RETRY,
					 "directory %s: no longer exists: %s; put it back or "
					 "create it",
					 lock->path, strerror(errno));
		if (lock->fd < 0)
			return failed(lock, err);
		lock->was_there = true;
		if (!lock_descriptor(lock, err))
			return false;
		if (is_in_place(lock))
			return true;
		directory_lock_close(lock);
	}
}

void directory_unlock(struct directory_lock *lock)
{
	if (lock->fd >= 0)
		(void)flock(lock->fd, LOCK_UN);
}

void directory_lock_close(struct directory_lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
}

bool directory_check(struct directory_lock *lock, struct error *err)
{
	if (!directory_lock(lock, err))
		return false;
	directory_unlock(lock);
	return access(lock->path, W_OK) == 0 || failed(lock, err);
}
