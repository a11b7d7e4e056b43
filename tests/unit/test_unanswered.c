/* test_unanswered.c - documents whose answer was lost
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bridge/run/unanswered.h"

static struct unanswered set;

static uint64_t key_of(unsigned number)
{
	char id[32];

	snprintf(id, sizeof(id), "id-%u", number);
	return unanswered_key(slice_of("index"), slice_of(id), 0);
}

static void what_was_not_answered_is_known_again(void **state)
{
	(void)state;
	assert_false(unanswered_add(&set, key_of(1), 1));
	/* The same document under way twice is a duplicate. */
	assert_false(unanswered_add(&set, key_of(1), 1));
	unanswered_lose(&set, key_of(1));
	assert_true(unanswered_add(&set, key_of(1), 1));
	assert_false(unanswered_add(&set, key_of(1), 1));
	unanswered_remove(&set, key_of(1));
	assert_false(unanswered_add(&set, key_of(1), 1));
	unanswered_remove(&set, key_of(1));
	unanswered_remove(&set, key_of(1));
	unanswered_lose(&set, key_of(3));
	assert_false(unanswered_add(&set, key_of(3), 1));
	unanswered_remove(&set, key_of(3));
}

static void what_a_worker_had_under_way_is_lost_with_it(void **state)
{
	(void)state;
	assert_false(unanswered_add(&set, key_of(1), 1));
	assert_false(unanswered_add(&set, key_of(2), 2));
	unanswered_lose_all(&set, 1);
	/* Another worker may take it up. */
	assert_false(unanswered_add(&set, key_of(2), 1));
	assert_true(unanswered_add(&set, key_of(1), 2));
	unanswered_lose_all(&set, 1);
	assert_false(unanswered_add(&set, key_of(1), 1));
	unanswered_lose_all(&set, 2);
	assert_true(unanswered_add(&set, key_of(1), 3));
	assert_true(unanswered_add(&set, key_of(2), 3));
	unanswered_remove(&set, key_of(1));
	unanswered_remove(&set, key_of(2));
}

static void index_id_and_output_make_the_key(void **state)
{
	const uint64_t key = unanswered_key(slice_of("ab"), slice_of("c"), 0);

	(void)state;
	assert_true(key != unanswered_key(slice_of("ab"), slice_of("d"), 0));
	assert_true(key != unanswered_key(slice_of("ac"), slice_of("c"), 0));
	assert_true(key != unanswered_key(slice_of("ab"), slice_of("c"), 1));
	assert_true(key == unanswered_key(slice_of("ab"), slice_of("c"), 0));
}

static void all_that_slots_have_under_way_finds_room(void **state)
{
	unsigned known = 0;

	(void)state;
	for (unsigned i = 0; i < UNANSWERED_MAX / 4; i++)
		assert_false(unanswered_add(&set, key_of(i), 1));
	unanswered_lose_all(&set, 1);
	for (unsigned i = 0; i < UNANSWERED_MAX / 4; i++)
		known += unanswered_add(&set, key_of(i), 1);
	assert_int_equal(known, UNANSWERED_MAX / 4);
	/* Far too many do no harm. */
	for (unsigned i = 0; i < 4 * UNANSWERED_MAX; i++)
		(void)unanswered_add(&set, key_of(i), 1);
	for (unsigned i = 0; i < 4 * UNANSWERED_MAX; i++)
		unanswered_remove(&set, key_of(i));
	for (size_t i = 0; i < UNANSWERED_MAX; i++)
		assert_int_equal(set.entries[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_answered_is_known_again),
		cmocka_unit_test(what_a_worker_had_under_way_is_lost_with_it),
		cmocka_unit_test(index_id_and_output_make_the_key),
		cmocka_unit_test(all_that_slots_have_under_way_finds_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
