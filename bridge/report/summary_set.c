/* summary_set.c - summaries of all reports and of each tenant
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/summary_set.h"

#include <stdlib.h>

#include "base/xalloc.h"

void summary_set_init(struct summary_set *set, int64_t now, bool by_tenant)
{
	*set = (struct summary_set){ .all = summary_new(now), .by_tenant = by_tenant, .now = now };
}

void summary_set_release(struct summary_set *set)
{
	summary_free(set->all);
	for (size_t i = 0; i < set->count; i++) {
		free(set->tenants[i].tenant);
		summary_free(set->tenants[i].summary);
	}
	free(set->tenants);
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

static void add(struct summary *summary, enum document_kind kind, struct document_view *view,
		bool is_repeat)
{
	if (is_repeat)
		summary_add_repeat(summary, kind, view);
	else
		summary_add_document(summary, kind, view);
}

void summary_set_add(struct summary_set *set, enum document_kind kind, struct document_view *view,
		     bool is_repeat)
{
	const char *tenant;

	add(set->all, kind, view, is_repeat);
	if (!set->by_tenant)
		return;
	tenant = arena_text(&view->arena, document_view_text(view, FIELD_ID_TENANT));
	if (tenant)
		add(summary_of(set, tenant), kind, view, is_repeat);
}
