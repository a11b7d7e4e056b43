/* smtp_tls.h - TLS on an SMTP connection, without verification
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing is verified during the handshake and nothing secret is sent;
 * domain/certificate.h judges the certificates afterwards.
 */
#ifndef DOMAIN_SMTP_TLS_H
#define DOMAIN_SMTP_TLS_H

#include "base/arena.h"
#include "domain/certificate.h"

struct smtp_tls;

enum smtp_tls_result {
	SMTP_TLS_DONE,
	SMTP_TLS_TIMEOUT,
	SMTP_TLS_FAILED,
	SMTP_TLS_KEY, /* the certificate's key is too expensive to process */
};

/* Performs the handshake until clock_ms; server_name NULL: no SNI.  *why is set on failure.
 * Does not close fd. */
enum smtp_tls_result smtp_tls_handshake(int fd, const char *server_name, int64_t until,
					struct arena *arena, struct smtp_tls **tls,
					const char **why);
void smtp_tls_free(struct smtp_tls *tls);

/* Returns a name such as "TLS1.3"; *old: older than 1.2. */
const char *smtp_tls_version(const struct smtp_tls *tls, bool *old);
/* Copies the certificates as sent into the arena. */
void smtp_tls_chain(const struct smtp_tls *tls, struct arena *arena,
		    struct certificate_chain *chain);

#endif
