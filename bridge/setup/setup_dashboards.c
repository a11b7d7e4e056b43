/* setup_dashboards.c - dashboards and alert rules, for each tenant its own
 *
 * SPDX-License-Identifier: MIT
 *
 * Ids are made of index prefix and tenant, so a second import meets the first
 * and no import meets what other people made.  What the operator sees goes to
 * the default space, or the tenant "global" of OpenSearch Dashboards.
 */
#include <stdio.h>

#include "base/limits.h"
#include "bridge/setup/dashboards.h"
#include "bridge/setup/setup.h"
#include "output/kibana.h"

#define FILE_LIMIT (8 * MIB)

static bool is_opensearch(const struct setup *setup)
{
	return setup->product.flavour == FLAVOUR_OPENSEARCH;
}

static enum dashboards_product product_of(const struct setup *setup)
{
	return is_opensearch(setup) ? DASHBOARDS_OPENSEARCH : DASHBOARDS_KIBANA;
}

static struct kibana kibana_of(const struct setup *setup)
{
	return (struct kibana){
		.http = setup->server ? elastic_setup_http(setup->server) : NULL,
		.url = setup->output->kibana_url,
		.opensearch = is_opensearch(setup),
	};
}

static const char *space_of(const struct setup *setup, const char *tenant)
{
	return tenant ? tenant : is_opensearch(setup) ? "global" : "default";
}

/* tenant NULL: those of the operator. */
static bool import_of(struct setup *setup, const char *tenant, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	const char *space = space_of(setup, tenant);
	struct strbuf text, path;
	uint64_t count;
	bool good = true;

	strbuf_init(&text, FILE_LIMIT);
	strbuf_init(&path, KIB);
	dashboards_objects(product_of(setup), setup->output->naming.prefix, tenant, &text);
	kibana_import_path(&kibana, space, &path);
	if (!setup->server)
		printf("POST %s%s\n%s\n", kibana.url, path.buf, text.buf);
	else if (kibana_import(&kibana, space, strbuf_slice(&text), &count, err))
		printf("dashboards for %s: %ju objects in %s\n", tenant ? tenant : "the operator",
		       (uintmax_t)count, space);
	else
		good = false;
	strbuf_release(&text);
	strbuf_release(&path);
	return good;
}

static bool put_rule(struct setup *setup, const char *tenant, const struct dashboards_rule *rule,
		     struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	const char *search = setup->output->elastic.urls[0], *space = space_of(setup, tenant);
	const struct kibana_rule sent = { .space = space,
					  .id = rule->uuid,
					  .name = rule->name,
					  .create = rule->create,
					  .replace = rule->replace };
	enum setup_outcome outcome;

	if (!setup->server && kibana.opensearch)
		printf("POST %s/_plugins/_alerting/monitors\n%.*s\n\n", search,
		       (int)rule->create.size, rule->create.data);
	else if (!setup->server)
		printf("POST %s/s/%s/api/alerting/rule/%s\n%.*s\n\n", kibana.url, space, rule->uuid,
		       (int)rule->create.size, rule->create.data);
	else if (!(kibana.opensearch
			   ? kibana_put_monitor(&kibana, search, &sent, setup->force, &outcome, err)
			   : kibana_put_rule(&kibana, &sent, setup->force, &outcome, err)))
		return false;
	else
		printf("alert rule %.*s for %s: %s\n", (int)rule->word.size, rule->word.data,
		       tenant ? tenant : "the operator",
		       outcome == SETUP_CREATED	  ? "created"
		       : outcome == SETUP_UPDATED ? "replaced"
						  : "kept as it is (--force replaces it)");
	return true;
}

static bool rules_of(struct setup *setup, const char *tenant, struct error *err)
{
	const char *prefix = setup->output->naming.prefix;
	struct dashboards_rule rule;
	struct strbuf text;
	struct slice rest;
	bool good = true;

	strbuf_init(&text, FILE_LIMIT);
	dashboards_rules(product_of(setup), prefix, tenant, &text);
	rest = strbuf_slice(&text);
	while (good && dashboards_next_rule(&rest, prefix, tenant, &rule))
		good = put_rule(setup, tenant, &rule, err);
	strbuf_release(&text);
	return good;
}

/* Once for each tenant and once for the operator, who with one tenant only
 * would see the same twice. */
static bool for_all(struct setup *setup,
		    bool (*step)(struct setup *setup, const char *tenant, struct error *err),
		    struct error *err)
{
	for (size_t i = 0; i < setup->tenant_count; i++)
		if (!step(setup, setup->tenants[i].name, err))
			return false;
	return setup->tenant_count < 2 || step(setup, NULL, err);
}

/* Dashboards of parsedmarc fit the schema of that name, and ours do not. */
static bool is_wanted(const struct setup *setup)
{
	return setup->output->kibana_url && setup->output->naming.schema == SCHEMA_ECS;
}

bool setup_kibana_answers(struct setup *setup, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);

	return !setup->server || !kibana.url || kibana_is_there(&kibana, err);
}

bool setup_dashboards(struct setup *setup, struct error *err)
{
	return !is_wanted(setup) || for_all(setup, import_of, err);
}

bool setup_alert_rules(struct setup *setup, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	bool keeps = true;

	if (!is_wanted(setup))
		return true;
	if (setup->server && !kibana_keeps_rules(&kibana, space_of(setup, setup->tenants[0].name),
						 setup->output->elastic.urls[0], &keeps, err))
		return false;
	if (!keeps) {
		puts(kibana.opensearch ? "alert rules: none, this server has no alerting plugin"
				       : "alert rules: none, this Kibana needs TLS and "
					 "xpack.encryptedSavedObjects.encryptionKey to keep them");
		return true;
	}
	return for_all(setup, rules_of, err);
}
