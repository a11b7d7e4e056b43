/* parsedmarc_template.c - index templates for the schema of parsedmarc
 *
 * SPDX-License-Identifier: MIT
 *
 * parsedmarc installs no mapping: its dashboards rely on dynamic mapping. The templates
 * declare exactly the mapping that results from it, so that indices of parsedmarc and of
 * reportbridge fit into one data view and no report can add arbitrary fields.
 */
#include "bridge/setup/parsedmarc_template.h"

#include "base/json_writer.h"
#include "bridge/setup/template.h"
#include "ingest/document/parsedmarc_field.h"

#define TEMPLATE_PRIORITY 300

static void add_pattern(struct json_writer *jw, const struct index_naming *naming,
			enum document_kind kind, const char *tenant)
{
	struct strbuf pattern;

	strbuf_init(&pattern, 512);
	index_pattern_add(&pattern, naming, kind, tenant);
	jw_string(jw, NULL, strbuf_slice(&pattern));
	strbuf_release(&pattern);
}

static void write_patterns(struct json_writer *jw, const struct index_naming *naming,
			   enum document_kind kind, const struct tenant_config *tenants)
{
	jw_array(jw, "index_patterns");
	add_pattern(jw, naming, kind, TENANT_UNCLAIMED);
	for (; tenants; tenants = tenants->next)
		add_pattern(jw, naming, kind, tenants->name);
	jw_end(jw);
}

static void write_mappings(struct json_writer *jw, enum document_kind kind)
{
	const struct field_info *fields[PARSEDMARC_FIELD_COUNT];
	size_t count = 0;

	for (unsigned i = 0; i < PARSEDMARC_FIELD_COUNT; i++)
		if (parsedmarc_field_info(i)->kinds & 1u << kind)
			fields[count++] = parsedmarc_field_info(i);
	jw_object(jw, "mappings");
	jw_bool(jw, "dynamic", false);
	template_properties(jw, fields, count, MAPPING_FULL);
	jw_end(jw);
}

static void write_template(struct json_writer *jw, const struct index_naming *naming,
			   enum document_kind kind, const struct tenant_config *tenants)
{
	jw_object(jw, NULL);
	write_patterns(jw, naming, kind, tenants);
	jw_uint(jw, "priority", TEMPLATE_PRIORITY);
	jw_uint(jw, "version", TEMPLATE_VERSION);
	jw_object(jw, "template");
	jw_object(jw, "settings");
	jw_object(jw, "index");
	jw_uint(jw, "number_of_shards", 1);
	jw_text(jw, "auto_expand_replicas", "0-1");
	jw_end(jw);
	jw_end(jw);
	write_mappings(jw, kind);
	jw_end(jw);
	jw_end(jw);
}

bool parsedmarc_template(unsigned position, const struct index_naming *naming,
			 const struct tenant_config *tenants, struct strbuf *name,
			 struct strbuf *json)
{
	size_t count;
	const enum document_kind *kinds = index_kinds(naming, &count);
	struct json_writer jw;

	if (position >= count)
		return false;
	strbuf_add_text(name, "reportbridge-parsedmarc-");
	index_pattern_add(name, naming, kinds[position], TENANT_UNCLAIMED);
	strbuf_cut(name, name->len - strlen("-*"));
	jw_init(&jw, json);
	write_template(&jw, naming, kinds[position], tenants);
	return true;
}
