/* test_dmarc_period.c - the period of an aggregate report
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "ingest/dmarc/dmarc_period.h"
#include "tests/lib/rows.h"

#define NOW INT64_C(1795478400)
#define EIGHT_DAYS (8 * INT64_C(86400))
#define NONE QUIRK_COUNT

static void periods_are_read_and_oddities_noted(void **state)
{
	static const struct {
		const char *begin, *end;
		int64_t want_begin, want_end;
		enum quirk quirk;
	} cases[] = {
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
		{ "1795305600", "", 1795305600, 1795305600, QUIRK_TS_FORM },
		{ "soon", "1795391999", 1795391999, 1795391999, QUIRK_TS_FORM },
		{ NULL, NULL, 0, 0, QUIRK_NO_PERIOD },
		{ "tomorrow", "-1", 0, 0, QUIRK_NO_PERIOD },
		/* a good time is kept where the other is none */
		{ "1795305600", "0", 1795305600, 1795305600, QUIRK_TS_ORDER },
		{ "1795305600", "86399", 1795305600, 1795305600, QUIRK_TS_ORDER },
		{ "1795305600", "4102444800", 1795305600, 1795305600, QUIRK_TS_ORDER },
		{ "0", "1795391999", 1795391999, 1795391999, QUIRK_TS_ORDER },
		{ "1795305600", "1795399200", 1795305600, 1795399200, NONE },
		{ "1795305600", "1795399201", 1795305600, 1795399201, QUIRK_LONG_SPAN },
		/* the first start that names its own month, and the last that is believed */
		{ "946684799", "946771199", 946684799, 946771199, QUIRK_OLD_PERIOD },
		{ "946684800", "946771200", 946684800, 946771200, NONE },
		{ "1796169600", "1796169601", NOW + EIGHT_DAYS, NOW + EIGHT_DAYS + 1, NONE },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct quirk_set quirks = { 0 }, want = { 0 };
		struct error err;
		int64_t begin, end;

		if (cases[i].quirk != NONE)
			quirk_add(&want, cases[i].quirk);
		assert_true(dmarc_period(slice_of(cases[i].begin), slice_of(cases[i].end), NOW,
					 &begin, &end, &quirks, &err));
		assert_int_equal(begin, cases[i].want_begin);
		assert_int_equal(end, cases[i].want_end);
		assert_memory_equal(&quirks, &want, sizeof(want));
	}
}

static void periods_that_would_make_indices_at_will_are_refused(void **state)
{
	static const struct {
		const char *begin, *end;
	} cases[] = {
		{ "1796169601", "1796256000" },
		{ "99999999999", "99999999999" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct quirk_set quirks = { 0 };
		struct error err;
		int64_t begin, end;

		assert_false(dmarc_period(slice_of(cases[i].begin), slice_of(cases[i].end), NOW,
					  &begin, &end, &quirks, &err));
		assert_int_equal(err.class, ERROR_REJECT);
		assert_string_equal(err.reason, "bad-date");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periods_are_read_and_oddities_noted),
		cmocka_unit_test(periods_that_would_make_indices_at_will_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
