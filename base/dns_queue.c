/* dns_queue.c - many DNS queries in flight at once
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/dns_queue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* c-ares 1.34 of Debian 13 deprecates functions that are the only ones in 1.18 of
 * Debian 12. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"

/* Timeout of one server, doubled with each retry: a lost packet must not delay the
 * whole batch; all retries take 3.75 s, which fits its budget. */
#define ANSWER_MS 250
#define TRIES 4
/* Holds a burst of replies to hundreds of queries. */
#define RECEIVE_BUFFER (1 << 20)
/* Up to c-ares 1.19 a channel has one source port per server: this limits the
 * queries an attacker has for guessing the port and forging replies. */
#define QUESTIONS_PER_CHANNEL 1000
#define CHANNELS 4

struct finished {
	struct finished *next;
	uint64_t tag;
	char *packet; /* NULL: no reply */
	size_t size;
};

struct question {
	struct dns_queue *queue;
	struct channel *channel;
	uint64_t tag;
};

struct channel {
	ares_channel handle;
	bool is_open;
	unsigned asked, pending;
};

struct dns_queue {
	const char *servers;
	struct channel channels[CHANNELS];
	size_t current;
	size_t open_questions;
	struct finished *first, *last;
	struct finished *taken; /* the caller holds its packet */
	bool closing;
};

struct dns_queue *dns_queue_open(const char *servers)
{
	struct dns_queue *queue = xcalloc(1, sizeof(*queue));

	queue->servers = servers;
	return queue;
}

static void free_finished(struct finished *finished)
{
	if (finished)
		free(finished->packet);
	free(finished);
}

static void close_channel(struct channel *channel)
{
	if (channel->is_open)
		ares_destroy(channel->handle);
	channel->is_open = false;
}

void dns_queue_close(struct dns_queue *queue)
{
	if (!queue)
		return;
	queue->closing = true;
	for (size_t i = 0; i < CHANNELS; i++)
		close_channel(&queue->channels[i]);
	while (queue->first) {
		struct finished *finished = queue->first;

		queue->first = finished->next;
		free_finished(finished);
	}
	free_finished(queue->taken);
	free(queue);
}

/* --- queries ------------------------------------------------------------------ */

/* Without NOCHECKRESP a refusal looks like a dead server. */
static bool open_channel(const struct dns_queue *queue, struct channel *channel)
{
	struct ares_options options = { .timeout = ANSWER_MS,
					.tries = TRIES,
					.flags = ARES_FLAG_NOCHECKRESP,
					.socket_receive_buffer_size = RECEIVE_BUFFER };
	const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS |
			 ARES_OPT_SOCK_RCVBUF;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&channel->handle, &options, mask) != ARES_SUCCESS)
		return false;
	channel->is_open = true;
	channel->asked = 0;
	if (!queue->servers ||
	    ares_set_servers_ports_csv(channel->handle, queue->servers) == ARES_SUCCESS)
		return true;
	close_channel(channel);
	return false;
}

/* Switches to the next channel once the old queries of that channel are
 * answered. */
static struct channel *channel_to_ask(struct dns_queue *queue)
{
	struct channel *channel = &queue->channels[queue->current];
	const size_t next = (queue->current + 1) % CHANNELS;

	if (channel->is_open && channel->asked >= QUESTIONS_PER_CHANNEL &&
	    queue->channels[next].pending == 0) {
		queue->current = next;
		channel = &queue->channels[next];
		close_channel(channel);
	}
	if (!channel->is_open && !open_channel(queue, channel))
		return NULL;
	channel->asked++;
	return channel;
}

static void finish(struct dns_queue *queue, uint64_t tag, const unsigned char *packet, int size)
{
	struct finished *finished = xcalloc(1, sizeof(*finished));

	finished->tag = tag;
	if (packet && size > 0) {
		finished->packet = xmemdup((const char *)packet, (size_t)size);
		finished->size = (size_t)size;
	}
	if (queue->first)
		queue->last->next = finished;
	else
		queue->first = finished;
	queue->last = finished;
}

