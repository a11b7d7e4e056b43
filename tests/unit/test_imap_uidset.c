/* test_imap_uidset.c - UIDs as the ranges of a command
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailbox/imap_uidset.h"
#include "tests/lib/rows.h"

static void write_ranges(const struct uid_range *ranges, size_t count, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%lu:%lu", i ? "," : "",
					 (unsigned long)ranges[i].first,
					 (unsigned long)ranges[i].last);
}

static void neighbours_become_ranges(void **state)
{
	static const struct {
		uint32_t uids[6];
		size_t count;
		const char *want;
	} cases[] = {
		{ { 0 }, 0, "" },
		{ { 7 }, 1, "7:7" },
		{ { 1, 2, 3, 6 }, 4, "1:3,6:6" },
		{ { 1, 3, 5 }, 3, "1:1,3:3,5:5" },
		{ { 4294967294, 4294967295 }, 2, "4294967294:4294967295" },
		{ { 1, 4294967295 }, 2, "1:1,4294967295:4294967295" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct uid_range ranges[UID_RANGES_MAX];
		size_t count;
		char text[200];

		assert_int_equal(uids_to_ranges(cases[i].uids, cases[i].count, ranges, &count),
				 cases[i].count);
		write_ranges(ranges, count, text, sizeof(text));
		assert_string_equal(text, cases[i].want);
	}
}

static void uids_are_sorted_and_met_once(void **state)
{
	uint32_t uids[] = { 9, 0, 3, 9, 4294967295, 1, 3, 0 };
	static const uint32_t want[] = { 1, 3, 9, 4294967295 };

	(void)state;
	assert_int_equal(uids_sort(uids, 8), 4);
	assert_memory_equal(uids, want, sizeof(want));
	assert_int_equal(uids_sort(NULL, 0), 0);
	assert_int_equal(uids_find(want, 4, 9), 2);
	assert_int_equal(uids_find(want, 4, 2), 4);
	assert_int_equal(uids_find(NULL, 0, 2), 0);
}

/* The worst case: no two neighbours and all of ten digits. */
static void command_lines_stay_short(void **state)
{
	enum { COUNT = 2 * UID_RANGES_MAX + 1 };
	uint32_t uids[COUNT];
	struct uid_range ranges[UID_RANGES_MAX];
	char text[16384];
	size_t done = 0, count, commands = 0;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		uids[i] = 4000000000u + 2 * i;
	while (done < COUNT) {
		done += uids_to_ranges(uids + done, COUNT - done, ranges, &count);
		write_ranges(ranges, count, text, sizeof(text));
		assert_true(strlen(text) < 7800);
		commands++;
	}
	assert_int_equal(done, COUNT);
	assert_int_equal(commands, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_become_ranges),
		cmocka_unit_test(uids_are_sorted_and_met_once),
		cmocka_unit_test(command_lines_stay_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
