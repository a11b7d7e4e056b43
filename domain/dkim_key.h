/* dkim_key.h - a DKIM key record (RFC 6376 section 3.6.1), parsed strictly
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_DKIM_KEY_H
#define DOMAIN_DKIM_KEY_H

#include "domain/finding.h"
#include "domain/record_tags.h"

enum dkim_key_kind { DKIM_KEY_RSA, DKIM_KEY_ED25519, DKIM_KEY_OTHER };

struct dkim_key {
	struct record_tags tags;
	enum dkim_key_kind kind;
	bool revoked;    /* p is empty */
	const char *why; /* why it is invalid, or NULL */
	unsigned bits;   /* of the modulus */
	bool sha256, mail, testing, strict;
	struct slice p; /* base64 as published */
};

/* Is the text a key, or probably meant as one?  The name may have other TXT records. */
bool dkim_is_key(struct slice text);

void dkim_key_read(struct arena *arena, struct slice text, struct dkim_key *key);

/* Returns the modulus size of an RSA key in DER: a SubjectPublicKeyInfo (RFC 5280) or, as
 * some domains publish, a bare RSAPublicKey (RFC 8017).  0: neither. */
unsigned rsa_modulus_bits(struct slice der);

/* used: recent mail signed with the key passed. */
void dkim_key_judge(struct domain_findings *findings, struct slice name, const struct dkim_key *key,
		    struct slice text, bool used);

#endif
