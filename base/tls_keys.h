/* tls_keys.h - refuses certificates with oversized keys
 *
 * SPDX-License-Identifier: MIT
 *
 * GnuTLS uses the key of the server's certificate before the chain is verified:
 * for the CertificateVerify of TLS 1.3, the signature of ServerKeyExchange and
 * the premaster secret of RSA key exchange.  One use of an RSA key of 65,536
 * bits with an exponent of that length takes 20 s.
 */
#ifndef BASE_TLS_KEYS_H
#define BASE_TLS_KEYS_H

#include <stdbool.h>

struct gnutls_session_int; /* GnuTLS's session */

#define TLS_REFUSAL_SIZE 160

struct tls_keys {
	bool checked;
	char refusal[TLS_REFUSAL_SIZE]; /* why a key was refused, or "" */
};

/* Checks the keys of the chain before each handshake message is processed; an
 * oversized key ends the handshake with GNUTLS_E_CERTIFICATE_ERROR.  Uses the
 * session's pointer and hook; keys must outlive the session. */
void tls_keys_limit(struct gnutls_session_int *session, struct tls_keys *keys);

#endif
