/* organizational_domain.c - do two domains belong to the same owner?
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/organizational_domain.h"

#include <libpsl.h>

#include "ingest/domain.h"

/* The part of a domain that its owner registered; absent: it is a public
 * suffix itself, or no domain. */
static struct slice registered(struct slice domain)
{
	char name[DOMAIN_SIZE_MAX + 1];
	const char *found;

	if (domain.size == 0 || domain.size > DOMAIN_SIZE_MAX)
		return slice_of(NULL);
	memcpy(name, domain.data, domain.size);
	name[domain.size] = '\0';
	found = psl_registrable_domain(psl_builtin(), name);
	if (!found)
		return slice_of(NULL);
	return (struct slice){ domain.data + (found - name), strlen(found) };
}

bool same_organization(struct slice a, struct slice b)
{
	const struct slice ours = registered(a), theirs = registered(b);

	if (a.size > 0 && slice_equal(a, b))
		return true;
	return ours.size > 0 && slice_equal(ours, theirs);
}
