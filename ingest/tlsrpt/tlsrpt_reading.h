/* tlsrpt_reading.h - where the two readings of an SMTP TLS report stand
 *
 * SPDX-License-Identifier: MIT
 *
 * A policy whose own details do not fit into memory is "large": its head is kept
 * from the first reading, because members come in any order and a detail may
 * pass before the policy it belongs to is known.
 */
#ifndef INGEST_TLSRPT_TLSRPT_READING_H
#define INGEST_TLSRPT_TLSRPT_READING_H

#include "ingest/tlsrpt/tlsrpt.h"
#include "ingest/tlsrpt/tlsrpt_documents.h"
#include "ingest/tlsrpt/tlsrpt_parser.h"
#include "ingest/tlsrpt/tlsrpt_sessions.h"

/* A run of a second reading ends when what it holds takes more. */
#define TLSRPT_RUN_SIZE (256 * KIB)

/* A policy whose details did not fit. */
struct tlsrpt_large_policy {
	struct tlsrpt_large_policy *next;
	struct tlsrpt_policy *policy;
	uint64_t list; /* which of its lists of details counts, from 1 */
};

/* Where one stands among policies in memory and their failures. */
struct tlsrpt_cursor {
	const struct tlsrpt_policy *policy; /* NULL: behind the last one */
	struct tlsrpt_failure *failure;
	uint64_t index;
	bool in_policy; /* the policy itself has been passed */
	bool missing;	/* and the failures that it counts have no details */
};

struct tlsrpt_reading {
	const struct ingest_settings *settings;
	const struct report_source *source;
	struct arena *arena; /* of the mail */
	struct report_summary *summary;
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
	/* of the second; large is the next one then */
	struct tlsrpt_parser *parser; /* NULL: not begun */
	struct tlsrpt_report report_again;
	struct arena texts_again, policies_again;
	uint64_t policy_list, policy_index;
	bool in_policy;
	struct arena_mark policy_failures; /* of the policy at hand, in failures */
	struct arena_mark kept_failures;   /* behind those that have been kept */
	struct arena_mark kept_policies;   /* the same in policies_again */
	/* of the run at hand, and its documents */
	struct tlsrpt_cursor cursor;
	struct tlsrpt_item *items;
	struct arena synthetic; /* failures in place of those that are missing */
	size_t item_count, item_alloc, item_at;
	bool in_item; /* its document in our own schema has been made */
	uint64_t passed; /* items of all runs */
	bool ended;	 /* the last run has been asked for */
	struct tlsrpt_flattener flattener;
	struct parsedmarc_tls parsedmarc;
	const struct report_share *share; /* whose policies go into parsedmarc's documents */
	struct tlsrpt_cursor tenant_cursor;
};

/* The text of the report, as JSON as it can be made. */
static inline struct input *tlsrpt_reading_text(const struct tlsrpt_reading *r)
{
	return r->repaired ? r->repaired : r->decoded;
}

/* tlsrpt.c */
void tlsrpt_begin_failures(struct tlsrpt_reading *r, struct tlsrpt_policy *policy);
void tlsrpt_keep_failure(struct tlsrpt_reading *r, struct tlsrpt_failure *failure);
bool tlsrpt_interpret(struct tlsrpt_reading *r, struct tlsrpt_policy *policy,
		      struct arena *arena, struct error *err);

/* tlsrpt_run.c: the runs, of what was kept or by a second reading. */
void tlsrpt_begin_documents(struct tlsrpt_reading *r);

#endif
