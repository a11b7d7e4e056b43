/* tlsrpt_reading.h - state of the two readings of an SMTP TLS report
 *
 * SPDX-License-Identifier: MIT
 *
 * A policy whose details do not fit into memory is "large": the first reading keeps
 * its head, because members come in any order and a detail may precede its policy.
 */
#ifndef INGEST_TLSRPT_TLSRPT_READING_H
#define INGEST_TLSRPT_TLSRPT_READING_H

#include "ingest/tlsrpt/tlsrpt.h"
#include "ingest/tlsrpt/tlsrpt_documents.h"
#include "ingest/tlsrpt/tlsrpt_parser.h"
#include "ingest/tlsrpt/tlsrpt_sessions.h"

/* A run of the second reading ends above this size. */
#define TLSRPT_RUN_SIZE (256 * KIB)

/* A policy whose details did not fit. */
struct tlsrpt_large_policy {
	struct tlsrpt_large_policy *next;
	struct tlsrpt_policy *policy;
	uint64_t list; /* number of its failure list that counts, from 1 */
};

/* A position among the policies in memory and their failures. */
struct tlsrpt_cursor {
	const struct tlsrpt_policy *policy; /* NULL: after the last one */
	struct tlsrpt_failure *failure;
	uint64_t index;
	bool in_policy; /* the policy itself was returned */
	bool missing;   /* its failures have no details */
};

struct tlsrpt_reading {
	const struct ingest_settings *settings;
	const struct report_source *source;
	struct arena *arena; /* of the mail */
	struct report_summary *summary;
	struct input *decoded, *repaired; /* repaired: NULL unless a repair was needed */
	struct quirk_set text_quirks;
	struct tlsrpt_report report;
	struct slice fallback; /* domain for policies that name none */
	struct arena policies, failures;
	/* current policy */
	struct tlsrpt_failure **last_failure;
	struct hash failures_hash;
	uint64_t failure_lists;
	bool is_large;
	/* first reading */
	struct hash hash; /* of the policies */
	struct tlsrpt_policy *first, **last;
	struct tlsrpt_large_policy *large, **last_large;
	struct slice domain; /* of the first policy */
	struct tlsrpt_sessions sessions;
	uint64_t policy_lists, policy_count, empty_policies;
	uint64_t policy_end; /* index after the last complete policy */
	struct arena_mark next_policy;
	bool kept; /* everything so far is in memory */
	/* second reading; large is then the next large policy */
	struct tlsrpt_parser *parser; /* NULL: not started */
	struct tlsrpt_report report_again;
	struct arena texts_again, policies_again;
	uint64_t policy_list, policy_index;
	bool in_policy;
	struct arena_mark policy_failures; /* of the current policy, in failures */
	struct arena_mark kept_failures;   /* after the failures to keep */
	struct arena_mark kept_policies;   /* the same in policies_again */
	/* current run and its documents */
	struct tlsrpt_cursor cursor;
	struct tlsrpt_item *items;
	struct arena synthetic; /* failures in place of missing ones */
	size_t item_count, item_alloc, item_at;
	bool in_item;    /* its document in our own schema was returned */
	uint64_t passed; /* items of all runs */
	bool ended;      /* the last run was returned */
	struct tlsrpt_flattener flattener;
	struct parsedmarc_tls parsedmarc;
	const struct report_share *share; /* tenant of parsedmarc's current document */
	struct tlsrpt_cursor tenant_cursor;
};

/* Returns the text of the report, repaired if necessary. */
static inline struct input *tlsrpt_reading_text(const struct tlsrpt_reading *r)
{
	return r->repaired ? r->repaired : r->decoded;
}

/* tlsrpt.c */
void tlsrpt_begin_failures(struct tlsrpt_reading *r, struct tlsrpt_policy *policy);
void tlsrpt_keep_failure(struct tlsrpt_reading *r, struct tlsrpt_failure *failure);
bool tlsrpt_interpret(struct tlsrpt_reading *r, struct tlsrpt_policy *policy, struct arena *arena,
		      struct error *err);

/* tlsrpt_run.c: runs, from memory or by the second reading. */
void tlsrpt_begin_documents(struct tlsrpt_reading *r);

#endif
