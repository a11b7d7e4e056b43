/* transport.h - byte stream below IMAP, plain or TLS
 *
 * SPDX-License-Identifier: MIT
 *
 * libetpan's own connection sends the password to servers with a wrong name or
 * an unknown issuer, spins at the end of the stream and reads without limit.
 * This transport verifies chain and name inside the handshake, and limits every
 * command by a silence timeout, a deadline and a number of bytes.  There is no
 * option to turn verification off.
 *
 * Order of use: open, lines and start_tls as the settings require, then the
 * stream.  libetpan reads only from the stream, which contains the output of
 * imap_rewrite.h.
 */
#ifndef MAILBOX_TRANSPORT_H
#define MAILBOX_TRANSPORT_H

#include <stdint.h>

#include "base/error.h"
#include "mailbox/imap_rewrite.h"

struct transport_settings {
	const char *host; /* name or address; the certificate must be for it */
	uint16_t port;
	const char *ca_file;                            /* PEM; NULL: the system's trust store */
	const char *client_cert_file, *client_key_file; /* PEM; NULL: none */
	int64_t silence_ms;                             /* longest wait for the next byte */
	bool opening; /* until login; a stop ends every wait at once */
};

struct transport;
struct _mailstream; /* libetpan's mailstream */

/* Connects; the connection is plain until transport_start_tls(). */
struct transport *transport_open(const struct transport_settings *settings, struct error *err);
/* Closes a transport whose stream was not taken. */
void transport_free(struct transport *transport);

/* Runs the handshake on the plain connection.  starttls only changes the advice of
 * an error. */
bool transport_start_tls(struct transport *transport, bool starttls, struct error *err);
bool transport_has_tls(const struct transport *transport);

/* Sets the byte budget and the time limit of the next command. */
void transport_allow(struct transport *transport, int64_t bytes, int64_t milliseconds);

/* Reads the next line without its end, and writes one: for the greeting and
 * STARTTLS.  A longer line is cut.  false: see transport_failure(). */
bool transport_read_line(struct transport *transport, char *line, size_t size);
bool transport_write(struct transport *transport, const char *text);
/* Whether data has arrived after the last line read. */
bool transport_has_more(const struct transport *transport);

/* Waits for unsolicited data that is of use, until the time `until` or until the
 * program is stopping; *ready: there is some. */
bool transport_wait(struct transport *transport, int64_t until, bool *ready);

/* Returns libetpan's stream, which begins with a synthetic greeting.  From then on
 * mailstream_close() frees the transport; NULL: out of memory. */
struct _mailstream *transport_stream(struct transport *transport, bool logged_in);

/* Returns the server's namespace and forgets it. */
enum imap_namespace_state transport_namespace(struct transport *transport,
					      struct imap_namespace *space);
/* Whether it failed because an announced literal exceeds the budget. */
bool transport_announced_too_much(const struct transport *transport);
/* Whether the last answer to the command with this tag was BAD. */
bool transport_said_bad(const struct transport *transport, int tag);
/* Whether the answer to the last command had a SEARCH line, with or without numbers. */
bool transport_found(const struct transport *transport);
/* Returns the text of BYE; NULL: none was received. */
const char *transport_farewell(const struct transport *transport);

/* Returns why the last read or write failed; NULL: it did not. */
const char *transport_failure(const struct transport *transport);

#endif
