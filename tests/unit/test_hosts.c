/* test_hosts.c - the first host that is well, and a second look at the others
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "output/hosts.h"
#include "tests/lib/rows.h"

#define NONE 99

static const char *const urls[] = { "http://a", "http://b", "http://c", NULL };

static size_t choose(struct hosts *hosts, int64_t now)
{
	size_t host = NONE;

	return hosts_choose(hosts, now, &host) ? host : NONE;
}

static void the_first_that_is_well_is_used(void **state)
{
	struct hosts hosts;

	(void)state;
	hosts_init(&hosts, urls);
	assert_int_equal(choose(&hosts, 0), 0);
	assert_int_equal(choose(&hosts, 0), 0);
	hosts_report(&hosts, 0, HOST_FAILING, 0, 0);
	assert_int_equal(choose(&hosts, 0), 1);
	hosts_report(&hosts, 1, HOST_FAILING, 0, 0);
	assert_int_equal(choose(&hosts, 0), 2);
	hosts_report(&hosts, 2, HOST_FAILING, 0, 0);
	assert_int_equal(choose(&hosts, 0), NONE);
	assert_in_range(hosts_due(&hosts), 1, 500);
	hosts_release(&hosts);
}

static void a_dead_host_is_tried_with_one_request(void **state)
{
	struct hosts hosts;

	(void)state;
	hosts_init(&hosts, urls);
	hosts_report(&hosts, 0, HOST_FAILING, 0, 0);
	assert_int_equal(choose(&hosts, 1), 1);
	assert_int_equal(choose(&hosts, 1000), 0);
	assert_int_equal(choose(&hosts, 1000), 1);
	hosts_report(&hosts, 0, HOST_FAILING, 1000, 0);
	assert_int_equal(choose(&hosts, 1000), 1);
	assert_int_equal(choose(&hosts, 3000), 0);
	hosts_report(&hosts, 0, HOST_HEALTHY, 3000, 0);
	assert_int_equal(choose(&hosts, 3000), 0);
	assert_int_equal(choose(&hosts, 3000), 0);
	hosts_release(&hosts);
}

/* Failures in a row, not those of requests that were under way together. */
static void the_pause_grows_with_failures_in_a_row(void **state)
{
	struct hosts hosts;
	int64_t now = 0;

	(void)state;
	hosts_init(&hosts, urls + 2);
	for (unsigned i = 0; i < 5; i++)
		hosts_report(&hosts, 0, HOST_FAILING, 0, 0);
	assert_int_equal(hosts.hosts[0].failures, 1);
	for (unsigned i = 1; i < 12; i++) {
		now = hosts_due(&hosts);
		assert_int_equal(choose(&hosts, now), 0);
		assert_true(hosts_due(&hosts) == INT64_MAX);
		hosts_report(&hosts, 0, HOST_FAILING, now, UINT32_MAX);
	}
	assert_in_range(hosts_due(&hosts) - now, 30000, 60000);
	hosts_release(&hosts);
}

/* Whatever came of the one request, there will be another. */
static void a_host_that_was_tried_is_asked_again(void **state)
{
	static const enum host_outcome outcomes[] = { HOST_HEALTHY, HOST_FAILING, HOST_UNUSABLE };

	(void)state;
	FOR_ROWS (i, outcomes) {
		struct hosts hosts;

		hosts_init(&hosts, urls + 2);
		hosts_report(&hosts, 0, HOST_FAILING, 0, 0);
		assert_int_equal(choose(&hosts, 1000), 0);
		assert_int_equal(choose(&hosts, 1000), NONE);
		hosts_report(&hosts, 0, outcomes[i], 1000, 0);
		assert_in_range(hosts_due(&hosts), 0, 3000);
		assert_int_equal(choose(&hosts, 3000), 0);
		hosts_release(&hosts);
	}
}

static void hopeless_is_when_all_are(void **state)
{
	struct hosts hosts;

	(void)state;
	hosts_init(&hosts, urls);
	hosts_report(&hosts, 0, HOST_UNUSABLE, 0, 0);
	hosts_report(&hosts, 1, HOST_UNUSABLE, 0, 0);
	hosts_report(&hosts, 2, HOST_FAILING, 0, 0);
	assert_false(hosts_all_unusable(&hosts));
	hosts_report(&hosts, 2, HOST_UNUSABLE, 0, 0);
	assert_true(hosts_all_unusable(&hosts));
	hosts_report(&hosts, 1, HOST_HEALTHY, 0, 0);
	assert_false(hosts_all_unusable(&hosts));
	hosts_release(&hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_is_well_is_used),
		cmocka_unit_test(a_dead_host_is_tried_with_one_request),
		cmocka_unit_test(the_pause_grows_with_failures_in_a_row),
		cmocka_unit_test(a_host_that_was_tried_is_asked_again),
		cmocka_unit_test(hopeless_is_when_all_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
