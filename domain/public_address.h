/* public_address.h - may a check connect to an address?
 *
 * SPDX-License-Identifier: MIT
 *
 * A domain's records may contain any address.  Checks connect only to public
 * addresses, so that nobody can direct them at networks that only we can reach.
 */
#ifndef DOMAIN_PUBLIC_ADDRESS_H
#define DOMAIN_PUBLIC_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/slice.h"

/* false: private, loopback, link-local, shared, multicast, documentation or reserved; for
 * IPv6 also a form that embeds an IPv4 address. */
bool address_is_public4(const uint8_t octets[static 4]);
bool address_is_public6(const uint8_t octets[static 16]);

/* The same for a socket address; false for other families. */
bool address_is_public(const struct sockaddr *address);

/* Converts the data of an A (4 octets) or AAAA (16 octets) record to text; false: neither. */
#define ADDRESS_TEXT_SIZE 46
bool address_text(struct slice data, char text[static ADDRESS_TEXT_SIZE]);
bool address_data_is_public(struct slice data);

#endif
