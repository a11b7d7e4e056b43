/* tlsrpt_reading.h - what the two readings of an SMTP TLS report share
 *
 * SPDX-License-Identifier: MIT
 *
 * The first reading (tlsrpt.c) collects totals, digest and oddities, and keeps
 * policies and failure details when they fit into memory; nearly every report
 * does.  From one that does not, a second reading (tlsrpt_documents.c) gives
 * the documents away policy by policy.  A policy whose own details do not fit
 * is "large": its head is kept from the first reading, because members come in
 * any order and a detail may pass before the policy it belongs to is known.
 */
#ifndef INGEST_TLSRPT_TLSRPT_READING_H
#define INGEST_TLSRPT_TLSRPT_READING_H

#include "ingest/tlsrpt/parsedmarc_tls.h"
#include "ingest/tlsrpt/tlsrpt_flatten.h"
#include "ingest/tlsrpt/tlsrpt_json.h"
#include "ingest/tlsrpt/tlsrpt_sessions.h"

/* A policy whose details did not fit. */
struct tlsrpt_large_policy {
	struct tlsrpt_large_policy *next;
	struct tlsrpt_policy *policy;
	uint64_t list; /* which of its lists of details counts, from 1 */
};

struct tlsrpt_reading {
	const struct ingest_settings *settings;
	const struct report_source *source;
	struct arena *arena; /* of the mail */
	struct report_summary summary;
	struct document_sink *sink;
	struct input *decoded, *repaired; /* repaired: NULL as long as all is well without it */
	struct quirk_set text_quirks;
	struct tlsrpt_report report;
	struct slice fallback; /* domain of policies that name none */
	struct arena policies, failures;
	/* of the policy at hand */
	struct tlsrpt_failure **last_failure;
	struct hash failures_hash;
	uint64_t failure_lists;
	bool is_large;
	/* of the first reading */
	struct hash hash; /* of the policies */
	struct tlsrpt_policy *first, **last;
	struct tlsrpt_large_policy *large, **last_large;
	struct slice domain; /* of the first policy */
	struct tlsrpt_sessions sessions;
	uint64_t policy_lists, policy_count, empty_policies;
	uint64_t policy_end; /* index behind the last one that is whole */
	struct arena_mark next_policy;
	bool kept; /* everything so far is in memory */
	/* of the second */
	struct tlsrpt_flattener flattener;
	struct parsedmarc_tls parsedmarc;
	struct arena again; /* its policies, one at a time */
	uint64_t policy_list, policy_index;
	uint64_t given; /* documents */
};

/* Callbacks of both readings, or the beginning of them. */
void tlsrpt_reading_begin_failures(void *context, struct tlsrpt_policy *policy);
void tlsrpt_reading_start_policy(struct tlsrpt_reading *r, struct tlsrpt_policy *policy);
void tlsrpt_reading_keep(struct tlsrpt_reading *r, struct tlsrpt_failure *failure);
bool tlsrpt_reading_interpret(struct tlsrpt_reading *r, struct tlsrpt_policy *policy,
			      struct arena *arena, struct error *err);

/* tlsrpt_summary.c: the domain of policies that name none, in the mail's own
 * words; and, after the first reading, what the report is about. */
struct slice tlsrpt_fallback_domain(struct tlsrpt_reading *r);
bool tlsrpt_summarise(struct tlsrpt_reading *r, struct error *err);

/* The text of the report, as JSON as it can be made. */
static inline struct input *tlsrpt_reading_text(const struct tlsrpt_reading *r)
{
	return r->repaired ? r->repaired : r->decoded;
}

/* tlsrpt_documents.c: the documents, of what was kept or by a second reading. */
bool tlsrpt_give_documents(struct tlsrpt_reading *r, struct error *err);

#endif
