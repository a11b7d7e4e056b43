/* test_utf8.c - is it UTF-8, and how far
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static size_t encode(uint32_t c, char text[static 4])
{
	if (c < 0x80) {
		text[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		text[0] = (char)(0xc0 | c >> 6);
		text[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		text[0] = (char)(0xe0 | c >> 12);
		text[1] = (char)(0x80 | (c >> 6 & 63));
		text[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	text[0] = (char)(0xf0 | c >> 18);
	text[1] = (char)(0x80 | (c >> 12 & 63));
	text[2] = (char)(0x80 | (c >> 6 & 63));
	text[3] = (char)(0x80 | (c & 63));
	return 4;
}

static void knows_every_character(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x120000; c++) {
		const bool valid = c < 0xd800 || (c > 0xdfff && c <= 0x10ffff);
		char text[4];
		const size_t size = encode(c, text);

		assert_int_equal(utf8_sequence(text, size), valid ? size : 0);
		for (size_t cut = 0; cut < size; cut++)
			assert_int_equal(utf8_sequence(text, cut), 0);
	}
}

static void refuses_what_is_none(void **state)
{
	static const char *const cases[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80",
		"\xff",
		"\xc3(",
		"\xe2\x82(",
		"\xed\xa0\x80",
	};

	(void)state;
	FOR_ROWS (i, cases) {
		assert_int_equal(utf8_sequence(cases[i], strlen(cases[i])), 0);
		assert_false(utf8_valid(slice_of(cases[i])));
	}
	assert_true(utf8_valid(slice_of("")));
	assert_true(utf8_valid(slice_of("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")));
	assert_false(utf8_valid(slice_of("a\xc3\xa4\xe2\x82")));
}

static void cuts_between_characters(void **state)
{
	static const char text[] = "a\xc3\xa4\xe2\x82\xac";
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6 };

	(void)state;
	FOR_ROWS (i, want)
		assert_int_equal(utf8_prefix(slice_of(text), i).size, want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_character),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(cuts_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
