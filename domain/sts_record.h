/* sts_record.h - MTA-STS and TLSRPT records and the policy file, parsed strictly
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_STS_RECORD_H
#define DOMAIN_STS_RECORD_H

#include "domain/finding.h"

/* Do senders accept the text as a record (RFC 8461 section 3.1, RFC 8460 section 3)? */
bool sts_is_record(struct slice text);
bool tlsrpt_is_record(struct slice text);
/* Is it probably meant as a record? */
bool sts_is_near(struct slice text);
bool tlsrpt_is_near(struct slice text);

/* Returns NULL and sets the id, or returns the fault of the record. */
const char *sts_record_fault(struct slice text, struct slice *id);
/* The same for TLSRPT; sets its addresses. */
const char *tlsrpt_record_fault(struct slice text, struct slice *rua);

#define STS_PATTERNS_MAX 50
#define STS_MAX_AGE_MAX 31557600

struct sts_policy {
	struct slice mode; /* enforce, testing, none */
	uint64_t max_age;
	struct slice patterns[STS_PATTERNS_MAX]; /* valid ones in lower case */
	size_t pattern_count;
};

/* Parses the policy file (RFC 8461 section 3.2) and adds findings about `host`.  false:
 * senders see no policy. */
bool sts_policy_read(struct domain_findings *findings, struct slice host, struct slice file,
		     struct sts_policy *policy);

/* Does the pattern match the host (section 4.1)?  "*" matches exactly one label. */
bool sts_pattern_matches(struct slice pattern, struct slice host);

#endif
