/* organizational_domain.h - do two domains belong to the same owner?
 *
 * SPDX-License-Identifier: MIT
 *
 * By the public suffix list (RFC 7489 section 3.2): mail.example.co.uk and
 * example.co.uk do, example.co.uk and example.org.uk do not.
 */
#ifndef BASE_ORGANIZATIONAL_DOMAIN_H
#define BASE_ORGANIZATIONAL_DOMAIN_H

#include <stdbool.h>

#include "base/slice.h"

/* The part of a domain that its owner registered, within domain and in its
 * spelling; absent: it is a public suffix itself, or no domain. */
struct slice organizational_domain(struct slice domain);

/* Nobody's domain but a registry's, such as "com" or "co.uk"; suffixes that
 * companies publish of their own domains are not meant. */
bool is_public_suffix(struct slice domain);

/* The part of a host's name that somebody registered with a registry: suffixes
 * that companies publish of their own domains do not count, or else every
 * customer of a hosting company would be somebody else.  Lower case; absent: it
 * is a public suffix itself, or no domain. */
struct slice registered_domain(struct slice host);

/* Both as domain_normalise() leaves them; an absent one is nobody's. */
bool same_organization(struct slice a, struct slice b);

#endif
