/* SPDX-License-Identifier: MIT
 *
 * A hash table with open addressing: a look-up costs one probe per label of the
 * name, however many domains there are.
 */
#include "ingest/report/tenant.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "base/domain_name.h"
#include "base/organizational_domain.h"

struct entry {
	char *domain; /* NULL: free slot */
	char *tenant;
};

struct tenant_table {
	struct entry *entries;
	size_t used, slots; /* slots: a power of two, more than half of them free */
};

struct tenant_table *tenant_table_new(void)
{
	struct tenant_table *table = xcalloc(1, sizeof(*table));

	table->slots = 64;
	table->entries = xcalloc(table->slots, sizeof(*table->entries));
	return table;
}

void tenant_table_free(struct tenant_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->slots; i++) {
		free(table->entries[i].domain);
		free(table->entries[i].tenant);
	}
	free(table->entries);
	free(table);
}

bool tenant_name_valid(struct slice name)
{
	if (name.size == 0 || name.size > TENANT_NAME_MAX || name.data[0] == '_')
		return false;
	for (size_t i = 0; i < name.size; i++) {
		const char c = name.data[i];

		if (!ascii_is_digit(c) && c != '_' && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

bool tenant_name_reserved(const char *name)
{
	return strcmp(name, TENANT_UNCLAIMED) == 0 || strcmp(name, TENANT_DEFAULT) == 0;
}

/* FNV-1a suffices: the operator chooses the keys, so there are no malicious collisions. */
static size_t hash_of(struct slice domain)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < domain.size; i++)
		hash = (hash ^ (unsigned char)domain.data[i]) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32);
}

/* Returns the domain's entry, or the free slot for it. */
static struct entry *find(const struct tenant_table *table, struct slice domain)
{
	size_t at = hash_of(domain) & (table->slots - 1);

	while (table->entries[at].domain && !slice_is(domain, table->entries[at].domain))
		at = (at + 1) & (table->slots - 1);
	return &table->entries[at];
}

static void grow(struct tenant_table *table)
{
	struct entry *old = table->entries;
	const size_t slots = table->slots;

	table->slots *= 2;
	table->entries = xcalloc(table->slots, sizeof(*table->entries));
	for (size_t i = 0; i < slots; i++)
		if (old[i].domain)
			*find(table, slice_of(old[i].domain)) = old[i];
	free(old);
}

static bool add(struct tenant_table *table, const char *tenant, struct slice domain,
		struct error *err)
{
	struct entry *entry = find(table, domain);

	if (entry->domain) {
		if (strcmp(entry->tenant, tenant) == 0)
			return true;
		return error_set(err, ERROR_FATAL, "domain %s belongs to tenant %s already",
				 entry->domain, entry->tenant);
	}
	if (2 * (table->used + 1) >= table->slots) {
		grow(table);
		entry = find(table, domain);
	}
	entry->domain = xmemdup(domain.data, domain.size);
	entry->tenant = xstrdup(tenant);
	table->used++;
	return true;
}

bool tenant_table_add(struct tenant_table *table, const char *tenant, struct slice domain,
		      struct error *err)
{
	struct arena arena;
	struct slice name = { NULL, 0 };
	bool ok;

	if (!tenant_name_valid(slice_of(tenant)))
		return error_set(err, ERROR_FATAL, "\"%s\" is no name for a tenant", tenant);
	if (tenant_name_reserved(tenant))
		return error_set(err, ERROR_FATAL, TENANT_RESERVED, tenant);
	arena_init(&arena, KIB);
	if (domain_normalise(&arena, domain, &name) && is_public_suffix(name))
		ok = error_set(err, ERROR_FATAL,
			       "tenant %s: %.*s is a public suffix, under which many have domains",
			       tenant, (int)name.size, name.data);
	else if (name.data)
		ok = add(table, tenant, name, err);
	else
		ok = error_set(err, ERROR_FATAL, "tenant %s: \"%.*s\" is no domain name", tenant,
			       (int)(domain.size < 300 ? domain.size : 300), domain.data);
	arena_release(&arena);
	return ok;
}

const char *tenant_of(const struct tenant_table *table, struct slice domain)
{
	if (table->used == 0)
		return TENANT_DEFAULT;
	if (domain.size > DOMAIN_SIZE_MAX)
		return TENANT_UNCLAIMED;
	while (domain.size > 0) {
		const struct entry *entry = find(table, domain);

		if (entry->domain)
			return entry->tenant;
		slice_split(domain, '.', &domain);
	}
	return TENANT_UNCLAIMED;
}

bool tenant_table_next(const struct tenant_table *table, size_t *position, const char **domain,
		       const char **tenant)
{
	while (*position < table->slots) {
		const struct entry *entry = &table->entries[(*position)++];

		if (!entry->domain)
			continue;
		*domain = entry->domain;
		*tenant = entry->tenant;
		return true;
	}
	return false;
}
