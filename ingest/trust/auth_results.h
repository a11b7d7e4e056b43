/* auth_results.h - reads the DKIM verdict of a trusted host
 *
 * SPDX-License-Identifier: MIT
 *
 * Anybody can write Authentication-Results (RFC 8601); a field counts only if the
 * operator trusts its authserv-id.
 */
#ifndef INGEST_TRUST_AUTH_RESULTS_H
#define INGEST_TRUST_AUTH_RESULTS_H

#include "base/slice.h"
#include "ingest/report/report.h"

struct auth_results {
	bool decided;        /* the topmost trusted field has been read */
	const char *verdict; /* "pass", "fail", "none"; initially "unknown" */
	/* Signers that the verdict is about, in order; they point into the field.  Further
	 * ones are omitted. */
	struct slice dkim_domains[AUTH_SIGNERS_MAX];
	size_t dkim_domain_count;
};

/* Call this for each field, unmodified, from top to bottom.  The first trusted field
 * decides, whatever its verdict: a trusted host adds its field at the top, and anybody may
 * have used its name in a field below. */
void auth_results_read(struct auth_results *results, struct slice field,
		       const char *const *trusted_authserv);

#endif
