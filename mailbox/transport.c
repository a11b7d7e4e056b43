/* transport.c - the bytes below IMAP: TCP, and TLS that verifies or fails
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <libetpan/mailstream.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "mailbox/imap_guard.h"
#include "mailbox/tcp.h"

#define STREAM_BUFFER_BYTES 16384

/* PROFILE_MEDIUM refuses 1024-bit keys: they protect no password. */
static const char tls_priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM";

struct transport {
	const struct transport_settings *settings;
	int fd;
	gnutls_session_t tls; /* NULL while the connection is plain */
	gnutls_certificate_credentials_t trust;
	int64_t deadline; /* of the running command, clock_ms */
	int64_t budget;	  /* bytes it may still read */
	struct imap_guard guard;
	bool has_first; /* transport_wait() took a byte, first */
	char first;
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
	return t;
}

static void transport_close(struct transport *t)
{
	if (t->tls) {
		/* Said but not waited for. */
		if (!t->failure[0])
			(void)gnutls_bye(t->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(t->tls);
	}
	if (t->trust)
		gnutls_certificate_free_credentials(t->trust);
	if (t->fd >= 0)
		close(t->fd);
	t->tls = NULL;
	t->trust = NULL;
	t->fd = -1;
}

void transport_free(struct transport *transport)
{
	if (!transport)
		return;
	transport_close(transport);
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
}

const char *transport_failure(const struct transport *transport)
{
	return transport->failure[0] ? transport->failure : NULL;
}

/* --- waiting, reading, writing ---------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void fail(struct transport *t, const char *format, ...)
{
	va_list args;

	if (t->failure[0])
		return; /* the first one is the cause, the others follow from it */
	va_start(args, format);
	vsnprintf(t->failure, sizeof(t->failure), format, args);
	va_end(args);
}

/* False: waited for too long, and the failure says for what. */
static bool wait_ready(struct transport *t, short events)
{
	const int64_t silence = clock_ms() + t->settings->silence_ms;
	const int ready = tcp_wait(t->fd, events, silence < t->deadline ? silence : t->deadline);

	if (ready > 0)
		return true;
	if (ready < 0)
		fail(t, "poll: %s", strerror(errno));
	else if (silence < t->deadline)
		fail(t, "the server was silent for %lld ms", (long long)t->settings->silence_ms);
	else
		fail(t, "the server's answer took too long");
	return false;
}

/* What a TLS record layer waits for before the same call can be repeated. */
static short wanted_events(const struct transport *t)
{
	return gnutls_record_get_direction(t->tls) ? POLLOUT : POLLIN;
}

static bool tls_wants_repeat(ssize_t result)
{
	return result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED;
}

/* With and without the TLS message that belongs to it. */
static bool is_hangup(const struct transport *t, ssize_t result)
{
	if (t->tls)
		return result == GNUTLS_E_PREMATURE_TERMINATION || result == GNUTLS_E_PULL_ERROR;
	return errno == ECONNRESET;
}

static ssize_t accept_bytes(struct transport *t, const char *bytes, ssize_t size)
{
	const char *complaint;

	t->budget -= size;
	complaint = imap_guard_feed(&t->guard, (struct slice){ bytes, (size_t)size },
				    (uint64_t)t->budget + (uint64_t)size);
	if (!complaint)
		return size;
	fail(t, "%s", complaint);
	return -1;
}

/* What has arrived, at most size bytes; 0: nothing yet, and *events is what to
 * wait for; -1: failed. */
static ssize_t receive(struct transport *t, void *buffer, size_t size, short *events)
{
	ssize_t got;

	for (;;) {
		if (t->tls)
			got = gnutls_record_recv(t->tls, buffer, size);
		else
			got = recv(t->fd, buffer, size, 0);
		if (got > 0)
			return got;
		if (got == 0 || is_hangup(t, got)) {
			fail(t, "the server closed the connection");
			return -1;
		}
		if (t->tls && tls_wants_repeat(got)) {
			*events = wanted_events(t);
			return 0;
		}
		if (t->tls) {
			/* A renegotiation is refused like a broken record. */
			if (got == GNUTLS_E_REHANDSHAKE || gnutls_error_is_fatal((int)got)) {
				fail(t, "TLS: %s", gnutls_strerror((int)got));
				return -1;
			}
		} else if (errno == EAGAIN) {
			*events = POLLIN;
			return 0;
		} else if (errno != EINTR) {
			fail(t, "receive: %s", strerror(errno));
			return -1;
		}
	}
}

