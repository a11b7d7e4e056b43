/* test_bulk.c - where the parts of a bulk item stand
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "output/bulk.h"

static void expect(struct slice found, const char *expected)
{
	if (!slice_is(found, expected))
		fail_msg("%.*s instead of %s", (int)found.size, found.data, expected);
}

static void the_table_names_every_part(void **state)
{
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 4096);
	assert_true(bulk_add(&bulk, 7, slice_of("i-2026.11"), slice_of("one"), slice_of("{}")));
	assert_true(
		bulk_add(&bulk, 8, slice_of("j"), slice_of("a\"b"), slice_of("{\"_id\":\"x\"}")));
	assert_int_equal(bulk.count, 2);
	expect(bulk_item_lines(&bulk, 0),
	       "{\"create\":{\"_index\":\"i-2026.11\",\"_id\":\"one\"}}\n{}\n");
	expect(bulk_item_index(&bulk, 0), "i-2026.11");
	expect(bulk_item_id(&bulk, 0), "one");
	expect(bulk_item_source(&bulk, 0), "{}");
	expect(bulk_item_lines(&bulk, 1),
	       "{\"create\":{\"_index\":\"j\",\"_id\":\"a\\\"b\"}}\n{\"_id\":\"x\"}\n");
	expect(bulk_item_index(&bulk, 1), "j");
	expect(bulk_item_id(&bulk, 1), "a\\\"b");
	expect(bulk_item_source(&bulk, 1), "{\"_id\":\"x\"}");
	assert_int_equal(bulk.items[1].mail, 8);
	bulk_release(&bulk);
}

/* For each limit: an item is there whole or not at all. */
static void an_item_that_does_not_fit_leaves_nothing(void **state)
{
	static const char first[] = "{\"create\":{\"_index\":\"i\",\"_id\":\"1\"}}\n{}\n";

	(void)state;
	for (size_t limit = 0; limit <= 2 * strlen(first); limit++) {
		const size_t fit = limit / strlen(first);
		struct bulk bulk;

		bulk_init(&bulk, limit);
		assert_int_equal(bulk_add(&bulk, 0, slice_of("i"), slice_of("1"), slice_of("{}")),
				 fit > 0);
		assert_int_equal(bulk_add(&bulk, 0, slice_of("i"), slice_of("2"), slice_of("{}")),
				 fit > 1);
		assert_int_equal(bulk.count, fit);
		assert_int_equal(bulk.body.len, fit * strlen(first));
		if (fit > 0)
			expect(bulk_item_lines(&bulk, 0), first);
		bulk_release(&bulk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_names_every_part),
		cmocka_unit_test(an_item_that_does_not_fit_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
