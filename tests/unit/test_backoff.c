/* test_backoff.c - how long to wait before the next try
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/backoff.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void doubles_up_to_the_most(void **state)
{
	static const struct {
		unsigned attempt;
		int64_t ceiling;
	} cases[] = {
		{ 0, 500 },
		{ 1, 1000 },
		{ 2, 2000 },
		{ 6, 32000 },
		{ 7, 60000 },
		{ 8, 60000 },
		{ 4000000000u, 60000 },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const int64_t ceiling = cases[i].ceiling;
		int64_t least = INT64_MAX, most = 0;

		for (uint32_t random = 0; random < 70000; random++) {
			const int64_t wait = backoff_ms(cases[i].attempt, 500, 60000, random);

			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		assert_int_equal(least, ceiling / 2);
		assert_int_equal(most, ceiling);
	}
}

static void any_numbers_will_do(void **state)
{
	static const uint32_t randoms[] = { 0, 1, 0x7fffffff, 0xffffffff };

	(void)state;
	FOR_ROWS (i, randoms) {
		const int64_t huge = backoff_ms(63, INT64_C(1) << 40, INT64_MAX / 2, randoms[i]);

		assert_in_range(backoff_ms(9, 2, 2, randoms[i]), 1, 2);
		assert_in_range(huge, INT64_MAX / 4, INT64_MAX / 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_up_to_the_most),
		cmocka_unit_test(any_numbers_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
