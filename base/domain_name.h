/* domain_name.h - normalised spelling of domain names
 *
 * SPDX-License-Identifier: MIT
 *
 * Lower case, A-labels, no final dot.  Domains are compared, hashed, stored and
 * matched to tenants in this form.
 */
#ifndef BASE_DOMAIN_NAME_H
#define BASE_DOMAIN_NAME_H

#include "base/arena.h"

/* Octets of a name in text form without its final dot (RFC 1035). */
#define DOMAIN_SIZE_MAX 253

/* false: not a domain name (or the arena is full); the caller keeps the raw text.
 * Underscores are allowed, as in DNS; an IP address is not a domain. */
bool domain_normalise(struct arena *arena, struct slice text, struct slice *domain);

/* Would domain_normalise() return the same text? */
bool domain_is_normal(struct slice text);

#endif
