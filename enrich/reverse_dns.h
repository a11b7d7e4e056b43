/* reverse_dns.h - forward-confirmed host names of many addresses
 *
 * SPDX-License-Identifier: MIT
 *
 * The holder of an address can name it mail.google.com, so a name counts only if it
 * resolves to the address.  Hundreds of queries are in flight.  A name that does
 * not arrive before the deadline stays unknown, but a late reply still fills the
 * cache.  If the resolver does not answer, queries pause for a minute; for a
 * network whose name servers do not answer, for five.
 */
#ifndef ENRICH_REVERSE_DNS_H
#define ENRICH_REVERSE_DNS_H

#include "enrich/name_cache.h"

struct reverse_dns;

/* One per fiber, so that one fiber can wait while others send queries.  The cache and the
 * state of the resolver are shared. */
struct reverse_asker;

/* servers as for name_lookup(), NULL: the system's.  cache and servers must outlive the
 * result.  offline: only the cache is used. */
struct reverse_dns *reverse_dns_new(struct name_cache *cache, const char *servers, bool offline);
void reverse_dns_free(struct reverse_dns *dns); /* after its askers */

struct reverse_asker *reverse_asker_new(struct reverse_dns *dns);
void reverse_asker_free(struct reverse_asker *asker);

struct reverse_name {
	enum name_state state;   /* NAME_FAILED: currently unknown */
	const char *name;        /* valid until the next look-up */
	struct slice registered; /* its registered_domain() */
	bool asked;              /* for it, not known before */
};

/* Looks up the addresses that are not in the cache, in the given order, until deadline
 * (clock_ms).  Addresses that are not public are not queried. */
void reverse_dns_look_up(struct reverse_asker *asker, const struct ip_address *addresses,
			 size_t count, int64_t deadline);

/* Starts as many look-ups as fit, without waiting.  false: a name is still in flight or has
 * not been queried yet. */
bool reverse_dns_begin(struct reverse_asker *asker, const struct ip_address *addresses,
		       size_t count);

/* Is the maximum number of look-ups in flight? */
bool reverse_dns_is_busy(const struct reverse_asker *asker);

/* Waits for all look-ups in flight, until deadline (clock_ms). */
void reverse_dns_wait(struct reverse_asker *asker, int64_t deadline);

/* Returns the name from the cache after a look-up.  An address that is not public has no
 * name. */
struct reverse_name reverse_dns_name(struct reverse_dns *dns, const struct ip_address *address);

/* Queries sent, failed replies, and whether queries are paused because the resolver does
 * not answer. */
struct reverse_dns_counts {
	uint64_t questions, failures;
	bool paused;
};
struct reverse_dns_counts reverse_dns_counts(const struct reverse_dns *dns);

#endif
