/* wanted_records.h - what a domain has to publish so that its reports reach us
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_WANTED_RECORDS_H
#define DOMAIN_WANTED_RECORDS_H

#include "domain/domain_check.h"

enum wanted_state {
	WANTED_PRESENT, /* it is there */
	WANTED_MISSING,
	WANTED_CHANGED, /* another one is there and is to be replaced */
	WANTED_UNKNOWN, /* it could not be looked up */
};

struct wanted_record {
	enum wanted_state state;
	bool ours;	   /* in the zone of the report mailbox, not of the domain */
	const char *name;  /* owner, without final dot */
	const char *data;  /* TXT "..." or TLSA ... */
	const char *file;  /* the policy file to serve; NULL: none */
};

#define WANTED_RECORDS_MAX 32

/* From a check of the domain.  address: our report mailbox.  Present policies
 * and addresses are kept, ours is put first, since some reporters serve only
 * the first ones.  TLSA records come from the certificates that the check has
 * probed, for hosts whose zone is signed.  Texts live in the arena. */
size_t wanted_records(const struct domain_settings *settings, const struct domain_report *report,
		      const char *address, struct arena *arena,
		      struct wanted_record list[static WANTED_RECORDS_MAX]);

#endif
