/* moved.h - a stored document as it would have been stored for another tenant
 *
 * SPDX-License-Identifier: MIT
 *
 * The id is made again from what the document stores: first for the tenant it has,
 * which must give the id it has, and then for the other.  So a document whose id was
 * made from something that is not in it is never moved under a wrong one.  Only the
 * id, the index and organization.name change: what was found out when the mail was
 * read, such as sending services, stays as it was found.
 */
#ifndef BRIDGE_TENANTS_MOVED_H
#define BRIDGE_TENANTS_MOVED_H

#include "bridge/config/config.h"
#include "bridge/report/document_view.h"
#include "ingest/report/document.h"

struct moved_rule {
	const struct tenant_table *table;
	const char *from, *to;
	/* Documents about this domain and those below it that belong to the tenant
	 * they go to; absent: about any. */
	struct slice domain;
};

enum moved_fate {
	MOVED,
	MOVED_OF_OTHERS, /* about a domain that another tenant has, or one below it */
	MOVED_MIXED,	 /* of a mail that held reports about other domains too */
	MOVED_UNKNOWN,	 /* the id cannot be made again from what is stored */
	MOVED_FATES,
};

/* The member with the domain that a document of the kind is about. */
enum field moved_domain_field(enum document_kind kind);

/* name and json are written for MOVED alone; view is of the document. */
enum moved_fate moved_make(const struct moved_rule *rule, enum document_kind kind, struct slice id,
			   struct slice document, const struct document_view *view,
			   struct document_name *name, struct strbuf *json);

#endif
