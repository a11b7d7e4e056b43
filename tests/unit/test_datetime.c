/* test_datetime.c - points in time: Unix seconds in, RFC 3339 out and back
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/datetime.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void formats_and_reads_back(void **state)
{
	static const struct {
		int64_t time;
		const char *text, *month;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z", "1970.01" },
		{ -1, "1969-12-31T23:59:59Z", "1969.12" },
		{ 951782400, "2000-02-29T00:00:00Z", "2000.02" },
		{ 951868799, "2000-02-29T23:59:59Z", "2000.02" },
		{ 951868800, "2000-03-01T00:00:00Z", "2000.03" },
		{ 1795478400, "2026-11-24T00:00:00Z", "2026.11" },
		{ 4107542399, "2100-02-28T23:59:59Z", "2100.02" },
		{ 4107542400, "2100-03-01T00:00:00Z", "2100.03" },
		{ DATETIME_MIN, "0000-01-01T00:00:00Z", "0000.01" },
		{ DATETIME_MAX, "9999-12-31T23:59:59Z", "9999.12" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		char text[DATETIME_SIZE], month[DATETIME_MONTH_SIZE];
		int64_t time;
		bool no_zone;

		datetime_format(cases[i].time, text);
		assert_string_equal(text, cases[i].text);
		datetime_format_month(cases[i].time, month);
		assert_string_equal(month, cases[i].month);
		assert_true(datetime_parse(slice_of(text), &time, &no_zone));
		assert_int_equal(time, cases[i].time);
		assert_false(no_zone);
	}
}

static void clamps(void **state)
{
	char text[DATETIME_SIZE];

	(void)state;
	datetime_format(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
	datetime_format(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

/* Every day of four centuries, so that no rule about leap years is missed. */
static void days_follow_each_other(void **state)
{
	static const unsigned char lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t want = datetime_from_civil(1900, 1, 1, 0, 0, 0);

	(void)state;
	assert_int_equal(want, -2208988800);
	for (int64_t year = 1900; year < 2300; year++) {
		const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (unsigned month = 1; month <= 12; month++) {
			const unsigned days = lengths[month - 1] + (month == 2 && leap);

			for (unsigned day = 1; day <= days; day++, want += 86400)
				assert_int_equal(datetime_from_civil(year, month, day, 0, 0, 0),
						 want);
		}
	}
}

static void reads_what_reporters_write(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
		bool no_zone;
	} cases[] = {
		{ "2026-04-01T00:00:00Z", 1775001600, false },
		{ "2026-04-01t00:00:00z", 1775001600, false },
		{ "2026-04-01 00:00:00Z", 1775001600, false },
		{ " 2026-04-01T00:00:00Z\n", 1775001600, false },
		{ "2026-04-01T00:00:00", 1775001600, true },
		{ "2026-04-01T00:00", 1775001600, true },
		{ "2026-04-01", 1775001600, true },
		{ "2026-04-01T02:00:00+02:00", 1775001600, false },
		{ "2026-04-01T02:00:00+0200", 1775001600, false },
		{ "2026-03-31T18:30:00-05:30", 1775001600, false },
		{ "2026-04-01T00:00:00 +00:00", 1775001600, false },
		{ "2026-04-01T00:00:00-00:00", 1775001600, false },
		{ "2026-04-01T00:00:00.999999999Z", 1775001600, false },
		{ "2026-04-01T00:00:00,5Z", 1775001600, false },
		{ "2026-03-31T24:00:00Z", 1775001600, false },
		{ "2016-12-31T23:59:60Z", 1483228799, false },
		{ "2024-02-29T00:00:00Z", 1709164800, false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		int64_t time;
		bool no_zone;

		assert_true(datetime_parse(slice_of(cases[i].text), &time, &no_zone));
		assert_int_equal(time, cases[i].want);
		assert_int_equal(no_zone, cases[i].no_zone);
	}
}

static void refuses_nonsense(void **state)
{
	static const char *const cases[] = {
		"",
		" ",
		"now",
		"2026",
		"2026-04",
		"2026-13-01",
		"2026-00-01",
		"2026-04-31",
		"2026-04-00",
		"2023-02-29",
		"1900-02-29",
		"2026-04-01T",
		"2026-04-01T25:00:00Z",
		"2026-04-01T24:00:01Z",
		"2026-04-01T00:60:00Z",
		"2026-04-01T00:00:61Z",
		"2026-04-01T00:00:00Q",
		"2026-04-01T00:00:00+2",
		"2026-04-01T00:00:00+24:00",
		"2026-04-01T00:00:00+00:60",
		"2026-04-01T00:00:00.Z",
		"2026-04-01T00:00:00Zjunk",
		"20260401T000000Z",
		"26-04-01T00:00:00Z",
		"02026-04-01",
		"-2026-04-01",
		"2026-4-1",
	};

	(void)state;
	FOR_ROWS (i, cases) {
		int64_t time = 4711;
		bool no_zone;

		assert_false(datetime_parse(slice_of(cases[i]), &time, &no_zone));
		assert_int_equal(time, 4711);
	}
	assert_false(datetime_parse((struct slice){ "2026-04-01\0T00:00:00Z", 20 }, &(int64_t){ 0 },
				    &(bool){ false }));
}

