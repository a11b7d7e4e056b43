/* test_tally.c - sums by key
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bridge/report/tally.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void the_latest_text_does_not_depend_on_the_order(void **state)
{
	static const struct {
		const char *text;
		int64_t when;
	} reports[] = { { "unknown", 1 }, { "approved", 2 }, { "known", 2 }, { "none", 0 } };

	(void)state;
	/* Each number from 0 to 255 is an order in which some come twice and others never. */
	for (unsigned order = 0; order < 256; order++) {
		struct tally_table table;
		struct tally *tally;
		const char *want = "";
		int64_t last = -1;
		bool added;

		tally_init(&table, 10000);
		tally = tally_of(&table, slice_of("example.com"), &added);
		for (unsigned i = 0; i < COUNT(reports); i++) {
			const unsigned which = order >> 2 * i & 3;
			const char *text = reports[which].text;

			tally_set_latest(&table, tally, 1, slice_of(text), reports[which].when);
			if (reports[which].when > last ||
			    (reports[which].when == last && strcmp(text, want) > 0)) {
				last = reports[which].when;
				want = text;
			}
		}
		assert_true(slice_is(tally->texts[1], want));
		tally_release(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_text_does_not_depend_on_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
