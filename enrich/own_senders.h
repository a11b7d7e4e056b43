/* own_senders.h - the senders that a tenant has approved
 *
 * SPDX-License-Identifier: MIT
 *
 * A list of names of services, networks, and domains with all names below them,
 * as [tenant] senders has it.
 */
#ifndef ENRICH_OWN_SENDERS_H
#define ENRICH_OWN_SENDERS_H

#include "base/arena.h"
#include "enrich/ip_address.h"

struct own_sender {
	const char *text; /* as it was written */
	bool is_network;
	struct ip_network network;
	struct slice domain; /* absent: it is none */
};

struct own_senders {
	const struct own_sender *list;
	size_t count;
};

/* words: NULL-terminated, or NULL.  Everything lives in the arena; false: it is
 * full. */
bool own_senders_read(struct arena *arena, const char *const *words, struct own_senders *own);

/* The entry that has the network of the address, the name itself or a domain
 * above it, or the name of a service, in any case; NULL: none. */
const struct own_sender *own_sender_of_address(const struct own_senders *own,
					       const struct ip_address *address);
const struct own_sender *own_sender_of_domain(const struct own_senders *own, struct slice name);
const struct own_sender *own_sender_of_service(const struct own_senders *own, struct slice name);

#endif
