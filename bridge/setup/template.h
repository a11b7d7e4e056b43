/* template.h - generates index templates from the field table
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_SETUP_TEMPLATE_H
#define BRIDGE_SETUP_TEMPLATE_H

#include "base/strbuf.h"
#include "bridge/config/index_name.h"
#include "ingest/document/field.h"
#include "output/elastic_product.h"

/* Raise it whenever a template changes; setup never overwrites a newer one. The digest is
 * of all templates of this version; a test fails if it does not match. */
#define TEMPLATE_VERSION 8
#define TEMPLATE_DIGEST "4883fe9476c07ba72e8bd2584fb5ceb5f374c4257752a478e7c97110cb73ba0f"

/* Whether a field is indexed is fixed when its index is created, so an index keeps its form. */
enum mapping_form {
	MAPPING_FULL,   /* for servers that cannot search by doc values */
	MAPPING_LEAN,   /* fields that are hardly ever searched are not indexed */
	MAPPING_LEAN_7, /* event.ingested neither: until template version 7 */
	MAPPING_FORMS
};

struct template
{
	enum document_kind kind;
	const struct index_naming *naming;
	enum elastic_flavour flavour;
	enum mapping_form form;
	bool is_flat; /* for servers that take names with dots as they are */
	/* NULL: for all tenants; otherwise those in the list, ended by NULL, whose
	 * retention differs from the output's. */
	const char *const *tenants;
	unsigned days;      /* retention */
	const char *policy; /* ILM policy; NULL: none */
};

/* "<prefix>-<kind>", or "<prefix>-<kind>-<days>d" with a list of tenants */
void template_name(const struct template *template, struct strbuf *name);

/* The body of PUT /_index_template/<name> without the mark of ownership, for Elasticsearch
 * 7.17 and later and OpenSearch 2 and later. */
void template_json(const struct template *template, struct strbuf *json);

/* Only the mapping, for existing indices, be they flat or not. */
void template_mapping_json(enum document_kind kind, enum mapping_form form, struct strbuf *json);
/* Members of a mapping: its version, and how it is lean, if it is. */
#define TEMPLATE_VERSION_PATH "_meta/template"
#define TEMPLATE_LEAN_PATH "_meta/lean"
#define MAPPING_LEAN_7_MARK "true"
/* Whether that version is this one or a newer one; NULL: it has none. */
bool template_is_current(const char *version);

struct json_writer;
/* Writes "properties" of a mapping, with dotted names; sorts the fields. */
void template_properties(struct json_writer *jw, const struct field_info **fields, size_t count,
			 enum mapping_form form);

#endif
