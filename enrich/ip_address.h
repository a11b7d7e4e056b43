/* ip_address.h - an IP address as bytes; decides which addresses can be looked up
 *
 * SPDX-License-Identifier: MIT
 *
 * Reports contain private, documentation and anonymised addresses, and IPv4
 * addresses wrapped in IPv6.  Addresses that are not public must not be sent to a
 * resolver, and the databases list IPv4 only unwrapped.  Only this file decides
 * both.
 */
#ifndef ENRICH_IP_ADDRESS_H
#define ENRICH_IP_ADDRESS_H

#include <stdint.h>

#include "base/slice.h"

#define IP_ADDRESS_BYTES 16

struct ip_address {
	uint8_t bytes[IP_ADDRESS_BYTES]; /* IPv4: four bytes, then zeros */
	bool is_v4;
};

/* Parses what inet_pton() accepts; false: not an address. */
bool ip_address_parse(struct slice text, struct ip_address *address);

bool ip_address_equal(const struct ip_address *a, const struct ip_address *b);

/* Returns the IPv4 address in an IPv4-mapped (RFC 4291) or NAT64 (RFC 6052) address, or the
 * address itself. */
struct ip_address ip_address_unwrapped(const struct ip_address *address);

/* Does it belong to one host on the public Internet?  false for private, loopback,
 * link-local, shared, multicast, documentation, benchmark and reserved ranges (RFC 6890). */
bool ip_address_is_public(const struct ip_address *address);

/* Does it look anonymised?  The last octet is 0 in IPv4, or all 64 bits of the host part in
 * IPv6. */
bool ip_address_is_cut(const struct ip_address *address);

/* The owner name of its PTR records, without a final dot. */
#define REVERSE_NAME_SIZE 74
void ip_address_reverse_name(const struct ip_address *address, char name[static REVERSE_NAME_SIZE]);

/* A network such as "198.51.100.0/24"; a single address is a network of one. */
struct ip_network {
	struct ip_address address;
	unsigned bits;
};

/* false: not a network, prefix too long, or bits set after the prefix. */
bool ip_network_parse(struct slice text, struct ip_network *network);
bool ip_network_has(const struct ip_network *network, const struct ip_address *address);

#endif
