/* tlsrpt_parser.h - the members of an SMTP TLS report, from JSON events
 *
 * SPDX-License-Identifier: MIT
 *
 * Members come in any order, failure details before the policy they belong to
 * and the report's id last; nothing is asked of the order but that objects
 * nest.  Where a member occurs twice the last one counts, so a list may turn
 * out to be void when another one of its name begins.
 */
#ifndef INGEST_TLSRPT_TLSRPT_PARSER_H
#define INGEST_TLSRPT_TLSRPT_PARSER_H

#include "base/arena.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

enum tlsrpt_step_kind {
	TLSRPT_NOTHING,
	TLSRPT_POLICIES, /* a list of policies begins; an earlier one is void */
	TLSRPT_POLICY,	 /* a policy begins */
	TLSRPT_FAILURES, /* a list of its failure details begins; earlier ones are void */
	TLSRPT_FAILURE,	 /* a failure detail of it is complete, interpretation apart */
	TLSRPT_POLICY_END,
	TLSRPT_END, /* of the report */
};

/* policy is the same object from its begin to its end. */
struct tlsrpt_step {
	enum tlsrpt_step_kind kind;
	struct tlsrpt_policy *policy;
	struct tlsrpt_failure *failure; /* of TLSRPT_FAILURE */
};

struct tlsrpt_parser;

/* Reads the input to its end, step by step.  The report's own texts live in the
 * arena; policies and failures in arenas that may be cut or reset when nothing
 * of them is needed any more.
 * salvage: where the JSON breaks, what came whole before that is the report,
 * with QUIRK_PARTIAL: failure details, and entries of policies whose policy is
 * complete and has counts or a detail.  Those left out have no end. */
struct tlsrpt_parser *tlsrpt_parser_new(struct tlsrpt_report *report, struct arena *arena,
					struct arena *policies, struct arena *failures,
					struct input *input, bool salvage);
void tlsrpt_parser_free(struct tlsrpt_parser *parser);

/* REJECT: bad-json, too-deep, too-large, not-a-report, unsupported. */
bool tlsrpt_parser_next(struct tlsrpt_parser *parser, struct tlsrpt_step *step,
			struct error *err);

/* The reason of an error that a repair or the salvage may cure. */
bool tlsrpt_json_is_broken(const struct error *err);

/* false, and REJECT: an arena of the report is full. */
bool tlsrpt_no_room(struct error *err);

#endif
