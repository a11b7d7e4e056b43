/* test_json_repair.c - what is nearly JSON becomes JSON
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "ingest/text/json_repair.h"
#include "tests/lib/rows.h"
#include "tests/lib/whole_input.h"

#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

static void expect(struct slice bytes, struct slice want, bool repaired)
{
	struct quirk_set quirks = { 0 };
	struct input *memory = input_from_memory(bytes);
	struct input *input = json_repair_new(memory, &quirks);
	struct strbuf out;
	struct error err;

	strbuf_init(&out, 1 << 20);
	for (size_t size = 1; size <= 64; size += 63) {
		whole_input(input, size, &out);
		assert_string_equal(out.buf, want.data);
		assert_int_equal(out.len, want.size);
		assert_true(input_rewind(input, &err));
	}
	assert_true(quirk_has(&quirks, QUIRK_JSON_REPAIRED) == repaired);
	strbuf_release(&out);
	input_close(input);
	input_close(memory);
}

static void json_stays_as_it_is(void **state)
{
	static const struct slice cases[] = {
		BYTES("{\"a\": [1,-2.5e+3,0,true,false ,null,\"x\\\"y\\\\\\u00e9\\/\"],\"b\" : {}}"),
		BYTES(" [ ]\n"),
		BYTES("{\"a\":\"\xc3\xa9\x7f 'b'\"}"),
		BYTES("{\"a\":\"\" ,\"b\":\"\"\t}"),
		/* behind the document */
		BYTES("{\"a\":1}\0\0"),
		BYTES("{\"a\":1} ,,'{\"a\":1,}"),
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect(cases[i], cases[i], false);
}

static void what_is_nearly_json_becomes_json(void **state)
{
	static const struct {
		struct slice bytes, want;
	} cases[] = {
		{ BYTES("{\"a\":[1,2,],}"), BYTES("{\"a\":[1,2]}") },
		{ BYTES("[,1,,2]"), BYTES("[1,2]") },
		{ BYTES("{'a': 'it\"s', 'b': 'it\\'s'}"),
		  BYTES("{\"a\": \"it\\\"s\",\"b\": \"it's\"}") },
		{ BYTES("{'a': 'it's'}"), BYTES("{\"a\": \"it's\"}") },
		{ BYTES("{\"a\": \"say \"yes\" or\"no\"\"}"),
		  BYTES("{\"a\": \"say \\\"yes\\\" or\\\"no\\\"\"}") },
		{ BYTES("[NaN, -Infinity, None, True, 007, .5, 1., 1e, +1, -]"),
		  BYTES("[\"NaN\",\"-Infinity\",null,\"True\",\"007\",\".5\",\"1.\",\"1e\","
			"\"+1\",\"-\"]") },
		{ BYTES("{report-id: x\\y}"), BYTES("{\"report-id\": \"x\\\\y\"}") },
		{ BYTES("[\"a\r\n\tb\0\x1f\"]"),
		  BYTES("[\"a\\u000d\\u000a\\u0009b\\u0000\\u001f\"]") },
		{ BYTES("[\"\\x\\u12\\u12z\\u\"]"), BYTES("[\"\\\\x\\\\u12\\\\u12z\\\\u\"]") },
		{ BYTES("[1\0,\v2]"), BYTES("[1,2]") },
		/* blanks behind a quote belong to the text when it goes on */
		{ BYTES("[\"a\" \n b\"]"), BYTES("[\"a\\\" \\u000a b\"]") },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect(cases[i].bytes, cases[i].want, true);
}

static void what_is_cut_off_is_left_out(void **state)
{
	static const struct {
		struct slice bytes, want;
	} cases[] = {
		{ BYTES("{\"a\":12"), BYTES("{\"a\":") },
		{ BYTES("{\"a\":12,"), BYTES("{\"a\":12") },
		{ BYTES("{\"a\":\"x\""), BYTES("{\"a\":\"x") },
		{ BYTES("{\"a\":\"x\\"), BYTES("{\"a\":\"x") },
		{ BYTES("{\"a\":\"x\\u00"), BYTES("{\"a\":\"x") },
		{ BYTES(""), BYTES("") },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect(cases[i].bytes, cases[i].want, false);
}

static void expect_too_long_a_word(const char *end)
{
	struct quirk_set quirks = { 0 };
	struct input *memory, *input;
	struct strbuf text;
	char piece[64];
	struct error err;
	size_t got;

	strbuf_init(&text, 1 << 20);
	strbuf_add_byte(&text, '[');
	while (text.len < 5000)
		strbuf_add_byte(&text, 'x');
	strbuf_add_text(&text, end);
	memory = input_from_memory(strbuf_slice(&text));
	input = json_repair_new(memory, &quirks);
	while (input_read(input, piece, sizeof(piece), &got, &err))
		assert_true(got > 0);
	assert_int_equal(err.class, ERROR_REJECT);
	assert_string_equal(err.reason, "bad-json");
	input_close(input);
	input_close(memory);
	strbuf_release(&text);
}

static void a_word_that_is_too_long_is_refused(void **state)
{
	(void)state;
	expect_too_long_a_word("");
	expect_too_long_a_word("]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_stays_as_it_is),
		cmocka_unit_test(what_is_nearly_json_becomes_json),
		cmocka_unit_test(what_is_cut_off_is_left_out),
		cmocka_unit_test(a_word_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
