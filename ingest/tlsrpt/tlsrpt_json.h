/* tlsrpt_json.h - the members of an SMTP TLS report, from JSON events
 *
 * SPDX-License-Identifier: MIT
 *
 * Members come in any order, failure details before the policy they belong to
 * and the report's id last; nothing is asked of the order but that the pieces
 * nest.  Where a member occurs twice the last one counts, so a list may turn
 * out to be void when another one of its name begins.
 */
#ifndef INGEST_TLSRPT_TLSRPT_JSON_H
#define INGEST_TLSRPT_TLSRPT_JSON_H

#include "base/arena.h"
#include "ingest/report/input.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

/* Who is told about the pieces.  policy is the same object from its begin to
 * its end; a failure is complete, interpretation apart. */
struct tlsrpt_visitor {
	void *context;
	/* Where policies and failures are put; may be cut or reset when nothing
	 * of it is needed any more. */
	struct arena *policies, *failures;
	/* A list of policies begins; an earlier one is void. */
	void (*begin_policies)(void *context);
	bool (*begin_policy)(void *context, struct tlsrpt_policy *policy, struct error *err);
	/* A list of failure details of this policy begins; earlier ones are void. */
	void (*begin_failures)(void *context, struct tlsrpt_policy *policy);
	bool (*failure)(void *context, struct tlsrpt_policy *policy,
			struct tlsrpt_failure *failure, struct error *err);
	bool (*end_policy)(void *context, struct tlsrpt_policy *policy, struct error *err);
};

/* Reads the input to its end.  The report's own texts live in the arena.
 * REJECT: bad-json, too-deep, too-large, not-a-report, unsupported.
 * salvage: where the JSON breaks, what came whole before that is the report,
 * with QUIRK_PARTIAL: failure details, and entries of policies whose policy is
 * complete and has counts or a detail.  No end is told of those left out. */
bool tlsrpt_json_read(struct tlsrpt_report *report, struct arena *arena, struct input *input,
		      bool salvage, const struct tlsrpt_visitor *visitor, struct error *err);

/* The reason of an error that a repair or the salvage may cure. */
bool tlsrpt_json_is_broken(const struct error *err);

/* false, and REJECT: an arena of the report is full. */
bool tlsrpt_no_room(struct error *err);

#endif
