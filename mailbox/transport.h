/* transport.h - the bytes below IMAP, plain or in TLS
 *
 * SPDX-License-Identifier: MIT
 *
 * libetpan's own connection sends the password to servers with a wrong name
 * or an unknown issuer, spins at the end of the stream and reads without
 * limit.  This one verifies chain and name inside the handshake, and every
 * command has a clock for silence, a deadline and a budget of bytes.  There
 * is no switch that turns verification off.
 *
 * Order of use: open, lines and start_tls as the settings want it, then the
 * stream.  libetpan reads nothing before that, and behind it what
 * imap_rewrite.h has written.
 */
#ifndef MAILBOX_TRANSPORT_H
#define MAILBOX_TRANSPORT_H

#include <stdint.h>

#include "base/error.h"
#include "mailbox/imap_rewrite.h"

struct transport_settings {
	const char *host; /* name or address; the certificate must be for it */
	uint16_t port;
	const char *ca_file; /* PEM; NULL: the system's trust store */
	const char *client_cert_file, *client_key_file; /* PEM; NULL: none */
	int64_t silence_ms;  /* longest wait for the next byte */
};

struct transport;
struct _mailstream; /* libetpan's mailstream */

/* Connects; the connection is plain until transport_start_tls(). */
struct transport *transport_open(const struct transport_settings *settings, struct error *err);
/* Closes; for a transport whose stream was never taken. */
void transport_free(struct transport *transport);

/* The handshake on the bare connection.  starttls only words the advice for
 * when it fails. */
bool transport_start_tls(struct transport *transport, bool starttls, struct error *err);
bool transport_has_tls(const struct transport *transport);

/* Before each command: what it may read and how long it may take in all. */
void transport_allow(struct transport *transport, int64_t bytes, int64_t milliseconds);

/* The next line of the server, without its end, and what we say to it: for
 * the greeting and STARTTLS.  A longer line is cut.  False: the failure says
 * why. */
bool transport_read_line(struct transport *transport, char *line, size_t size);
bool transport_write(struct transport *transport, const char *text);
/* Whether the server has sent more than the line that was read last. */
bool transport_has_more(const struct transport *transport);

/* Waits for something of use among what the server says unasked, until the
 * time `until` or the wish to stop: *ready tells whether it came. */
bool transport_wait(struct transport *transport, int64_t until, bool *ready);

/* libetpan's view of it, which begins with a greeting of ours.  From now on
 * mailstream_close() frees the transport; NULL: out of memory. */
struct _mailstream *transport_stream(struct transport *transport, bool logged_in);

/* What the server has said of its namespaces, which is forgotten with this. */
enum imap_namespace_state transport_namespace(struct transport *transport,
					      struct imap_namespace *space);
/* Whether it failed since more bytes were announced than allowed. */
bool transport_announced_too_much(const struct transport *transport);
/* Whether its last answer was BAD, to the command with this tag. */
bool transport_said_bad(const struct transport *transport, int tag);
/* The words of its BYE; NULL: it has not said it. */
const char *transport_farewell(const struct transport *transport);

/* Why the last read or write failed; NULL when none has. */
const char *transport_failure(const struct transport *transport);

#endif
