/* test_error.c - texts of errors, which go to terminals
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "tests/lib/rows.h"

static void nothing_in_a_text_steers_a_terminal(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "gr\xc3\xbc\xc3\x9f dich", "gr\xc3\xbc\xc3\x9f dich" },
		{ "a\x1b[31mb\r\nlevel=error", "a [31mb  level=error" },
		{ "a\x7f"
		  "b\xc2\x9b"
		  "c",
		  "a b  c" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a   b" },
		{ "a\xff\xc3", "a??" },
	};
	struct error err;

	(void)state;
	FOR_ROWS (i, cases) {
		assert_false(error_set(&err, ERROR_RETRY, "%s", cases[i].text));
		assert_string_equal(err.text, cases[i].want);
		assert_false(error_reject(&err, "x", "%s", cases[i].text));
		assert_string_equal(err.text, cases[i].want);
		assert_false(error_set(&err, ERROR_RETRY, "end"));
		assert_false(error_context(&err, "%s", cases[i].text));
		assert_memory_equal(err.text, cases[i].want, strlen(cases[i].want));
	}
}

static void a_text_is_cut_at_its_limit(void **state)
{
	char text[2000];
	struct error err;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&err, ERROR_RETRY, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	error_context(&err, "context");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "context: xxx", 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_a_text_steers_a_terminal),
		cmocka_unit_test(a_text_is_cut_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
