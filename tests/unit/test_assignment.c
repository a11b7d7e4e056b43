/* test_assignment.c - which worker has which mailbox, and which are alone
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bridge/process/assignment.h"

#define MAILBOXES 100
#define HOUR (60 * 60 * 1000)

static struct mailbox_config mailboxes[MAILBOXES];
static char names[MAILBOXES][16];

/* The first `count` of them. */
static struct config config_of(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "m%zu", i);
		mailboxes[i].name = names[i];
		mailboxes[i].next = i + 1 < count ? &mailboxes[i + 1] : NULL;
	}
	return (struct config){ .mailboxes = mailboxes };
}

static unsigned die(struct assignment *a, size_t mailbox, int64_t now)
{
	return assignment_blame(a, &a->mailboxes[mailbox], now, 1000);
}

static void mailboxes_are_dealt_to_workers(void **state)
{
	const struct config config = config_of(7);
	struct assignment a;

	(void)state;
	assignment_make(&a, &config, 3, NULL);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(a.mailboxes[i].worker, i % 3);
	assert_int_equal(assignment_share(&a, 0), 3);
	assert_int_equal(assignment_share(&a, 2), 2);
	assignment_release(&a);
	assignment_make(&a, &config, 0, NULL);
	assert_int_equal(assignment_share(&a, 0), 7);
	assignment_release(&a);
}

static void two_deaths_give_a_worker_of_its_own(void **state)
{
	const struct config config = config_of(4);
	struct assignment a;

	(void)state;
	assignment_make(&a, &config, 1, NULL);
	assert_int_equal(die(&a, 2, 1000), 1);
	assert_int_equal(die(&a, 2, 2000), 2);
	assert_true(assignment_isolate(&a, &a.mailboxes[2]));
	assert_int_equal(a.workers, 2);
	assert_int_equal(a.mailboxes[2].worker, 1);
	assert_int_equal(assignment_share(&a, 0), 3);
	assert_int_equal(assignment_share(&a, 1), 1);
	assert_false(assignment_isolate(&a, &a.mailboxes[2]));
	assignment_release(&a);
}

static void deaths_long_ago_are_forgotten(void **state)
{
	const struct config config = config_of(2);
	struct assignment a;

	(void)state;
	assignment_make(&a, &config, 1, NULL);
	assert_int_equal(die(&a, 0, 1000), 1);
	assert_int_equal(die(&a, 0, 1000 + HOUR), 2);
	assert_int_equal(die(&a, 0, 2000 + 2 * HOUR), 1);
	/* Alone it may have paused for as long; only a good life counts. */
	assert_true(assignment_isolate(&a, &a.mailboxes[0]));
	assert_int_equal(assignment_blame(&a, &a.mailboxes[0], 5 * HOUR, HOUR), 2);
	assert_int_equal(assignment_blame(&a, &a.mailboxes[0], 6 * HOUR, HOUR + 1), 1);
	assignment_release(&a);
}

static void a_new_configuration_knows_them_by_name(void **state)
{
	const struct config before = config_of(4);
	struct config after;
	struct assignment a, b;

	(void)state;
	assignment_make(&a, &before, 2, NULL);
	die(&a, 3, 1000);
	die(&a, 3, 2000);
	die(&a, 1, 2000);
	after = (struct config){ .mailboxes = &mailboxes[1] };
	assignment_make(&b, &after, 2, &a);
	assignment_release(&a);
	assert_int_equal(b.count, 3);
	assert_int_equal(b.mailboxes[2].worker, 2);
	assert_int_equal(b.mailboxes[2].deaths, 2);
	assert_int_equal(b.mailboxes[0].worker, 0);
	assert_int_equal(b.mailboxes[0].deaths, 1);
	assert_int_equal(b.mailboxes[1].deaths, 0);
	assignment_release(&b);
}

static void there_are_only_so_many(void **state)
{
	const struct config config = config_of(MAILBOXES);
	struct assignment a;
	size_t alone = 0;

	(void)state;
	assignment_make(&a, &config, 1, NULL);
	for (size_t i = 0; i < MAILBOXES; i++)
		alone += assignment_isolate(&a, &a.mailboxes[i]);
	assert_int_equal(alone, ASSIGNMENT_ALONE_MAX);
	assert_int_equal(a.workers, 1 + ASSIGNMENT_ALONE_MAX);
	assignment_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailboxes_are_dealt_to_workers),
		cmocka_unit_test(two_deaths_give_a_worker_of_its_own),
		cmocka_unit_test(deaths_long_ago_are_forgotten),
		cmocka_unit_test(a_new_configuration_knows_them_by_name),
		cmocka_unit_test(there_are_only_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
