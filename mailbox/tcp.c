/* tcp.c - connects to a host by any of its addresses
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/name_lookup.h"
#include "base/wait.h"

/* Commands are small and each waits for its answer; keep-alive detects a server
 * that vanished during an idle connection. */
static void set_options(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* Returns a connected socket, or -1 with errno. */
static int connect_address(const struct host_address *to, int64_t until)
{
	const int fd = socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(int);
	int failure = 0;

	if (fd < 0)
		return -1;
	set_options(fd);
	if (connect(fd, (const struct sockaddr *)&to->address, to->size) == 0)
		return fd;
	failure = errno;
	if (failure == EINPROGRESS) {
		struct pollfd wanted = { .fd = fd, .events = POLLOUT };
		const int ready = wait_poll_idle(&wanted, 1, until);

		if (ready == 0)
			failure = ETIMEDOUT;
		else if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
			failure = errno;
	}
	if (failure == 0)
		return fd;
	close(fd);
	errno = failure;
	return -1;
}

bool tcp_connect(const char *host, uint16_t port, int64_t timeout_ms, int64_t deadline, int *fd,
		 struct error *err)
{
	struct host_address addresses[HOST_ADDRESSES_MAX];
	size_t count;
	int failure = ETIMEDOUT, found = -1;

	if (!name_lookup(host, port, NULL, deadline, addresses, &count, err))
		return false;
	for (size_t i = 0; i < count && found < 0; i++) {
		const int64_t until = clock_ms() + timeout_ms;

		if (clock_ms() >= deadline)
			break;
		found = connect_address(&addresses[i], until < deadline ? until : deadline);
		if (found < 0)
			failure = errno;
	}
	if (found < 0)
		return error_set(err, ERROR_RETRY, "%s port %u: cannot connect: %s", host,
				 (unsigned)port, strerror(failure));
	*fd = found;
	return true;
}
