/* moved.h - converts a stored document into one of another tenant
 *
 * SPDX-License-Identifier: MIT
 *
 * Computes the id from the stored members twice: for the current tenant, which must give the
 * current id, and for the new one. So a document whose id depends on something it does not
 * store is never moved to a wrong id. Only the id, the index and organization.name change;
 * the results of enrichment stay.
 */
#ifndef BRIDGE_TENANTS_MOVED_H
#define BRIDGE_TENANTS_MOVED_H

#include "bridge/config/config.h"
#include "bridge/report/document_view.h"
#include "ingest/report/document.h"

struct moved_rule {
	const struct tenant_table *table;
	const char *from, *to;
	/* Selects documents about this domain and its subdomains, if they belong to the
	 * new tenant; absent: documents about any domain. */
	struct slice domain;
};

enum moved_fate {
	MOVED,
	MOVED_OF_OTHERS, /* about a domain or subdomain that another tenant has */
	MOVED_MIXED,     /* of a mail with reports about other domains too */
	MOVED_UNKNOWN,   /* the id cannot be computed from the stored members */
	MOVED_FATES,
};

/* The member with the domain of a document of this kind. */
enum field moved_domain_field(enum document_kind kind);

/* name and json are written only for MOVED; view is of the document. */
enum moved_fate moved_make(const struct moved_rule *rule, enum document_kind kind, struct slice id,
			   struct slice document, const struct document_view *view,
			   struct document_name *name, struct strbuf *json);

#endif
