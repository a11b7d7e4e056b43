/* period.c - which periods are taken, and under which month they are filed
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/period.h"

#include <string.h>

#include "ingest/reason.h"

#define DAY INT64_C(86400)
#define YEAR_2000 INT64_C(946684800)
/* A wrong clock is seldom off by more; reports about next week are forged. */
#define LATEST_AHEAD (8 * DAY)
/* Reports come within days, those of a queue that was stuck within weeks. */
#define LATE (92 * DAY)

static bool is_late(int64_t begin, int64_t arrived)
{
	return arrived > 0 && begin < arrived - LATE;
}

bool period_check(int64_t begin, const struct period_clock *clock, struct quirk_set *quirks,
		  struct error *err)
{
	if (begin > clock->now + LATEST_AHEAD)
		return error_reject(err, REASON_BAD_DATE, "the period begins in the future, at %lld",
				    (long long)begin);
	if (begin < YEAR_2000)
		quirk_add(quirks, QUIRK_OLD_PERIOD);
	else if (is_late(begin, clock->arrived))
		quirk_add(quirks, QUIRK_LATE);
	return true;
}

/* The last day, so that a retention never ends before its time. */
void period_month(int64_t begin, int64_t arrived, char month[static DATETIME_MONTH_SIZE])
{
	datetime_format_month(begin < YEAR_2000 ? 0 : begin, month);
	if (begin >= YEAR_2000 && is_late(begin, arrived))
		memcpy(month + strlen("YYYY."), "12", 2);
}

void period_day(int64_t begin, int64_t arrived, char day[static DATETIME_DAY_SIZE])
{
	datetime_format_day(begin < YEAR_2000 ? 0 : begin, day);
	if (begin >= YEAR_2000 && is_late(begin, arrived))
		memcpy(day + strlen("YYYY-"), "12-31", 5);
}
