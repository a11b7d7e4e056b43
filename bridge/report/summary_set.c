/* summary_set.c - summaries of all reports and of each tenant
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/summary_set.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "bridge/report/document_view.h"

void summary_set_init(struct summary_set *set, int64_t now, bool by_tenant)
{
	*set = (struct summary_set){ .all = summary_new(now), .by_tenant = by_tenant, .now = now };
	if (!by_tenant)
		return;
	set->view = xcalloc(1, sizeof(*set->view));
	document_view_init(set->view);
}

void summary_set_release(struct summary_set *set)
{
	summary_free(set->all);
	for (size_t i = 0; i < set->count; i++) {
		free(set->tenants[i].tenant);
		summary_free(set->tenants[i].summary);
	}
	free(set->tenants);
	if (set->view)
		document_view_release(set->view);
	free(set->view);
	*set = (struct summary_set){ .all = NULL };
}

void summary_set_begin(struct summary_set *set, int64_t since)
{
	set->since = since;
	summary_set_since(set->all, since);
}

/* Position of the tenant in the list, or where to insert it. */
static size_t place_of(const struct summary_set *set, const char *tenant)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (strcmp(set->tenants[middle].tenant, tenant) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct summary *summary_of(struct summary_set *set, const char *tenant)
{
	const size_t at = place_of(set, tenant);

	if (at < set->count && strcmp(set->tenants[at].tenant, tenant) == 0)
		return set->tenants[at].summary;
	if (set->count == set->alloc) {
		set->alloc = set->alloc > 0 ? 2 * set->alloc : 16;
		set->tenants = xreallocarray(set->tenants, set->alloc, sizeof(*set->tenants));
	}
	memmove(set->tenants + at + 1, set->tenants + at,
		(set->count++ - at) * sizeof(*set->tenants));
	set->tenants[at] = (struct tenant_summary){ xstrdup(tenant), summary_new(set->now) };
	summary_set_since(set->tenants[at].summary, set->since);
	return set->tenants[at].summary;
}

static void add(struct summary *summary, enum document_kind kind, struct slice json, bool is_repeat)
{
	if (is_repeat)
		summary_add_repeat(summary, kind, json);
	else
		summary_add_document(summary, kind, json);
}

void summary_set_add(struct summary_set *set, enum document_kind kind, struct slice json,
		     bool is_repeat)
{
	const char *tenant;

	add(set->all, kind, json, is_repeat);
	if (!set->by_tenant)
		return;
	document_view_read(set->view, json);
	tenant = arena_text(&set->view->arena, document_view_text(set->view, FIELD_ID_TENANT));
	if (tenant)
		add(summary_of(set, tenant), kind, json, is_repeat);
}
