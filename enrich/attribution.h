/* attribution.h - who sent, and who delivered
 *
 * SPDX-License-Identifier: MIT
 *
 * Two facts: the sender wrote the message or had it sent, the relay brought it.
 * What authentication proves names a sender; an address names a relay, and the
 * sender too where nothing says that the mail was forwarded.  Signatures that
 * fail name nobody, and return paths of forwarders and lists never a sender.
 */
#ifndef ENRICH_ATTRIBUTION_H
#define ENRICH_ATTRIBUTION_H

#include "enrich/own_senders.h"
#include "enrich/service_table.h"

/* What decided. */
enum attribution_rule {
	RULE_NONE,
	RULE_OWN,     /* the tenant's list, or an entry of type own */
	RULE_DKIM,    /* a signature that passes */
	RULE_SPF,     /* a return path that passes */
	RULE_NETWORK, /* the address stands in a table */
	RULE_PTR,     /* the confirmed name of the host */
	RULE_ASN,     /* the autonomous system */
	RULE_MAP,     /* parsedmarc's map */
	ATTRIBUTION_RULES
};

const char *attribution_rule_word(enum attribution_rule rule); /* NULL: RULE_NONE */

struct signature_evidence {
	struct slice domain; /* in lower case, as all domains here */
	bool passes;
};

struct path_evidence {
	struct slice domain;
	bool passes;
	bool helo; /* the name in HELO, not the return path */
};

/* What a record says, and what is known of its address. */
struct evidence {
	const struct ip_address *address; /* NULL: it has none */
	struct slice header_from;
	struct slice header_organization; /* its organizational_domain() */
	const struct signature_evidence *signatures;
	size_t signature_count;
	const struct path_evidence *paths;
	size_t path_count;
	bool dkim_aligned, spf_aligned;
	bool forwarded; /* the reporter says so */
	struct slice name; /* of the host, confirmed; absent: none or unknown */
	struct slice registered_name; /* its registered_domain() */
	uint32_t as_number; /* 0: unknown */
	struct slice as_name, as_domain;
};

struct party {
	enum attribution_rule rule; /* RULE_NONE: not known */
	struct slice name;	    /* of the table or the evidence */
	const struct service *service; /* NULL: known by its domain alone */
};

enum approval {
	SENDER_APPROVED, /* by the tenant */
	SENDER_KNOWN,	 /* a service of a table, or the domain of the author itself */
	SENDER_UNKNOWN,
};

const char *approval_word(enum approval approval);

struct attribution {
	struct party sender, relay;
	bool forwarded; /* the relay is not the sender's */
	enum approval approval;
};

struct attribution_tables {
	const struct service_table *services;
	const struct service_table *map; /* parsedmarc's; NULL: none */
	const struct own_senders *own;	 /* of the tenant; NULL: none */
};

/* Texts in the result belong to the tables and the evidence. */
struct attribution attribute(const struct attribution_tables *tables,
			     const struct evidence *evidence);

#endif
