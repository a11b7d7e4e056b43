/* test_circuit_breaker.c - a wrong template is not the documents' fault
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "output/circuit_breaker.h"

static bool refused(struct circuit_breaker *breaker, const char *index, const char *type)
{
	return circuit_breaker_refused(breaker, slice_of(index), slice_of(type));
}

static void it_closes_when_most_are_refused(void **state)
{
	struct circuit_breaker breaker = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		assert_false(refused(&breaker, "a", "mapping"));
	assert_true(refused(&breaker, "a", "mapping"));
	/* Others are not meant. */
	assert_false(refused(&breaker, "b", "mapping"));
	circuit_breaker_release(&breaker);
}

static void it_opens_when_documents_are_taken_again(void **state)
{
	struct circuit_breaker breaker = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		refused(&breaker, "a", "mapping");
	for (unsigned i = 0; i < 60; i++)
		circuit_breaker_accepted(&breaker, slice_of("a"));
	assert_true(refused(&breaker, "a", "mapping"));
	assert_true(circuit_breaker_is_open(&breaker));
	for (unsigned i = 0; i < 10; i++)
		circuit_breaker_accepted(&breaker, slice_of("a"));
	assert_false(circuit_breaker_is_open(&breaker));
	assert_false(refused(&breaker, "a", "mapping"));
	circuit_breaker_release(&breaker);
}

static void a_bad_document_now_and_then_is_the_documents_fault(void **state)
{
	struct circuit_breaker breaker = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		assert_false(refused(&breaker, "a", "mapping"));
		circuit_breaker_accepted(&breaker, slice_of("a"));
		circuit_breaker_accepted(&breaker, slice_of("a"));
	}
	/* Nor are different reasons. */
	for (unsigned i = 0; i < 1000; i++)
		assert_false(refused(&breaker, "b", i % 2 ? "mapping" : "term"));
	circuit_breaker_release(&breaker);
}

static void more_indices_than_are_watched(void **state)
{
	struct circuit_breaker breaker = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < 10 * CIRCUIT_BREAKER_INDICES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "index-%u", i);
		assert_false(refused(&breaker, name, "mapping"));
		circuit_breaker_accepted(&breaker, slice_of("unknown"));
	}
	assert_int_equal(breaker.count, CIRCUIT_BREAKER_INDICES);
	circuit_breaker_release(&breaker);
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
