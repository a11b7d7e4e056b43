/* test_tell_state.c - what a recipient has been told, and what there is to tell
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bridge/tell/state.h"

#define ALL 15u
#define USUAL (1u << CHANGE_NEW | 1u << CHANGE_WORSE | 1u << CHANGE_RESOLVED)

static struct tell_state state;

static int set_up(void **unused)
{
	(void)unused;
	tell_state_init(&state);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	tell_state_release(&state);
	return 0;
}

/* What is found: one finding of tenant acme, or none for OK; complete false:
 * nothing is known of what is missing. */
static void see(enum severity severity, bool complete, int64_t now)
{
	struct observed one = { .scope = slice_of("acme"),
				.key = slice_of("k"),
				.severity = severity,
				.title = slice_of("Title") };
	struct observed_scope scope = { slice_of("acme"), complete };
	const struct observation o = {
		.list = &one, .count = severity < SEVERITY_OK, .scopes = &scope, .scope_count = 1
	};

	tell_state_observe(&state, &o, now);
}

/* "-", or what there is to tell. */
static const char *changes(int64_t now, int64_t min_age, enum severity least, unsigned kinds,
			   bool accept)
{
	static const char *const names[] = { "new", "worse", "better", "resolved" };
	const struct change_rule rule = { now, min_age, least, kinds };
	const struct outgoing message = { .id = slice_of("id"), .body = slice_of("body") };
	struct change list[4];
	const size_t count = tell_state_changes(&state, &rule, list, 4);
	const char *name = count > 0 ? names[list[0].kind] : "-";

	assert_true(count <= 1);
	if (count > 0 && accept) {
		tell_state_begin(&state, list, count, &message);
		tell_state_accept(&state, now);
	}
	return name;
}

static const char *told(int64_t now)
{
	return changes(now, 0, SEVERITY_WARNING, USUAL, true);
}

static void each_change_is_told_once(void **unused)
{
	(void)unused;
	see(SEVERITY_WARNING, true, 100);
	assert_string_equal(told(100), "new");
	assert_string_equal(told(200), "-");
	see(SEVERITY_CRITICAL, true, 300);
	assert_string_equal(told(300), "worse");
	see(SEVERITY_WARNING, true, 400);
	assert_string_equal(told(400), "-"); /* better, which is not asked for */
	see(SEVERITY_CRITICAL, true, 500);
	assert_string_equal(told(500), "worse");
	see(SEVERITY_OK, true, 600);
	assert_string_equal(told(600), "resolved");
	see(SEVERITY_OK, true, 700);
	assert_string_equal(told(700), "-");
	assert_int_equal(state.count, 0);
}

static void what_was_not_accepted_is_told_again(void **unused)
{
	(void)unused;
	see(SEVERITY_CRITICAL, true, 100);
	assert_string_equal(changes(100, 0, SEVERITY_WARNING, USUAL, false), "new");
	see(SEVERITY_CRITICAL, true, 200);
	assert_string_equal(told(200), "new");
}

static void what_ends_untold_is_told_as_resolved(void **unused)
{
	(void)unused;
	see(SEVERITY_CRITICAL, true, 100);
	assert_string_equal(changes(100, 0, SEVERITY_WARNING, USUAL, false), "new");
	see(SEVERITY_OK, true, 200);
	assert_string_equal(told(200), "resolved");
	assert_int_equal(state.count, 0);
}

static void what_comes_and_goes_is_not_told(void **unused)
{
	(void)unused;
	for (int64_t now = 0; now < 6000; now += 600) {
		see(now / 600 % 2 ? SEVERITY_OK : SEVERITY_CRITICAL, true, now);
		assert_string_equal(changes(now, 900, SEVERITY_WARNING, USUAL, true), "-");
	}
	see(SEVERITY_CRITICAL, true, 6000);
	see(SEVERITY_CRITICAL, true, 7000);
	assert_string_equal(changes(7000, 900, SEVERITY_WARNING, USUAL, true), "new");
	/* And once told, it is not over at once. */
	for (int64_t now = 7200; now < 12000; now += 600) {
		see(now / 600 % 2 ? SEVERITY_OK : SEVERITY_CRITICAL, true, now);
		assert_string_equal(changes(now, 900, SEVERITY_WARNING, USUAL, true), "-");
	}
}

static void nothing_is_over_while_nobody_looks(void **unused)
{
	(void)unused;
	see(SEVERITY_CRITICAL, true, 100);
	assert_string_equal(told(100), "new");
	see(SEVERITY_OK, false, 200);
	assert_string_equal(told(200), "-");
	assert_int_equal(state.count, 1);
}

static void what_is_below_the_threshold_is_not_told(void **unused)
{
	(void)unused;
	see(SEVERITY_NOTICE, true, 100);
	assert_string_equal(told(100), "-");
	assert_string_equal(changes(150, 0, SEVERITY_NOTICE, USUAL, true), "new");
	see(SEVERITY_CRITICAL, true, 200);
	assert_string_equal(told(200), "new"); /* to those who hear of warnings alone */
	see(SEVERITY_NOTICE, true, 300);
	assert_string_equal(told(300), "resolved");
}

