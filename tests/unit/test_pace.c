/* test_pace.c - halve at once, grow slowly
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "output/pace.h"

#define MOST 1600000

static void good(struct pace *pace, unsigned times)
{
	while (times-- > 0)
		pace_good(pace);
}

static void a_busy_server_gets_half_as_many_requests(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, MOST, 8);
	pace_busy(&pace, 100, 200);
	assert_int_equal(pace.requests, 4);
	pace_busy(&pace, 201, 300);
	pace_busy(&pace, 301, 400);
	pace_busy(&pace, 401, 500);
	assert_int_equal(pace.requests, 1);
	pace_busy(&pace, 501, 600);
	assert_int_equal(pace.requests, 1);
	assert_int_equal(pace.bytes, MOST);
}

/* Eight requests under way that are all refused are one storm. */
static void one_storm_halves_once(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, MOST, 8);
	for (unsigned i = 0; i < 8; i++)
		pace_busy(&pace, 100 + i, 200 + i);
	assert_int_equal(pace.requests, 4);
	for (unsigned i = 0; i < 4; i++)
		pace_slow(&pace, 100, 300);
	assert_int_equal(pace.bytes, MOST / 2);
}

static void good_answers_bring_it_back_slowly(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, MOST, 4);
	pace_busy(&pace, 1, 2);
	pace_slow(&pace, 1, 2);
	good(&pace, 15);
	assert_int_equal(pace.requests, 2);
	good(&pace, 1);
	assert_int_equal(pace.requests, 3);
	assert_in_range(pace.bytes, MOST / 2 + MOST / 16, MOST / 2 + MOST / 16 + 1);
	good(&pace, 10000);
	assert_int_equal(pace.requests, 4);
	assert_int_equal(pace.bytes, MOST);
}

static void a_bad_answer_between_good_ones_starts_anew(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, MOST, 4);
	pace_busy(&pace, 1, 2);
	for (unsigned i = 0; i < 10; i++) {
		good(&pace, 15);
		pace_busy(&pace, 1, 3); /* an old one: halves nothing */
	}
	assert_int_equal(pace.requests, 2);
}

static void slowness_has_a_floor_and_size_has_none(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, MOST, 1);
	for (int64_t i = 0; i < 100; i++)
		pace_slow(&pace, 2 * i, 2 * i + 1);
	assert_in_range(pace.bytes, 65536, 2 * 65536);
	pace_too_large(&pace, 1000);
	assert_int_equal(pace.bytes, 500);
	/* A larger one that was under way meanwhile must not raise it again. */
	pace_too_large(&pace, 100000);
	assert_int_equal(pace.bytes, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_server_gets_half_as_many_requests),
		cmocka_unit_test(one_storm_halves_once),
		cmocka_unit_test(good_answers_bring_it_back_slowly),
		cmocka_unit_test(a_bad_answer_between_good_ones_starts_anew),
		cmocka_unit_test(slowness_has_a_floor_and_size_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
