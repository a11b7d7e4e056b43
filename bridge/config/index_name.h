/* index_name.h - names of indices: <prefix>-<kind>-<tenant>-<period>
 *
 * SPDX-License-Identifier: MIT
 *
 * The period depends only on the report, so that a duplicate goes to the same index. Neither
 * kinds nor tenants contain hyphens, so no pattern of one tenant matches an index of another.
 */
#ifndef BRIDGE_CONFIG_INDEX_NAME_H
#define BRIDGE_CONFIG_INDEX_NAME_H

#include "base/strbuf.h"
#include "ingest/report/document.h"

enum index_period { INDEX_MONTH, INDEX_YEAR };

/* How an output names its indices. */
struct index_naming {
	const char *prefix;
	enum index_period period;
	enum document_schema schema;
	/* SCHEMA_PARSEDMARC: <prefix>[<tenant>_]<kind>[_<suffix>]-<YYYY-MM-DD> or,
	 * monthly, YYYY-MM. Unclaimed domains, and all domains without tenants, have no
	 * tenant in the name, as with parsedmarc's index_prefix_domain_map. */
	const char *suffix; /* NULL: none */
	bool monthly;
	/* Kafka topics are named only by kind: <prefix><kind>, or with parsedmarc's schema
	 * <prefix>[<tenant>_]<kind>[_<suffix>]. */
	bool topics;
};

/* Period of one index: "day", "month" or "year". */
const char *index_period_name(const struct index_naming *naming);

void index_name_add(struct strbuf *out, const struct index_naming *naming,
		    const struct document_name *name);

/* "<prefix>-<kind>-<tenant>-*"; tenant NULL: "<prefix>-<kind>-*". SCHEMA_PARSEDMARC needs
 * a tenant. */
void index_pattern_add(struct strbuf *out, const struct index_naming *naming,
		       enum document_kind kind, const char *tenant);

/* The kinds of documents that the schema has. */
const enum document_kind *index_kinds(const struct index_naming *naming, size_t *count);

struct index_name {
	enum document_kind kind;
	struct slice tenant; /* as in the name, or TENANT_UNCLAIMED */
	int64_t end;         /* the first second after its period */
};

/* Parses a name with any period, not only the configured one; false: not one of ours.
 * SCHEMA_PARSEDMARC: the index may also belong to parsedmarc, or to a bridge whose prefix
 * ends in what looks like a tenant here. */
bool index_name_read(struct slice text, const struct index_naming *naming,
		     struct index_name *parts);

/* Whether an index with this tenant in its name belongs to the named tenant: with
 * SCHEMA_PARSEDMARC "unclaimed" and "default" have the same names. */
bool index_tenant_is(const struct index_naming *naming, struct slice tenant, const char *name);

#endif
