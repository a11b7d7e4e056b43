/* reverse_dns.h - names of many addresses at once, forward-confirmed
 *
 * SPDX-License-Identifier: MIT
 *
 * Whoever holds an address can call it mail.google.com, so a name counts only
 * if it leads back to the address.  Hundreds of questions are in flight; what
 * is not answered when the time is up is left unknown, and its reply still
 * fills the cache later.  A resolver that answers nothing is left alone for a
 * minute, name servers of a network that answer nothing for five.
 */
#ifndef ENRICH_REVERSE_DNS_H
#define ENRICH_REVERSE_DNS_H

#include "enrich/name_cache.h"

struct reverse_dns;

/* One per fiber: it may wait while others ask through theirs.  The cache and
 * what is known about the resolver are shared. */
struct reverse_asker;

/* servers as for name_lookup(), NULL: those of the system; both must outlive
 * the result.  offline: only the cache is asked. */
struct reverse_dns *reverse_dns_new(struct name_cache *cache, const char *servers, bool offline);
void reverse_dns_free(struct reverse_dns *dns); /* after its askers */

struct reverse_asker *reverse_asker_new(struct reverse_dns *dns);
void reverse_asker_free(struct reverse_asker *asker);

struct reverse_name {
	enum name_state state; /* NAME_FAILED: unknown now */
	const char *name; /* valid until the next look-up */
	struct slice registered; /* its registered_domain() */
};

/* Looks up what the cache does not know, in the given order, until deadline
 * (clock_ms) at the latest.  Addresses that are not public are not asked about. */
void reverse_dns_look_up(struct reverse_asker *asker, const struct ip_address *addresses,
			 size_t count, int64_t deadline);

/* Begins to look them up as far as there is room, and does not wait.  false: the
 * name of one of them is not known yet, and may be later. */
bool reverse_dns_begin(struct reverse_asker *asker, const struct ip_address *addresses,
		       size_t count);

/* There is no room to begin with another one. */
bool reverse_dns_is_busy(const struct reverse_asker *asker);

/* Waits for all that is under way, until deadline (clock_ms) at the latest. */
void reverse_dns_wait(struct reverse_asker *asker, int64_t deadline);

/* What is known about one of them afterwards.  An address that is not public
 * has no name. */
struct reverse_name reverse_dns_name(struct reverse_dns *dns, const struct ip_address *address);

/* Questions sent so far, replies that failed, and whether the resolver is left
 * alone at present. */
struct reverse_dns_counts {
	uint64_t questions, failures;
	bool paused;
};
struct reverse_dns_counts reverse_dns_counts(const struct reverse_dns *dns);

#endif
