/* service_table.h - which service sends from a domain, a host or a network
 *
 * SPDX-License-Identifier: MIT
 *
 * Rules come from files (enrich/service_file.h).  Of several domains that fit
 * the longest one counts, and what is asked first wins whole.
 */
#ifndef ENRICH_SERVICE_TABLE_H
#define ENRICH_SERVICE_TABLE_H

#include "base/error.h"
#include "enrich/ip_address.h"

enum service_type {
	SERVICE_OWN,
	SERVICE_MAILBOX,
	SERVICE_MARKETING,
	SERVICE_TRANSACTIONAL,
	SERVICE_CRM,
	SERVICE_TICKETING,
	SERVICE_SECURITY,
	SERVICE_HOSTING,
	SERVICE_FORWARDER,
	SERVICE_LIST,
	SERVICE_SAAS,
	SERVICE_ISP,
	SERVICE_OTHER,
	SERVICE_TYPES
};

const char *service_type_word(enum service_type type);
bool service_type_of(struct slice word, enum service_type *type);

struct service {
	const char *name;
	enum service_type type;
	const char *help; /* URL, or NULL */
	const char *label; /* the type as the file has it, where it is another word; else NULL */
};

/* What a rule goes by: the domain of a signature that passes, the domain SPF
 * passes for, the confirmed name of the host, all three with the names below
 * them; the network, or the autonomous system where it serves this sender
 * alone. */
enum service_key { KEY_DKIM, KEY_SPF, KEY_PTR, KEY_ASN, KEY_NETWORK, SERVICE_KEYS };

struct service_table;

/* An empty table; first is asked before it and must outlive it; NULL: none. */
struct service_table *service_table_new(const struct service_table *first);
void service_table_free(struct service_table *table);

/* The rules that are added from now on come from another file: they do not
 * replace those of earlier files. */
void service_table_begin_file(struct service_table *table);

/* FATAL: the pattern is none of its kind, the rule stands in the same file
 * already, or there are too many.  Everything is copied. */
bool service_table_add(struct service_table *table, enum service_key key, struct slice pattern,
		       const struct service *service, unsigned line, struct error *err);

size_t service_table_count(const struct service_table *table);

/* What is known of a name (KEY_DKIM, KEY_SPF, KEY_PTR), in lower case.
 * NULL: nothing. */
const struct service *service_of_domain(const struct service_table *table, enum service_key key,
					struct slice name);
/* The same without the domains above it. */
const struct service *service_of_domain_alone(const struct service_table *table,
					      enum service_key key, struct slice name);
const struct service *service_of_network(const struct service_table *table,
					 const struct ip_address *address);
const struct service *service_of_asn(const struct service_table *table, uint32_t number);

#endif
