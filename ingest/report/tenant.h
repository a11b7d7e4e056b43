/* tenant.h - finds the tenant of a domain
 *
 * SPDX-License-Identifier: MIT
 *
 * Tenants come only from the configuration.  A name matches the entry for itself or
 * its nearest parent; a domain without an entry belongs to "unclaimed".
 */
#ifndef INGEST_REPORT_TENANT_H
#define INGEST_REPORT_TENANT_H

#include "base/error.h"
#include "base/slice.h"

#define TENANT_UNCLAIMED "unclaimed"
/* The only tenant if none is configured. */
#define TENANT_DEFAULT "default"
#define TENANT_NAME_MAX 63
/* Format of the error for a name that tenant_name_valid() refuses. */
#define TENANT_NAME_RULE "tenant name '%.*s': only a-z, 0-9 and _, at most 63, no _ first"

struct tenant_table;

struct tenant_table *tenant_table_new(void);
void tenant_table_free(struct tenant_table *table);

/* [a-z0-9][a-z0-9_]{0,62}; no hyphen, so that "x-a-*" never matches "x-a-b". */
bool tenant_name_valid(struct slice name);

/* No domains can be configured for these two: schema parsedmarc gives both the same
 * indices, so a tenant of such a name would share them with domains of no tenant. */
bool tenant_name_reserved(const char *name);
#define TENANT_RESERVED \
	"tenant name %s is reserved for reports of domains of no tenant; choose another name"

/* Copies both.  Normalises the domain (lower case, A-labels, no final dot); FATAL if it is
 * not a domain or belongs to another tenant, or if the name is reserved. */
bool tenant_table_add(struct tenant_table *table, const char *tenant, struct slice domain,
		      struct error *err);

/* Returns the tenant of a normalised domain; never NULL.  With an empty table every domain
 * belongs to TENANT_DEFAULT.  The result lives as long as the table. */
const char *tenant_of(const struct tenant_table *table, struct slice domain);

/* Iterates over the table in no particular order: *position starts at 0; false is the end. */
bool tenant_table_next(const struct tenant_table *table, size_t *position, const char **domain,
		       const char **tenant);

#endif
