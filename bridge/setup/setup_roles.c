/* setup_roles.c - roles that write documents, read documents and view dashboards
 *
 * SPDX-License-Identifier: MIT
 *
 * A role names the indices of its tenant for each kind: a pattern with a shorter prefix could
 * match those of another bridge on the same server.
 */
#include <stdio.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "bridge/setup/setup.h"
#include "bridge/setup/template.h"

#define NAME_LIMIT 512

static bool is_opensearch(const struct setup *setup)
{
	return setup->product.flavour == FLAVOUR_OPENSEARCH;
}

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

/* Adds the empty indices that data views include. */
static void add_empty(const struct setup *setup, struct json_writer *jw)
{
	struct strbuf name;

	strbuf_init(&name, NAME_LIMIT);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++) {
		strbuf_reset(&name);
		setup_empty_index(setup, kind, &name);
		jw_string(jw, NULL, strbuf_slice(&name));
	}
	strbuf_release(&name);
}

/* tenant NULL: all tenants. In parsedmarc's schema names begin with the tenant, so no
 * pattern matches all. */
static void add_patterns(const struct setup *setup, struct json_writer *jw, const char *key,
			 const char *tenant)
{
	jw_array(jw, key);
	if (tenant || setup->output->naming.schema == SCHEMA_ECS)
		add_kinds(setup, jw, tenant);
	else
		for (size_t i = 0; i < setup->tenant_count; i++)
			add_kinds(setup, jw, setup->tenants[i].name);
	if (tenant && setup_has_empty_indices(setup))
		add_empty(setup, jw);
	jw_end(jw);
}

/* view_index_metadata without _search_shards, which reveals the nodes of the cluster and
 * their addresses; serverless accepts no action names and has no nodes. */
#define READER_PRIVILEGES                                                              \
	"read indices:admin/aliases/get indices:admin/get indices:admin/mappings/get " \
	"indices:admin/mappings/fields/get* indices:admin/validate/query "             \
	"indices:monitor/settings/get"

static bool is_serverless(const struct setup *setup)
{
	return setup->product.flavour == FLAVOUR_SERVERLESS;
}

/* For Elasticsearch. The Kibana privileges are those that Kibana's role editor writes for
 * reading dashboards in one space. */
static void elasticsearch_role(const struct setup *setup, const char *tenant,
			       struct json_writer *jw)
{
	struct strbuf space;

	add_list(jw, "cluster", tenant ? "" : "monitor");
	jw_array(jw, "indices");
	jw_object(jw, NULL);
	add_patterns(setup, jw, "names", tenant);
	add_list(jw, "privileges",
		 !tenant                ? "create_doc auto_configure"
		 : is_serverless(setup) ? "read view_index_metadata"
					: READER_PRIVILEGES);
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

void setup_role_json(const struct setup *setup, const char *tenant, struct strbuf *content)
{
	struct json_writer jw;

	jw_init(&jw, content);
	jw_object(&jw, NULL);
	if (is_opensearch(setup))
		opensearch_role(setup, tenant, &jw);
	else
		elasticsearch_role(setup, tenant, &jw);
	jw_end(&jw);
}

static enum setup_object role_object(const struct setup *setup)
{
	return is_opensearch(setup) ? SETUP_OPENSEARCH_ROLE : SETUP_ROLE;
}

static bool put_role(struct setup *setup, const char *tenant, struct error *err)
{
	struct strbuf name, content;
	bool good;

	strbuf_init(&name, NAME_LIMIT);
	strbuf_init(&content, 4 * MIB);
	setup_role_name(setup, tenant, &name);
	setup_role_json(setup, tenant, &content);
	good = setup_put(setup, role_object(setup), name.buf, &content, NULL, err);
	strbuf_release(&name);
	strbuf_release(&content);
	return good;
}

static bool put_opensearch_tenant(struct setup *setup, const char *tenant, struct error *err)
{
	struct strbuf content;
	bool good;

	if (!is_opensearch(setup))
		return true;
	strbuf_init(&content, 16);
	strbuf_add_text(&content, "{}");
	good = setup_put(setup, SETUP_OPENSEARCH_TENANT, tenant, &content, NULL, err);
	strbuf_release(&content);
	return good;
}

bool setup_roles(struct setup *setup, struct error *err)
{
	bool good, has;

	if (!setup_has(setup, role_object(setup), &has, err))
		return false;
	if (!has) {
		puts("roles: none, this server runs without security");
		return true;
	}
	good = put_role(setup, NULL, err);
	for (size_t i = 0; i < setup->tenant_count && good; i++)
		if (setup_concerns(setup, setup->tenants[i].name))
			good = put_opensearch_tenant(setup, setup->tenants[i].name, err) &&
			       put_role(setup, setup->tenants[i].name, err);
	return good;
}

/* --- digests of imported objects ------------------------------------------------------ */

/* Neither Kibana nor OpenSearch Dashboards lists the contents of all tenants' spaces in
 * one answer. The role metadata of each tenant stores them instead, and one request reads
 * all roles. */
bool setup_imported(struct setup *setup, const struct setup_tenant *tenant,
		    char dashboards[static HASH_ID_SIZE], char rules[static HASH_ID_SIZE],
		    struct error *err)
{
	const struct setup_listing *roles;
	const struct setup_listed *role;
	struct strbuf name;

	dashboards[0] = rules[0] = '\0';
	if (!setup->server)
		return true;
	if (!setup_objects_list(setup->objects, role_object(setup), &roles, err))
		return false;
	strbuf_init(&name, NAME_LIMIT);
	setup_role_name(setup, tenant->name, &name);
	role = setup_listing_find(roles, name.buf);
	strbuf_release(&name);
	if (role && role->object.ours) {
		memcpy(dashboards, role->object.dashboards, HASH_ID_SIZE);
		memcpy(rules, role->object.rules, HASH_ID_SIZE);
	}
	return true;
}

static bool note_import(struct setup *setup, const struct setup_tenant *tenant, struct error *err)
{
	struct setup_content content = { .version = TEMPLATE_VERSION };
	enum setup_outcome ignored; /* a role that a user has changed is left alone */
	struct strbuf name, json;
	bool good;

	if (!tenant->dashboards[0] && !tenant->rules[0])
		return true;
	strbuf_init(&name, NAME_LIMIT);
	strbuf_init(&json, 4 * MIB);
	setup_role_name(setup, tenant->name, &name);
	setup_role_json(setup, tenant->name, &json);
	content.json = strbuf_slice(&json);
	content.dashboards = tenant->dashboards[0] ? tenant->dashboards : NULL;
	content.rules = tenant->rules[0] ? tenant->rules : NULL;
	good = setup_object_put(setup->objects, role_object(setup), name.buf, &content, false,
				&ignored, err);
	strbuf_release(&name);
	strbuf_release(&json);
	return good;
}

bool setup_note_imports(struct setup *setup, struct error *err)
{
	bool has, good;

	if (!setup->server)
		return true;
	if (!setup_has(setup, role_object(setup), &has, err))
		return false;
	good = !has || note_import(setup, &setup->operator, err);
	for (size_t i = 0; i < setup->tenant_count && good && has; i++)
		good = note_import(setup, &setup->tenants[i], err);
	return good || error_context(err, "noting what was imported");
}
