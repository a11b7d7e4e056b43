/* test_calendar.c - when a command is due
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/datetime.h"
#include "bridge/config/calendar.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int64_t time_of(const char *text)
{
	int64_t time;
	bool no_zone;

	assert_true(datetime_parse(slice_of(text), &time, &no_zone));
	return time;
}

static void next_time_is_after(void **state)
{
	static const struct {
		const char *calendar, *after, *next;
	} cases[] = {
		{ "every 1h", "2026-11-29T22:30:00Z", "2026-11-29T23:30:00Z" },
		{ "every 90m", "2026-11-29T22:30:00Z", "2026-11-30T00:00:00Z" },
		{ "every  1d", "2026-11-29T22:30:00Z", "2026-11-30T22:30:00Z" },
		{ "daily 03:00", "2026-11-29T02:59:59Z", "2026-11-29T03:00:00Z" },
		{ "daily 03:00", "2026-11-29T03:00:00Z", "2026-11-30T03:00:00Z" },
		{ "daily 00:00", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z" },
		{ "daily 23:59", "2028-02-28T23:59:00Z", "2028-02-29T23:59:00Z" },
		/* 29 November 2026 is a Sunday. */
		{ "weekly sun 07:00", "2026-11-29T06:59:59Z", "2026-11-29T07:00:00Z" },
		{ "weekly sun 07:00", "2026-11-29T07:00:00Z", "2026-12-06T07:00:00Z" },
		{ "weekly Mon 07:00", "2026-11-29T22:30:00Z", "2026-11-30T07:00:00Z" },
		{ "weekly sat 07:00", "2026-11-29T22:30:00Z", "2026-12-05T07:00:00Z" },
		{ "monthly 1 07:00", "2026-11-01T06:59:59Z", "2026-11-01T07:00:00Z" },
		{ "monthly 1 07:00", "2026-12-01T07:00:00Z", "2027-01-01T07:00:00Z" },
		{ "monthly 28 07:30", "2027-02-28T07:29:00Z", "2027-02-28T07:30:00Z" },
		{ "monthly 28  07:30", "2027-01-31T07:29:00Z", "2027-02-28T07:30:00Z" },
	};
	struct calendar calendar;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char next[DATETIME_SIZE];

		assert_true(calendar_read(slice_of(cases[i].calendar), &calendar));
		datetime_format(calendar_next(&calendar, time_of(cases[i].after)), next);
		assert_string_equal(next, cases[i].next);
	}
}

static void other_forms_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"daily",
		"daily 3:00",
		"daily 24:00",
		"daily 03:60",
		"daily 03:00:00",
		"daily 03:00 utc",
		"daily -1:00",
		"hourly",
		"every",
		"every 59s",
		"every 1",
		"every 0h",
		"weekly 07:00",
		"weekly noday 07:00",
		"weekly mon",
		"monthly 0 07:00",
		"monthly 29 07:00",
		"monthly 07:00",
		"monthly 1",
		"03:00",
		"Daily 03:00",
		"every 1h 03:00",
	};
	struct calendar calendar;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (calendar_read(slice_of(texts[i]), &calendar))
			fail_msg("'%s' was taken", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_time_is_after),
		cmocka_unit_test(other_forms_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
