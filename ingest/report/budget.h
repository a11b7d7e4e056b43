/* budget.h - how many bytes one mail may unpack to
 *
 * SPDX-License-Identifier: MIT
 *
 * All unpacking inputs of a mail or file draw on one budget, so that a bomb
 * cannot be divided among parts and layers.  What a parser reads again after
 * a rewind is not charged again: an input charges only what goes beyond the
 * furthest byte it has delivered so far.
 */
#ifndef INGEST_REPORT_BUDGET_H
#define INGEST_REPORT_BUDGET_H

#include "base/error.h"
#include "ingest/report/reason.h"

#include <stdint.h>

struct budget {
	uint64_t limit, used;
};

static inline bool budget_charge(struct budget *budget, uint64_t bytes, struct error *err)
{
	if (bytes > budget->limit - budget->used)
		return error_reject(err, REASON_TOO_LARGE, "unpacks to more than %llu bytes",
				    (unsigned long long)budget->limit);
	budget->used += bytes;
	return true;
}

/* Where an unpacking input stands, and how far it has ever been. */
struct budget_mark {
	uint64_t at, furthest;
};

static inline bool budget_advance(struct budget *budget, struct budget_mark *mark, uint64_t bytes,
				  struct error *err)
{
	mark->at += bytes;
	if (mark->at <= mark->furthest)
		return true;
	if (!budget_charge(budget, mark->at - mark->furthest, err))
		return false;
	mark->furthest = mark->at;
	return true;
}

#endif
