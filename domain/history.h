/* history.h - detects changes in what a domain publishes
 *
 * SPDX-License-Identifier: MIT
 *
 * A state is a value and the findings for each part of what the domain publishes.
 * A part that could not be looked up keeps its last value and findings, so an
 * outage is never reported as a change.  Values and findings are printable ASCII
 * without tabs and line ends; a state is stored as text, one line per part.
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
	PART_REPORTED, /* findings only, from comparing reports with records */
	DOMAIN_PARTS
};

const char *domain_part_name(enum domain_part part);

struct domain_part_state {
	bool known;            /* looked up now or before */
	struct slice value;    /* what is published, in normalised form */
	struct slice findings; /* "critical spf-syntax example.com", sorted and joined with '|' */
	int64_t since;         /* when the value was first seen, Unix seconds */
	/* Set by domain_history_merge(): */
	bool kept; /* kept from the last state, since the look-up failed */
	bool changed;
	struct slice previous; /* previous value if changed */
};

struct domain_history {
	struct domain_part_state parts[DOMAIN_PARTS];
};

/* Builds the state from a check.  policy_digest: of the MTA-STS policy as in TLS reports;
 * "": no policy. */
void domain_history_of(const struct domain_report *report, const char *policy_digest, int64_t now,
		       struct arena *arena, struct domain_history *found);

/* Takes from the last state the parts that could not be looked up and the times of
 * unchanged values, and marks changes. */
void domain_history_merge(struct domain_history *found, const struct domain_history *last,
			  struct arena *arena);

/* Adds findings that depend on time: a policy that stays at p=none or in mode testing, an
 * MTA-STS id that was not changed with the policy, an old key.  Called with the merged
 * state and the previous one. */
void domain_history_judge(const struct domain_history *merged, const struct domain_history *last,
			  int64_t now, struct domain_findings *findings);

/* Digest of values and findings without times, so equal states have equal digests. */
void domain_history_digest(const struct domain_history *history, uint8_t digest[static HASH_SIZE]);

/* Write and read one line per part; unknown lines are ignored.  text must outlive the
 * history. */
void domain_history_write(const struct domain_history *history, struct strbuf *out);
void domain_history_read(struct slice text, struct domain_history *history);

#endif
