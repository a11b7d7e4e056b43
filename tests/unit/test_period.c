/* test_period.c - which periods are taken, and under which month they are filed
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ingest/period.h"

#define DAY INT64_C(86400)
#define ARRIVED INT64_C(1795478400) /* 2026-11-24 */
#define NONE ((enum quirk)-1)

static void what_is_late_is_filed_by_the_year(void **state)
{
	static const struct {
		int64_t begin, arrived;
		const char *month, *day;
		enum quirk quirk;
	} cases[] = {
		{ ARRIVED - DAY, ARRIVED, "2026.11", "2026-11-23", NONE },
		{ ARRIVED - 92 * DAY, ARRIVED, "2026.08", "2026-08-24", NONE },
		{ ARRIVED - 92 * DAY - 1, ARRIVED, "2026.12", "2026-12-31", QUIRK_LATE },
		{ ARRIVED - 365 * DAY, ARRIVED, "2025.12", "2025-12-31", QUIRK_LATE },
		{ 946684800, ARRIVED, "2000.12", "2000-12-31", QUIRK_LATE },
		{ 946684799, ARRIVED, "1970.01", "1970-01-01", QUIRK_OLD_PERIOD },
		{ 0, ARRIVED, "1970.01", "1970-01-01", QUIRK_OLD_PERIOD },
		/* a mail that came long ago, or nobody knows when */
		{ 1577836800, 1577836800 + DAY, "2020.01", "2020-01-01", NONE },
		{ 1577836800, 0, "2020.01", "2020-01-01", NONE },
		/* a period after the mail: a wrong clock somewhere */
		{ ARRIVED, 1577836800, "2026.11", "2026-11-24", NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct period_clock clock = { ARRIVED, cases[i].arrived };
		struct quirk_set quirks = { 0 }, want = { 0 };
		char month[DATETIME_MONTH_SIZE], day[DATETIME_DAY_SIZE];
		struct error err;

		if (cases[i].quirk != NONE)
			quirk_add(&want, cases[i].quirk);
		assert_true(period_check(cases[i].begin, &clock, &quirks, &err));
		assert_memory_equal(&quirks, &want, sizeof(want));
		period_month(cases[i].begin, cases[i].arrived, month);
		assert_string_equal(month, cases[i].month);
		period_day(cases[i].begin, cases[i].arrived, day);
		assert_string_equal(day, cases[i].day);
	}
}

static void one_mailbox_cannot_make_many_indices(void **state)
{
	char months[400][DATETIME_MONTH_SIZE];
	size_t count = 0, days = 0;
	char last[DATETIME_DAY_SIZE] = "";

	(void)state;
	for (int64_t begin = -DAY; begin < ARRIVED + 8 * DAY; begin += DAY) {
		char month[DATETIME_MONTH_SIZE], day[DATETIME_DAY_SIZE];
		size_t known = 0;

		period_month(begin, ARRIVED, month);
		while (known < count && strcmp(months[known], month) != 0)
			known++;
		if (known == count)
			memcpy(months[count++], month, sizeof(month));
		period_day(begin, ARRIVED, day);
		days += strcmp(day, last) != 0;
		memcpy(last, day, sizeof(day));
	}
	/* 1970, the years since 2000, and what is recent */
	assert_in_range(count, 1 + 27 + 3, 1 + 27 + 5);
	assert_in_range(days, 1 + 27 + 90, 1 + 27 + 102);
}

static void the_future_is_refused(void **state)
{
	const struct period_clock clock = { .now = ARRIVED };
	struct quirk_set quirks = { 0 };
	struct error err;

	(void)state;
	assert_true(period_check(ARRIVED + 8 * DAY, &clock, &quirks, &err));
	assert_false(period_check(ARRIVED + 8 * DAY + 1, &clock, &quirks, &err));
	assert_int_equal(err.class, ERROR_REJECT);
	assert_string_equal(err.reason, "bad-date");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_late_is_filed_by_the_year),
		cmocka_unit_test(one_mailbox_cannot_make_many_indices),
		cmocka_unit_test(the_future_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
