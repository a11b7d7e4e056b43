/* test_server_gate.c - how many mailboxes of a server are opened at a time
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/wait.h"
#include "bridge/process/server_gate.h"

#define MAILBOXES (4 * SERVER_GATE_WIDTH)

static char one[] = "one.example", two[] = "two.example";
static struct server_gate *gates;
static unsigned inside, most, opened, turned_away;

static int set_up(void **state)
{
	(void)state;
	gates = NULL;
	inside = most = opened = turned_away = 0;
	wait_resume();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	server_gates_free(gates);
	return 0;
}

static bool open_mailbox(const char *host, int64_t ms)
{
	struct server_gate *gate = server_gate_of(&gates, host, 993);
	bool holds, good;

	gate->hangs_ms = 500;
	if (!server_gate_enter(gate, &holds)) {
		turned_away++;
		return false;
	}
	if (++inside > most)
		most = inside;
	good = wait_until(clock_ms() + ms) && ms < gate->hangs_ms;
	opened += good;
	inside--;
	server_gate_leave(gate, holds, good);
	return good;
}

static void open_soon(void *context)
{
	assert_true(open_mailbox(context, 10));
}

static void so_many_at_a_time(void **state)
{
	(void)state;
	for (int i = 0; i < MAILBOXES; i++)
		fiber_start(open_soon, one);
	fiber_run(fiber_wait);
	assert_int_equal(opened, MAILBOXES);
	assert_int_equal(most, SERVER_GATE_WIDTH);
}

/* All of them need longer than a server may be without progress; it makes progress. */
static void open_slowly(void *context)
{
	assert_true(open_mailbox(context, 200));
}

static void a_slow_server_is_not_overrun(void **state)
{
	(void)state;
	for (int i = 0; i < MAILBOXES; i++)
		fiber_start(open_slowly, one);
	fiber_run(fiber_wait);
	assert_int_equal(opened, MAILBOXES);
	assert_int_equal(most, SERVER_GATE_WIDTH);
}

static void hang(void *context)
{
	assert_false(open_mailbox(context, 60000));
}

static void stop_when_others_are_open(void *context)
{
	const int64_t until = clock_ms() + 30000;

	(void)context;
	while (opened < MAILBOXES && clock_ms() < until)
		(void)wait_until(clock_ms() + 10);
	wait_stop();
}

/* A server that hangs for some, or another one, keeps nobody out. */
static void others_do_not_wait_for_those_that_hang(void **state)
{
	(void)state;
	for (int i = 0; i < SERVER_GATE_WIDTH; i++)
		fiber_start(hang, one);
	for (int i = 0; i < MAILBOXES; i++)
		fiber_start(open_soon, i % 2 ? one : two);
	fiber_start(stop_when_others_are_open, NULL);
	fiber_run(fiber_wait);
	assert_int_equal(opened, MAILBOXES);
	for (const struct server_gate *gate = gates; gate; gate = gate->next)
		assert_int_equal(gate->gate.free, SERVER_GATE_WIDTH);
}

static void be_turned_away(void *context)
{
	assert_false(open_mailbox(context, 10));
}

static void stop_now(void *context)
{
	(void)context;
	wait_stop();
}

static void a_stop_ends_the_waiting(void **state)
{
	(void)state;
	for (int i = 0; i < SERVER_GATE_WIDTH; i++)
		fiber_start(hang, one);
	for (int i = 0; i < 5; i++)
		fiber_start(be_turned_away, one);
	fiber_start(stop_now, NULL);
	fiber_run(fiber_wait);
	assert_int_equal(turned_away, 5);
	assert_int_equal(inside, 0);
	assert_int_equal(gates->gate.free, SERVER_GATE_WIDTH);
}

static void a_server_is_a_host_and_a_port(void **state)
{
	struct server_gate *gate = server_gate_of(&gates, "one.example", 993);

	(void)state;
	assert_ptr_equal(server_gate_of(&gates, "one.example", 993), gate);
	assert_ptr_not_equal(server_gate_of(&gates, "one.example", 143), gate);
	assert_ptr_not_equal(server_gate_of(&gates, "two.example", 993), gate);
	assert_ptr_equal(server_gate_of(&gates, "one.example", 993), gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(so_many_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_slow_server_is_not_overrun, set_up, tear_down),
		cmocka_unit_test_setup_teardown(others_do_not_wait_for_those_that_hang, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_stop_ends_the_waiting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_server_is_a_host_and_a_port, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
