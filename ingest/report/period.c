/* SPDX-License-Identifier: MIT */
#include "ingest/report/period.h"

#include "ingest/report/reason.h"

#define DAY INT64_C(86400)
#define YEAR (366 * DAY)
#define YEAR_2000 INT64_C(946684800)
/* A wrong clock is rarely off by more; reports about next week are forged. */
#define LATEST_AHEAD (8 * DAY)

bool period_is_known(int64_t begin)
{
	return begin >= YEAR_2000;
}

bool period_is_likely(int64_t time, int64_t now)
{
	return period_is_known(time) && time <= now + LATEST_AHEAD;
}

bool period_mend(int64_t *begin, int64_t *end, int64_t now)
{
	const bool likely_begin = period_is_likely(*begin, now);
	const bool likely_end = period_is_likely(*end, now);
	const int64_t span = *end > *begin ? *end - *begin : *begin - *end;

	if (likely_begin == likely_end || span < YEAR)
		return false;
	if (likely_begin)
		*end = *begin;
	else
		*begin = *end;
	return true;
}

bool period_check(int64_t begin, int64_t now, struct quirk_set *quirks, struct error *err)
{
	if (begin > now + LATEST_AHEAD) {
		char day[DATETIME_DAY_SIZE];

		datetime_format_day(begin, day);
		return error_reject(err, REASON_BAD_DATE, "the period begins in the future, on %s",
				    day);
	}
	if (!period_is_known(begin))
		quirk_add(quirks, QUIRK_OLD_PERIOD);
	return true;
}

void period_month(int64_t begin, char month[static DATETIME_MONTH_SIZE])
{
	datetime_format_month(period_is_known(begin) ? begin : 0, month);
}

void period_day(int64_t begin, char day[static DATETIME_DAY_SIZE])
{
	datetime_format_day(period_is_known(begin) ? begin : 0, day);
}
