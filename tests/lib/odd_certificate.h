/* odd_certificate.h - TLS servers with keys that no honest server has
 *
 * SPDX-License-Identifier: MIT
 *
 * The certificate is in order and signed by an ordinary issuer.  No private
 * key belongs to an odd key: what the server "signs" is no signature.
 */
#ifndef TESTS_ODD_CERTIFICATE_H
#define TESTS_ODD_CERTIFICATE_H

#include <stdint.h>

struct odd_certificate {
	unsigned modulus_bits; /* 0: an ordinary key of 2,048 bits */
	unsigned exponent_bits;
	const char *priorities; /* of GnuTLS, for the server */
	/* Not in the server's own certificate, but in one that it sends after it. */
	int in_issuer;
};

/* Writes the certificate of the issuer of all of them, PEM, to path. */
void odd_certificate_write_issuer(const char *path);
/* Shakes hands as the server "localhost" on a connected socket, until it is
 * over one way or the other; does not return. */
_Noreturn void odd_certificate_serve(int fd, const struct odd_certificate *odd);

#endif
