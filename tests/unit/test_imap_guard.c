/* test_imap_guard.c - answers that would break their parser
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailbox/imap_guard.h"

#define MOST 100
#define DEEP_8 "(((((((("
#define DEEP_32 DEEP_8 DEEP_8 DEEP_8 DEEP_8

static const struct {
	const char *bytes;
	bool refused;
} cases[] = {
	{ "* OK ready\r\n", false },
	{ "* 1 FETCH (UID 1 BODY[] {100}\r\n", false },
	{ "* 1 FETCH (UID 1 BODY[] {101}\r\n", true },
	{ "* 1 FETCH (UID 1 BODY[] {101}\n", true },
	{ "* 1 FETCH (UID 1 BODY[] {4294967295}\r\n", true },
	/* 2^64 + 5 must not look like 5 */
	{ "* 1 FETCH (UID 1 BODY[] {18446744073709551621}\r\n", true },
	{ "* LIST () \"/\" {101}\r\n", true },
	/* words, not a literal */
	{ "* OK see {101}\r\n", false },
	{ "* 1 FETCH (UID 1 X {101} Y)\r\n", false },
	{ "* 1 FETCH (BODYSTRUCTURE " DEEP_32 "\r\n", true },
	{ "* 1 FETCH " DEEP_32 "\r\n", false },
	/* the depth is that of a line */
	{ "* 1 FETCH " DEEP_32 "\r\n* 2 FETCH " DEEP_32 "\r\n", false },
	/* what is in a literal is mail */
	{ "* 1 FETCH (BODY[] {40}\r\n" DEEP_32 DEEP_8 ")\r\n", false },
	{ "* 1 FETCH (BODY[] {39}\r\n" DEEP_32 DEEP_8 ")\r\n", false },
	{ "* 1 FETCH (BODY[] {8}\r\n" DEEP_32 DEEP_8 DEEP_8 ")\r\n", true },
	{ "* 1 FETCH (BODY[] {0}\r\n" DEEP_32 ")\r\n", true },
	/* nothing hides behind a literal that is none */
	{ "* OK {90}\r\n* 1 FETCH (" DEEP_32 "\r\n", true },
};

static bool refused(struct slice bytes, size_t piece)
{
	struct imap_guard guard = { 0 };

	for (size_t i = 0; i < bytes.size; i += piece) {
		const size_t left = bytes.size - i;

		if (imap_guard_feed(&guard,
				    (struct slice){ bytes.data + i, left < piece ? left : piece },
				    MOST))
			return true;
	}
	return false;
}

static void long_literals_and_deep_nesting_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct slice bytes = slice_of(cases[i].bytes);

		for (size_t piece = 1; piece <= bytes.size; piece++)
			if (refused(bytes, piece) != cases[i].refused)
				fail_msg("piece %zu: %s", piece, cases[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_literals_and_deep_nesting_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
