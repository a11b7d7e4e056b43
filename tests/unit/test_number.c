/* test_number.c - counts as reporters write them
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ingest/report/number.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		enum number_form form;
		uint64_t want;
	} cases[] = {
		{ "0", NUMBER_WHOLE, 0 },
		{ "-0", NUMBER_WHOLE, 0 },
		{ "-0.0", NUMBER_WHOLE, 0 },
		{ "5326", NUMBER_WHOLE, 5326 },
		{ " 42 ", NUMBER_WHOLE, 42 },
		{ "+7", NUMBER_WHOLE, 7 },
		{ "5.0", NUMBER_WHOLE, 5 },
		{ "5.", NUMBER_WHOLE, 5 },
		{ "5e3", NUMBER_WHOLE, 5000 },
		{ "5E+3", NUMBER_WHOLE, 5000 },
		{ "1.25e2", NUMBER_WHOLE, 125 },
		{ "12500e-2", NUMBER_WHOLE, 125 },
		{ "0e999999999999999999999", NUMBER_WHOLE, 0 },
		{ "2147483648", NUMBER_WHOLE, 2147483648 },
		{ "9007199254740991", NUMBER_WHOLE, NUMBER_MAX },
		{ "0009007199254740991.000", NUMBER_WHOLE, NUMBER_MAX },
		{ "9007199254740992", NUMBER_CLAMPED, NUMBER_MAX },
		{ "9007199254740992e0", NUMBER_CLAMPED, NUMBER_MAX },
		{ "900719925474099.2e1", NUMBER_CLAMPED, NUMBER_MAX },
		{ "18446744073709551616", NUMBER_CLAMPED, NUMBER_MAX },
		{ "1e400", NUMBER_CLAMPED, NUMBER_MAX },
		{ "1e999999999999999999999", NUMBER_CLAMPED, NUMBER_MAX },
		{ "-1", NUMBER_CLAMPED, 0 },
		{ "-1e99", NUMBER_CLAMPED, 0 },
		{ "-0.5", NUMBER_CLAMPED, 0 },
		{ "7.9", NUMBER_CLAMPED, 7 },
		{ "79e-1", NUMBER_CLAMPED, 7 },
		{ "1e-400", NUMBER_CLAMPED, 0 },
		{ "", NUMBER_NONE, 0 },
		{ "-", NUMBER_NONE, 0 },
		{ ".", NUMBER_NONE, 0 },
		{ "e5", NUMBER_NONE, 0 },
		{ "5e", NUMBER_NONE, 0 },
		{ "5e+", NUMBER_NONE, 0 },
		{ "5 3", NUMBER_NONE, 0 },
		{ "0x10", NUMBER_NONE, 0 },
		{ "1,000", NUMBER_GROUPED, 1000 },
		{ " 1,234 ", NUMBER_GROUPED, 1234 },
		{ "1,234,567", NUMBER_GROUPED, 1234567 },
		{ "1.234.567", NUMBER_GROUPED, 1234567 },
		{ "12 345", NUMBER_GROUPED, 12345 },
		{ "123'456'789", NUMBER_GROUPED, 123456789 },
		{ "1\xc2\xa0"
		  "234",
		  NUMBER_GROUPED, 1234 },
		{ "1\xe2\x80\xaf"
		  "234",
		  NUMBER_GROUPED, 1234 },
		{ "1.234", NUMBER_CLAMPED, 1 },
		{ "1.000", NUMBER_WHOLE, 1 },
		{ "1,5", NUMBER_NONE, 0 },
		{ "1,", NUMBER_NONE, 0 },
		{ "5,0", NUMBER_WHOLE, 5 },
		{ "12345,00", NUMBER_WHOLE, 12345 },
		{ "\xc2\xa0 7 \xc2\xa0\xc2\xa0", NUMBER_WHOLE, 7 },
		{ "\xc2\xa0", NUMBER_NONE, 0 },
		{ "1,2345", NUMBER_NONE, 0 },
		{ "1234,567", NUMBER_NONE, 0 },
		{ "0,123", NUMBER_NONE, 0 },
		{ ",123", NUMBER_NONE, 0 },
		{ "1,,234", NUMBER_NONE, 0 },
		{ "1,234.567", NUMBER_NONE, 0 },
		{ "1,234 567", NUMBER_NONE, 0 },
		{ "1,234,", NUMBER_NONE, 0 },
		{ "-1,234", NUMBER_NONE, 0 },
		{ "9,007,199,254,740,991", NUMBER_GROUPED, NUMBER_MAX },
		{ "9,007,199,254,740,992", NUMBER_NONE, 0 },
		{ "many", NUMBER_NONE, 0 },
		{ "NaN", NUMBER_NONE, 0 },
		{ "--1", NUMBER_NONE, 0 },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		uint64_t number = 4711;

		assert_int_equal(number_parse(slice_of(cases[i].text), &number), cases[i].form);
		assert_int_equal(number, cases[i].form == NUMBER_NONE ? 4711 : cases[i].want);
	}
}

static void reads_numbers_of_any_length(void **state)
{
	char digits[5000];
	const struct slice text = { digits, sizeof(digits) };
	uint64_t number;

	(void)state;
	memset(digits, '9', sizeof(digits));
	assert_int_equal(number_parse(text, &number), NUMBER_CLAMPED);
	assert_int_equal(number, NUMBER_MAX);
	memset(digits, '0', sizeof(digits));
	assert_int_equal(number_parse(text, &number), NUMBER_WHOLE);
	assert_int_equal(number, 0);
	digits[4999] = '8';
	assert_int_equal(number_parse(text, &number), NUMBER_WHOLE);
	assert_int_equal(number, 8);
	digits[1] = '.';
	assert_int_equal(number_parse(text, &number), NUMBER_CLAMPED);
	assert_int_equal(number, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(reads_numbers_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
