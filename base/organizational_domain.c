/* organizational_domain.c - whether two domains belong to the same organization
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/organizational_domain.h"

#include <libpsl.h>

#include "base/ascii.h"
#include "base/domain_name.h"

/* A look-up costs twenty thousand instructions, and reports name the same domains again and
 * again. */
#define KNOWN_COUNT 256

struct known {
	char name[DOMAIN_SIZE_MAX + 1];
	size_t size;         /* 0: unused */
	size_t begin, found; /* the organizational domain; found is its size, or 0 */
};

static struct known known[KNOWN_COUNT];

static void look_up(struct known *k)
{
	const char *found = psl_registrable_domain(psl_builtin(), k->name);

	k->begin = found ? (size_t)(found - k->name) : 0;
	k->found = found ? strlen(found) : 0;
}

struct slice organizational_domain(struct slice domain)
{
	char name[DOMAIN_SIZE_MAX + 1];
	struct known *k;
	uint32_t hash;

	if (domain.size == 0 || domain.size > DOMAIN_SIZE_MAX)
		return slice_of(NULL);
	for (size_t i = 0; i < domain.size; i++)
		name[i] = ascii_lower(domain.data[i]);
	name[domain.size] = '\0';
	hash = slice_hash((struct slice){ name, domain.size });
	k = &known[(hash ^ hash >> 16) % KNOWN_COUNT];
	if (k->size != domain.size || memcmp(k->name, name, domain.size) != 0) {
		memcpy(k->name, name, domain.size + 1);
		k->size = domain.size;
		look_up(k);
	}
	if (k->found == 0)
		return slice_of(NULL);
	return (struct slice){ domain.data + k->begin, k->found };
}

bool same_organization(struct slice a, struct slice b)
{
	struct slice ours;

	if (a.size > 0 && slice_equal(a, b))
		return true;
	ours = organizational_domain(a);
	return ours.size > 0 && slice_equal(ours, organizational_domain(b));
}

bool is_public_suffix(struct slice domain)
{
	char name[DOMAIN_SIZE_MAX + 1];

	if (domain.size == 0 || domain.size > DOMAIN_SIZE_MAX)
		return false;
	memcpy(name, domain.data, domain.size);
	name[domain.size] = '\0';
	return psl_is_public_suffix2(psl_builtin(), name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

/* Returns domain extended by the preceding label of host; domain itself if there is
 * none. */
static struct slice with_one_more_label(struct slice host, struct slice domain)
{
	size_t begin = host.size - domain.size;

	if (begin > 0 && domain.size > 0)
		begin--; /* skip the dot */
	if (begin == 0)
		return domain;
	while (begin > 0 && host.data[begin - 1] != '.')
		begin--;
	return slice_skip(host, begin);
}

/* Scans from the right, where the suffix is short.  A top-level domain missing in
 * the list is a public suffix too. */
struct slice registered_domain(struct slice host)
{
	struct slice suffix = with_one_more_label(host, slice_skip(host, host.size));
	struct slice domain;

	for (;;) {
		domain = with_one_more_label(host, suffix);
		if (domain.size == suffix.size)
			return slice_of(NULL);
		if (!is_public_suffix(domain))
			return domain;
		suffix = domain;
	}
}
