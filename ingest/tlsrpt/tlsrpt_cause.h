/* tlsrpt_cause.h - what a failed session means, for people who own a domain
 *
 * SPDX-License-Identifier: MIT
 *
 * One table from the result types of RFC 8460 to plain words: what is wrong,
 * what it does to the mail, and what to do.  Documents, dashboards and the
 * summary on a terminal all take their words from here.
 */
#ifndef INGEST_TLSRPT_TLSRPT_CAUSE_H
#define INGEST_TLSRPT_TLSRPT_CAUSE_H

#include "base/slice.h"

/* Failures without a type: the report gives none, or no details at all. */
#define TLSRPT_UNSPECIFIED "unspecified"

struct tlsrpt_cause {
	const char *group; /* starttls, certificate, general, dane, sts or other */
	const char *cause;
	const char *effect;
	const char *advice;
};

/* All words are those of a document: result in lower case, type of the
 * policy, mode of an MTA-STS policy (absent when unknown).  Every result has
 * a cause, unknown ones too. */
struct tlsrpt_cause tlsrpt_cause_of(struct slice result, struct slice policy_type,
				    struct slice mode, bool has_reason);

/* The registered spelling of a result type (RFC 8460 section 6.6), or NULL;
 * case does not matter. */
const char *tlsrpt_registered_result(struct slice text);

#endif
