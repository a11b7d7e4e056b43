/* test_strbuf.c - a growing buffer with a ceiling
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/strbuf.h"

static void grows_and_stays_terminated(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 1000);
	assert_string_equal(sb.buf, "");
	for (size_t i = 0; i < 1000; i++) {
		strbuf_add_byte(&sb, 'x');
		assert_int_equal(sb.len, i + 1);
		assert_int_equal(sb.buf[sb.len], '\0');
	}
	assert_false(sb.overflowed);
	strbuf_reset(&sb);
	strbuf_add_format(&sb, "%d-%s", 7, "seven");
	assert_string_equal(sb.buf, "7-seven");
	strbuf_release(&sb);
}

static void stops_at_the_limit(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 4);
	strbuf_add_text(&sb, "1234");
	assert_false(sb.overflowed);
	strbuf_add_byte(&sb, '5');
	assert_true(sb.overflowed);
	assert_string_equal(sb.buf, "1234");
	strbuf_cut(&sb, 2);
	assert_false(sb.overflowed);
	strbuf_add_text(&sb, "abc"); /* dropped whole, not cut */
	assert_true(sb.overflowed);
	assert_string_equal(sb.buf, "12");
	strbuf_reset(&sb);
	strbuf_add_format(&sb, "%05d", 1);
	assert_true(sb.overflowed);
	assert_string_equal(sb.buf, "");
	strbuf_release(&sb);
}

static void overflow_stays(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 2);
	strbuf_add_text(&sb, "abc");
	strbuf_add_byte(&sb, 'a');
	assert_true(sb.overflowed);
	strbuf_release(&sb);
}

static void holds_any_bytes(void **state)
{
	struct strbuf sb;
	char *room;

	(void)state;
	strbuf_init(&sb, 100);
	strbuf_add(&sb, "a\0b", 3);
	strbuf_add_slice(&sb, (struct slice){ NULL, 0 });
	room = strbuf_room(&sb, 2);
	memcpy(room, "cd", 3);
	sb.len += 2;
	assert_int_equal(strbuf_slice(&sb).size, 5);
	assert_memory_equal(sb.buf, "a\0bcd", 6);
	assert_null(strbuf_room(&sb, 96));
	assert_non_null(strbuf_room(&sb, 95));
	strbuf_release(&sb);
	strbuf_release(&sb);
	assert_string_equal(sb.buf, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(stops_at_the_limit),
		cmocka_unit_test(overflow_stays),
		cmocka_unit_test(holds_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
