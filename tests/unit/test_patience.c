/* test_patience.c - how long others may keep us waiting
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/run/patience.h"

/* Things come one after the other, each after `work` ms, and all of them keep
 * us waiting for as long as they may: how long in all? */
static int64_t waited(int64_t work, unsigned things)
{
	struct patience patience;
	int64_t now = 1000000, sum = 0;

	patience_init(&patience, now, PATIENCE_MS);
	for (unsigned i = 0; i < things; i++) {
		const int64_t until = patience_until(&patience, now);

		assert_true(until - now <= PATIENCE_ONCE_MS);
		if (until > now) {
			patience_spend(&patience, until - now);
			sum += until - now;
			now = until;
		}
		now += work;
	}
	return sum;
}

static void one_thing(void **state)
{
	(void)state;
	assert_int_equal(waited(0, 1), PATIENCE_ONCE_MS);
}

static void a_flood_slows_down_by_half(void **state)
{
	(void)state;
	assert_in_range(waited(1, 100000), 100000, 100000 + 2 * PATIENCE_MS);
	assert_in_range(waited(20, 1000), 20000, 20000 + 2 * PATIENCE_MS);
}

static void rare_things_are_waited_for(void **state)
{
	(void)state;
	assert_int_equal(waited(60000, 100), 100 * PATIENCE_ONCE_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thing),
		cmocka_unit_test(a_flood_slows_down_by_half),
		cmocka_unit_test(rare_things_are_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
