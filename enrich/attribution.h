/* attribution.h - finds the sender and the relay of mail
 *
 * SPDX-License-Identifier: MIT
 *
 * Names two parties: the sender wrote the message or ordered it, the relay
 * delivered it.  Authentication that passes identifies a sender.  An address
 * identifies the relay; it also identifies the sender if the mail was not
 * forwarded.  A failed signature identifies nobody, and the return path of a
 * forwarder or list never identifies the sender.
 */
#ifndef ENRICH_ATTRIBUTION_H
#define ENRICH_ATTRIBUTION_H

#include "enrich/own_senders.h"
#include "enrich/service_table.h"

/* The evidence that decided. */
enum attribution_rule {
	RULE_NONE,
	RULE_OWN,     /* the tenant's list, or an entry of type own */
	RULE_DKIM,    /* a passing signature */
	RULE_SPF,     /* a return path that passes SPF */
	RULE_NETWORK, /* the address is in a table */
	RULE_PTR,     /* the confirmed name of the host */
	RULE_ASN,     /* the autonomous system */
	RULE_MAP,     /* parsedmarc's map */
	ATTRIBUTION_RULES
};

const char *attribution_rule_word(enum attribution_rule rule); /* NULL for RULE_NONE */

struct signature_evidence {
	struct slice domain; /* lower case, like all domains here */
	bool passes;
};

struct path_evidence {
	struct slice domain;
	bool passes;
	bool helo; /* the HELO name instead of the return path */
};

/* The contents of a record and the facts about its source address. */
struct evidence {
	const struct ip_address *address; /* NULL: none */
	struct slice header_from;
	struct slice header_organization; /* organizational_domain() of header_from */
	const struct signature_evidence *signatures;
	size_t signature_count;
	const struct path_evidence *paths;
	size_t path_count;
	bool dkim_aligned, spf_aligned;
	bool forwarded;               /* according to the reporter */
	struct slice name;            /* confirmed host name; absent if none or unknown */
	struct slice registered_name; /* registered_domain() of name */
	uint32_t as_number;           /* 0: unknown */
	struct slice as_name, as_domain;
};

struct party {
	enum attribution_rule rule;    /* RULE_NONE: unknown */
	struct slice name;             /* from the table or the evidence */
	const struct service *service; /* NULL: only the domain is known */
};

enum approval {
	SENDER_APPROVED, /* by the tenant */
	SENDER_KNOWN,    /* a service in a table, or the author's own domain */
	SENDER_UNKNOWN,
};

const char *approval_word(enum approval approval);

struct attribution {
	struct party sender, relay;
	bool forwarded; /* the relay does not belong to the sender */
	enum approval approval;
};

struct attribution_tables {
	const struct service_table *services;
	const struct service_table *map; /* parsedmarc's map, or NULL */
	const struct own_senders *own;   /* the tenant's list, or NULL */
};

/* Texts in the result belong to the tables and the evidence. */
struct attribution attribute(const struct attribution_tables *tables,
			     const struct evidence *evidence);

#endif
