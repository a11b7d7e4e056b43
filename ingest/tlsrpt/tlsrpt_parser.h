/* tlsrpt_parser.h - parses an SMTP TLS report from JSON events
 *
 * SPDX-License-Identifier: MIT
 *
 * Members come in any order: failure details may precede their policy, and the
 * report's id may come last.  Only the nesting of objects is required.  The last
 * occurrence of a member counts, so a list becomes void if another one of its name
 * begins.
 */
#ifndef INGEST_TLSRPT_TLSRPT_PARSER_H
#define INGEST_TLSRPT_TLSRPT_PARSER_H

#include "base/arena.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

enum tlsrpt_step_kind {
	TLSRPT_NOTHING,
	TLSRPT_POLICIES, /* a list of policies begins; an earlier one is void */
	TLSRPT_POLICY,   /* a policy begins */
	TLSRPT_FAILURES, /* a list of failure details begins; earlier ones of the policy are void */
	TLSRPT_FAILURE,  /* a failure detail is complete but not interpreted */
	TLSRPT_POLICY_END,
	TLSRPT_END, /* the report ends */
};

/* policy is the same object from begin to end of the policy. */
struct tlsrpt_step {
	enum tlsrpt_step_kind kind;
	struct tlsrpt_policy *policy;
	struct tlsrpt_failure *failure; /* for TLSRPT_FAILURE */
};

struct tlsrpt_parser;

/* Reads the input to its end, step by step.  The report's own texts live in arena, policies
 * and failures in their arenas, which may be cut or reset when these are no longer needed.
 * salvage: if the JSON is broken, returns what was complete before, with QUIRK_PARTIAL:
 * failure details, and entries with a complete policy and with counts or a detail.  Omitted
 * entries get no end step. */
struct tlsrpt_parser *tlsrpt_parser_new(struct tlsrpt_report *report, struct arena *arena,
					struct arena *policies, struct arena *failures,
					struct input *input, bool salvage);
void tlsrpt_parser_free(struct tlsrpt_parser *parser);

/* REJECT: bad-json, too-deep, too-large, not-a-report, unsupported. */
bool tlsrpt_parser_next(struct tlsrpt_parser *parser, struct tlsrpt_step *step, struct error *err);

/* Is it an error that a repair or the salvage may fix? */
bool tlsrpt_json_is_broken(const struct error *err);

/* Sets a REJECT and returns false: an arena of the report is full. */
bool tlsrpt_no_room(struct error *err);

#endif
