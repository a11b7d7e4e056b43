/* periods.c - the current and the previous period
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/periods.h"

#include "ingest/report/report.h"

#define DAY INT64_C(86400)
#define DAYS_MOST 30

static int64_t midnight(int64_t time)
{
	return time - (time % DAY + DAY) % DAY;
}

struct periods periods_of(const struct summary *s)
{
	const int64_t last = midnight(s->last);
	const int64_t half = ((last - midnight(s->first)) / DAY + 1) / 2;
	const int64_t days = half < DAYS_MOST ? half : DAYS_MOST;

	return (struct periods){
		.days = (unsigned)days,
		.now = { last - (days > 0 ? days - 1 : 0) * DAY, last },
		.before = { last - (2 * days - 1) * DAY, last - days * DAY },
	};
}

uint64_t period_sum(const struct tally_table *days, unsigned count, const struct period *period)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < days->alloc; i++) {
		const struct tally *day = days->slots[i];

		if (day && day->first >= period->first && day->first < period->last + DAY)
			sum = count_sum(sum, day->counts[count]);
	}
	return sum;
}
