/* address_set.h - addresses of sources, to be held against networks of records
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_ADDRESS_SET_H
#define DOMAIN_ADDRESS_SET_H

#include "base/arena.h"
#include "base/slice.h"

/* More different sources than that are not remembered: nothing is said then. */
#define ADDRESS_SET_MAX 8192

/* Of both families; the first four octets are an IPv4 address. */
struct address {
	bool used, six;
	unsigned char octets[16];
};

struct network {
	struct network *next;
	struct address address;
	unsigned prefix;
};

/* An open-addressed table; zeroed: empty. */
struct address_set {
	struct address *slots;
	size_t count, size;
	bool overflow; /* not all of them are in it */
};

bool address_read(struct slice text, struct address *address);
void address_set_add(struct address_set *set, const struct address *address, struct arena *arena);
/* Is one of them in one of the networks? */
bool address_set_meets(const struct address_set *set, const struct network *networks);

#endif
