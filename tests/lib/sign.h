/* sign.h - what a reporter does to a mail before it sends it: DKIM
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_LIB_SIGN_H
#define TESTS_LIB_SIGN_H

#include "base/strbuf.h"

/* A new key pair. */
struct sign_key {
	struct strbuf private_key; /* PEM */
	struct strbuf public_key;  /* base64, as in p= */
	bool ed25519;
};
void sign_key_make(struct sign_key *key, bool ed25519, unsigned bits);
void sign_key_release(struct sign_key *key);

struct signing {
	const struct sign_key *key;
	const char *domain, *selector;
	bool sha1;      /* a=rsa-sha1 */
	bool simple;    /* c=simple/simple, else relaxed/relaxed */
	size_t length;  /* l=; 0: none */
	uint64_t made;  /* t=; 0: now */
	uint64_t lasts; /* x= is so much later; 0: none */
};

/* Adds the DKIM-Signature field to out, then the mail, whose lines end in
 * CRLF and which has an empty line behind its header. */
void sign_mail(struct strbuf *out, const struct signing *signing, struct slice mail);

#endif
