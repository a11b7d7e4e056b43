/* name_lookup.c - the addresses of a host; the only file with c-ares
 *
 * SPDX-License-Identifier: MIT
 *
 * getaddrinfo() would stop every mailbox of the worker until a name server
 * that does not answer has been given up.
 */
#include "mailbox/name_lookup.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <ares.h>

#include "base/clock.h"
#include "base/wait.h"

/* Of one question to one server, doubled at each of the tries. */
#define ANSWER_MS 3000
#define TRIES 3

struct lookup {
	bool done;
	int status; /* ARES_... */
	struct host_address *found;
	size_t count;
};

static void on_answer(void *context, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct lookup *lookup = context;

	(void)timeouts;
	lookup->done = true;
	lookup->status = status;
	if (status != ARES_SUCCESS)
		return;
	for (const struct ares_addrinfo_node *a = answer->nodes; a; a = a->ai_next) {
		struct host_address *to = &lookup->found[lookup->count];

		if (lookup->count == HOST_ADDRESSES_MAX ||
		    (size_t)a->ai_addrlen > sizeof(to->address))
			continue;
		memcpy(&to->address, a->ai_addr, (size_t)a->ai_addrlen);
		to->size = (socklen_t)a->ai_addrlen;
		lookup->count++;
	}
	ares_freeaddrinfo(answer);
}

static int64_t next_timeout(ares_channel channel, int64_t deadline)
{
	struct timeval left;
	int64_t until;

	if (!ares_timeout(channel, NULL, &left))
		return deadline;
	until = clock_ms() + left.tv_sec * 1000 + left.tv_usec / 1000 + 1;
	return until < deadline ? until : deadline;
}

/* false: told to stop. */
static bool wait_for_answer(ares_channel channel, int64_t deadline)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct pollfd fds[ARES_GETSOCK_MAXNUM];
	const unsigned wanted = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
	nfds_t count = 0;

	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		const bool reads = ARES_GETSOCK_READABLE(wanted, i);
		const bool writes = wanted & 1u << (i + ARES_GETSOCK_MAXNUM);

		if (!reads && !writes)
			continue;
		fds[count++] = (struct pollfd){
			.fd = sockets[i],
			.events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)),
		};
	}
	if (wait_poll(fds, count, next_timeout(channel, deadline)) < 0)
		return false;
	for (nfds_t i = 0; i < count; i++)
		ares_process_fd(channel, fds[i].revents & ~POLLOUT ? fds[i].fd : ARES_SOCKET_BAD,
				fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	return true;
}

/* A channel for each question: it knows the name servers of today. */
static int open_channel(const char *servers, ares_channel *channel)
{
	static bool library_ready;
	struct ares_options options = { .timeout = ANSWER_MS, .tries = TRIES };
	int status;

	if (!library_ready && ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return ARES_ENOTINITIALIZED;
	library_ready = true;
	status = ares_init_options(channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	if (status == ARES_SUCCESS && servers)
		status = ares_set_servers_ports_csv(*channel, servers);
	return status;
}

bool name_lookup(const char *host, uint16_t port, const char *servers, int64_t deadline,
		 struct host_address found[static HOST_ADDRESSES_MAX], size_t *count,
		 struct error *err)
{
	const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
						   .ai_socktype = SOCK_STREAM,
						   .ai_flags = ARES_AI_NUMERICSERV };
	struct lookup lookup = { .found = found };
	char service[sizeof("65535")];
	ares_channel channel;
	int status = open_channel(servers, &channel);

	if (status != ARES_SUCCESS)
		return error_set(err, ERROR_RETRY, "%s: cannot look up names: %s", host,
				 ares_strerror(status));
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	ares_getaddrinfo(channel, host, service, &hints, on_answer, &lookup);
	while (!lookup.done && clock_ms() < deadline)
		if (!wait_for_answer(channel, deadline))
			break;
	/* Answers what is still open. */
	ares_destroy(channel);
	if (lookup.status == ARES_EDESTRUCTION)
		return error_set(err, ERROR_RETRY, "%s: the name servers do not answer", host);
	if (lookup.status != ARES_SUCCESS || lookup.count == 0)
		return error_set(err, ERROR_RETRY, "%s: cannot look up the name: %s", host,
				 ares_strerror(lookup.count == 0 && lookup.status == ARES_SUCCESS
						       ? ARES_ENODATA
						       : lookup.status));
	*count = lookup.count;
	return true;
}
