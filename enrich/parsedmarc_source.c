/* parsedmarc_source.c - the name of a source as parsedmarc would give it
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/parsedmarc_source.h"

/* parsedmarc's map matches domains exactly, never their parent domains. */
static const struct service *entry_of(const struct service_table *map, struct slice domain)
{
	return map && domain.size > 0 ? service_of_domain_alone(map, KEY_PTR, domain) : NULL;
}

static void take(struct parsedmarc_source *source, const struct service *entry)
{
	source->name = slice_of(entry->name);
	source->type = entry->label;
}

struct parsedmarc_source parsedmarc_source_of(const struct service_table *map,
					      const struct address_facts *facts)
{
	struct parsedmarc_source source = { .type = NULL };
	const struct service *entry;

	source.reverse_dns = facts->name.size > 0 ? facts->name : facts->other_name;
	if (source.reverse_dns.size > 0) {
		source.base_domain = facts->registered_domain;
		source.name = source.base_domain;
		entry = entry_of(map, source.base_domain);
	} else {
		source.name = facts->as_name;
		entry = entry_of(map, facts->as_domain);
	}
	if (entry)
		take(&source, entry);
	return source;
}
