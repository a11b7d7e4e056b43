/* organizational_domain.h - whether two domains belong to the same organization
 *
 * SPDX-License-Identifier: MIT
 *
 * Uses the public suffix list (RFC 7489 section 3.2): mail.example.co.uk and
 * example.co.uk belong together, example.co.uk and example.org.uk do not.
 */
#ifndef BASE_ORGANIZATIONAL_DOMAIN_H
#define BASE_ORGANIZATIONAL_DOMAIN_H

#include <stdbool.h>

#include "base/slice.h"

/* Returns the registered part of a domain, as a part of domain with its spelling;
 * absent: it is a public suffix itself, or not a domain. */
struct slice organizational_domain(struct slice domain);

/* Whether domain is a public suffix of a registry, such as "com" or "co.uk";
 * private suffixes, which companies publish for their own domains, do not count. */
bool is_public_suffix(struct slice domain);

/* Returns the part of a host name that is registered with a registry.  Private
 * suffixes do not count; otherwise every customer of a hosting company would be a
 * different organization.  Lower case; absent: a public suffix itself, or not a
 * domain. */
struct slice registered_domain(struct slice host);

/* Both as normalised by domain_normalise(); an absent one matches nothing. */
bool same_organization(struct slice a, struct slice b);

#endif
