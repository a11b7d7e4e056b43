/* ip_address.c - an IP address as bytes; decides which addresses can be looked up
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/ip_address.h"

#include <arpa/inet.h>
#include <stdio.h>

#define V4_BYTES 4

bool ip_address_parse(struct slice text, struct ip_address *address)
{
	struct ip_address parsed = { .is_v4 = true };
	char copy[INET6_ADDRSTRLEN];

	if (text.size == 0 || text.size >= sizeof(copy) || memchr(text.data, '\0', text.size))
		return false;
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	if (inet_pton(AF_INET, copy, parsed.bytes) != 1) {
		parsed.is_v4 = false;
		if (inet_pton(AF_INET6, copy, parsed.bytes) != 1)
			return false;
	}
	*address = parsed;
	return true;
}

bool ip_address_equal(const struct ip_address *a, const struct ip_address *b)
{
	return a->is_v4 == b->is_v4 && memcmp(a->bytes, b->bytes, IP_ADDRESS_BYTES) == 0;
}

/* --- networks ----------------------------------------------------------------- */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	const unsigned bytes = bits / 8, rest = bits % 8;

	return memcmp(a, b, bytes) == 0 && (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

bool ip_network_has(const struct ip_network *network, const struct ip_address *address)
{
	return network->address.is_v4 == address->is_v4 &&
	       same_bits(network->address.bytes, address->bytes, network->bits);
}

static bool is_zero_after(const struct ip_address *address, unsigned bits)
{
	for (unsigned bit = bits; bit < 8 * IP_ADDRESS_BYTES; bit++)
		if (address->bytes[bit / 8] & 0x80u >> bit % 8)
			return false;
	return true;
}

bool ip_network_parse(struct slice text, struct ip_network *network)
{
	struct slice prefix;
	const struct slice start = slice_split(text, '/', &prefix);
	struct ip_network parsed;
	uint64_t bits;

	if (!ip_address_parse(start, &parsed.address))
		return false;
	bits = parsed.address.is_v4 ? 8 * V4_BYTES : 8 * IP_ADDRESS_BYTES;
	if (prefix.data && !slice_to_uint(prefix, bits, &bits))
		return false;
	if (!is_zero_after(&parsed.address, (unsigned)bits))
		return false;
	parsed.bits = (unsigned)bits;
	*network = parsed;
	return true;
}

/* --- special addresses -------------------------------------------------------- */

struct range {
	uint8_t bytes[IP_ADDRESS_BYTES];
	unsigned bits;
};

static bool is_in(const struct range *ranges, size_t count, const uint8_t *bytes)
{
	for (size_t i = 0; i < count; i++)
		if (same_bits(ranges[i].bytes, bytes, ranges[i].bits))
			return true;
	return false;
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct ip_address ip_address_unwrapped(const struct ip_address *address)
{
	static const struct range wrappers[] = {
		{ { [10] = 0xff, [11] = 0xff }, 96 },
		{ { 0x00, 0x64, 0xff, 0x9b }, 96 },
	};
	struct ip_address inner = { .is_v4 = true };

	if (address->is_v4 || !is_in(wrappers, COUNT(wrappers), address->bytes))
		return *address;
	memcpy(inner.bytes, address->bytes + 12, V4_BYTES);
	return inner;
}

static bool v4_is_public(const uint8_t *bytes)
{
	static const struct range special[] = {
		{ { 0 }, 8 },             /* this network */
		{ { 10 }, 8 },            /* private */
		{ { 100, 64 }, 10 },      /* shared by carrier-grade NAT */
		{ { 127 }, 8 },           /* loopback */
		{ { 169, 254 }, 16 },     /* link-local */
		{ { 172, 16 }, 12 },      /* private */
		{ { 192, 0, 0 }, 24 },    /* protocol assignments */
		{ { 192, 0, 2 }, 24 },    /* documentation */
		{ { 192, 88, 99 }, 24 },  /* 6to4 relays, withdrawn */
		{ { 192, 168 }, 16 },     /* private */
		{ { 198, 18 }, 15 },      /* benchmarks */
		{ { 198, 51, 100 }, 24 }, /* documentation */
		{ { 203, 0, 113 }, 24 },  /* documentation */
		{ { 224 }, 3 },           /* multicast and reserved */
	};

	return !is_in(special, COUNT(special), bytes);
}

static bool v6_is_public(const uint8_t *bytes)
{
	static const struct range special[] = {
		{ { 0x20, 0x01 }, 23 },             /* protocol assignments, Teredo */
		{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
		{ { 0x20, 0x02 }, 16 },             /* 6to4 */
		{ { 0x3f, 0xff }, 20 },             /* documentation (RFC 9637) */
	};
	static const struct range global = { { 0x20 }, 3 };

	return is_in(&global, 1, bytes) && !is_in(special, COUNT(special), bytes);
}

bool ip_address_is_public(const struct ip_address *address)
{
	const struct ip_address inner = ip_address_unwrapped(address);

	return inner.is_v4 ? v4_is_public(inner.bytes) : v6_is_public(inner.bytes);
}

bool ip_address_is_cut(const struct ip_address *address)
{
	return is_zero_after(address, address->is_v4 ? 24 : 64);
}

/* --- PTR name ------------------------------------------------------------------ */

void ip_address_reverse_name(const struct ip_address *address, char name[static REVERSE_NAME_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = address->bytes;
	size_t at = 0;

	if (address->is_v4) {
		snprintf(name, REVERSE_NAME_SIZE, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1],
			 b[0]);
		return;
	}
	for (size_t i = IP_ADDRESS_BYTES; i-- > 0;) {
		name[at++] = digits[b[i] & 15];
		name[at++] = '.';
		name[at++] = digits[b[i] >> 4];
		name[at++] = '.';
	}
	memcpy(name + at, "ip6.arpa", sizeof("ip6.arpa"));
}
