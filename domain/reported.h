/* reported.h - what the reports say of one domain, as far as its records explain it
 *
 * SPDX-License-Identifier: MIT
 *
 * Plain sums, filled by whoever reads documents; lists are bounded, and what
 * does not fit is counted in the sums alone.
 */
#ifndef DOMAIN_REPORTED_H
#define DOMAIN_REPORTED_H

#include "domain/domain_check.h"

#define REPORTED_LIST_MAX 40

/* Who says so: enough to tell one reporter from several. */
struct reported_by {
	struct slice first; /* name of one */
	bool several;
};

struct reported_policy {
	struct slice p;
	struct reported_by by;
	uint64_t messages;
	int64_t last; /* start of the latest period */
};

struct reported_selector {
	struct slice selector, domain;
	uint64_t passed, failed; /* messages */
	int64_t last_passed, last_failed;
	struct reported_by by; /* of failures */
};

struct reported_name {
	struct slice name; /* subdomain, or source address */
	uint64_t messages;
};

struct reported_tls_policy {
	struct slice digest, mode;
	struct reported_by by;
	int64_t last;
};

struct reported_tls_failure {
	struct slice code, host, address;
	uint64_t sessions;
	struct reported_by by;
	int64_t first, last;
};

struct reported {
	/* DMARC */
	uint64_t messages, passed, failed, forwarded; /* forwarded: of the failed */
	uint64_t spf_only, dkim_only, spf_missing;    /* spf_missing: of dkim_only */
	uint64_t spf_errors;
	struct reported_by spf_errors_by;
	int64_t spf_errors_last;
	int64_t first, last, last_end; /* periods */
	struct slice psl_domain, walk_domain; /* policy domains by discovery method */
	struct reported_policy policies[REPORTED_LIST_MAX];
	size_t policy_count;
	struct reported_selector selectors[REPORTED_LIST_MAX];
	size_t selector_count;
	struct reported_name subdomains[REPORTED_LIST_MAX]; /* that failed */
	size_t subdomain_count;
	struct reported_name spf_sources[REPORTED_LIST_MAX]; /* of spf_only */
	size_t spf_source_count;
	/* TLS */
	uint64_t sessions, failed_sessions;
	struct reported_by tls_by;
	int64_t tls_first, tls_last;
	struct reported_tls_policy tls_policies[REPORTED_LIST_MAX];
	size_t tls_policy_count;
	struct reported_tls_failure tls_failures[REPORTED_LIST_MAX];
	size_t tls_failure_count;
};

/* Adds the findings that reports and records give together.  policy_digest: of
 * the MTA-STS policy that is served now, "": none.  first_seen: since when the
 * DMARC record and the MTA-STS policy are known to stand, 0: unknown; older
 * reports are not held against them. */
void domain_judge_reported(const struct domain_settings *settings, struct domain_report *report,
			   const struct reported *reported, const char *policy_digest,
			   int64_t dmarc_since, int64_t sts_since);

/* The selectors of the domain that passed, the most used first, to be looked up. */
size_t reported_selectors(const struct reported *reported, struct slice domain, int64_t now,
			  struct domain_selector list[static DOMAIN_SELECTORS_MAX]);

#endif
