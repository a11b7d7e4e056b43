/* sasl.h - SASL authentication, independent of the protocol
 *
 * SPDX-License-Identifier: MIT
 *
 * PLAIN (RFC 4616), SCRAM-SHA-256 (RFC 7677), EXTERNAL (RFC 4422), XOAUTH2 and
 * OAUTHBEARER (RFC 7628), challenge by challenge.
 */
#ifndef MAILBOX_SASL_H
#define MAILBOX_SASL_H

#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"

const char *sasl_library_version(void);

enum sasl_mechanism {
	SASL_PLAIN,
	SASL_SCRAM_SHA_256,
	SASL_EXTERNAL, /* the client certificate is the identity */
	SASL_XOAUTH2,
	SASL_OAUTHBEARER,
};

/* Returns a name such as "SCRAM-SHA-256". */
const char *sasl_name(enum sasl_mechanism mechanism);

struct sasl_identity {
	const char *user;
	const char *password; /* PLAIN, SCRAM-SHA-256 */
	const char *token;    /* XOAUTH2, OAUTHBEARER */
	const char *host;     /* for OAUTHBEARER, which sends the host name */
	uint16_t port;
};

struct sasl;

/* The texts of identity must outlive the result. */
struct sasl *sasl_new(enum sasl_mechanism mechanism, const struct sasl_identity *identity);
void sasl_free(struct sasl *sasl);

/* Appends the response to a challenge, both in base64; the client starts, so the
 * first challenge is empty.  The response contains secrets.  false: the server
 * violates the mechanism, or does not know the password itself. */
bool sasl_step(struct sasl *sasl, const char *challenge, struct strbuf *answer, struct error *err);
/* Whether the server may report success now: in SCRAM it must prove its identity
 * first. */
bool sasl_is_complete(const struct sasl *sasl);
/* Returns the server's reason for refusing a token; NULL: none. */
const char *sasl_complaint(const struct sasl *sasl);

#endif
