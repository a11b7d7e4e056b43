/* dns.h - questions to the DNS, validated here
 *
 * SPDX-License-Identifier: MIT
 *
 * A resolver (struct dns) serves any number of checks at once; each check has
 * a struct dns_session with its budget and a memory of what it asked.  No such
 * name, no such record, failure, silence and a failed validation are five
 * different results.
 */
#ifndef DOMAIN_DNS_H
#define DOMAIN_DNS_H

#include "base/arena.h"
#include "base/error.h"

enum dns_type {
	DNS_A = 1,
	DNS_SOA = 6,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_DS = 43,
	DNS_DNSKEY = 48,
	DNS_TLSA = 52,
	DNS_SPF = 99,
};

enum dns_status {
	DNS_DATA,
	DNS_NODATA,   /* the name exists, this type does not */
	DNS_NXDOMAIN, /* the name does not exist */
	DNS_BOGUS,    /* validation failed: the data must not be used */
	DNS_FAILED,   /* the name servers fail, or the answer is over a limit */
	DNS_TIMEOUT,
	DNS_REFUSED, /* not asked: the budget of the check is spent */
};

struct dns_answer {
	enum dns_status status;
	bool secure;		/* validated, denials included */
	struct slice canonical; /* the end of an alias; absent: no alias */
	struct slice why;	/* of BOGUS: the validator's reason */
	struct slice *data;	/* wire form */
	size_t count;
	uint32_t ttl;
	/* The signature that ends first, in Unix seconds; 0: none was seen. */
	int64_t signed_from, signed_until;
};

struct dns_settings {
	const char *servers;	  /* "192.0.2.1" or "192.0.2.1@5353"; NULL: the system's */
	const char *trust_anchor; /* file; NULL: that of the package dns-root-data */
	int64_t timeout_ms;	  /* of one question; 0: the usual one */
};

struct dns;

/* Finds out whether the resolver passes signatures on; dns_validates() tells.
 * RETRY: it does not answer. FATAL: the trust anchor cannot be read. */
bool dns_open(const struct dns_settings *settings, struct dns **dns, struct error *err);
void dns_close(struct dns *dns);
bool dns_validates(const struct dns *dns);

struct dns_memory;

struct dns_session {
	struct dns *dns;
	struct arena *arena;
	int64_t deadline;     /* clock_ms */
	unsigned budget;      /* questions left */
	bool spent;	      /* one was not asked */
	struct dns_memory *memory;
};

/* Answers live in the arena of the session; a repeated question costs nothing.
 * The result is never NULL. */
const struct dns_answer *dns_ask(struct dns_session *session, const char *name,
				 enum dns_type type);

/* Was there an answer, be it "no"? */
static inline bool dns_answered(const struct dns_answer *answer)
{
	return answer->status <= DNS_NXDOMAIN;
}

const char *dns_status_text(enum dns_status status);

#endif
