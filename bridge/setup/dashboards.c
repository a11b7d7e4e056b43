/* dashboards.c - the dashboards and alert rules that are part of the program
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/setup/dashboards.h"

#include <stdio.h>

static const char kibana_tenant[] =
#include "kibana/rendered/kibana-tenant.ndjson.inc"
	;
static const char kibana_operator[] =
#include "kibana/rendered/kibana-operator.ndjson.inc"
	;
static const char kibana_tenant_alerts[] =
#include "kibana/rendered/kibana-tenant-alerts.ndjson.inc"
	;
static const char kibana_operator_alerts[] =
#include "kibana/rendered/kibana-operator-alerts.ndjson.inc"
	;
static const char opensearch_tenant[] =
#include "kibana/rendered/opensearch-tenant.ndjson.inc"
	;
static const char opensearch_operator[] =
#include "kibana/rendered/opensearch-operator.ndjson.inc"
	;
static const char opensearch_tenant_alerts[] =
#include "kibana/rendered/opensearch-tenant-alerts.ndjson.inc"
	;
static const char opensearch_operator_alerts[] =
#include "kibana/rendered/opensearch-operator-alerts.ndjson.inc"
	;

/* For each product: objects of a tenant, objects of the operator. */
static const char *const objects[][2] = {
	[DASHBOARDS_KIBANA] = { kibana_tenant, kibana_operator },
	[DASHBOARDS_OPENSEARCH] = { opensearch_tenant, opensearch_operator },
};
static const char *const alerts[][2] = {
	[DASHBOARDS_KIBANA] = { kibana_tenant_alerts, kibana_operator_alerts },
	[DASHBOARDS_OPENSEARCH] = { opensearch_tenant_alerts, opensearch_operator_alerts },
};

/* Replaces the two tokens; their values consist of a-z, 0-9 and . _ - only. */
static void render(const char *text, const char *prefix, const char *tenant, struct strbuf *out)
{
	static const char prefix_token[] = "@@PREFIX@@", tenant_token[] = "@@TENANT@@";
	const char *mark;

	while ((mark = strstr(text, "@@")) != NULL) {
		const bool is_prefix = strncmp(mark, prefix_token, strlen(prefix_token)) == 0;

		strbuf_add(out, text, (size_t)(mark - text));
		strbuf_add_text(out, is_prefix ? prefix : tenant);
		text = mark + strlen(is_prefix ? prefix_token : tenant_token);
	}
	strbuf_add_text(out, text);
}

void dashboards_objects(enum dashboards_product product, const char *prefix, const char *tenant,
			struct strbuf *out)
{
	render(objects[product][!tenant], prefix, tenant ? tenant : "", out);
}

void dashboards_rules(enum dashboards_product product, const char *prefix, const char *tenant,
		      struct strbuf *out)
{
	render(alerts[product][!tenant], prefix, tenant ? tenant : "", out);
}

/* Makes a UUID in the form of a random one (RFC 9562 version 4): Kibana accepts no other
 * id. */
static void make_uuid(const char *prefix, const char *tenant, struct slice word, char *uuid)
{
	uint8_t d[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_field(&hash, slice_of(prefix));
	hash_field(&hash, slice_of(tenant ? tenant : ""));
	hash_field(&hash, word);
	hash_end(&hash, d);
	d[6] = (uint8_t)((d[6] & 0x0f) | 0x40);
	d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
	snprintf(uuid, DASHBOARDS_UUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
		 d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14],
		 d[15]);
}

bool dashboards_next_rule(struct slice *rest, const char *prefix, const char *tenant,
			  struct dashboards_rule *rule)
{
	struct slice quoted;

	if (rest->size == 0)
		return false;
	quoted = slice_split(*rest, '\n', rest);
	rule->word = slice_between(quoted.data + 1, quoted.data + quoted.size - 1);
	rule->name = slice_split(*rest, '\n', rest);
	rule->create = slice_split(*rest, '\n', rest);
	rule->replace = slice_split(*rest, '\n', rest);
	make_uuid(prefix, tenant, rule->word, rule->uuid);
	return true;
}
