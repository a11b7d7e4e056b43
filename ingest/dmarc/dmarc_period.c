/* SPDX-License-Identifier: MIT */
#include "ingest/dmarc/dmarc_period.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/ascii.h"
#include "base/datetime.h"
#include "ingest/report/number.h"
#include "ingest/report/period.h"

#define DECIMAL_SIZE sizeof("18446744073709551615")
#define LONG_SPAN (26 * 3600)

/* Removes the fraction from "1337270400.0". */
static struct slice without_fraction(struct slice text)
{
	struct slice fraction, whole = slice_split(text, '.', &fraction);

	for (size_t i = 0; i < fraction.size; i++)
		if (!ascii_is_digit(fraction.data[i]))
			return text;
	return whole;
}

/* Seconds or a finer unit as "1.7908128E9", "+1790812800" or "1,790,812,800". */
static bool read_number(struct slice text, int64_t *time)
{
	char digits[DECIMAL_SIZE];
	uint64_t number;
	bool no_zone;
	const enum number_form form = number_parse(text, &number);

	if (form != NUMBER_WHOLE && form != NUMBER_GROUPED)
		return false;
	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	return datetime_parse_any(slice_of(digits), time, &no_zone);
}

static bool read_time(struct slice text, int64_t *time, struct quirk_set *quirks)
{
	const struct slice whole = without_fraction(text);
	uint64_t number;
	bool no_zone;

	if (!datetime_parse_any(whole, time, &no_zone) &&
	    !datetime_parse_any(text, time, &no_zone) && !read_number(text, time)) {
		/* small numbers are also times: from 1970 */
		if (!slice_to_uint(whole, UINT32_MAX, &number))
			return false;
		*time = (int64_t)number;
	}
	if (!slice_to_uint(text, UINT32_MAX, &number) || *time != (int64_t)number)
		quirk_add(quirks, QUIRK_TS_FORM);
	return true;
}

bool dmarc_period(struct slice begin_text, struct slice end_text, int64_t now, int64_t *begin,
		  int64_t *end, struct quirk_set *quirks, struct error *err)
{
	int64_t first, last;
	const bool has_first = read_time(begin_text, &first, quirks);
	const bool has_last = read_time(end_text, &last, quirks);

	if (!has_first && !has_last) {
		/* The messages still count.  The mail's date differs between copies, so
		 * file the report under 1970. */
		quirk_add(quirks, QUIRK_NO_PERIOD);
		*begin = *end = 0;
		return true;
	}
	if (!has_first || !has_last)
		quirk_add(quirks, QUIRK_TS_FORM);
	if (!has_first)
		first = last;
	if (!has_last)
		last = first;
	if (period_mend(&first, &last, now))
		quirk_add(quirks, QUIRK_TS_ORDER);
	if (last < first) {
		const int64_t swap = first;

		quirk_add(quirks, QUIRK_TS_ORDER);
		first = last;
		last = swap;
	}
	if (!period_check(first, now, quirks, err))
		return false;
	if (last - first > LONG_SPAN)
		quirk_add(quirks, QUIRK_LONG_SPAN);
	*begin = first;
	*end = last;
	return true;
}
