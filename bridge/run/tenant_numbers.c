/* tenant_numbers.c - the numbers under which tenants are counted
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/tenant_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define OTHERS (SIZE_TENANT - 1)

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add(struct tenant_numbers *numbers, const char *name)
{
	if (numbers->count + 1 < OTHERS)
		numbers->names[++numbers->count] = name;
	else
		numbers->names[OTHERS] = TENANT_OTHERS;
}

struct tenant_numbers *tenant_numbers_new(const struct config *config)
{
	/* The tenant of domains without a tenant of their own. */
	const char *const nobody = tenant_of(config->tenant_table, slice_of("invalid"));
	struct tenant_numbers *numbers;

	if (!config->bridge.metrics_per_tenant)
		return NULL;
	numbers = xcalloc(1, sizeof(*numbers));
	add(numbers, nobody);
	for (const struct tenant_config *t = config->tenants; t; t = t->next)
		if (strcmp(t->name, nobody) != 0)
			add(numbers, t->name);
	qsort(&numbers->names[1], numbers->count, sizeof(numbers->names[0]), compare);
	return numbers;
}

void tenant_numbers_free(struct tenant_numbers *numbers)
{
	free(numbers);
}

uint16_t tenant_number(const struct tenant_numbers *numbers, const char *tenant)
{
	const char *const *found;

	if (!numbers)
		return 0;
	found = bsearch(&tenant, &numbers->names[1], numbers->count, sizeof(tenant), compare);
	return found ? (uint16_t)(found - numbers->names) : OTHERS;
}
