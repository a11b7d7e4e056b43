/* test_arena.c - memory of one mail, freed in one go
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"

static void gives_zeroed_aligned_memory(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t size = 1; size < 300; size++) {
		unsigned char *piece = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xff, size);
	}
	arena_release(&arena);
}

static void what_is_wiped_is_overwritten(void **state)
{
	struct arena arena;
	char *first, *second;

	(void)state;
	arena_init(&arena, 1 << 20);
	first = arena_text(&arena, slice_of("geheim"));
	second = arena_alloc(&arena, 200000);
	memset(second, 'x', 200000);
	arena_wipe(&arena);
	assert_memory_equal(first, "\0\0\0\0\0\0", 6);
	for (size_t i = 0; i < 200000; i++)
		assert_int_equal(second[i], 0);
	arena_release(&arena);
}

static void stops_at_the_limit(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 100);
	assert_non_null(arena_alloc(&arena, 100));
	assert_false(arena.overflowed);
	assert_null(arena_alloc(&arena, 1));
	assert_true(arena.overflowed);
	arena_reset(&arena);
	assert_false(arena.overflowed);
	assert_null(arena_alloc(&arena, 101));
	assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
	assert_true(arena.overflowed);
	assert_null(arena_text(&arena, (struct slice){ "", SIZE_MAX - 1 }));
	assert_null(arena_slice(&arena, slice_of("0123456789012345678901234567890123456789"
						 "0123456789012345678901234567890123456789"
						 "01234567890123456789"))
			    .data);
	arena_release(&arena);
}

static void copies_texts(void **state)
{
	struct arena arena;
	struct slice copy;

	(void)state;
	arena_init(&arena, 1000);
	copy = arena_slice(&arena, (struct slice){ "a\0b", 3 });
	assert_int_equal(copy.size, 3);
	assert_memory_equal(copy.data, "a\0b", 4);
	assert_null(arena_slice(&arena, (struct slice){ NULL, 0 }).data);
	assert_non_null(arena_slice(&arena, slice_of("")).data);
	assert_string_equal(arena_text(&arena, (struct slice){ NULL, 0 }), "");
	arena_release(&arena);
}

static void goes_back_to_a_mark(void **state)
{
	struct arena arena;
	struct arena_mark empty, mark;
	char *kept;

	(void)state;
	arena_init(&arena, 10 << 20);
	empty = arena_mark(&arena);
	kept = arena_text(&arena, slice_of("kept"));
	mark = arena_mark(&arena);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 100; i++) /* more than one block */
			memset(arena_alloc(&arena, 5000), 'x', 5000);
		assert_non_null(arena_alloc(&arena, 1 << 20));
		arena_cut(&arena, mark);
		assert_int_equal(arena.used, mark.used);
		assert_string_equal(kept, "kept");
	}
	assert_int_equal(*(char *)arena_alloc(&arena, 1), 0);
	arena_cut(&arena, empty);
	assert_int_equal(arena.used, 0);
	assert_non_null(arena_alloc(&arena, 1));
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_memory),
		cmocka_unit_test(what_is_wiped_is_overwritten),
		cmocka_unit_test(stops_at_the_limit),
		cmocka_unit_test(copies_texts),
		cmocka_unit_test(goes_back_to_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
