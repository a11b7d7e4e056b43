/* tls.h - TLS on a connected socket, always verified
 *
 * SPDX-License-Identifier: MIT
 *
 * Chain and name are verified before the handshake ends, and no option turns
 * that off.  No function waits: one that cannot continue returns TLS_AGAIN and
 * is called again.
 */
#ifndef MAILBOX_TLS_H
#define MAILBOX_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct tls;
struct transport_settings;

/* The settings must outlive the result; fd is not closed.  NULL: FATAL, or RETRY
 * for an error of the client certificate. */
struct tls *tls_new(const struct transport_settings *settings, int fd, struct error *err);
/* polite: sends close_notify and does not wait for an answer. */
void tls_free(struct tls *tls, bool polite);

/* Returned by the functions below instead of a number of bytes. */
#define TLS_AGAIN (-1)  /* repeat when the socket has the event of tls_wants() */
#define TLS_HANGUP (-2) /* the peer has closed, with or without close_notify */
#define TLS_FAILED (-3) /* tls_failure() says why */

/* Returns 0 when done. */
int tls_handshake(struct tls *tls);
ssize_t tls_receive(struct tls *tls, void *buffer, size_t size); /* 0: end of data */
ssize_t tls_send(struct tls *tls, const void *buffer, size_t size);

short tls_wants(const struct tls *tls); /* POLLIN or POLLOUT */

const char *tls_failure(const struct tls *tls);
/* Sets RETRY with the reason why the handshake failed, and advice.  starttls: the
 * handshake followed STARTTLS. */
bool tls_explain(const struct tls *tls, bool starttls, struct error *err);

#endif
