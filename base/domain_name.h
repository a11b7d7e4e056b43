/* domain_name.h - one spelling for each domain name
 *
 * SPDX-License-Identifier: MIT
 *
 * Lower case, A-labels, no final dot: the form in which domains are compared,
 * hashed, stored and looked up among the tenants.
 */
#ifndef BASE_DOMAIN_NAME_H
#define BASE_DOMAIN_NAME_H

#include "base/arena.h"

/* Octets of a name in text form without its final dot (RFC 1035). */
#define DOMAIN_SIZE_MAX 253

/* False: not a domain name (or the arena is full); the caller keeps the raw
 * text.  Underscores are allowed, as DNS allows them; an address is no domain. */
bool domain_normalise(struct arena *arena, struct slice text, struct slice *domain);

#endif
