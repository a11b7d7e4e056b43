/* recipients.c - recipients of notifications: tenants, their addresses and pages
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/recipients.h"

#include <string.h>

#include "base/limits.h"

#define PLACE "{tenant}"

const char *const *recipients_tenants(struct config *config, const char *const *named)
{
	const char **list;
	size_t count = 0;

	if (named && named[0])
		return named;
	for (const struct tenant_config *t = config->tenants; t; t = t->next)
		count++;
	list = arena_array(&config->arena, count + 2, sizeof(*list));
	count = 0;
	for (const struct tenant_config *t = config->tenants; t; t = t->next)
		list[count++] = t->name;
	if (count == 0)
		list[count++] = TENANT_DEFAULT;
	return list;
}

const char *const *recipients_addresses(const struct config *config, const char *tenant,
					const char *const *to)
{
	const struct tenant_config *t;

	if (to && to[0])
		return to;
	t = config_find_tenant(config, slice_of(tenant));
	return t && t->contact && t->contact[0] ? t->contact : NULL;
}

const char *recipients_page(struct config *config, const char *tenant)
{
	struct slice rest = slice_of(config->service.page_url);
	const char *text;
	struct strbuf url;

	if (!config->service.page_url)
		return NULL;
	strbuf_init(&url, 8 * KIB);
	while (rest.size > 0) {
		const size_t at = slice_find_text(rest, PLACE);

		strbuf_add(&url, rest.data, at);
		if (at < rest.size)
			strbuf_add_text(&url, tenant ? tenant : PAGE_OF_ALL);
		rest = slice_skip(rest, at + (at < rest.size ? strlen(PLACE) : 0));
	}
	text = arena_text(&config->arena, strbuf_slice(&url));
	strbuf_release(&url);
	return text;
}

const struct summary *recipients_summary(const struct summary_set *set, const char *tenant)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->tenants[i].tenant, tenant) == 0)
			return set->tenants[i].summary;
	return NULL;
}