/* Never 0: libetpan takes that for "nothing yet" inside a literal and spins. */
static ssize_t low_read(mailstream_low *low, void *buffer, size_t size)
{
	struct transport *t = low->data;
	ssize_t got = 0;
	short events;

	if (t->failure[0])
		return -1;
	if (t->budget <= 0) {
		fail(t, "the server's answer is too long");
		return -1;
	}
	if (clock_ms() >= t->deadline) {
		fail(t, "the server's answer took too long");
		return -1;
	}
	if ((int64_t)size > t->budget)
		size = (size_t)t->budget;
	if (t->has_first) {
		*(char *)buffer = t->first;
		t->has_first = false;
		return accept_bytes(t, buffer, 1);
	}
	while (got == 0) {
		got = receive(t, buffer, size, &events);
		if (got < 0 || (got == 0 && !wait_ready(t, events)))
			return -1;
	}
	return accept_bytes(t, buffer, got);
}

/* A readable socket may hold no more than a message of TLS itself, so one byte
 * is taken to be sure. */
bool transport_wait(struct transport *transport, int64_t until, bool *ready)
{
	struct transport *t = transport;
	struct pollfd wanted = { .fd = t->fd };
	ssize_t got;
	int result;

	*ready = t->has_first;
	while (!*ready) {
		got = receive(t, &t->first, 1, &wanted.events);
		if (got < 0)
			return false;
		*ready = t->has_first = got > 0;
		if (*ready)
			break;
		result = wait_poll_idle(&wanted, 1, until);
		if (result < 0 && errno != ECANCELED) {
			fail(t, "poll: %s", strerror(errno));
			return false;
		}
		if (result <= 0)
			break;
	}
	return true;
}

static ssize_t low_write(mailstream_low *low, const void *buffer, size_t size)
{
	struct transport *t = low->data;
	ssize_t sent;

	if (t->failure[0])
		return -1;
	for (;;) {
		if (t->tls)
			sent = gnutls_record_send(t->tls, buffer, size);
		else
			sent = send(t->fd, buffer, size, MSG_NOSIGNAL);
		if (sent >= 0)
			return sent;
		if (t->tls && tls_wants_repeat(sent)) {
			if (!wait_ready(t, wanted_events(t)))
				return -1;
		} else if (t->tls) {
			fail(t, "TLS: %s", gnutls_strerror((int)sent));
			return -1;
		} else if (errno == EAGAIN) {
			if (!wait_ready(t, POLLOUT))
				return -1;
		} else if (errno != EINTR) {
			fail(t, "send: %s", strerror(errno));
			return -1;
		}
	}
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

struct _mailstream *transport_stream(struct transport *transport)
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
	return stream;
}

/* --- TLS -------------------------------------------------------------------- */

