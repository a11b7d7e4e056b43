/* tls.h - TLS on a connected socket, that verifies or fails
 *
 * SPDX-License-Identifier: MIT
 *
 * Chain and name are verified before the handshake ends, and no switch turns
 * that off.  Nothing here waits: what cannot go on says so and is called again.
 */
#ifndef MAILBOX_TLS_H
#define MAILBOX_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct tls;
struct transport_settings;

/* The settings must outlive it; fd is not closed.  NULL: FATAL, or RETRY for
 * what is wrong with the client certificate. */
struct tls *tls_new(const struct transport_settings *settings, int fd, struct error *err);
/* polite: says that it ends, and does not wait for an answer. */
void tls_free(struct tls *tls, bool polite);

/* What the calls below may give in the place of a number of bytes. */
#define TLS_AGAIN (-1)	/* to be repeated once tls_wants() of the socket is there */
#define TLS_HANGUP (-2) /* the other side is gone, with or without a word */
#define TLS_FAILED (-3) /* tls_failure() says why */

/* 0: done. */
int tls_handshake(struct tls *tls);
ssize_t tls_receive(struct tls *tls, void *buffer, size_t size); /* 0: the end */
ssize_t tls_send(struct tls *tls, const void *buffer, size_t size);

short tls_wants(const struct tls *tls); /* POLLIN or POLLOUT */

const char *tls_failure(const struct tls *tls);
/* Why the handshake failed, RETRY, and what to do about it.  starttls: it was
 * begun in the middle of a connection. */
bool tls_explain(const struct tls *tls, bool starttls, struct error *err);

#endif
