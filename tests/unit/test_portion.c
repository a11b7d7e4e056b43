/* test_portion.c - every item is in one portion, until it is settled
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "output/portion.h"

#define ITEMS 100

static void fill(struct bulk *bulk)
{
	bulk_init(bulk, 1 << 20);
	for (unsigned i = 0; i < ITEMS; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id-%u", i);
		assert_true(bulk_add(bulk, 0, slice_of("i"), slice_of(id), slice_of("{}")));
	}
}

static void a_portion_is_cut_to_size(void **state)
{
	struct portions portions = { .count = 0 };
	struct portion portion;
	struct bulk bulk;
	size_t seen = 0;

	(void)state;
	fill(&bulk);
	portions_start(&portions, &bulk);
	assert_true(portions_take(&portions, 0, SIZE_MAX, &portion));
	assert_int_equal(portion.count, ITEMS);
	assert_int_equal(portion_size(&portions, &portion), bulk.body.len);
	portions_put(&portions, &portion);
	while (portions_take(&portions, 0, 500, &portion)) {
		assert_int_equal(portion.first, seen);
		assert_true(portion_size(&portions, &portion) <= 500);
		seen += portion.count;
	}
	assert_int_equal(seen, ITEMS);
	/* One item goes, however large it is. */
	portions_start(&portions, &bulk);
	assert_true(portions_take(&portions, 0, 1, &portion));
	assert_int_equal(portion.count, 1);
	portions_release(&portions);
	bulk_release(&bulk);
}

static void one_that_must_wait_is_passed_over(void **state)
{
	struct portions portions = { .count = 0 };
	struct portion portion;
	struct bulk bulk;

	(void)state;
	fill(&bulk);
	portions_start(&portions, &bulk);
	assert_true(portions_take(&portions, 0, 500, &portion));
	portion.not_before = 1000;
	portions_put(&portions, &portion);
	assert_int_equal(portions_due(&portions), 0);
	assert_true(portions_take(&portions, 999, SIZE_MAX, &portion));
	assert_false(portions_take(&portions, 999, SIZE_MAX, &portion));
	assert_int_equal(portions_due(&portions), 1000);
	assert_true(portions_take(&portions, 1000, SIZE_MAX, &portion));
	assert_true(portions_due(&portions) == INT64_MAX);
	portions_release(&portions);
	bulk_release(&bulk);
}

/* Whatever a server does, no item is lost from the list or is in it twice. */
static void nothing_is_lost_at_random(void **state)
{
	(void)state;
	srandom(7);
	for (unsigned turn = 0; turn < 200; turn++) {
		struct portions portions = { .count = 0 };
		unsigned sent[ITEMS] = { 0 };
		struct portion portion;
		struct bulk bulk;

		fill(&bulk);
		portions_start(&portions, &bulk);
		while (portions_take(&portions, 0, (size_t)random() % 2000, &portion)) {
			const size_t *items = portion_items(&portions, &portion);
			const long fate = random() % 3;

			for (size_t i = 0; i < portion.count; i++) {
				struct bulk_item *item = &bulk.items[items[i]];

				assert_true(item->verdict == VERDICT_PENDING ||
					    item->verdict == VERDICT_RETRY);
				if (fate == 0)
					item->verdict = random() % 2 ? VERDICT_STORED
								     : VERDICT_RETRY;
				sent[items[i]] += item->verdict == VERDICT_STORED;
			}
			portions_drop_settled(&portions, &portion);
			if (fate == 1 && portion.count > 1)
				portions_put_halves(&portions, &portion);
			else
				portions_put(&portions, &portion);
		}
		for (unsigned i = 0; i < ITEMS; i++) {
			assert_int_equal(bulk.items[i].verdict, VERDICT_STORED);
			assert_int_equal(sent[i], 1);
		}
		portions_release(&portions);
		bulk_release(&bulk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_portion_is_cut_to_size),
		cmocka_unit_test(one_that_must_wait_is_passed_over),
		cmocka_unit_test(nothing_is_lost_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
