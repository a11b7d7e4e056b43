/* source.h - where a mail came from, and what is known about that
 *
 * SPDX-License-Identifier: MIT
 *
 * A record names an address.  The stage between reading and flattening adds
 * what else is known about it; nothing of that enters an id.
 */
#ifndef INGEST_REPORT_SOURCE_H
#define INGEST_REPORT_SOURCE_H

#include <netinet/in.h>

#include "base/limits.h"
#include "base/slice.h"

/* Somebody who sent a mail, or passed it on; absent texts: not known. */
struct source_party {
	struct slice name;
	const char *type, *rule;
};

struct source_facts {
	bool partial; /* the name of the host could not be had in time */
	char country[3];	/* "" unknown */
	uint32_t as_number;	/* 0: unknown */
	struct slice as_name, as_domain, city;
	bool has_place;
	double latitude, longitude;
	struct slice domain;	 /* name of the host, which leads back to the address */
	struct slice domain_raw; /* a name that does not */
	struct slice registered_domain;
	struct source_party sender, relay;
	const char *sender_help, *sender_status; /* NULL: none */
	bool has_sender; /* the parties below have been looked for */
	bool forwarded;
	/* the same in parsedmarc's words */
	struct slice peer_reverse_dns, peer_base_domain, peer_name;
	const char *peer_type;
};

struct source_address {
	char ip[INET6_ADDRSTRLEN]; /* normalised; "" when there is none */
	const struct source_facts *facts; /* NULL: nothing is known */
};

/* What a record says about who sent the mail: domains in lower case. */
struct source_check {
	struct slice domain;
	bool passes;
	bool helo; /* of SPF: the name in HELO, not the return path */
};

struct source_evidence {
	struct slice header_from;
	struct source_check signatures[LIMIT_LIST_VALUES], paths[LIMIT_LIST_VALUES];
	size_t signature_count, path_count;
	bool dkim_aligned, spf_aligned;
	bool forwarded; /* the reporter says so */
};

#endif
