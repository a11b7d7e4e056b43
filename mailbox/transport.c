/* transport.c - byte stream below IMAP, plain or TLS
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/transport.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libetpan/mailstream.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/printf_like.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "mailbox/tcp.h"
#include "mailbox/tls.h"

#define STREAM_BUFFER_BYTES 16384

struct transport {
	const struct transport_settings *settings;
	int fd;
	struct tls *tls;  /* NULL while the connection is plain */
	int64_t deadline; /* of the running command, clock_ms */
	int64_t budget;   /* bytes it may still read */
	struct imap_rewriter rewriter;
	char failure[160];
};

/* --- opening and closing ---------------------------------------------------- */

struct transport *transport_open(const struct transport_settings *settings, struct error *err)
{
	const int64_t deadline = clock_ms() + 2 * settings->silence_ms;
	struct transport *t;
	int fd;

	if (!tcp_connect(settings->host, settings->port, settings->silence_ms, deadline, &fd, err))
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->settings = settings;
	t->fd = fd;
	t->deadline = deadline;
	imap_rewriter_init(&t->rewriter);
	return t;
}

static void transport_close(struct transport *t)
{
	tls_free(t->tls, !t->failure[0]);
	if (t->fd >= 0)
		close(t->fd);
	t->tls = NULL;
	t->fd = -1;
}

void transport_free(struct transport *transport)
{
	if (!transport)
		return;
	transport_close(transport);
	imap_rewriter_release(&transport->rewriter);
	free(transport);
}

bool transport_has_tls(const struct transport *transport)
{
	return transport->tls != NULL;
}

void transport_allow(struct transport *transport, int64_t bytes, int64_t milliseconds)
{
	transport->budget = bytes;
	transport->deadline = clock_ms() + milliseconds;
	imap_rewriter_begin(&transport->rewriter);
}

const char *transport_failure(const struct transport *transport)
{
	return transport->failure[0] ? transport->failure : NULL;
}

/* --- waiting, reading, writing ---------------------------------------------- */

PRINTF_LIKE(2, 3)
static void fail(struct transport *t, const char *format, ...)
{
	va_list args;

	if (t->failure[0])
		return; /* the first error is the cause of the others */
	va_start(args, format);
	vsnprintf(t->failure, sizeof(t->failure), format, args);
	va_end(args);
}

/* false: timed out; the failure text names the operation. */
static bool wait_ready(struct transport *t, short events)
{
	const int64_t now = clock_ms(), silence = now + t->settings->silence_ms;
	const int64_t until = silence < t->deadline ? silence : t->deadline;
	struct pollfd wanted = { .fd = t->fd, .events = events };
	const int ready = (t->settings->opening ? wait_poll_idle : wait_poll)(&wanted, 1, until);

	/* A socket that is always ready must not extend the deadline: TLS records
	 * need not contain data. */
	if (ready > 0 && now < t->deadline)
		return true;
	if (ready < 0)
		fail(t, "poll: %s", strerror(errno));
	else if (silence < t->deadline)
		fail(t, "the server was silent for %lld ms", (long long)t->settings->silence_ms);
	else
		fail(t, "the server's answer took too long");
	return false;
}

/* Returns the events to wait for before the call that returned `result` is
 * repeated; 0: it failed.  usually: the event for a plain connection. */
static short wanted_events(struct transport *t, ssize_t result, short usually)
{
	if (t->tls ? result == TLS_AGAIN : errno == EAGAIN || errno == EINTR)
		return t->tls ? tls_wants(t->tls) : usually;
	if (t->tls ? result == TLS_HANGUP : errno == ECONNRESET)
		fail(t, "the server closed the connection");
	else if (t->tls)
		fail(t, "TLS: %s", tls_failure(t->tls));
	else
		fail(t, "%s: %s", usually == POLLIN ? "receive" : "send", strerror(errno));
	return 0;
}

/* Receives at most size bytes; 0: nothing yet, wait for *events; -1: failed. */
static ssize_t receive(struct transport *t, void *buffer, size_t size, short *events)
{
	const ssize_t got = t->tls ? tls_receive(t->tls, buffer, size)
				   : recv(t->fd, buffer, size, 0);

	if (got > 0)
		return got;
	if (got == 0) {
		fail(t, "the server closed the connection");
		return -1;
	}
	*events = wanted_events(t, got, POLLIN);
	return *events ? 0 : -1;
}

/* The same, but waits; 0: failed. */
static size_t receive_some(struct transport *t, void *buffer, size_t size)
{
	ssize_t got = 0;
	short events = 0;

	while (got == 0 && !t->failure[0]) {
		if (t->budget <= 0)
			fail(t, "the server's answer is too long");
		else if (clock_ms() >= t->deadline)
			fail(t, "the server's answer took too long");
		else
			got = receive(t, buffer,
				      (int64_t)size < t->budget ? size : (size_t)t->budget,
				      &events);
		if (got == 0 && !t->failure[0])
			(void)wait_ready(t, events);
	}
	if (got <= 0)
		return 0;
	t->budget -= got;
	return (size_t)got;
}

static bool send_some(struct transport *t, const void *buffer, size_t size, size_t *done)
{
	short events;

	while (!t->failure[0]) {
		const ssize_t sent = t->tls ? tls_send(t->tls, buffer, size)
					    : send(t->fd, buffer, size, MSG_NOSIGNAL);

		if (sent >= 0) {
			*done = (size_t)sent;
			return true;
		}
		events = wanted_events(t, sent, POLLOUT);
		if (events)
			(void)wait_ready(t, events);
	}
	return false;
}

/* --- lines, before libetpan ---------------------------------------------------- */

