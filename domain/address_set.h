/* address_set.h - a set of source addresses, to be compared with networks in records
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_ADDRESS_SET_H
#define DOMAIN_ADDRESS_SET_H

#include "base/arena.h"
#include "base/slice.h"

/* The set holds at most this many addresses; beyond that, no finding is made from it. */
#define ADDRESS_SET_MAX 8192

/* IPv4 or IPv6; an IPv4 address uses the first four octets. */
struct address {
	bool used, six;
	unsigned char octets[16];
};

struct network {
	struct network *next;
	struct address address;
	unsigned prefix;
};

/* Open-addressed table; all zeros is empty. */
struct address_set {
	struct address *slots;
	size_t count, size;
	bool overflow; /* some addresses did not fit */
};

bool address_read(struct slice text, struct address *address);
void address_set_add(struct address_set *set, const struct address *address, struct arena *arena);
/* Is any address in one of the networks? */
bool address_set_meets(const struct address_set *set, const struct network *networks);

#endif