static void reads_dates_of_mail(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
		{ "Wed, 01 Apr 2026 00:00:00 +0000", 1775001600 },
		{ "Wed, 1 Apr 2026 02:00:00 +0200 (CEST)", 1775001600 },
		{ "1 apr 2026 00:00 GMT", 1775001600 },
		{ "Tue, 31 Mar 2026 19:00:00 EST", 1775001600 },
		{ "Wed, 01 Apr 26 00:00:00 UT", 1775001600 },
		{ "Wed, 01 Apr 2026 00:00:00", 1775001600 },
		{ "Thu, 01 Jan 70 00:00:00 +0000", 0 },
		{ "Thu, 01 Jan 103 00:00:00 +0000", 1041379200 },
	};
	int64_t time;

	(void)state;
	FOR_ROWS (i, cases) {
		assert_true(datetime_parse_mail(slice_of(cases[i].text), &time));
		assert_int_equal(time, cases[i].want);
	}
	assert_false(datetime_parse_mail(slice_of("yesterday"), &time));
	assert_false(datetime_parse_mail(slice_of("Wed, 32 Apr 2026 00:00:00 +0000"), &time));
	assert_false(datetime_parse_mail(slice_of(""), &time));
}

/* 2026-10-02T04:00:00Z in every way in which programs write it. */
static void reads_times_of_any_form(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
		bool no_zone;
	} cases[] = {
		{ "Fri, 2 Oct 2026 06:00:00 +0200 (CEST)", 1790913600, false },
		{ "2 Oct 2026 04:00:00 GMT", 1790913600, false },
		{ "Fri, 02 Oct 26 04:00:00 +0000", 1790913600, false },
		{ "2026-10-02T04:00:00Z", 1790913600, false },
		{ "1790913600.75", 1790913600, false },
		{ "2026-10-02 04:00:00 UTC", 1790913600, false },
		{ "2026-10-02 06:00:00 +0200", 1790913600, false },
		{ "2026-10-02 04:00:00 +0000 UTC", 1790913600, false },
		{ "2026-10-02 06:00:00.25 CEST", 1790913600, false },
		{ "2026-10-02 04:00:00", 1790913600, true },
		{ "Fri Oct  2 04:00:00 2026", 1790913600, true },
		{ "Fri Oct  2 00:00:00 EDT 2026", 1790913600, false },
		{ "Fri Oct  2 00:00:00 2026 -0400", 1790913600, false },
		{ "Oct 2 04:00:00 UTC 2026", 1790913600, false },
		{ "Fri, 02 Oct 2026 04:00 +0000", 1790913600, false },
		{ "Fri, 02 Oct 2026 06:00:00 CEST", 1790913600, false },
		{ "Fri, 02 Oct 2026 13:00:00 JST", 1790913600, false },
		{ "Fri, 02 Oct 2026 04:00:00 XYZ", 1790913600, true },
		{ "Fri, 02-Oct-2026 04:00:00 GMT", 1790913600, false },
		{ "Friday, 02-Oct-26 04:00:00 GMT", 1790913600, false },
		{ "Fri,02 Oct 2026 04:00:00 +0000", 1790913600, false },
		{ "02 October 2026 04:00:00 +0000", 1790913600, false },
		{ "Fri, 02 Oct 2026 04:00:60 +0000", 1790913659, false },
		{ "Fri, 02 Oct 2026 4:00:00 AM +0000", 1790913600, false },
		{ "Fri, 02 Oct 2026 12:00:00 AM -0400", 1790913600, false },
		{ "Fri, 02 Oct 2026 04:00:00.123 +0000", 1790913600, false },
		{ "Fri, 02 Oct 2026 09:30:00 +05:30", 1790913600, false },
		{ "Fri, 02 Oct 2026 04:00:00 +9999", 1790913600, true },
		{ "20261002040000", 1790913600, true },
		{ "20261002T040000Z", 1790913600, false },
		{ "20261002T060000+0200", 1790913600, false },
		{ "2026/10/02 04:00:00", 1790913600, true },
		{ "2026/10/02 06:00:00 +0200", 1790913600, false },
		{ "02.10.2026 04:00", 1790913600, true },
		{ "2.10.2026, 06:00:00 MESZ", 1790913600, false },
		{ "20261002", 1790899200, true },
		{ "2.10.2026", 1790899200, true },
		{ "1790913600", 1790913600, false },
		{ "2026100204", 2026100204, false },
		{ "1790913600123", 1790913600, false },
		{ "1790913600123456", 1790913600, false },
		{ "1790913600123456789", 1790913600, false },
	};
	static const char *const nonsense[] = {
		"",
		"0",
		"86399",
		"None",
		"NaN",
		"02/10/2026 04:00:00",
		"02/10/2026",
		"20261302",
		"2026/10-02",
		"2026/10/02/04",
		"32.10.2026",
		"1.2.3",
		"192.0.2.1",
		"Fri, 32 Oct 2026 04:00:00 +0000",
		"Mon, 28 Feb 2026 29:00:00 +0000",
		"Fri Oct",
		"Fri Oct 2",
		"Fri Oct  2 04:00:00",
		"99999999999999999999",
		"Fri",
		",",
		"2026-10-02 04:00:00 nowhere",
	};
	int64_t time;
	bool no_zone;

	(void)state;
	FOR_ROWS (i, cases) {
		if (!datetime_parse_any(slice_of(cases[i].text), &time, &no_zone) ||
		    time != cases[i].time || no_zone != cases[i].no_zone)
			fail_msg("%s: %lld %d", cases[i].text, (long long)time, no_zone);
	}
	FOR_ROWS (i, nonsense)
		if (datetime_parse_any(slice_of(nonsense[i]), &time, &no_zone))
			fail_msg("%s: %lld", nonsense[i], (long long)time);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_and_reads_back),
		cmocka_unit_test(clamps),
		cmocka_unit_test(days_follow_each_other),
		cmocka_unit_test(reads_what_reporters_write),
		cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(reads_dates_of_mail),
		cmocka_unit_test(reads_times_of_any_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
