/* budget.h - limits how many bytes one mail may unpack to
 *
 * SPDX-License-Identifier: MIT
 *
 * All unpacking inputs of a mail or file share one budget, so a decompression bomb
 * cannot be split among parts and layers.  An input charges only bytes beyond the
 * furthest one delivered so far, so reading again after a rewind is free.
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

/* Position of an unpacking input, and its furthest position so far. */
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
