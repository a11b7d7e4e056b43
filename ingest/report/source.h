/* source.h - the source of a mail and the facts about it
 *
 * SPDX-License-Identifier: MIT
 *
 * A record contains an address.  The stage between reading and flattening adds what
 * else is known about it; these facts never affect an ID.
 */
#ifndef INGEST_REPORT_SOURCE_H
#define INGEST_REPORT_SOURCE_H

#include <netinet/in.h>

#include "base/limits.h"
#include "base/slice.h"

/* A sender or relay; absent texts are unknown. */
struct source_party {
	struct slice name;
	const char *type, *rule;
};

struct source_facts {
	bool partial;       /* the host name did not arrive in time */
	char country[3];    /* "" if unknown */
	uint32_t as_number; /* 0: unknown */
	struct slice as_name, as_domain, city;
	bool has_place;
	double latitude, longitude;
	struct slice domain;     /* forward-confirmed host name */
	struct slice domain_raw; /* host name that does not resolve to the address */
	struct slice registered_domain;
	struct source_party sender, relay;
	const char *sender_help, *sender_status; /* or NULL */
	bool has_sender;                         /* sender and relay have been determined */
	bool forwarded;
	/* the same in parsedmarc's terms */
	struct slice peer_reverse_dns, peer_base_domain, peer_name;
	const char *peer_type;
};

struct source_address {
	char ip[INET6_ADDRSTRLEN];        /* normalised; "" if there is none */
	const struct source_facts *facts; /* NULL: unknown */
};

/* Evidence of a record about the sender; domains are in lower case. */
struct source_check {
	struct slice domain;
	bool passes;
	bool helo; /* for SPF: the HELO name instead of the return path */
};

struct source_evidence {
	struct slice header_from;
	struct source_check signatures[LIMIT_LIST_VALUES], paths[LIMIT_LIST_VALUES];
	size_t signature_count, path_count;
	bool dkim_aligned, spf_aligned;
	bool forwarded; /* according to the reporter */
};

#endif
