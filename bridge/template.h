/* template.h - index templates, made from the field table
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TEMPLATE_H
#define BRIDGE_TEMPLATE_H

#include "base/strbuf.h"
#include "ingest/field.h"

/* Raised whenever a template changes; setup never overwrites a newer one. */
#define TEMPLATE_VERSION 2

/* "<prefix>-<kind>" */
void template_name(enum document_kind kind, const char *index_prefix, struct strbuf *name);

/* The body of PUT /_index_template/<name>, for Elasticsearch 7.17 and later
 * and OpenSearch 2 and later. */
void template_json(enum document_kind kind, const char *index_prefix, struct strbuf *json);

struct json_writer;
/* "properties" of a mapping; sorts the fields. */
void template_properties(struct json_writer *jw, const struct field_info **fields, size_t count);

#endif
