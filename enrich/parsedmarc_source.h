/* parsedmarc_source.h - the name of a source as parsedmarc would give it
 *
 * SPDX-License-Identifier: MIT
 *
 * For documents in parsedmarc's schema, so that its dashboards keep working.  The
 * host name need not resolve to the address; without a map, the registered domain
 * is used as the name.
 */
#ifndef ENRICH_PARSEDMARC_SOURCE_H
#define ENRICH_PARSEDMARC_SOURCE_H

#include "enrich/enricher.h"

struct parsedmarc_source {
	struct slice reverse_dns, base_domain;
	struct slice name;
	const char *type; /* NULL: none */
};

/* map: the user's map, or NULL.  Texts belong to the facts and the map. */
struct parsedmarc_source parsedmarc_source_of(const struct service_table *map,
					      const struct address_facts *facts);

#endif
