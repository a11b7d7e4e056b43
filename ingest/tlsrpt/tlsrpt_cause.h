/* tlsrpt_cause.h - explains failed sessions to domain owners
 *
 * SPDX-License-Identifier: MIT
 *
 * Maps the result types of RFC 8460 to plain words: the cause, its effect on the
 * mail, and the advice.  Documents, dashboards and the summary on a terminal use
 * these texts.
 */
#ifndef INGEST_TLSRPT_TLSRPT_CAUSE_H
#define INGEST_TLSRPT_TLSRPT_CAUSE_H

#include "base/slice.h"

/* For failures without a type: the report has none, or has no details. */
#define TLSRPT_UNSPECIFIED "unspecified"

struct tlsrpt_cause {
	const char *group; /* starttls, certificate, general, dane, sts or other */
	const char *cause;
	const char *effect;
	const char *advice;
};

/* All words as in a document: result in lower case, type of the policy, mode of an MTA-STS
 * policy (absent if unknown).  Every result has a cause, even an unknown one. */
struct tlsrpt_cause tlsrpt_cause_of(struct slice result, struct slice policy_type,
				    struct slice mode, bool has_reason);

/* Returns the registered spelling of a result type (RFC 8460 section 6.6), or NULL.
 * Ignores case, hyphens and underscores. */
const char *tlsrpt_registered_result(struct slice text);

#endif
