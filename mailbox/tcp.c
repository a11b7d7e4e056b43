/* tcp.c - a connection to a host, whichever of its addresses answers
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"

int tcp_wait(int fd, short events, int64_t until)
{
	struct pollfd wanted = { .fd = fd, .events = events };

	return wait_poll(&wanted, 1, until);
}

/* Commands are small and each waits for its answer; a server that was
 * unplugged must not hold an idle connection for ever. */
static void set_options(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* A connected socket, or -1 with errno. */
static int connect_address(const struct addrinfo *address, int64_t until)
{
	const int fd = socket(address->ai_family,
			      address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
			      address->ai_protocol);
	socklen_t size = sizeof(int);
	int failure = 0;

	if (fd < 0)
		return -1;
	set_options(fd);
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	failure = errno;
	if (failure == EINPROGRESS) {
		const int ready = tcp_wait(fd, POLLOUT, until);

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
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_ADDRCONFIG };
	struct addrinfo *addresses = NULL;
	char service[sizeof("65535")];
	int failure, found = -1;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	failure = getaddrinfo(host, service, &hints, &addresses);
	if (failure != 0)
		return error_set(err, ERROR_RETRY, "%s: cannot look up the name: %s", host,
				 failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
	failure = ETIMEDOUT;
	for (struct addrinfo *a = addresses; a && found < 0; a = a->ai_next) {
		const int64_t until = clock_ms() + timeout_ms;

		if (clock_ms() >= deadline)
			break;
		found = connect_address(a, until < deadline ? until : deadline);
		if (found < 0)
			failure = errno;
	}
	freeaddrinfo(addresses);
	if (found < 0)
		return error_set(err, ERROR_RETRY, "%s port %u: cannot connect: %s", host,
				 (unsigned)port, strerror(failure));
	*fd = found;
	return true;
}
