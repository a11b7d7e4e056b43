/* periods.h - the current and the previous period
 *
 * SPDX-License-Identifier: MIT
 *
 * The current period is the latest days of the reports, at most half of all; the previous one
 * has the same length.
 */
#ifndef BRIDGE_REPORT_PERIODS_H
#define BRIDGE_REPORT_PERIODS_H

#include "bridge/report/summary_tables.h"

struct period {
	int64_t first, last; /* midnights; both days are included */
};

struct periods {
	unsigned days; /* length of each; 0: all reports are of one day */
	struct period now, before;
};

struct periods periods_of(const struct summary *summary);

/* Sum of a count over the rows of a period; each row is a day. */
uint64_t period_sum(const struct tally_table *days, unsigned count, const struct period *period);

#endif
