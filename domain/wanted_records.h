/* wanted_records.h - the records a domain must publish so that its reports reach us
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_WANTED_RECORDS_H
#define DOMAIN_WANTED_RECORDS_H

#include "domain/domain_check.h"

enum wanted_state {
	WANTED_PRESENT, /* published as wanted */
	WANTED_MISSING,
	WANTED_CHANGED, /* another record is published and must be replaced */
	WANTED_UNKNOWN, /* the look-up failed */
};

struct wanted_record {
	enum wanted_state state;
	bool ours;        /* in the zone of the report mailbox, not the domain's */
	const char *name; /* owner name without a final dot */
	const char *data; /* TXT "..." or TLSA ... */
	const char *file; /* the policy file to serve, or NULL */
};

#define WANTED_RECORDS_MAX 32

/* Derives the records from a check.  address: our report mailbox.  Keeps published policies
 * and addresses, but puts our address first, since some reporters use only the first ones.
 * TLSA records come from the probed certificates of hosts in signed zones.  Texts live in
 * the arena. */
size_t wanted_records(const struct domain_settings *settings, const struct domain_report *report,
		      const char *address, struct arena *arena,
		      struct wanted_record list[static WANTED_RECORDS_MAX]);

#endif
