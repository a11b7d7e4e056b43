/* sasl.h - proving who we are, whatever the protocol around it
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

enum sasl_mechanism {
	SASL_PLAIN,
	SASL_SCRAM_SHA_256,
	SASL_EXTERNAL, /* the client certificate says who we are */
	SASL_XOAUTH2,
	SASL_OAUTHBEARER,
};

/* "SCRAM-SHA-256" */
const char *sasl_name(enum sasl_mechanism mechanism);

struct sasl_identity {
	const char *user;
	const char *password; /* PLAIN, SCRAM-SHA-256 */
	const char *token;    /* XOAUTH2, OAUTHBEARER */
	const char *host;     /* OAUTHBEARER tells the server whom we mean */
	uint16_t port;
};

struct sasl;

/* The texts of identity must outlive it. */
struct sasl *sasl_new(enum sasl_mechanism mechanism, const struct sasl_identity *identity);
void sasl_free(struct sasl *sasl);

/* Appends the answer to a challenge, both in base64; the client begins, so the
 * first challenge is empty.  The answer holds secrets.  False: the server
 * breaks the rules of the mechanism, or does not know the password itself. */
bool sasl_step(struct sasl *sasl, const char *challenge, struct strbuf *answer,
	       struct error *err);
/* Whether the server may say yes now: SCRAM has the server prove itself. */
bool sasl_is_complete(const struct sasl *sasl);
/* What the server said against a token in so many words; NULL: nothing. */
const char *sasl_complaint(const struct sasl *sasl);

#endif
