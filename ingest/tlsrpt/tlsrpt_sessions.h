/* tlsrpt_sessions.h - counts each session of a report once
 *
 * SPDX-License-Identifier: MIT
 *
 * A sender that finds both an MTA-STS policy and TLSA records of a domain may
 * report the same sessions under both (RFC 8460 section 4.4 counts per policy), so
 * only the kind with more sessions counts for a domain.
 */
#ifndef INGEST_TLSRPT_TLSRPT_SESSIONS_H
#define INGEST_TLSRPT_TLSRPT_SESSIONS_H

#include "ingest/report/report.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

/* Maximum number of domains; for further ones, all sessions are added. */
#define TLSRPT_SESSION_DOMAINS 64

struct tlsrpt_sessions {
	size_t count;
	struct tlsrpt_domain_sessions {
		const struct report_share *share;
		struct slice domain;
		uint64_t good[2], bad[2]; /* for sts and for tlsa */
	} domains[TLSRPT_SESSION_DOMAINS];
};

/* Adds the sessions of a policy to the share; copies the domain. */
void tlsrpt_sessions_add(struct tlsrpt_sessions *sessions, struct arena *arena,
			 const struct tlsrpt_policy *policy, struct report_share *share);

#endif
