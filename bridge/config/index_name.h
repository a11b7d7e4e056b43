/* index_name.h - where a document is filed: <prefix>-<kind>-<tenant>-<period>
 *
 * SPDX-License-Identifier: MIT
 *
 * The period is that of the report alone, so that a repeat meets itself.
 * Neither kinds nor tenants hold a hyphen, so no pattern of one tenant matches
 * an index of another.
 */
#ifndef BRIDGE_CONFIG_INDEX_NAME_H
#define BRIDGE_CONFIG_INDEX_NAME_H

#include "base/strbuf.h"
#include "ingest/report/document.h"

enum index_period { INDEX_MONTH, INDEX_YEAR };

/* What an output calls its indices. */
struct index_naming {
	const char *prefix;
	enum index_period period;
	enum document_schema schema;
	/* SCHEMA_PARSEDMARC: <prefix>[<tenant>_]<kind>[_<suffix>]-<YYYY-MM-DD>
	 * or, monthly, YYYY-MM.  A domain nobody claims, and every one where
	 * there are no tenants, has no tenant in front: as with parsedmarc's
	 * index_prefix_domain_map. */
	const char *suffix; /* NULL: none */
	bool monthly;
	/* Kafka: kinds alone make topics, <prefix><kind>, or with parsedmarc's
	 * schema <prefix>[<tenant>_]<kind>[_<suffix>]. */
	bool topics;
};

/* "day", "month" or "year": what one index spans. */
const char *index_period_name(const struct index_naming *naming);

void index_name_add(struct strbuf *out, const struct index_naming *naming,
		    const struct document_name *name);

/* "<prefix>-<kind>-<tenant>-*"; tenant NULL: "<prefix>-<kind>-*".  For
 * SCHEMA_PARSEDMARC there must be a tenant. */
void index_pattern_add(struct strbuf *out, const struct index_naming *naming,
		       enum document_kind kind, const char *tenant);

/* The kinds that the schema has. */
const enum document_kind *index_kinds(const struct index_naming *naming, size_t *count);

struct index_name {
	enum document_kind kind;
	struct slice tenant; /* of the name that was read, or TENANT_UNCLAIMED */
	int64_t end;	     /* the first second after its period */
};

/* Takes a name apart, whatever the period is that new ones have; false: it is
 * none of ours.  SCHEMA_PARSEDMARC: a name can as well be of parsedmarc, and
 * of a bridge whose prefix ends in what looks like a tenant here. */
bool index_name_read(struct slice text, const struct index_naming *naming,
		     struct index_name *parts);

/* Whether an index with this tenant in its name is the named one's: with
 * SCHEMA_PARSEDMARC those of "unclaimed" and "default" are the same. */
bool index_tenant_is(const struct index_naming *naming, struct slice tenant, const char *name);

#endif
