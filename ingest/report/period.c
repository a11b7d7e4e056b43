/* SPDX-License-Identifier: MIT */
#include "ingest/report/period.h"

#include "ingest/report/number.h"
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

/* The midnight that begins the day of the end: nearly all periods are UTC days, which end at
 * 23:59:59 or at the next midnight. */
static int64_t start_before(int64_t end)
{
	const int64_t last = end - 1;

	return last - (last % DAY + DAY) % DAY;
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
		*begin = start_before(*end);
	return true;
}

static bool is_plain(enum period_form form, struct slice text, int64_t time)
{
	uint64_t seconds;
	int64_t same;
	bool no_zone;

	if (form == PERIOD_RFC_3339)
		return datetime_parse(text, &same, &no_zone);
	return slice_to_uint(text, UINT32_MAX, &seconds) && time == (int64_t)seconds;
}

/* Numbers such as "1.7908128E9", "+1790812800", "1,790,812,800" and "0" are times too. */
static bool read_time(enum period_form form, struct slice text, int64_t *time,
		      struct quirk_set *quirks)
{
	uint64_t number;
	bool no_zone;

	if (!datetime_parse_any(text, time, &no_zone)) {
		const enum number_form digits = number_parse(text, &number);

		if (digits != NUMBER_WHOLE && digits != NUMBER_GROUPED)
			return false;
		*time = datetime_from_epoch(number);
	}
	if (no_zone)
		quirk_add(quirks, QUIRK_DATE_NO_ZONE);
	if (!is_plain(form, text, *time))
		quirk_add(quirks, QUIRK_TS_FORM);
	return true;
}

bool period_read(enum period_form form, struct slice begin_text, struct slice end_text, int64_t now,
		 int64_t *begin, int64_t *end, struct quirk_set *quirks, struct error *err)
{
	int64_t first, last;
	const bool has_first = read_time(form, begin_text, &first, quirks);
	const bool has_last = read_time(form, end_text, &last, quirks);

	if (!has_first && !has_last) {
		/* The mail's date differs between copies, so file the report under 1970. */
		quirk_add(quirks, QUIRK_NO_PERIOD);
		*begin = *end = 0;
		return true;
	}
	if (!has_first || !has_last)
		quirk_add(quirks, has_first ? QUIRK_NO_END : QUIRK_NO_START);
	if (!has_first)
		first = start_before(last);
	if (!has_last)
		last = first;
	if (period_mend(&first, &last, now) || last < first)
		quirk_add(quirks, QUIRK_TS_ORDER);
	*begin = first < last ? first : last;
	*end = first < last ? last : first;
	return period_check(*begin, now, quirks, err);
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
