/* overview.c - lists the tenants with their indices and documents
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/overview.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/setup/setup.h"
#include "bridge/tenants/stored.h"
#include "bridge/wiring/wiring.h"

struct row {
	char *name;
	bool configured;
	uint64_t domains, indices, documents;
};

struct overview {
	void *by_name;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

static struct row *row_of(struct overview *o, struct slice name)
{
	struct row *row = xcalloc(1, sizeof(*row)), *known;

	row->name = xmemdup(name.data, name.size);
	known = *(struct row **)tsearch(row, &o->by_name, by_name);
	if (known != row) {
		free(row->name);
		free(row);
	}
	return known;
}

static bool on_index(void *context, const struct stored_index *index, struct error *err)
{
	struct row *row = row_of(context, index->parts.tenant);

	(void)err;
	row->indices++;
	row->documents += index->documents;
	return true;
}

static void print_row(const void *node, VISIT visit, void *closure)
{
	const struct row *row = *(const struct row *const *)node;

	(void)closure;
	if (visit != postorder && visit != leaf)
		return;
	printf("%-30s %8ju %8ju %12ju%s\n", row->name, (uintmax_t)row->domains,
	       (uintmax_t)row->indices, (uintmax_t)row->documents,
	       row->configured ? "" : "  not in the configuration");
}

static void free_row(void *row)
{
	free(((struct row *)row)->name);
	free(row);
}

static void count_domains(struct overview *o, const struct config *config)
{
	const char *domain, *tenant;
	size_t at = 0;

	while (tenant_table_next(config->tenant_table, &at, &domain, &tenant))
		row_of(o, slice_of(tenant))->domains++;
}

bool overview_print(struct config *config, const struct output_config *output, struct error *err)
{
	struct overview o = { .by_name = NULL };
	struct setup setup;
	bool good;

	setup_init(&setup, config, output);
	setup.server = elastic_setup_new(wiring_elastic_setup(config, output));
	for (size_t i = 0; i < setup.tenant_count; i++)
		row_of(&o, slice_of(setup.tenants[i].name))->configured = true;
	count_domains(&o, config);
	good = stored_indices(&setup, true, on_index, &o, err);
	if (good) {
		printf("%-30s %8s %8s %12s\n", "tenant", "domains", "indices", "documents");
		twalk_r(o.by_name, print_row, NULL);
	}
	tdestroy(o.by_name, free_row);
	setup_release(&setup);
	return good;
}
