/* address_set.c - a set of source addresses, to be compared with networks in records
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/address_set.h"

#include <arpa/inet.h>

#define FIRST_SIZE 64

bool address_read(struct slice text, struct address *address)
{
	char name[INET6_ADDRSTRLEN];

	if (text.size == 0 || text.size >= sizeof(name))
		return false;
	memcpy(name, text.data, text.size);
	name[text.size] = '\0';
	*address = (struct address){ .used = true, .six = strchr(name, ':') != NULL };
	return inet_pton(address->six ? AF_INET6 : AF_INET, name, address->octets) == 1;
}

static size_t place_of(const struct address *slots, size_t size, const struct address *address)
{
	const uint32_t hash = slice_hash(
		(struct slice){ (const char *)address->octets, sizeof(address->octets) });
	size_t at;

	for (at = hash & (size - 1); slots[at].used; at = (at + 1) & (size - 1))
		if (memcmp(&slots[at], address, sizeof(*address)) == 0)
			break;
	return at;
}

/* Doubles the table, which is never more than half full. */
static bool grow(struct address_set *set, struct arena *arena)
{
	const size_t size = set->size ? 2 * set->size : FIRST_SIZE;
	struct address *slots = arena_alloc(arena, size * sizeof(*slots));

	if (!slots)
		return false;
	memset(slots, 0, size * sizeof(*slots));
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i].used)
			slots[place_of(slots, size, &set->slots[i])] = set->slots[i];
	set->slots = slots;
	set->size = size;
	return true;
}

void address_set_add(struct address_set *set, const struct address *address, struct arena *arena)
{
	size_t at;

	if (2 * (set->count + 1) > set->size && !grow(set, arena)) {
		set->overflow = true;
		return;
	}
	at = place_of(set->slots, set->size, address);
	if (set->slots[at].used)
		return;
	if (set->count == ADDRESS_SET_MAX) {
		set->overflow = true;
		return;
	}
	set->slots[at] = *address;
	set->count++;
}

static bool is_in(const struct address *address, const struct network *network)
{
	const unsigned whole = network->prefix / 8, bits = network->prefix % 8;
	const unsigned char mask = (unsigned char)(0xff00u >> bits);

	return address->six == network->address.six &&
	       memcmp(address->octets, network->address.octets, whole) == 0 &&
	       (bits == 0 ||
		((address->octets[whole] ^ network->address.octets[whole]) & mask) == 0);
}

bool address_set_meets(const struct address_set *set, const struct network *networks)
{
	for (; networks; networks = networks->next)
		for (size_t i = 0; i < set->size; i++)
			if (set->slots[i].used && is_in(&set->slots[i], networks))
				return true;
	return false;
}
