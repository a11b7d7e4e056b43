/* parsedmarc_source.h - the name of a source as parsedmarc would give it
 *
 * SPDX-License-Identifier: MIT
 *
 * For documents of its schema, so that its dashboards go on meaning the same.
 * The host's name need not lead back to the address; without a map the registered
 * domain stands for the name.
 */
#ifndef ENRICH_PARSEDMARC_SOURCE_H
#define ENRICH_PARSEDMARC_SOURCE_H

#include "enrich/enricher.h"

struct parsedmarc_source {
	struct slice reverse_dns, base_domain;
	struct slice name;
	const char *type; /* NULL: none */
};

/* map: that of the user, NULL: none.  Texts belong to the facts and the map. */
struct parsedmarc_source parsedmarc_source_of(const struct service_table *map,
					      const struct address_facts *facts);

#endif
