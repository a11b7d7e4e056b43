/* certificate.h - checks a mail server's certificate for MTA-STS and DANE
 *
 * SPDX-License-Identifier: MIT
 *
 * MTA-STS requires a public CA (RFC 8461 section 4.2); DANE requires a match with
 * the TLSA records (RFC 7672 section 3).
 */
#ifndef DOMAIN_CERTIFICATE_H
#define DOMAIN_CERTIFICATE_H

#include "base/arena.h"
#include "domain/dns_data.h"

#define CERTIFICATE_CHAIN_MAX 10

struct certificate_chain {
	struct slice der[CERTIFICATE_CHAIN_MAX]; /* as sent by the server */
	size_t count;
};

struct certificate_facts {
	int64_t not_before, not_after;   /* of the first certificate */
	char digest[65], key_digest[65]; /* SHA-256 of the certificate and its public key, in hex */
	const char *issuer, *names;      /* printable; names: from the SAN, comma-separated */
	const char *issuer_organization; /* printable; "": none */
	bool name_matches;
	const char *chain_fault; /* NULL: the chain leads to a trusted CA */
};

/* Fills facts.  false: no certificate is readable.  ca_file NULL: the system's trust store. */
bool certificate_examine(struct arena *arena, const struct certificate_chain *chain,
			 const char *host, const char *ca_file, struct certificate_facts *facts);

enum dane_verdict {
	DANE_VERDICT_NONE,     /* no usable record */
	DANE_VERDICT_MATCH_EE, /* usage 3 */
	DANE_VERDICT_MATCH_TA, /* usage 2 */
	DANE_VERDICT_MISMATCH,
	DANE_VERDICT_TA_ABSENT, /* only usage 2, and the server did not send that certificate */
	DANE_VERDICT_TA_NAME,
	DANE_VERDICT_TA_EXPIRED,
};

/* One match is sufficient; otherwise returns the fault closest to a match. */
enum dane_verdict dane_judge(const struct certificate_chain *chain, const struct tlsa *records,
			     size_t count, const char *host);

#endif
