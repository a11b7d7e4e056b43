/* reported.h - totals from the reports on one domain, compared with its records
 *
 * SPDX-License-Identifier: MIT
 *
 * Plain sums that the reader of the documents fills in.  Lists are bounded; entries
 * that do not fit count only in the sums.
 */
#ifndef DOMAIN_REPORTED_H
#define DOMAIN_REPORTED_H

#include "domain/domain_check.h"

#define REPORTED_LIST_MAX 40

/* The reporters: one name, and whether there are others. */
struct reported_by {
	struct slice first; /* one of them */
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
	struct slice name; /* a subdomain, source address or sender */
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
	uint64_t messages, passed, failed, forwarded; /* forwarded is part of failed */
	uint64_t failed_known; /* not forwarded, from known or approved senders */
	bool senders_named;    /* the documents name senders */
	struct reported_name failed_senders[REPORTED_LIST_MAX]; /* not forwarded; by class */
	size_t failed_sender_count;
	struct address_set sources;
	uint64_t spf_only, dkim_only, spf_missing; /* spf_missing: of dkim_only */
	uint64_t spf_errors;
	struct reported_by spf_errors_by;
	int64_t spf_errors_last;
	int64_t first, last, last_end;        /* of report periods */
	struct slice psl_domain, walk_domain; /* policy domains by discovery method */
	struct reported_policy policies[REPORTED_LIST_MAX];
	size_t policy_count;
	struct reported_selector selectors[REPORTED_LIST_MAX];
	size_t selector_count;
	struct reported_name subdomains[REPORTED_LIST_MAX]; /* with failed messages */
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

/* Since when the current DMARC record, MTA-STS policy and DKIM keys are published, Unix
 * seconds; 0: unknown. */
struct domain_since {
	int64_t dmarc, sts, dkim;
};

/* Adds findings from comparing reports with records.  policy_digest: of the MTA-STS policy
 * served now; "": none.  Reports older than a record are not compared with it. */
void domain_judge_reported(const struct domain_settings *settings, struct domain_report *report,
			   const struct reported *reported, const char *policy_digest,
			   const struct domain_since *since);

/* Lists the domain's selectors that passed, the most used first, for look-up. */
size_t reported_selectors(const struct reported *reported, struct slice domain, int64_t now,
			  struct domain_selector list[static DOMAIN_SELECTORS_MAX]);

#endif
