/* history.h - what a domain published before, and what has changed since
 *
 * SPDX-License-Identifier: MIT
 *
 * A state is a value and the findings for each part of what is published.  A
 * part that could not be looked at keeps its last value and findings: unknown
 * is never a change.  Values and findings are printable ASCII without tabs and
 * line ends, so a state is kept as text, a line per part.
 */
#ifndef DOMAIN_HISTORY_H
#define DOMAIN_HISTORY_H

#include "base/hash.h"
#include "base/strbuf.h"
#include "domain/domain_check.h"

enum domain_part {
	PART_DMARC,
	PART_SPF,
	PART_DKIM,
	PART_MX,
	PART_STS,
	PART_TLSRPT,
	PART_TLSA,
	PART_DNSSEC,
	PART_CERTIFICATE,
	PART_REPORTED, /* findings alone: what reports and records say together */
	DOMAIN_PARTS
};

const char *domain_part_name(enum domain_part part);

struct domain_part_state {
	bool known;	       /* it was looked at, now or before */
	struct slice value;    /* what is published, in one spelling */
	struct slice findings; /* "critical spf-syntax example.com", sorted, '|' between */
	int64_t since;	       /* of the value, Unix seconds */
	/* Only of a merged state: */
	bool kept; /* from the last state: it could not be looked at now */
	bool changed;
	struct slice previous; /* value, where it changed */
};

struct domain_history {
	struct domain_part_state parts[DOMAIN_PARTS];
};

/* The state that a check has found.  policy_digest: of the MTA-STS policy, as
 * reports of senders have it; "": there is no policy. */
void domain_history_of(const struct domain_report *report, const char *policy_digest,
		       int64_t now, struct arena *arena, struct domain_history *found);

/* Fills in from the last state what was not looked at now, when values were
 * first seen, and what has changed. */
void domain_history_merge(struct domain_history *found, const struct domain_history *last,
			  struct arena *arena);

/* What only time tells: a policy that stays at p=none or in testing, an MTA-STS
 * id that was forgotten (until it is changed), a key that grows old.  Called
 * with a merged state and the one before. */
void domain_history_judge(const struct domain_history *merged, const struct domain_history *last,
			  int64_t now, struct domain_findings *findings);

/* Of values and findings, without times: the same state has the same digest. */
void domain_history_digest(const struct domain_history *history,
			   uint8_t digest[static HASH_SIZE]);

/* A line per part; reading ignores what it does not know.  text must outlive
 * the history. */
void domain_history_write(const struct domain_history *history, struct strbuf *out);
void domain_history_read(struct slice text, struct domain_history *history);

#endif
