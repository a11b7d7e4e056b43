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
	int64_t last_passed, first_failed, last_failed;
	struct reported_by by; /* of failures */
};

struct reported_name {
	struct slice name; /* subdomain, source address, or sender */
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
	uint64_t failed_known; /* not forwarded, from senders that are known or approved */
	bool senders_named;    /* the documents tell who sent */
	struct reported_name failed_senders[REPORTED_LIST_MAX]; /* not forwarded; by class */
	size_t failed_sender_count;
	struct address_set sources;
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

/* Since when the DMARC record, the MTA-STS policy and the DKIM keys are known to
 * stand, Unix seconds; 0: unknown. */
struct domain_since {
	int64_t dmarc, sts, dkim;
};

/* Adds the findings that reports and records give together.  policy_digest: of
 * the MTA-STS policy that is served now, "": none.  Older reports than
 * a record are not held against it. */
void domain_judge_reported(const struct domain_settings *settings, struct domain_report *report,
			   const struct reported *reported, const char *policy_digest,
			   const struct domain_since *since);

/* The selectors of the domain that passed, the most used first, to be looked up. */
size_t reported_selectors(const struct reported *reported, struct slice domain, int64_t now,
			  struct domain_selector list[static DOMAIN_SELECTORS_MAX]);

#endif