static void a_raised_threshold_resolves_nothing(void **unused)
{
	(void)unused;
	see(SEVERITY_WARNING, true, 100);
	assert_string_equal(told(100), "new");
	assert_string_equal(changes(200, 0, SEVERITY_CRITICAL, ALL, true), "-");
}

static void a_tenant_that_is_gone_is_forgotten(void **unused)
{
	const struct observation nothing = { .list = NULL };

	(void)unused;
	see(SEVERITY_CRITICAL, true, 100);
	assert_string_equal(told(100), "new");
	tell_state_observe(&state, &nothing, 200);
	assert_int_equal(state.count, 0);
}

static void it_comes_back_from_its_file(void **unused)
{
	const struct outgoing message = { slice_of("the-id"), slice_of("the-target"),
					  slice_of("line\r\n\"quoted\" \xc3\xbc"), 77 };
	const struct change_rule rule = { 100, 0, SEVERITY_WARNING, USUAL };
	struct tell_state back;
	struct change list[2];
	struct strbuf text;
	struct error err;

	(void)unused;
	see(SEVERITY_CRITICAL, true, 100);
	tell_state_begin(&state, list, tell_state_changes(&state, &rule, list, 2), &message);
	state.sent = 5;
	strbuf_init(&text, TELL_STATE_BYTES);
	tell_state_write(&state, &text);
	tell_state_init(&back);
	assert_true(tell_state_read(&back, strbuf_slice(&text), &err));
	assert_int_equal(back.count, 1);
	assert_int_equal(back.list[0].seen, SEVERITY_CRITICAL);
	assert_int_equal(back.list[0].told, SEVERITY_OK);
	assert_int_equal(back.list[0].pending, SEVERITY_CRITICAL);
	assert_int_equal(back.list[0].since, 100);
	assert_true(back.list[0].due);
	assert_true(slice_is(back.list[0].what.title, "Title"));
	assert_true(slice_equal(back.message.body, message.body));
	assert_true(slice_equal(back.message.id, message.id));
	assert_int_equal(back.message.period, 77);
	assert_int_equal(back.sent, 5);
	tell_state_accept(&back, 200);
	assert_int_equal(back.period, 77);
	assert_int_equal(back.list[0].told, SEVERITY_CRITICAL);
	tell_state_release(&back);
	strbuf_release(&text);
}

static void a_damaged_file_is_an_error(void **unused)
{
	static const char *const damaged[] = {
		"{",
		"[]",
		"{}",
		"{\"version\":2,\"findings\":[]}",
		"{\"version\":1,\"sent\":-1,\"findings\":[]}",
		"{\"version\":1,\"findings\":[{\"seen\":\"purple\"}]}",
		"{\"version\":1,\"findings\":[[[[[[]]]]]]}",
	};
	struct error err;

	(void)unused;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct tell_state s;

		tell_state_init(&s);
		assert_false(tell_state_read(&s, slice_of(damaged[i]), &err));
		assert_int_equal(err.class, ERROR_FATAL);
		tell_state_release(&s);
	}
}

static void the_worst_comes_first_and_the_rest_waits(void **unused)
{
	static const enum severity severities[] = { SEVERITY_NOTICE, SEVERITY_WARNING,
						    SEVERITY_CRITICAL, SEVERITY_NOTICE,
						    SEVERITY_CRITICAL };
	static const char *const keys[] = { "a", "b", "c", "d", "e" };
	const struct change_rule rule = { 100, 0, SEVERITY_NOTICE, USUAL };
	struct observed_scope scope = { slice_of("acme"), true };
	struct observed list[5];
	struct change told_now[3];
	struct observation o = { .list = list, .count = 5, .scopes = &scope, .scope_count = 1 };

	(void)unused;
	for (size_t i = 0; i < 5; i++)
		list[i] = (struct observed){ .scope = scope.name,
					     .key = slice_of(keys[i]),
					     .severity = severities[i] };
	tell_state_observe(&state, &o, 100);
	assert_int_equal(tell_state_changes(&state, &rule, told_now, 3), 3);
	assert_true(slice_is(told_now[0].told->what.key, "c"));
	assert_true(slice_is(told_now[1].told->what.key, "e"));
	assert_true(slice_is(told_now[2].told->what.key, "b"));
	tell_state_begin(&state, told_now, 3, &(struct outgoing){ .id = slice_of("x") });
	tell_state_accept(&state, 100);
	assert_int_equal(tell_state_changes(&state, &rule, told_now, 3), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_change_is_told_once),
		TEST(what_was_not_accepted_is_told_again),
		TEST(what_ends_untold_is_told_as_resolved),
		TEST(what_comes_and_goes_is_not_told),
		TEST(nothing_is_over_while_nobody_looks),
		TEST(what_is_below_the_threshold_is_not_told),
		TEST(a_raised_threshold_resolves_nothing),
		TEST(a_tenant_that_is_gone_is_forgotten),
		TEST(it_comes_back_from_its_file),
		TEST(a_damaged_file_is_an_error),
		TEST(the_worst_comes_first_and_the_rest_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
