/* setup_roles.c - who may write, who may read what, and where they look at it
 *
 * SPDX-License-Identifier: MIT
 *
 * A role names the indices of its tenant kind by kind: a pattern with a
 * shorter prefix could match those of another bridge on the same server.
 */
#include <stdio.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "bridge/setup/setup.h"
#include "bridge/setup/template.h"

#define NAME_LIMIT 512

static void add_list(struct json_writer *jw, const char *key, const char *words)
{
	struct slice word, rest = slice_of(words);

	jw_array(jw, key);
	while (rest.size > 0) {
		word = slice_split(rest, ' ', &rest);
		jw_string(jw, NULL, word);
	}
	jw_end(jw);
}

static void add_kinds(const struct setup *setup, struct json_writer *jw, const char *tenant)
{
	size_t count;
	const enum document_kind *kinds = index_kinds(&setup->output->naming, &count);
	struct strbuf pattern;

	strbuf_init(&pattern, NAME_LIMIT);
	for (size_t i = 0; i < count; i++) {
		strbuf_reset(&pattern);
		index_pattern_add(&pattern, &setup->output->naming, kinds[i], tenant);
		jw_string(jw, NULL, strbuf_slice(&pattern));
	}
	strbuf_release(&pattern);
}

/* tenant NULL: of all.  Names of parsedmarc begin with the tenant, and so have
 * no pattern for all. */
static void add_patterns(const struct setup *setup, struct json_writer *jw, const char *key,
			 const char *tenant)
{
	jw_array(jw, key);
	if (tenant || setup->output->naming.schema == SCHEMA_ECS)
		add_kinds(setup, jw, tenant);
	else
		for (size_t i = 0; i < setup->tenant_count; i++)
			add_kinds(setup, jw, setup->tenants[i].name);
	jw_end(jw);
}

/* Elasticsearch; the privileges in Kibana are those that Kibana's own role
 * editor writes for reading dashboards in one space. */
static void elasticsearch_role(const struct setup *setup, const char *tenant,
			       struct json_writer *jw)
{
	struct strbuf space;

	add_list(jw, "cluster", tenant ? "" : "monitor");
	jw_array(jw, "indices");
	jw_object(jw, NULL);
	add_patterns(setup, jw, "names", tenant);
	add_list(jw, "privileges", tenant ? "read view_index_metadata" : "create_doc auto_configure");
	jw_bool(jw, "allow_restricted_indices", false);
	jw_end(jw);
	jw_end(jw);
	if (!tenant)
		return;
	strbuf_init(&space, NAME_LIMIT);
	strbuf_add_format(&space, "space:%s", tenant);
	jw_array(jw, "applications");
	jw_object(jw, NULL);
	jw_text(jw, "application", "kibana-.kibana");
	add_list(jw, "privileges", "feature_dashboard.read feature_discover.read");
	add_list(jw, "resources", space.buf);
	jw_end(jw);
	jw_end(jw);
	strbuf_release(&space);
}

static void opensearch_role(const struct setup *setup, const char *tenant, struct json_writer *jw)
{
	add_list(jw, "cluster_permissions",
		 tenant ? "cluster_composite_ops_ro"
			: "indices:data/write/bulk cluster:monitor/main "
			  "indices:admin/index_template/get");
	jw_array(jw, "index_permissions");
	jw_object(jw, NULL);
	add_patterns(setup, jw, "index_patterns", tenant);
	add_list(jw, "allowed_actions",
		 tenant ? "read indices:admin/mappings/get indices:admin/get "
			  "indices:admin/validate/query indices:monitor/settings/get"
			: "indices:data/write/bulk* indices:data/write/index indices:admin/create");
	jw_end(jw);
	jw_end(jw);
	if (!tenant)
		return;
	jw_array(jw, "tenant_permissions");
	jw_object(jw, NULL);
	add_list(jw, "tenant_patterns", tenant);
	add_list(jw, "allowed_actions", "kibana_all_read");
	jw_end(jw);
	jw_end(jw);
}

void setup_role_name(const struct setup *setup, const char *tenant, struct strbuf *name)
{
	const char *prefix = setup->output->naming.prefix;

	strbuf_add_format(name, "%s-%s%s", *prefix ? prefix : "reportbridge",
			  tenant ? tenant : "writer", tenant ? "-reader" : "");
}

/* tenant NULL: the role of run. */
static bool put_role(struct setup *setup, const char *tenant, struct error *err)
{
	const bool opensearch = setup->product.flavour == FLAVOUR_OPENSEARCH;
	struct strbuf name, content;
	struct json_writer jw;
	bool good;

	strbuf_init(&name, NAME_LIMIT);
	strbuf_init(&content, 4 * MIB);
	setup_role_name(setup, tenant, &name);
	jw_init(&jw, &content);
	jw_object(&jw, NULL);
	if (opensearch)
		opensearch_role(setup, tenant, &jw);
	else
		elasticsearch_role(setup, tenant, &jw);
	jw_end(&jw);
	good = setup_put(setup, opensearch ? SETUP_OPENSEARCH_ROLE : SETUP_ROLE, name.buf, &content,
			 NULL, err);
	strbuf_release(&name);
	strbuf_release(&content);
	return good;
}

static bool put_opensearch_tenant(struct setup *setup, const char *tenant, struct error *err)
{
	struct strbuf content;
	bool good;

	if (setup->product.flavour != FLAVOUR_OPENSEARCH)
		return true;
	strbuf_init(&content, 16);
	strbuf_add_text(&content, "{}");
	good = setup_put(setup, SETUP_OPENSEARCH_TENANT, tenant, &content, NULL, err);
	strbuf_release(&content);
	return good;
}

bool setup_roles(struct setup *setup, struct error *err)
{
	const bool opensearch = setup->product.flavour == FLAVOUR_OPENSEARCH;
	bool good, has;

	if (!setup_has(setup, opensearch ? SETUP_OPENSEARCH_ROLE : SETUP_ROLE, &has, err))
		return false;
	if (!has) {
		puts("roles: none, this server runs without security");
		return true;
	}
	good = put_role(setup, NULL, err);
	for (size_t i = 0; i < setup->tenant_count && good; i++)
		good = put_opensearch_tenant(setup, setup->tenants[i].name, err) &&
		       put_role(setup, setup->tenants[i].name, err);
	return good;
}

static bool put_space(struct setup *setup, const char *tenant, struct error *err)
{
	struct strbuf body;
	struct json_writer jw;
	bool created, good = true;

	strbuf_init(&body, KIB);
	jw_init(&jw, &body);
	jw_object(&jw, NULL);
	jw_text(&jw, "id", tenant);
	jw_text(&jw, "name", tenant);
	jw_text(&jw, "description", "DMARC and SMTP TLS reports");
	jw_end(&jw);
	if (!setup->server)
		printf("POST %s/api/spaces/space\n%s\n\n", setup->output->kibana_url, body.buf);
	else if (elastic_setup_space(setup->server, setup->output->kibana_url, tenant,
				     strbuf_slice(&body), &created, err))
		printf("Kibana space %s: %s\n", tenant, created ? "created" : "there already");
	else
		good = false;
	strbuf_release(&body);
	return good;
}

bool setup_kibana_spaces(struct setup *setup, struct error *err)
{
	if (!setup->output->kibana_url || setup->product.flavour == FLAVOUR_OPENSEARCH)
		return true;
	for (size_t i = 0; i < setup->tenant_count; i++)
		if (!put_space(setup, setup->tenants[i].name, err))
			return false;
	return true;
}
