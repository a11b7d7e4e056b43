/* name_lookup.c - DNS look-ups that do not block other fibers
 *
 * SPDX-License-Identifier: MIT
 *
 * getaddrinfo() would block every mailbox of the worker until an unresponsive
 * name server times out.
 */
#include "base/name_lookup.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* c-ares 1.34 of Debian 13 deprecates functions that are the only ones in 1.18 of
 * Debian 12. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/wait.h"
#include "base/xalloc.h"

/* Timeout of one query to one server, doubled with each retry. */
#define ANSWER_MS 3000
#define TRIES 3

struct lookup {
	bool done;
	int status; /* ARES_... */
};

struct address_query {
	struct lookup lookup;
	struct host_address *found;
	size_t count;
};

struct text_query {
	struct lookup lookup;
	struct text_question *question;
	int64_t start;
};

static bool is_answered(struct lookup *lookup, int status)
{
	lookup->done = true;
	lookup->status = status;
	return status == ARES_SUCCESS;
}

static void on_addresses(void *context, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct address_query *lookup = context;

	(void)timeouts;
	if (!is_answered(&lookup->lookup, status))
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

/* The strings of a record are one text (RFC 7208 section 3.3). */
static void add_texts(struct strbuf *texts, const struct ares_txt_ext *strings)
{
	size_t begin = texts->len;

	for (const struct ares_txt_ext *s = strings; s; s = s->next) {
		strbuf_add(texts, (const char *)s->txt, s->length);
		if (s->next && !s->next->record_start)
			continue;
		strbuf_add_byte(texts, '\0');
		if (texts->overflowed)
			strbuf_cut(texts, begin);
		begin = texts->len;
	}
}

static void on_texts(void *context, int status, int timeouts, unsigned char *answer, int size)
{
	struct text_query *lookup = context;
	struct ares_txt_ext *strings = NULL;

	(void)timeouts;
	lookup->question->waited_ms = clock_ms() - lookup->start;
	if (!is_answered(&lookup->lookup, status))
		return;
	status = ares_parse_txt_reply_ext(answer, size, &strings);
	if (status == ARES_SUCCESS)
		add_texts(lookup->question->texts, strings);
	else
		lookup->lookup.status = status == ARES_ENODATA ? status : ARES_EBADRESP;
	ares_free_data(strings);
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

/* false: the program is stopping. */
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

/* Opens a channel per query, so that it uses the current name servers. */
static int open_channel(const char *servers, ares_channel *channel)
{
	static bool library_ready;
	struct ares_options options = { .timeout = ANSWER_MS, .tries = TRIES };
	int status;

	if (!library_ready && ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return ARES_ENOTINITIALIZED;
	library_ready = true;
	status = ares_init_options(channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	if (status != ARES_SUCCESS || !servers)
		return status;
	status = ares_set_servers_ports_csv(*channel, servers);
	if (status != ARES_SUCCESS)
		ares_destroy(*channel);
	return status;
}

/* Waits until the query is answered or times out; then destroys the channel. */
static void finish(ares_channel channel, const struct lookup *lookup, int64_t deadline)
{
	while (!lookup->done && clock_ms() < deadline)
		if (!wait_for_answer(channel, deadline))
			break;
	/* Calls back open queries with an error. */
	ares_destroy(channel);
}

static bool no_channel(const char *name, int status, struct error *err)
{
	if (descriptors_used_up(err))
		return error_context(err, "%s: cannot look up names", name);
	return error_set(err, ERROR_RETRY, "%s: cannot look up names: %s", name,
			 ares_strerror(status));
}

static bool no_answer(const char *name, int status, struct error *err)
{
	if (status == ARES_EDESTRUCTION)
		return error_set(err, ERROR_RETRY, "%s: the name servers do not answer", name);
	if (descriptors_used_up(err))
		return error_context(err, "%s: cannot look up the name", name);
	return error_set(err, ERROR_RETRY, "%s: cannot look up the name: %s", name,
			 ares_strerror(status));
}

bool name_lookup(const char *host, uint16_t port, const char *servers, int64_t deadline,
		 struct host_address found[static HOST_ADDRESSES_MAX], size_t *count,
		 struct error *err)
{
	const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
						   .ai_socktype = SOCK_STREAM,
						   .ai_flags = ARES_AI_NUMERICSERV };
	struct address_query lookup = { .found = found };
	char service[sizeof("65535")];
	ares_channel channel;
	int status = open_channel(servers, &channel);

	if (status != ARES_SUCCESS)
		return no_channel(host, status, err);
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	ares_getaddrinfo(channel, host, service, &hints, on_addresses, &lookup);
	finish(channel, &lookup.lookup, deadline);
	status = lookup.lookup.status;
	if (status == ARES_SUCCESS && lookup.count == 0)
		status = ARES_ENODATA;
	if (status != ARES_SUCCESS)
		return no_answer(host, status, err);
	*count = lookup.count;
	return true;
}

/* Returns the next timeout of the open queries; 0: all are done. */
static int64_t next_deadline(const struct text_query *queries, size_t count)
{
	const int64_t now = clock_ms();
	int64_t next = 0;

	for (size_t i = 0; i < count; i++) {
		const int64_t deadline = queries[i].question->deadline;

		if (!queries[i].lookup.done && now < deadline && (next == 0 || deadline < next))
			next = deadline;
	}
	return next;
}

static void judge_text(const struct text_query *query)
{
	const int status = query->lookup.status;
	struct text_question *q = query->question;

	q->answered = status == ARES_SUCCESS || status == ARES_ENOTFOUND ||
		      status == ARES_ENODATA || status == ARES_EBADNAME ||
		      no_answer(q->name, status, &q->err);
}

void text_lookup(struct text_question *questions, size_t count, const char *servers)
{
	struct text_query *queries = xcalloc(count + 1, sizeof(*queries));
	ares_channel channel;
	const int status = open_channel(servers, &channel);
	int64_t deadline;

	for (size_t i = 0; i < count; i++) {
		questions[i].answered = false;
		questions[i].waited_ms = 0;
		queries[i] = (struct text_query){ .question = &questions[i], .start = clock_ms() };
		if (status != ARES_SUCCESS)
			no_channel(questions[i].name, status, &questions[i].err);
		else
			ares_query(channel, questions[i].name, ns_c_in, ns_t_txt, on_texts,
				   &queries[i]);
	}
	if (status == ARES_SUCCESS) {
		while ((deadline = next_deadline(queries, count)) != 0)
			if (!wait_for_answer(channel, deadline))
				break;
		/* Calls back open queries with an error. */
		ares_destroy(channel);
		for (size_t i = 0; i < count; i++)
			judge_text(&queries[i]);
	}
	free(queries);
}

bool name_servers_are_good(const char *servers)
{
	ares_channel channel;

	if (*servers == '\0' || open_channel(servers, &channel) != ARES_SUCCESS)
		return false;
	ares_destroy(channel);
	return true;
}
