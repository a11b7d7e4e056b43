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
#define TEMPLATE_DIGEST "d6a21f8a5e120f8549f71bb91360d7498f7f8b7a0ef1f6c356eb0b65ff1c0c63"

/* What is fixed when an index is created, so an index keeps its form. */
enum mapping_form {
	MAPPING_FULL,   /* for servers that cannot search by doc values */
	MAPPING_LEAN,   /* fields that are hardly ever searched are not indexed */
	MAPPING_FLAT,   /* lean, and dots in names make no objects */
	MAPPING_LEAN_7, /* lean, event.ingested too: until template version 7 */
	MAPPING_FORMS
};

struct template
{
	enum document_kind kind;
	const struct index_naming *naming;
	enum elastic_flavour flavour;
	enum mapping_form form;
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

/* Only the mapping, for existing indices. */
void template_mapping_json(enum document_kind kind, enum mapping_form form, struct strbuf *json);
/* Members of a mapping: its version, and its form. */
#define TEMPLATE_VERSION_PATH "_meta/template"
#define TEMPLATE_FORM_PATH "_meta/lean"
/* By the text of that member; NULL: it has none. */
enum mapping_form template_form_of(const char *text);
/* Whether that version is this one or a newer one; NULL: it has none. */
bool template_is_current(const char *version);

struct json_writer;
/* Writes "properties" of a mapping, with dotted names; sorts the fields. */
void template_properties(struct json_writer *jw, const struct field_info **fields, size_t count,
			 enum mapping_form form);

#endif
