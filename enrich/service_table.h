/* service_table.h - which service sends from a domain, a host or a network
 *
 * SPDX-License-Identifier: MIT
 *
 * Rules come from files (enrich/service_file.h).  The longest matching domain wins,
 * and any match in the first table takes precedence over this one.
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
	const char *label; /* the type in the file if it differs from ours, else NULL */
};

/* What a rule matches: the domain of a passing signature, the domain for which SPF passes,
 * or the confirmed host name, each including subdomains; the network; or an autonomous
 * system that serves only this sender. */
enum service_key { KEY_DKIM, KEY_SPF, KEY_PTR, KEY_ASN, KEY_NETWORK, SERVICE_KEYS };

struct service_table;

/* Creates an empty table.  first takes precedence and must outlive it; NULL: none. */
struct service_table *service_table_new(const struct service_table *first);
void service_table_free(struct service_table *table);

/* Marks the start of another file: its rules do not replace those of earlier files. */
void service_table_begin_file(struct service_table *table);

/* FATAL: invalid pattern, a duplicate rule in the same file, or too many rules.  Everything
 * is copied. */
bool service_table_add(struct service_table *table, enum service_key key, struct slice pattern,
		       const struct service *service, unsigned line, struct error *err);

size_t service_table_count(const struct service_table *table);

/* Returns the service for a lower-case name (KEY_DKIM, KEY_SPF, KEY_PTR), or NULL. */
const struct service *service_of_domain(const struct service_table *table, enum service_key key,
					struct slice name);
/* The same without parent domains. */
const struct service *service_of_domain_alone(const struct service_table *table,
					      enum service_key key, struct slice name);
const struct service *service_of_network(const struct service_table *table,
					 const struct ip_address *address);
const struct service *service_of_asn(const struct service_table *table, uint32_t number);

#endif
