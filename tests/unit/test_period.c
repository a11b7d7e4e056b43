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
#define NONE QUIRK_COUNT

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
	assert_false(period_read(PERIOD_UNIX_SECONDS, slice_of("99999999999"),
				 slice_of("99999999999"), NOW, &(int64_t){ 0 }, &(int64_t){ 0 },
				 &quirks, &err));
	assert_string_equal(err.reason, "bad-date");
}

struct period_case {
	const char *begin, *end;
	int64_t want_begin, want_end;
	enum quirk quirk;
};

static void expect_period(enum period_form form, const struct period_case *c)
{
	struct quirk_set quirks = { 0 }, want = { 0 };
	struct error err;
	int64_t begin, end;

	if (c->quirk != NONE)
		quirk_add(&want, c->quirk);
	assert_true(period_read(form, slice_of(c->begin), slice_of(c->end), NOW, &begin, &end,
				&quirks, &err));
	assert_int_equal(begin, c->want_begin);
	assert_int_equal(end, c->want_end);
	assert_memory_equal(&quirks, &want, sizeof(want));
}

static void unix_seconds_are_read_and_oddities_noted(void **state)
{
	static const struct period_case cases[] = {
		{ "1795305600", "1795391999", 1795305600, 1795391999, NONE },
		{ "1795305600", "1795305600", 1795305600, 1795305600, NONE },
		{ "1795391999", "1795305600", 1795305600, 1795391999, QUIRK_TS_ORDER },
		{ "1795305600.0", "1795391999", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "1795305600", "1795391999.25", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "1795305600000", "1795391999999", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "1795305600000000", "1795391999999999", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "1795305600000000000", "1795391999999999999", 1795305600, 1795391999,
		  QUIRK_TS_FORM },
		{ "2026-11-22T00:00:00Z", "1795391999", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "1795305600", "", 1795305600, 1795305600, QUIRK_NO_END },
		{ "soon", "1795391999", 1795305600, 1795391999, QUIRK_NO_START },
		{ NULL, NULL, 0, 0, QUIRK_NO_PERIOD },
		{ "tomorrow", "-1", 0, 0, QUIRK_NO_PERIOD },
		/* a good time is kept where the other is none */
		{ "1795305600", "0", 1795305600, 1795305600, QUIRK_TS_ORDER },
		{ "1795305600", "86399", 1795305600, 1795305600, QUIRK_TS_ORDER },
		{ "1795305600", "4102444800", 1795305600, 1795305600, QUIRK_TS_ORDER },
		{ "0", "1795391999", 1795305600, 1795391999, QUIRK_TS_ORDER },
		{ "", "1795392000", 1795305600, 1795392000, QUIRK_NO_START },
		{ "1.7953056E9", "+1795391999", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "1,795,305,600", "1 795 391 999", 1795305600, 1795391999, QUIRK_TS_FORM },
		/* the first start that names its own month, and the last that is believed */
		{ "946684799", "946771199", 946684799, 946771199, QUIRK_OLD_PERIOD },
		{ "946684800", "946771200", 946684800, 946771200, NONE },
		{ "1796169600", "1796169601", NOW + 8 * DAY, NOW + 8 * DAY + 1, NONE },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_period(PERIOD_UNIX_SECONDS, &cases[i]);
}

static void rfc_3339_is_read_and_oddities_noted(void **state)
{
	static const struct period_case cases[] = {
		{ "2026-11-22T00:00:00Z", "2026-11-22T23:59:59Z", 1795305600, 1795391999, NONE },
		{ "2026-11-22t01:00:00+01:00", "2026-11-22 23:59:59.9z", 1795305600, 1795391999,
		  NONE },
		{ "2026-11-22T00:00:00", "2026-11-22T23:59:59Z", 1795305600, 1795391999,
		  QUIRK_DATE_NO_ZONE },
		{ "1795305600", "1795391999.5", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "1795305600000", "1.795391999e9", 1795305600, 1795391999, QUIRK_TS_FORM },
		{ "Sun, 22 Nov 2026 00:00:00 +0000", "2026-11-22T23:59:59Z", 1795305600, 1795391999,
		  QUIRK_TS_FORM },
		{ "soon", "2026-11-22T23:59:59Z", 1795305600, 1795391999, QUIRK_NO_START },
		{ "2026-11-22T00:00:00Z", NULL, 1795305600, 1795305600, QUIRK_NO_END },
		{ "2026-11-22T23:59:59Z", "2026-11-22T00:00:00Z", 1795305600, 1795391999,
		  QUIRK_TS_ORDER },
		{ "soon", "", 0, 0, QUIRK_NO_PERIOD },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_period(PERIOD_RFC_3339, &cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(months_and_days_name_indices),
		cmocka_unit_test(the_future_is_refused),
		cmocka_unit_test(unix_seconds_are_read_and_oddities_noted),
		cmocka_unit_test(rfc_3339_is_read_and_oddities_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
