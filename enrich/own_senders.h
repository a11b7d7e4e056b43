/* own_senders.h - the senders that a tenant has approved
 *
 * SPDX-License-Identifier: MIT
 *
 * A list of service names, networks, and domains including their subdomains, from
 * the option senders of a [tenant] section.
 */
#ifndef ENRICH_OWN_SENDERS_H
#define ENRICH_OWN_SENDERS_H

#include "base/arena.h"
#include "enrich/ip_address.h"

struct own_sender {
	const char *text; /* as configured */
	bool is_network;
	struct ip_network network;
	struct slice domain; /* absent if the entry is not a domain */
};

struct own_senders {
	const struct own_sender *list;
	size_t count;
};

/* words is NULL-terminated, or NULL.  The result lives in the arena; false: the arena is
 * full. */
bool own_senders_read(struct arena *arena, const char *const *words, struct own_senders *own);

/* Return the first entry with the network of the address, the domain or a parent domain, or
 * the service name (case-insensitive), or NULL. */
const struct own_sender *own_sender_of_address(const struct own_senders *own,
					       const struct ip_address *address);
const struct own_sender *own_sender_of_domain(const struct own_senders *own, struct slice name);
const struct own_sender *own_sender_of_service(const struct own_senders *own, struct slice name);

#endif
