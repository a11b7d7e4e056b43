/* test_slice.c - looking at bytes without copying them
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/slice.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct slice absent = { NULL, 0 };

static void assert_slice(struct slice text, const char *want)
{
	assert_int_equal(text.size, strlen(want));
	assert_memory_equal(text.data, want, text.size);
}

static void trims_both_ends(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *want;
	} cases[] = {
		{ "", 0, "" },
		{ "a", 1, "a" },
		{ " \t\r\n\f\va b \n\0\0", 13, "a b" },
		{ "\0\0", 2, "" },
	};

	(void)state;
	FOR_ROWS (i, cases)
		assert_slice(slice_trim((struct slice){ cases[i].text, cases[i].size }),
			     cases[i].want);
	assert_null(slice_trim(absent).data);
}

static void compares(void **state)
{
	static const struct {
		const char *a, *b;
		bool same, same_nocase;
	} cases[] = {
		{ "", "", true, true },     { "a", "a", true, true },
		{ "a", "A", false, true },  { "a", "ab", false, false },
		{ "z", "Z", false, true },  { "@", "`", false, false },
		{ "[", "{", false, false }, { "\xc4", "\xe4", false, false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		assert_int_equal(slice_is(slice_of(cases[i].a), cases[i].b), cases[i].same);
		assert_int_equal(slice_is_nocase(slice_of(cases[i].a), cases[i].b),
				 cases[i].same_nocase);
	}
	assert_true(slice_equal(absent, slice_of("")));
	assert_true(slice_starts_with(slice_of("abc"), "ab"));
	assert_false(slice_starts_with(slice_of("a"), "ab"));
	assert_true(slice_starts_with_nocase(slice_of("Content-Type"), "content-"));
	assert_false(slice_starts_with_nocase(slice_of("Content"), "content-"));
	assert_true(slice_ends_with_nocase(slice_of("report.XML.GZ"), ".gz"));
	assert_false(slice_ends_with_nocase(slice_of("gz"), ".gz"));
}

static void finds(void **state)
{
	(void)state;
	assert_int_equal(slice_find(slice_of("abc"), 'c'), 2);
	assert_int_equal(slice_find(slice_of("abc"), 'x'), 3);
	assert_int_equal(slice_find(absent, 'x'), 0);
	assert_int_equal(slice_find_text(slice_of("abcbc"), "bc"), 1);
	assert_int_equal(slice_find_text(slice_of("ab"), "abc"), 2);
	assert_int_equal(slice_find_text(absent, "a"), 0);
}

static void splits(void **state)
{
	struct slice rest;

	(void)state;
	assert_slice(slice_split(slice_of("a,b,"), ',', &rest), "a");
	assert_slice(rest, "b,");
	assert_slice(slice_split(rest, ',', &rest), "b");
	assert_non_null(rest.data); /* there is one more piece, an empty one */
	assert_slice(slice_split(rest, ',', &rest), "");
	assert_null(rest.data);
	assert_slice(slice_split(slice_of("abc"), ',', &rest), "abc");
	assert_null(rest.data);
	assert_int_equal(slice_split(absent, ',', &rest).size, 0);
	assert_null(rest.data);
}

static void reads_piece_by_piece(void **state)
{
	const struct slice text = slice_of("abcde");
	char buffer[3] = "";
	size_t at = 0;

	(void)state;
	assert_int_equal(slice_read(text, &at, buffer, 3), 3);
	assert_memory_equal(buffer, "abc", 3);
	assert_int_equal(slice_read(text, &at, buffer, 3), 2);
	assert_memory_equal(buffer, "dec", 3);
	assert_int_equal(at, 5);
	assert_int_equal(slice_read(text, &at, buffer, 3), 0);
	at = 0;
	assert_int_equal(slice_read((struct slice){ NULL, 0 }, &at, buffer, 3), 0);
}

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
		uint64_t want;
	} cases[] = {
		{ "0", 0, true, 0 },
		{ "7", 6, false, 0 },
		{ "007", 7, true, 7 },
		{ "255", 255, true, 255 },
		{ "256", 255, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "99999999999999999999999", UINT64_MAX, false, 0 },
		{ "", 9, false, 0 },
		{ " 1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "+1", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ "1x", 99, false, 0 },
		{ "\xb1", 9, false, 0 },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		uint64_t number = 4711;

		assert_int_equal(slice_to_uint(slice_of(cases[i].text), cases[i].max, &number),
				 cases[i].good);
		assert_int_equal(number, cases[i].good ? cases[i].want : 4711);
	}
}

static void skips_no_further_than_the_end(void **state)
{
	const struct slice text = slice_of("abc");

	(void)state;
	assert_slice(slice_skip(text, 0), "abc");
	assert_slice(slice_skip(text, 2), "c");
	assert_slice(slice_skip(text, 3), "");
	assert_slice(slice_skip(text, 4), "");
	assert_ptr_equal(slice_skip(text, 4).data, text.data + 3);
}

static void orders_by_bytes(void **state)
{
	static const char *const sorted[] = { "", "a", "ab", "b", "\x80" };

	(void)state;
	for (size_t i = 0; i < COUNT(sorted); i++)
		for (size_t j = 0; j < COUNT(sorted); j++) {
			const int order = slice_compare(slice_of(sorted[i]), slice_of(sorted[j]));

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	assert_int_equal(slice_compare(absent, slice_of("")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trims_both_ends),
		cmocka_unit_test(compares),
		cmocka_unit_test(finds),
		cmocka_unit_test(splits),
		cmocka_unit_test(reads_piece_by_piece),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(skips_no_further_than_the_end),
		cmocka_unit_test(orders_by_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
