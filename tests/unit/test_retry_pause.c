/* test_visit_pause.c - how long a mailbox rests after a visit that failed
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/process/retry_pause.h"

#define MINUTE 60000

static void what_is_away_is_tried_again_soon(void **state)
{
	struct retry_failures failures = { 0 };

	(void)state;
	assert_in_range(retry_pause_ms(&failures, ERROR_RETRY, 0), 2500, 5000);
	assert_in_range(retry_pause_ms(&failures, ERROR_RETRY, 1), 5000, 10000);
	for (unsigned i = 0; i < 100; i++)
		assert_in_range(retry_pause_ms(&failures, ERROR_RETRY, i), 5000, 2 * MINUTE);
	assert_in_range(retry_pause_ms(&failures, ERROR_RETRY, 7), MINUTE, 2 * MINUTE);
	assert_int_equal(retry_failures(&failures), 103);
}

static void what_a_person_must_help_with_has_time(void **state)
{
	struct retry_failures failures = { 0 };

	(void)state;
	assert_in_range(retry_pause_ms(&failures, ERROR_FATAL, 0), MINUTE / 2, MINUTE);
	for (unsigned i = 0; i < 100; i++)
		assert_in_range(retry_pause_ms(&failures, ERROR_FATAL, i), MINUTE, 15 * MINUTE);
	assert_in_range(retry_pause_ms(&failures, ERROR_FATAL, 9), 7 * MINUTE, 15 * MINUTE);
}

static void neither_counts_for_the_other(void **state)
{
	struct retry_failures failures = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		(void)retry_pause_ms(&failures, ERROR_RETRY, 0);
	assert_in_range(retry_pause_ms(&failures, ERROR_FATAL, 0), MINUTE / 2, MINUTE);
	for (unsigned i = 0; i < 20; i++)
		(void)retry_pause_ms(&failures, ERROR_FATAL, 0);
	failures.away = 0;
	assert_in_range(retry_pause_ms(&failures, ERROR_RETRY, 0), 2500, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_away_is_tried_again_soon),
		cmocka_unit_test(what_a_person_must_help_with_has_time),
		cmocka_unit_test(neither_counts_for_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
