/* test_period.c - which periods are taken, and under which month they are filed
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/report/period.h"
#include "tests/lib/rows.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1795478400) /* 2026-11-24 */

static void months_and_days_name_indices(void **state)
{
	static const struct {
		int64_t begin;
		const char *month, *day;
		bool old;
	} cases[] = {
		{ NOW, "2026.11", "2026-11-24", false },
		{ 1577836799, "2019.12", "2019-12-31", false },
		{ 946684800, "2000.01", "2000-01-01", false },
		{ 946684799, "1970.01", "1970-01-01", true },
		{ -DAY, "1970.01", "1970-01-01", true },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		char month[DATETIME_MONTH_SIZE], day[DATETIME_DAY_SIZE];
		struct quirk_set quirks = { 0 };
		struct error err;

		assert_true(period_check(cases[i].begin, NOW, &quirks, &err));
		assert_int_equal(quirk_has(&quirks, QUIRK_OLD_PERIOD), cases[i].old);
		period_month(cases[i].begin, month);
		assert_string_equal(month, cases[i].month);
		period_day(cases[i].begin, day);
		assert_string_equal(day, cases[i].day);
	}
}

static void the_future_is_refused(void **state)
{
	struct quirk_set quirks = { 0 };
	struct error err;

	(void)state;
	assert_true(period_check(NOW + 8 * DAY, NOW, &quirks, &err));
	assert_false(period_check(NOW + 8 * DAY + 1, NOW, &quirks, &err));
	assert_int_equal(err.class, ERROR_REJECT);
	assert_string_equal(err.reason, "bad-date");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(months_and_days_name_indices),
		cmocka_unit_test(the_future_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
