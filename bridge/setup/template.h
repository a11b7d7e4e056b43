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
#define TEMPLATE_VERSION 7
#define TEMPLATE_DIGEST "22a68f89251f410e00a114d9d34ead01ceb1eba6846f9084c829beb23456669c"

struct template
{
	enum document_kind kind;
	const struct index_naming *naming;
	enum elastic_flavour flavour;
	bool is_lean; /* for servers that search by doc values, see below */
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

/* Only the mapping, for existing indices. A lean mapping does not index fields that are hardly
 * ever searched; this cannot be changed later. */
void template_mapping_json(enum document_kind kind, bool is_lean, struct strbuf *json);
/* Members of a mapping: its version, and "true" if it is lean. */
#define TEMPLATE_VERSION_PATH "_meta/template"
#define TEMPLATE_LEAN_PATH "_meta/lean"
/* Whether that version is this one or a newer one; NULL: it has none. */
bool template_is_current(const char *version);

struct json_writer;
/* Writes "properties" of a mapping; sorts the fields. is_searched says which are indexed;
 * NULL: all. */
void template_properties(struct json_writer *jw, const struct field_info **fields, size_t count,
			 bool (*is_searched)(const struct field_info *field));

#endif
