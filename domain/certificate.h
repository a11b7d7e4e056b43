/* certificate.h - what a mail server's certificate is worth, and to whom
 *
 * SPDX-License-Identifier: MIT
 *
 * Two judges: the public CAs, for MTA-STS (RFC 8461 section 4.2), and the TLSA
 * records, for DANE (RFC 7672 section 3).
 */
#ifndef DOMAIN_CERTIFICATE_H
#define DOMAIN_CERTIFICATE_H

#include "base/arena.h"
#include "domain/dns_data.h"

#define CERTIFICATE_CHAIN_MAX 10

struct certificate_chain {
	struct slice der[CERTIFICATE_CHAIN_MAX]; /* as the server sent them */
	size_t count;
};

struct certificate_facts {
	int64_t not_before, not_after; /* of the first certificate */
	char digest[65], key_digest[65]; /* SHA-256 of it and of its public key, in hex */
	const char *issuer, *names; /* printable; names: of its SAN, with commas */
	bool name_matches;
	const char *chain_fault; /* NULL: it leads to a trusted CA */
};

/* false: there is no certificate that can be read.  ca_file NULL: the system's
 * trust store. */
bool certificate_examine(struct arena *arena, const struct certificate_chain *chain,
			 const char *host, const char *ca_file,
			 struct certificate_facts *facts);

enum dane_verdict {
	DANE_VERDICT_NONE,     /* there is no usable record */
	DANE_VERDICT_MATCH_EE, /* usage 3 */
	DANE_VERDICT_MATCH_TA, /* usage 2 */
	DANE_VERDICT_MISMATCH,
	DANE_VERDICT_TA_ABSENT, /* only usage 2, and its certificate was not sent */
	DANE_VERDICT_TA_NAME,
	DANE_VERDICT_TA_EXPIRED,
};

/* Any match is enough; else the fault that is nearest to one. */
enum dane_verdict dane_judge(const struct certificate_chain *chain, const struct tlsa *records,
			     size_t count, const char *host);

#endif
