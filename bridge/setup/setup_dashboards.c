/* setup_dashboards.c - spaces, dashboards and alert rules of each tenant
 *
 * SPDX-License-Identifier: MIT
 *
 * Ids are made of index prefix and tenant, so a second import overwrites the first and never
 * an object of somebody else. The operator's objects go to the default space, or to the
 * tenant "global" of OpenSearch Dashboards.
 */
#include <stdio.h>

#include "base/json_writer.h"
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

static const char *reader_of(const char *tenant)
{
	return tenant ? tenant : "the operator";
}

/* --- spaces --------------------------------------------------------------------------- */

static bool put_space(struct setup *setup, struct setup_tenant *tenant,
		      const struct setup_listing *spaces, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	struct strbuf body;
	struct json_writer jw;
	bool good = true;

	strbuf_init(&body, KIB);
	jw_init(&jw, &body);
	jw_object(&jw, NULL);
	jw_text(&jw, "id", tenant->name);
	jw_text(&jw, "name", tenant->name);
	jw_text(&jw, "description", "DMARC and SMTP TLS reports");
	jw_end(&jw);
	if (!setup->server) {
		printf("POST %s/api/spaces/space\n%s\n\n", kibana.url, body.buf);
	} else if (setup_listing_find(spaces, tenant->name)) {
		printf("Kibana space %s: there already\n", tenant->name);
	} else {
		good = kibana_make_space(&kibana, strbuf_slice(&body), err);
		tenant->space_is_new = good;
		if (good)
			printf("Kibana space %s: created\n", tenant->name);
	}
	strbuf_release(&body);
	return good;
}

bool setup_kibana_spaces(struct setup *setup, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	struct setup_listing *spaces;
	bool good;

	if (!kibana.url || kibana.opensearch)
		return true;
	spaces = setup_listing_new();
	good = !setup->server || kibana_spaces(&kibana, spaces, err);
	for (size_t i = 0; i < setup->tenant_count && good; i++)
		if (setup_concerns(setup, setup->tenants[i].name))
			good = put_space(setup, &setup->tenants[i], spaces, err);
	setup_listing_free(spaces);
	return good;
}

/* --- saved objects and rules ------------------------------------------------------------ */

static void digest_of(const struct setup *setup, struct slice text, char id[static HASH_ID_SIZE])
{
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_field(&hash, slice_of(setup->output->kibana_url));
	hash_field(&hash, text);
	hash_end(&hash, digest);
	hash_id(digest, id);
}

/* Report days are UTC days and would shift in the browser's time zone. Keeps a value that
 * a user has set. */
static bool use_utc(const struct kibana *kibana, const char *space, struct error *err)
{
	enum setup_outcome outcome;
	struct strbuf path;

	if (!kibana->http) {
		strbuf_init(&path, KIB);
		kibana_settings_path(kibana, space, &path);
		printf("POST %s%s\n%s\n\n", kibana->url, path.buf, KIBANA_UTC);
		strbuf_release(&path);
		return true;
	}
	if (!kibana_set_utc(kibana, space, &outcome, err))
		return false;
	if (outcome == SETUP_CREATED)
		printf("time zone of %s: UTC\n", space);
	else if (outcome == SETUP_KEPT_FOREIGN)
		printf("time zone of %s: cannot be set here; set dateFormat:tz to UTC\n", space);
	return true;
}

/* A dashboard that a user deleted is imported again only with --force or --tenant. */
static bool is_current(const struct setup *setup, const struct setup_tenant *tenant,
		       const char *imported, const char *digest)
{
	return setup->server && !setup->force && !setup->only && !tenant->space_is_new &&
	       strcmp(imported, digest) == 0;
}

static bool import_of(struct setup *setup, struct setup_tenant *tenant, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	const char *space = space_of(setup, tenant->name);
	char imported[HASH_ID_SIZE], rules[HASH_ID_SIZE], digest[HASH_ID_SIZE];
	struct strbuf text, path;
	uint64_t count;
	bool good;

	strbuf_init(&text, FILE_LIMIT);
	strbuf_init(&path, KIB);
	dashboards_objects(product_of(setup), setup->output->naming.prefix, tenant->name, &text);
	digest_of(setup, strbuf_slice(&text), digest);
	kibana_import_path(&kibana, space, &path);
	good = setup_imported(setup, tenant, imported, rules, err);
	if (!setup->server) {
		printf("POST %s%s\n%s\n", kibana.url, path.buf, text.buf);
		good = !tenant->name || use_utc(&kibana, space, err);
	} else if (good && is_current(setup, tenant, imported, digest)) {
		printf("dashboards for %s: up to date\n", reader_of(tenant->name));
	} else if (good &&
		   (good = kibana_import(&kibana, space, strbuf_slice(&text), &count, err))) {
		printf("dashboards for %s: %ju objects in %s\n", reader_of(tenant->name),
		       (uintmax_t)count, space);
		memcpy(tenant->dashboards, digest, HASH_ID_SIZE);
		good = !tenant->name || use_utc(&kibana, space, err);
	}
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
		       reader_of(tenant),
		       outcome == SETUP_CREATED   ? "created"
		       : outcome == SETUP_UPDATED ? "replaced"
						  : "kept as it is (--force replaces it)");
	return true;
}

static bool rules_of(struct setup *setup, struct setup_tenant *tenant, struct error *err)
{
	const char *prefix = setup->output->naming.prefix;
	char dashboards[HASH_ID_SIZE], imported[HASH_ID_SIZE], digest[HASH_ID_SIZE];
	struct dashboards_rule rule;
	struct strbuf text;
	struct slice rest;
	bool good;

	strbuf_init(&text, FILE_LIMIT);
	dashboards_rules(product_of(setup), prefix, tenant->name, &text);
	digest_of(setup, strbuf_slice(&text), digest);
	good = setup_imported(setup, tenant, dashboards, imported, err);
	if (good && is_current(setup, tenant, imported, digest)) {
		printf("alert rules for %s: up to date\n", reader_of(tenant->name));
	} else {
		rest = strbuf_slice(&text);
		while (good && dashboards_next_rule(&rest, prefix, tenant->name, &rule))
			good = put_rule(setup, tenant->name, &rule, err);
		if (good)
			memcpy(tenant->rules, digest, HASH_ID_SIZE);
	}
	strbuf_release(&text);
	return good;
}

/* Once for each tenant and once for the operator, except with a single tenant, where both
 * would be the same. */
static bool for_all(struct setup *setup,
		    bool (*step)(struct setup *setup, struct setup_tenant *tenant,
				 struct error *err),
		    struct error *err)
{
	for (size_t i = 0; i < setup->tenant_count; i++)
		if (setup_concerns(setup, setup->tenants[i].name) &&
		    !step(setup, &setup->tenants[i], err))
			return false;
	return setup->tenant_count < 2 || setup->only || step(setup, &setup->operator, err);
}

/* Our dashboards do not fit the schema of parsedmarc, which has its own. */
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
	const char *tenant = setup->only ? setup->only : setup->tenants[0].name;
	bool keeps = true;

	if (!is_wanted(setup))
		return true;
	if (setup->server && !kibana_keeps_rules(&kibana, space_of(setup, tenant),
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
