/* dns.h - DNS queries, with local DNSSEC validation
 *
 * SPDX-License-Identifier: MIT
 *
 * One resolver (struct dns) serves all checks concurrently; each check has a struct
 * dns_session with its budget and a cache of its queries.  A missing name, a
 * missing record, a server failure, a timeout and a failed validation are distinct
 * results.
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
	DNS_CAA = 257,
};

enum dns_status {
	DNS_DATA,
	DNS_NODATA,   /* the name exists, but not this type */
	DNS_NXDOMAIN, /* the name does not exist */
	DNS_BOGUS,    /* validation failed: the data must not be used */
	DNS_FAILED,   /* the name servers fail, or the answer is too large */
	DNS_TIMEOUT,
	DNS_REFUSED, /* not queried: the budget of the check is used up */
};

struct dns_answer {
	enum dns_status status;
	bool secure;            /* validated, also if negative */
	struct slice canonical; /* final name of a CNAME chain; absent: no CNAME */
	struct slice why;       /* for BOGUS: the validator's reason */
	struct slice *data;     /* in wire format */
	size_t count;
	uint32_t ttl;
	/* Times of the signature that expires first, Unix seconds; 0: no signature. */
	int64_t signed_from, signed_until;
};

struct dns_settings {
	const char *servers;      /* "192.0.2.1" or "192.0.2.1@5353"; NULL: the system's */
	const char *trust_anchor; /* file; NULL: from the package dns-root-data */
	int64_t timeout_ms;       /* per query; 0: default */
};

struct dns;

const char *dns_library_version(void);

/* Tests whether the resolver passes on signatures; see dns_validates().  RETRY: the
 * resolver does not answer.  FATAL: the trust anchor is unreadable. */
bool dns_open(const struct dns_settings *settings, struct dns **dns, struct error *err);
void dns_close(struct dns *dns);
bool dns_validates(const struct dns *dns);

struct dns_memory;

struct dns_session {
	struct dns *dns;
	struct arena *arena;
	int64_t deadline; /* clock_ms */
	unsigned budget;  /* queries left */
	bool spent;       /* a query was not sent for lack of budget */
	struct dns_memory *memory;
};

/* Answers live in the session's arena; a repeated query is free.  Never returns NULL. */
const struct dns_answer *dns_ask(struct dns_session *session, const char *name, enum dns_type type);

/* Is there an answer, even if negative? */
static inline bool dns_answered(const struct dns_answer *answer)
{
	return answer->status <= DNS_NXDOMAIN;
}

const char *dns_status_text(enum dns_status status);

#endif