/* Reads byte by byte, so that no bytes of TLS are consumed. */
bool transport_read_line(struct transport *transport, char *line, size_t size)
{
	size_t used = 0;
	char c = '\0';

	while (c != '\n') {
		if (receive_some(transport, &c, 1) == 0)
			return false;
		if (c != '\r' && c != '\n' && used + 1 < size)
			line[used++] = ascii_is_control(c) ? '?' : c;
	}
	line[used] = '\0';
	return true;
}

bool transport_write(struct transport *transport, const char *text)
{
	size_t left = strlen(text), done;

	for (; left > 0; left -= done, text += done)
		if (!send_some(transport, text, left, &done))
			return false;
	return true;
}

bool transport_has_more(const struct transport *transport)
{
	char c;

	return recv(transport->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* --- the stream of libetpan ------------------------------------------------------ */

static bool rewrite(struct transport *t, const char *bytes, size_t size)
{
	/* The remaining budget limits the literals announced in these bytes. */
	const char *complaint = imap_rewriter_feed(&t->rewriter, (struct slice){ bytes, size },
						   (uint64_t)t->budget + size);

	if (complaint)
		fail(t, "%s", complaint);
	return !complaint;
}

/* Never returns 0: inside a literal libetpan takes that for "nothing yet" and
 * spins. */
static ssize_t low_read(mailstream_low *low, void *buffer, size_t size)
{
	struct transport *t = low->data;

	while (imap_rewriter_is_empty(&t->rewriter)) {
		const size_t got = receive_some(t, buffer, size);
		const size_t passed = imap_rewriter_pass(&t->rewriter, got);

		if (got == 0 || !rewrite(t, (char *)buffer + passed, got - passed))
			return -1;
		if (passed > 0)
			return (ssize_t)passed;
	}
	return (ssize_t)imap_rewriter_take(&t->rewriter, buffer, size);
}

/* A readable socket may hold only a TLS message, or a line that is not used. */
bool transport_wait(struct transport *transport, int64_t until, bool *ready)
{
	struct transport *t = transport;
	struct pollfd wanted = { .fd = t->fd };
	char bytes[512];
	ssize_t got;
	int result;

	while (imap_rewriter_is_empty(&t->rewriter) && t->budget > 0) {
		got = receive(t, bytes, sizeof(bytes), &wanted.events);
		if (got < 0)
			return false;
		if (got > 0) {
			t->budget -= got;
			if (!rewrite(t, bytes, (size_t)got))
				return false;
			continue;
		}
		result = wait_poll_idle(&wanted, 1, until);
		if (result < 0 && errno != ECANCELED) {
			fail(t, "poll: %s", strerror(errno));
			return false;
		}
		if (result <= 0)
			break;
	}
	*ready = !imap_rewriter_is_empty(&t->rewriter) || t->budget <= 0;
	return true;
}

static ssize_t low_write(mailstream_low *low, const void *buffer, size_t size)
{
	size_t sent;

	return send_some(low->data, buffer, size, &sent) ? (ssize_t)sent : -1;
}

static int low_close(mailstream_low *low)
{
	transport_close(low->data);
	return 0;
}

static int low_fd(mailstream_low *low)
{
	struct transport *t = low->data;

	return t->fd;
}

static void low_free(mailstream_low *low)
{
	transport_free(low->data);
	free(low);
}

struct _mailstream *transport_stream(struct transport *transport, bool logged_in)
{
	static mailstream_low_driver driver = {
		.mailstream_read = low_read,
		.mailstream_write = low_write,
		.mailstream_close = low_close,
		.mailstream_get_fd = low_fd,
		.mailstream_free = low_free,
	};
	mailstream_low *low = mailstream_low_new(transport, &driver);
	mailstream *stream = low ? mailstream_new(low, STREAM_BUFFER_BYTES) : NULL;

	if (!stream)
		free(low);
	imap_rewriter_greet(&transport->rewriter, logged_in);
	return stream;
}

enum imap_namespace_state transport_namespace(struct transport *transport,
					      struct imap_namespace *space)
{
	const enum imap_namespace_state state = transport->rewriter.has_space;

	*space = transport->rewriter.space;
	transport->rewriter.has_space = IMAP_NAMESPACE_UNKNOWN;
	return state;
}

bool transport_announced_too_much(const struct transport *transport)
{
	return transport->rewriter.announced_too_much;
}

bool transport_said_bad(const struct transport *transport, int tag)
{
	const struct imap_rewriter *rewriter = &transport->rewriter;
	uint64_t number;

	return rewriter->status && strcmp(rewriter->status, "BAD") == 0 &&
	       slice_to_uint(slice_of(rewriter->tag), INT32_MAX, &number) &&
	       number == (uint64_t)tag;
}

bool transport_found(const struct transport *transport)
{
	return transport->rewriter.found;
}

const char *transport_farewell(const struct transport *transport)
{
	return transport->rewriter.farewell[0] ? transport->rewriter.farewell : NULL;
}

/* --- TLS ------------------------------------------------------------------------- */

bool transport_start_tls(struct transport *transport, bool starttls, struct error *err)
{
	struct transport *t = transport;
	int result;

	t->tls = tls_new(t->settings, t->fd, err);
	if (!t->tls)
		return false;
	transport_allow(t, 0, 2 * t->settings->silence_ms);
	do
		result = tls_handshake(t->tls);
	while (result == TLS_AGAIN && wait_ready(t, tls_wants(t->tls)));
	if (result == 0)
		return true;
	if (result == TLS_AGAIN)
		error_set(err, ERROR_RETRY, "%s", t->failure);
	else
		tls_explain(t->tls, starttls, err);
	return error_context(err, "%s port %u: TLS", t->settings->host,
			     (unsigned)t->settings->port);
}
