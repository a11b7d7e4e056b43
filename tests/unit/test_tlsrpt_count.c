/* test_tlsrpt_count.c - session counts as reporters write them
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ingest/tlsrpt/tlsrpt_report.h"
#include "ingest/tlsrpt/tlsrpt_report.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		enum tlsrpt_count_kind kind;
		uint64_t want;
	} cases[] = {
		{ "0", TLSRPT_COUNT_WHOLE, 0 },
		{ "-0", TLSRPT_COUNT_WHOLE, 0 },
		{ "-0.0", TLSRPT_COUNT_WHOLE, 0 },
		{ "5326", TLSRPT_COUNT_WHOLE, 5326 },
		{ " 42 ", TLSRPT_COUNT_WHOLE, 42 },
		{ "+7", TLSRPT_COUNT_WHOLE, 7 },
		{ "5.0", TLSRPT_COUNT_WHOLE, 5 },
		{ "5.", TLSRPT_COUNT_WHOLE, 5 },
		{ "5e3", TLSRPT_COUNT_WHOLE, 5000 },
		{ "5E+3", TLSRPT_COUNT_WHOLE, 5000 },
		{ "1.25e2", TLSRPT_COUNT_WHOLE, 125 },
		{ "12500e-2", TLSRPT_COUNT_WHOLE, 125 },
		{ "0e999999999999999999999", TLSRPT_COUNT_WHOLE, 0 },
		{ "2147483648", TLSRPT_COUNT_WHOLE, 2147483648 },
		{ "9007199254740991", TLSRPT_COUNT_WHOLE, TLSRPT_COUNT_MAX },
		{ "0009007199254740991.000", TLSRPT_COUNT_WHOLE, TLSRPT_COUNT_MAX },
		{ "9007199254740992", TLSRPT_COUNT_CLAMPED, TLSRPT_COUNT_MAX },
		{ "9007199254740992e0", TLSRPT_COUNT_CLAMPED, TLSRPT_COUNT_MAX },
		{ "900719925474099.2e1", TLSRPT_COUNT_CLAMPED, TLSRPT_COUNT_MAX },
		{ "18446744073709551616", TLSRPT_COUNT_CLAMPED, TLSRPT_COUNT_MAX },
		{ "1e400", TLSRPT_COUNT_CLAMPED, TLSRPT_COUNT_MAX },
		{ "1e999999999999999999999", TLSRPT_COUNT_CLAMPED, TLSRPT_COUNT_MAX },
		{ "-1", TLSRPT_COUNT_CLAMPED, 0 },
		{ "-1e99", TLSRPT_COUNT_CLAMPED, 0 },
		{ "-0.5", TLSRPT_COUNT_CLAMPED, 0 },
		{ "7.9", TLSRPT_COUNT_CLAMPED, 7 },
		{ "79e-1", TLSRPT_COUNT_CLAMPED, 7 },
		{ "1e-400", TLSRPT_COUNT_CLAMPED, 0 },
		{ "", TLSRPT_COUNT_NONE, 0 },
		{ "-", TLSRPT_COUNT_NONE, 0 },
		{ ".", TLSRPT_COUNT_NONE, 0 },
		{ "e5", TLSRPT_COUNT_NONE, 0 },
		{ "5e", TLSRPT_COUNT_NONE, 0 },
		{ "5e+", TLSRPT_COUNT_NONE, 0 },
		{ "5 3", TLSRPT_COUNT_NONE, 0 },
		{ "0x10", TLSRPT_COUNT_NONE, 0 },
		{ "1,000", TLSRPT_COUNT_NONE, 0 },
		{ "many", TLSRPT_COUNT_NONE, 0 },
		{ "NaN", TLSRPT_COUNT_NONE, 0 },
		{ "--1", TLSRPT_COUNT_NONE, 0 },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		uint64_t number = 4711;

		assert_int_equal(tlsrpt_count_parse(slice_of(cases[i].text), &number),
				 cases[i].kind);
		assert_int_equal(number, cases[i].kind == TLSRPT_COUNT_NONE ? 4711 : cases[i].want);
	}
}

static void reads_numbers_of_any_length(void **state)
{
	char digits[5000];
	const struct slice text = { digits, sizeof(digits) };
	uint64_t number;

	(void)state;
	memset(digits, '9', sizeof(digits));
	assert_int_equal(tlsrpt_count_parse(text, &number), TLSRPT_COUNT_CLAMPED);
	assert_int_equal(number, TLSRPT_COUNT_MAX);
	memset(digits, '0', sizeof(digits));
	assert_int_equal(tlsrpt_count_parse(text, &number), TLSRPT_COUNT_WHOLE);
	assert_int_equal(number, 0);
	digits[4999] = '8';
	assert_int_equal(tlsrpt_count_parse(text, &number), TLSRPT_COUNT_WHOLE);
	assert_int_equal(number, 8);
	digits[1] = '.';
	assert_int_equal(tlsrpt_count_parse(text, &number), TLSRPT_COUNT_CLAMPED);
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