static bool is_address(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool load_trust(struct transport *t, struct error *err)
{
	const char *ca_file = t->settings->ca_file;
	int found;

	if (gnutls_certificate_allocate_credentials(&t->trust) < 0)
		abort();
	if (ca_file)
		found = gnutls_certificate_set_x509_trust_file(t->trust, ca_file,
							       GNUTLS_X509_FMT_PEM);
	else
		found = gnutls_certificate_set_x509_system_trust(t->trust);
	if (found > 0)
		return true;
	if (ca_file)
		return error_set(err, ERROR_FATAL, "ca_file %s holds no certificate: %s", ca_file,
				 found < 0 ? gnutls_strerror(found) : "it is empty");
	return error_set(err, ERROR_FATAL,
			 "the system has no trusted certificates: install ca-certificates or set "
			 "ca_file");
}

static bool load_client_certificate(struct transport *t, struct error *err)
{
	const struct transport_settings *settings = t->settings;
	int result;

	if (!settings->client_cert_file)
		return true;
	result = gnutls_certificate_set_x509_key_file(t->trust, settings->client_cert_file,
						      settings->client_key_file,
						      GNUTLS_X509_FMT_PEM);
	if (result >= 0)
		return true;
	return error_set(err, ERROR_RETRY, "client_cert_file %s with client_key_file %s: %s",
			 settings->client_cert_file, settings->client_key_file,
			 gnutls_strerror(result));
}

static bool prepare_session(struct transport *t, struct error *err)
{
	const char *host = t->settings->host;
	int result = gnutls_init(&t->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

	if (result == 0)
		result = gnutls_priority_set_direct(t->tls, tls_priorities, NULL);
	if (result == 0)
		result = gnutls_credentials_set(t->tls, GNUTLS_CRD_CERTIFICATE, t->trust);
	if (result == 0 && !is_address(host))
		result = gnutls_server_name_set(t->tls, GNUTLS_NAME_DNS, host, strlen(host));
	if (result < 0)
		return error_set(err, ERROR_FATAL, "TLS cannot be set up: %s",
				 gnutls_strerror(result));
	/* Chain and name, checked before the handshake ends. */
	gnutls_session_set_verify_cert(t->tls, host, 0);
	gnutls_transport_set_int(t->tls, t->fd);
	return true;
}

/* The first name the certificate was made for, to be put beside the wrong one. */
static void certificate_name(const struct transport *t, char name[static 128])
{
	unsigned count = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(t->tls, &count);
	gnutls_x509_crt_t certificate;
	size_t size = 127;

	name[0] = '\0';
	if (!chain || count == 0 || gnutls_x509_crt_init(&certificate) < 0)
		return;
	if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_crt_get_subject_alt_name(certificate, 0, name, &size, NULL) !=
		    GNUTLS_SAN_DNSNAME)
		size = 0;
	name[size] = '\0';
	gnutls_x509_crt_deinit(certificate);
}

static bool certificate_refused(const struct transport *t, struct error *err)
{
	const unsigned status = gnutls_session_get_verify_cert_status(t->tls);
	gnutls_datum_t text = { NULL, 0 };
	char name[128];

	if (status & GNUTLS_CERT_UNEXPECTED_OWNER) {
		certificate_name(t, name);
		return error_set(err, ERROR_RETRY,
				 "the certificate is for another name%s%s: set host to a name in "
				 "the server's certificate",
				 name[0] ? ", " : "", name);
	}
	if (status & GNUTLS_CERT_EXPIRED)
		return error_set(err, ERROR_RETRY,
				 "the certificate has expired: renew it on the server");
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		return error_set(err, ERROR_RETRY,
				 "the certificate's issuer is unknown: set ca_file to the issuer's "
				 "certificate");
	(void)gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0);
	error_set(err, ERROR_RETRY, "the certificate is refused: %s",
		  text.data ? (const char *)text.data : "no reason given");
	gnutls_free(text.data);
	return false;
}

static bool handshake_failed(const struct transport *t, int result, bool starttls,
			     struct error *err)
{
	switch (result) {
	case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR: return certificate_refused(t, err);
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_UNEXPECTED_PACKET:
		if (starttls)
			break;
		return error_set(err, ERROR_RETRY,
				 "the server does not begin with TLS: set tls = starttls, or port "
				 "to that of IMAP over TLS (993)");
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return error_set(err, ERROR_RETRY,
				 "the server has no TLS 1.2 or newer: allow it on the server");
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		if (gnutls_alert_get(t->tls) == GNUTLS_A_PROTOCOL_VERSION)
			return error_set(err, ERROR_RETRY,
					 "the server has no TLS 1.2 or newer: allow it on the "
					 "server");
		return error_set(err, ERROR_RETRY, "the server refuses TLS: %s",
				 gnutls_alert_get_name(gnutls_alert_get(t->tls)));
	case GNUTLS_E_AGAIN: return error_set(err, ERROR_RETRY, "%s", t->failure);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return error_set(err, ERROR_RETRY, "the server closed the connection");
	default: break;
	}
	return error_set(err, ERROR_RETRY, "%s", gnutls_strerror(result));
}

bool transport_start_tls(struct transport *transport, bool starttls, struct error *err)
{
	struct transport *t = transport;
	int result;

	if (!load_trust(t, err) || !load_client_certificate(t, err) || !prepare_session(t, err))
		return false;
	transport_allow(t, 0, 2 * t->settings->silence_ms);
	do {
		result = gnutls_handshake(t->tls);
		if (tls_wants_repeat(result) && !wait_ready(t, wanted_events(t)))
			break;
	} while (result < 0 && !gnutls_error_is_fatal(result));
	if (result == 0)
		return true;
	handshake_failed(t, result, starttls, err);
	return error_context(err, "%s port %u: TLS", t->settings->host,
			     (unsigned)t->settings->port);
}
