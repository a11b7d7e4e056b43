/* periods.h - this period, and the one before to hold beside it
 *
 * SPDX-License-Identifier: MIT
 *
 * The latest days of the reports, half of all of them at most, and as many
 * before.
 */
#ifndef BRIDGE_REPORT_PERIODS_H
#define BRIDGE_REPORT_PERIODS_H

#include "bridge/report/summary_tables.h"

struct period {
	int64_t first, last; /* midnights; both days belong to it */
};

struct periods {
	unsigned days; /* of each; 0: the reports are of one day alone */
	struct period now, before;
};

struct periods periods_of(const struct summary *summary);

/* Of a table whose rows are days. */
uint64_t period_sum(const struct tally_table *days, unsigned count, const struct period *period);

#endif
