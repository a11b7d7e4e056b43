/* test_valve.c - a wrong template is not the documents' fault
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "output/valve.h"

static bool refused(struct valve *valve, const char *index, const char *type)
{
	return valve_refused(valve, slice_of(index), slice_of(type));
}

static void it_closes_when_most_are_refused(void **state)
{
	struct valve valve = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		assert_false(refused(&valve, "a", "mapping"));
	assert_true(refused(&valve, "a", "mapping"));
	/* Others are not meant. */
	assert_false(refused(&valve, "b", "mapping"));
	valve_release(&valve);
}

static void it_opens_when_documents_are_taken_again(void **state)
{
	struct valve valve = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		refused(&valve, "a", "mapping");
	for (unsigned i = 0; i < 60; i++)
		valve_taken(&valve, slice_of("a"));
	assert_true(refused(&valve, "a", "mapping"));
	for (unsigned i = 0; i < 10; i++)
		valve_taken(&valve, slice_of("a"));
	assert_false(refused(&valve, "a", "mapping"));
	valve_release(&valve);
}

static void a_bad_document_now_and_then_is_the_documents_fault(void **state)
{
	struct valve valve = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		assert_false(refused(&valve, "a", "mapping"));
		valve_taken(&valve, slice_of("a"));
		valve_taken(&valve, slice_of("a"));
	}
	/* Nor are different reasons. */
	for (unsigned i = 0; i < 1000; i++)
		assert_false(refused(&valve, "b", i % 2 ? "mapping" : "term"));
	valve_release(&valve);
}

static void more_indices_than_are_watched(void **state)
{
	struct valve valve = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 10 * VALVE_INDICES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "index-%u", i);
		assert_false(refused(&valve, name, "mapping"));
		valve_taken(&valve, slice_of("unknown"));
	}
	assert_int_equal(valve.count, VALVE_INDICES);
	valve_release(&valve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_closes_when_most_are_refused),
		cmocka_unit_test(it_opens_when_documents_are_taken_again),
		cmocka_unit_test(a_bad_document_now_and_then_is_the_documents_fault),
		cmocka_unit_test(more_indices_than_are_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
