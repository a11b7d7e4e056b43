/* sts_record.h - MTA-STS and TLSRPT records and the policy file, read strictly
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_STS_RECORD_H
#define DOMAIN_STS_RECORD_H

#include "domain/finding.h"

/* Is the text one that senders count (RFC 8461 section 3.1, RFC 8460 section 3)? */
bool sts_is_record(struct slice text);
bool tlsrpt_is_record(struct slice text);
/* Or was it probably meant to be one? */
bool sts_is_near(struct slice text);
bool tlsrpt_is_near(struct slice text);

/* The id; NULL why, or what is wrong with the record. */
const char *sts_record_fault(struct slice text, struct slice *id);
/* The same for TLSRPT, and its addresses. */
const char *tlsrpt_record_fault(struct slice text, struct slice *rua);

#define STS_PATTERNS_MAX 50
#define STS_MAX_AGE_MAX 31557600

struct sts_policy {
	struct slice mode; /* enforce, testing, none */
	uint64_t max_age;
	struct slice patterns[STS_PATTERNS_MAX]; /* lower case where they are good */
	size_t pattern_count;
};

/* Reads the file of RFC 8461 section 3.2; what is wrong becomes findings about
 * `host`.  false: senders see no policy. */
bool sts_policy_read(struct domain_findings *findings, struct slice host, struct slice file,
		     struct sts_policy *policy);

/* Does the pattern cover the host (section 4.1)?  "*" is exactly one label. */
bool sts_pattern_matches(struct slice pattern, struct slice host);

#endif