static void on_reply(void *context, int status, int timeouts, unsigned char *packet, int size)
{
	struct question *question = context;

	(void)status;
	(void)timeouts;
	question->channel->pending--;
	if (!question->queue->closing)
		finish(question->queue, question->tag, packet, size);
	free(question);
}

void dns_queue_ask(struct dns_queue *queue, const char *name, enum dns_type type, uint64_t tag)
{
	struct channel *channel = channel_to_ask(queue);
	struct question *question;

	queue->open_questions++;
	if (!channel) {
		finish(queue, tag, NULL, 0);
		return;
	}
	question = xcalloc(1, sizeof(*question));
	*question = (struct question){ queue, channel, tag };
	channel->pending++;
	ares_query(channel->handle, name, ns_c_in, (int)type, on_reply, question);
}

/* --- waiting ------------------------------------------------------------------ */

struct sockets {
	struct pollfd fds[CHANNELS * ARES_GETSOCK_MAXNUM];
	ares_channel owners[CHANNELS * ARES_GETSOCK_MAXNUM];
	nfds_t count;
	int64_t until;
};

static void add_sockets(struct sockets *sockets, ares_channel channel)
{
	ares_socket_t fds[ARES_GETSOCK_MAXNUM];
	const unsigned wanted = (unsigned)ares_getsock(channel, fds, ARES_GETSOCK_MAXNUM);
	struct timeval left;
	int64_t until;

	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		const bool reads = ARES_GETSOCK_READABLE(wanted, i);
		const bool writes = wanted & 1u << (i + ARES_GETSOCK_MAXNUM);

		if (!reads && !writes)
			continue;
		sockets->owners[sockets->count] = channel;
		sockets->fds[sockets->count++] = (struct pollfd){
			.fd = fds[i],
			.events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)),
		};
	}
	if (!ares_timeout(channel, NULL, &left))
		return;
	until = clock_ms() + left.tv_sec * 1000 + left.tv_usec / 1000 + 1;
	if (until < sockets->until)
		sockets->until = until;
}

/* false: the program is stopping. */
static bool wait_for_replies(struct dns_queue *queue, int64_t deadline)
{
	struct sockets sockets = { .count = 0, .until = deadline };

	for (size_t i = 0; i < CHANNELS; i++)
		if (queue->channels[i].pending > 0)
			add_sockets(&sockets, queue->channels[i].handle);
	if (wait_poll(sockets.fds, sockets.count, sockets.until) < 0)
		return false;
	for (nfds_t i = 0; i < sockets.count; i++) {
		const struct pollfd *fd = &sockets.fds[i];

		ares_process_fd(sockets.owners[i],
				fd->revents & ~POLLOUT ? fd->fd : ARES_SOCKET_BAD,
				fd->revents & POLLOUT ? fd->fd : ARES_SOCKET_BAD);
	}
	for (size_t i = 0; i < CHANNELS; i++)
		if (queue->channels[i].pending > 0)
			ares_process_fd(queue->channels[i].handle, ARES_SOCKET_BAD,
					ARES_SOCKET_BAD);
	return true;
}

bool dns_queue_next(struct dns_queue *queue, int64_t deadline, struct dns_reply *reply)
{
	struct finished *finished;

	free_finished(queue->taken);
	queue->taken = NULL;
	while (!queue->first && queue->open_questions > 0) {
		const bool late = clock_ms() >= deadline;

		if (!wait_for_replies(queue, deadline) || (late && !queue->first))
			return false;
	}
	finished = queue->first;
	if (!finished)
		return false;
	queue->first = finished->next;
	queue->open_questions--;
	queue->taken = finished;
	*reply = (struct dns_reply){ finished->tag, { finished->packet, finished->size } };
	return true;
}
