/* auth_results.h - what a trusted host found out about a mail's DKIM signature
 *
 * SPDX-License-Identifier: MIT
 *
 * Authentication-Results (RFC 8601) can be written by anybody; a field counts
 * only when its authserv-id is one of those the operator trusts.
 */
#ifndef INGEST_TRUST_AUTH_RESULTS_H
#define INGEST_TRUST_AUTH_RESULTS_H

#include "base/slice.h"
#include "ingest/report/report.h"

struct auth_results {
	bool decided; /* the topmost trusted field has been read */
	const char *verdict; /* "pass", "fail", "none"; "unknown" to begin with */
	/* Whose signatures the verdict is about, in their order; they point
	 * into the field.  Of many the first ones. */
	struct slice dkim_domains[AUTH_SIGNERS_MAX];
	size_t dkim_domain_count;
};

/* Called for each field, as it stands in the mail, from top to bottom.  The first
 * trusted one decides, whatever it says: a trusted host writes on top of what
 * came with the mail, and below it anybody may have used its name. */
void auth_results_read(struct auth_results *results, struct slice field,
		       const char *const *trusted_authserv);

#endif
