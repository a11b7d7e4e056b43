/* test_severity.c - one scale for reports and records
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/severity.h"

static void names_go_both_ways(void **state)
{
	enum severity found;

	(void)state;
	for (unsigned i = 0; i < SEVERITIES; i++) {
		assert_true(severity_of_name(slice_of(severity_name((enum severity)i)), &found));
		assert_int_equal(found, i);
	}
	assert_false(severity_of_name(slice_of("Critical"), &found));
	assert_false(severity_of_name(slice_of(""), &found));
}

static void unknown_reaches_no_threshold(void **state)
{
	(void)state;
	assert_true(severity_reaches(SEVERITY_CRITICAL, SEVERITY_WARNING));
	assert_true(severity_reaches(SEVERITY_WARNING, SEVERITY_WARNING));
	assert_false(severity_reaches(SEVERITY_NOTICE, SEVERITY_WARNING));
	assert_false(severity_reaches(SEVERITY_UNKNOWN, SEVERITY_OK));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(unknown_reaches_no_threshold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
