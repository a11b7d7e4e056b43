/* descriptors.c - file descriptors and their limit
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

void descriptors_open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		abort();
	close(fd);
}

void descriptors_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

size_t descriptors_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

bool descriptors_used_up(struct error *err)
{
	const int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0) {
		close(fd);
		return false;
	}
	if (errno != EMFILE && errno != ENFILE)
		return false;
	error_set(err, ERROR_RETRY,
		  "too many open files: raise LimitNOFILE of the service, or workers");
	return true;
}

void descriptors_keep(int kept)
{
	const unsigned first = STDERR_FILENO + 1;

	if (kept < (int)first) {
		(void)close_range(first, ~0U, 0);
		return;
	}
	if (kept > (int)first)
		(void)close_range(first, (unsigned)kept - 1, 0);
	(void)close_range((unsigned)kept + 1, ~0U, 0);
}
