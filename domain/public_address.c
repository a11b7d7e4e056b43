/* public_address.c - may a check connect to an address?
 *
 * SPDX-License-Identifier: MIT
 *
 * The tables follow RFC 6890 and the IANA registries.
 */
#include "domain/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct network4 {
	uint8_t octets[4];
	unsigned bits;
};

static const struct network4 special4[] = {
	{ { 0, 0, 0, 0 }, 8 },       /* this network */
	{ { 10, 0, 0, 0 }, 8 },      /* private */
	{ { 100, 64, 0, 0 }, 10 },   /* shared (RFC 6598) */
	{ { 127, 0, 0, 0 }, 8 },     /* loopback */
	{ { 169, 254, 0, 0 }, 16 },  /* link-local */
	{ { 172, 16, 0, 0 }, 12 },   /* private */
	{ { 192, 0, 0, 0 }, 24 },    /* protocol assignments */
	{ { 192, 0, 2, 0 }, 24 },    /* documentation */
	{ { 192, 88, 99, 0 }, 24 },  /* 6to4 relays */
	{ { 192, 168, 0, 0 }, 16 },  /* private */
	{ { 198, 18, 0, 0 }, 15 },   /* benchmarks */
	{ { 198, 51, 100, 0 }, 24 }, /* documentation */
	{ { 203, 0, 113, 0 }, 24 },  /* documentation */
	{ { 224, 0, 0, 0 }, 3 },     /* multicast, reserved, broadcast */
};

struct network6 {
	uint8_t octets[16];
	unsigned bits;
};

/* Only 2000::/3 is in use; these ranges in it are not public either. */
static const struct network6 special6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },       /* protocol assignments, Teredo, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 },             /* 6to4 */
	{ { 0x3f, 0xff, 0x00 }, 20 },       /* documentation (RFC 9637) */
};
static const struct network6 global6 = { { 0x20 }, 3 };

static bool in_network(const uint8_t *address, const uint8_t *network, unsigned bits)
{
	const unsigned whole = bits / 8, rest = bits % 8;
	const unsigned mask = rest > 0 ? 0xffU << (8 - rest) & 0xffU : 0;

	return memcmp(address, network, whole) == 0 &&
	       (rest == 0 || (address[whole] & mask) == (network[whole] & mask));
}

bool address_is_public4(const uint8_t octets[static 4])
{
	for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++)
		if (in_network(octets, special4[i].octets, special4[i].bits))
			return false;
	return true;
}

bool address_is_public6(const uint8_t octets[static 16])
{
	if (!in_network(octets, global6.octets, global6.bits))
		return false;
	for (size_t i = 0; i < sizeof(special6) / sizeof(special6[0]); i++)
		if (in_network(octets, special6[i].octets, special6[i].bits))
			return false;
	return true;
}

bool address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in four;

		memcpy(&four, address, sizeof(four));
		return address_is_public4((const uint8_t *)&four.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 six;

		memcpy(&six, address, sizeof(six));
		return address_is_public6(six.sin6_addr.s6_addr);
	}
	return false;
}

bool address_text(struct slice data, char text[static ADDRESS_TEXT_SIZE])
{
	if (data.size == 4)
		return inet_ntop(AF_INET, data.data, text, ADDRESS_TEXT_SIZE);
	return data.size == 16 && inet_ntop(AF_INET6, data.data, text, ADDRESS_TEXT_SIZE);
}

bool address_data_is_public(struct slice data)
{
	if (data.size == 4)
		return address_is_public4((const uint8_t *)data.data);
	return data.size == 16 && address_is_public6((const uint8_t *)data.data);
}
