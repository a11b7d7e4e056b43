/* running.c - finds the bridges that use a state directory
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/running.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096

static int open_file(const char *state_directory, int flags, struct error *err)
{
	char path[PATH_BYTES];
	int fd;

	snprintf(path, sizeof(path), "%s/running", state_directory);
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno != ENOENT)
		error_set(err, ERROR_RETRY, "%s: %s", path, strerror(errno));
	return fd;
}

bool running_note(const char *state_directory, bool *another, struct error *err)
{
	struct flock any = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct flock own = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = getpid(), .l_len = 1
	};
	/* Never closed: closing releases the lock. */
	const int fd = open_file(state_directory, O_RDWR | O_CREAT, err);

	if (fd < 0)
		return false;
	*another = fcntl(fd, F_GETLK, &any) == 0 && any.l_type != F_UNLCK;
	return fcntl(fd, F_SETLK, &own) == 0 ||
	       error_set(err, ERROR_RETRY, "%s/running: %s", state_directory, strerror(errno));
}

/* The kernel reports any one lock of a range, so search the ranges before and after it
 * next. last 0: to the end. */
static void signal_range(int fd, off_t first, off_t last, int number, struct running_counts *counts)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = first,
			      .l_len = last > 0 ? last - first + 1 : 0 };

	if ((last > 0 && last < first) || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return;
	if (lock.l_pid > 0 && kill(lock.l_pid, number) == 0)
		counts->signalled++;
	else
		counts->unreachable++;
	if (lock.l_start > first)
		signal_range(fd, first, lock.l_start - 1, number, counts);
	signal_range(fd, lock.l_start + 1, last, number, counts);
}

bool running_signal(const char *state_directory, int number, struct running_counts *counts,
		    struct error *err)
{
	int fd;

	*counts = (struct running_counts){ .signalled = 0 };
	errno = 0;
	fd = open_file(state_directory, O_RDONLY, err);
	if (fd < 0)
		return errno == ENOENT; /* no bridge has ever used this directory */
	signal_range(fd, 0, 0, number, counts);
	close(fd);
	return true;
}
