/* public_address.h - may a check connect to an address?
 *
 * SPDX-License-Identifier: MIT
 *
 * A domain's records name any address they like.  What is connected to are
 * addresses of the public Internet, so that a check cannot be sent against
 * networks that only we can reach.
 */
#ifndef DOMAIN_PUBLIC_ADDRESS_H
#define DOMAIN_PUBLIC_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/slice.h"

/* false: private, loopback, link-local, shared, multicast, documentation,
 * reserved, or an IPv6 form that carries an IPv4 address. */
bool address_is_public4(const uint8_t octets[static 4]);
bool address_is_public6(const uint8_t octets[static 16]);

/* The same for a socket address; false too for other families. */
bool address_is_public(const struct sockaddr *address);

/* Text of the data of an A (4 octets) or AAAA (16 octets) record; false: it is
 * neither. */
#define ADDRESS_TEXT_SIZE 46
bool address_text(struct slice data, char text[static ADDRESS_TEXT_SIZE]);
bool address_data_is_public(struct slice data);

#endif
