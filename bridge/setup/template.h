/* template.h - index templates, made from the field table
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_SETUP_TEMPLATE_H
#define BRIDGE_SETUP_TEMPLATE_H

#include "base/strbuf.h"
#include "bridge/config/index_name.h"
#include "ingest/document/field.h"
#include "output/elastic_product.h"

/* Raised whenever a template changes; setup never overwrites a newer one.  The digest
 * is of all templates of this version: a test fails when they are others. */
#define TEMPLATE_VERSION 5
#define TEMPLATE_DIGEST "86e92e4ac19ce74937be94eda8295988872615733cf47522e3c84fbb6ec05270"

struct template {
	enum document_kind kind;
	const struct index_naming *naming;
	enum elastic_flavour flavour;
	bool is_lean; /* of a server that searches by values, see below */
	/* NULL: of all tenants; else of those in the list, ended by NULL, whose
	 * retention is another than the output's. */
	const char *const *tenants;
	unsigned days;	    /* retention */
	const char *policy; /* of ILM; NULL: none */
};

/* "<prefix>-<kind>", or "<prefix>-<kind>-<days>d" with a list of tenants */
void template_name(const struct template *template, struct strbuf *name);

/* The body of PUT /_index_template/<name> without a note of whose it is, for
 * Elasticsearch 7.17 and later and OpenSearch 2 and later. */
void template_json(const struct template *template, struct strbuf *json);

/* The mapping alone, for indices that are there already.  A lean one has no index
 * of fields that are hardly ever searched; it can never become another. */
void template_mapping_json(enum document_kind kind, bool is_lean, struct strbuf *json);
/* Texts in a mapping: the version it has, and "true" where it is lean. */
#define TEMPLATE_VERSION_MEMBER "_meta.template"
#define TEMPLATE_LEAN_MEMBER "_meta.lean"

struct json_writer;
/* "properties" of a mapping; sorts the fields.  is_searched tells which have an
 * index; NULL: all. */
void template_properties(struct json_writer *jw, const struct field_info **fields, size_t count,
			 bool (*is_searched)(const struct field_info *field));

#endif
