/* test_json_reader.c - JSON as a stream of events
 *
 * SPDX-License-Identifier: MIT
 *
 * Every text is read whole and one byte at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/strbuf.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MAX_DEPTH 4
#define MAX_TOKEN 50000

/* Events as text: "0{ 1k:a 1n:1 0}". */
static bool record(void *context, enum json_event event, unsigned depth, struct slice text,
		   struct error *err)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "{",    [JSON_OBJECT_END] = "}", [JSON_ARRAY] = "[",
		[JSON_ARRAY_END] = "]", [JSON_KEY] = "k",        [JSON_STRING] = "s",
		[JSON_NUMBER] = "n",    [JSON_TRUE] = "true",    [JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};
	struct strbuf *out = context;

	strbuf_add_format(out, "%s%u%s", out->len > 0 ? " " : "", depth, names[event]);
	if (text.data) {
		strbuf_add_byte(out, ':');
		strbuf_add_slice(out, text);
	}
	if (slice_is(text, "stop"))
		return error_set(err, ERROR_RETRY, "told to stop");
	return true;
}

struct outcome {
	struct strbuf events;
	bool good, trailing;
	struct error err;
};

static struct outcome read_pieces(struct slice text, size_t piece)
{
	struct outcome o = { .good = true };
	struct json_reader *reader;

	strbuf_init(&o.events, 1 << 20);
	reader = json_reader_new(record, &o.events, MAX_DEPTH, MAX_TOKEN);
	for (size_t at = 0; o.good && at < text.size; at += piece) {
		const size_t left = text.size - at;

		o.good = json_reader_feed(reader,
					  (struct slice){ text.data + at,
							  left < piece ? left : piece },
					  &o.err);
	}
	o.good = o.good && json_reader_end(reader, &o.err);
	o.trailing = json_reader_has_trailing_data(reader);
	json_reader_free(reader);
	return o;
}

static void expect_events(struct slice text, const char *events, bool trailing)
{
	static const size_t pieces[] = { SIZE_MAX / 2, 1, 3 };

	FOR_ROWS (i, pieces) {
		struct outcome o = read_pieces(text, pieces[i]);

		assert_true(o.good);
		assert_string_equal(o.events.buf, events);
		assert_int_equal(o.trailing, trailing);
		strbuf_release(&o.events);
	}
}

static void expect_reject(struct slice text, const char *reason)
{
	static const size_t pieces[] = { SIZE_MAX / 2, 1, 3 };

	FOR_ROWS (i, pieces) {
		struct outcome o = read_pieces(text, pieces[i]);

		assert_false(o.good);
		assert_int_equal(o.err.class, ERROR_REJECT);
		assert_string_equal(o.err.reason, reason);
		assert_true(o.err.text[0] != '\0');
		strbuf_release(&o.events);
	}
}

static void gives_events(void **state)
{
	static const struct {
		const char *text, *events;
	} cases[] = {
		{ "{}", "0{ 0}" },
		{ "[]", "0[ 0]" },
		{ " {\"a\" : [1, -2.5e3, true,false,null,\"x\"]}\n",
		  "0{ 1k:a 1[ 2n:1 2n:-2.5e3 2true 2false 2null 2s:x 1] 0}" },
		{ "{\"a\":1,\"a\":2}", "0{ 1k:a 1n:1 1k:a 1n:2 0}" },
		{ "\"\\u00e4\\n\\ud83d\\ude00\\/\"", "0s:\xc3\xa4\n\xf0\x9f\x98\x80/" },
		{ "\"\xff\"", "0s:\xff" },
		{ "{\"\":\"\"}", "0{ 1k: 1s: 0}" },
		{ "123456789012345678901234567890.5", "0n:123456789012345678901234567890.5" },
		{ "true", "0true" },
		{ "null", "0null" },
		{ "0", "0n:0" },
		{ "[[[[]]]]", "0[ 1[ 2[ 3[ 3] 2] 1] 0]" },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_events(slice_of(cases[i].text), cases[i].events, false);
}

static void rejects(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{ "", "bad-json" },
		{ " \n", "bad-json" },
		{ "{", "bad-json" },
		{ "{\"a\":1", "bad-json" },
		{ "\"a", "bad-json" },
		{ "{a:1}", "bad-json" },
		{ "[1,]", "bad-json" },
		{ "[1 2]", "bad-json" },
		{ "tru", "bad-json" },
		{ "-", "bad-json" },
		{ "{\"a\"}", "bad-json" },
		{ "'a'", "bad-json" },
		{ "[\"a\nb\"]", "bad-json" },
		{ "[\"\\x\"]", "bad-json" },
		{ "[\"\\u12g4\"]", "bad-json" },
		{ "[01]", "bad-json" },
		{ "[1.]", "bad-json" },
		{ "/* c */ {}", "bad-json" },
		{ "{]", "bad-json" },
		{ "<xml/>", "bad-json" },
		{ "\xef\xbb{}", "bad-json" },
		{ "[[[[[", "too-deep" },
		{ "[[[[{}]]]]", "too-deep" },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_reject(slice_of(cases[i].text), cases[i].reason);
	expect_reject((struct slice){ "[\0]", 3 }, "bad-json");
	expect_reject((struct slice){ "\0{}", 3 }, "bad-json");
}

static void looks_at_what_follows(void **state)
{
	(void)state;
	expect_events((struct slice){ "{} \r\n\0\0", 7 }, "0{ 0}", false);
	expect_events(slice_of("{}x"), "0{ 0}", true);
	expect_events(slice_of("{}{}"), "0{ 0}", true);
	expect_events(slice_of("{}\xff\xfe\""), "0{ 0}", true);
	expect_events(slice_of("[1]]"), "0[ 1n:1 0]", true);
	expect_events(slice_of("\"a\"b"), "0s:a", true);
	expect_events(slice_of("1 x"), "0n:1", true);
	expect_events(slice_of("null,"), "0null", true);
	expect_events(slice_of("\xef\xbb\xbf{}"), "0{ 0}", true);
	expect_events(slice_of("\xef\xbb\xbf {}\n"), "0{ 0}", true);
}

static void keeps_nul_from_escapes(void **state)
{
	struct outcome o = read_pieces(slice_of("\"a\\u0000b\""), 2);

	(void)state;
	assert_true(o.good);
	assert_int_equal(o.events.len, strlen("0s:") + 3);
	assert_memory_equal(o.events.buf, "0s:a\0b", 6);
	strbuf_release(&o.events);
}

/* What becomes of a lone surrogate matters less than that it comes out as
 * something the writer can make valid. */
static void survives_lone_surrogates(void **state)
{
	static const char *const cases[] = {
		"\"\\ud800\"",  "\"\\udc00\"",        "\"\\ud800\\ud800\"", "\"\\ud800\\n\"",
		"\"\\ud800x\"", "\"\\ud83d\\u0041\"", "\"\\udfff\\ud800\"",
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct outcome o = read_pieces(slice_of(cases[i]), 1);
		struct strbuf quoted;

		assert_true(o.good);
		strbuf_init(&quoted, 1000);
		json_quote(&quoted, strbuf_slice(&o.events));
		assert_true(quoted.len > 4);
		strbuf_release(&quoted);
		strbuf_release(&o.events);
	}
}

static void limits_tokens(void **state)
{
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 1 << 20);
	strbuf_add_byte(&text, '"');
	while (text.len < MAX_TOKEN / 2)
		strbuf_add_byte(&text, 'x');
	strbuf_add_byte(&text, '"');
	for (size_t piece = 1000; piece < 100000; piece += 7777) {
		struct outcome o = read_pieces(strbuf_slice(&text), piece);

		assert_true(o.good);
		strbuf_release(&o.events);
	}
	strbuf_cut(&text, text.len - 1);
	while (text.len < 2 * MAX_TOKEN)
		strbuf_add_byte(&text, '1');
	strbuf_add_byte(&text, '"');
	expect_reject(strbuf_slice(&text), "too-large");
	text.buf[0] = '1'; /* a number of no end */
	memset(text.buf, '1', text.len);
	expect_reject(strbuf_slice(&text), "too-large");
	strbuf_release(&text);
}

static void passes_on_the_listeners_error(void **state)
{
	struct outcome o = read_pieces(slice_of("[\"go\",\"stop\",\"on\"]"), 100);

	(void)state;
	assert_false(o.good);
	assert_int_equal(o.err.class, ERROR_RETRY);
	assert_string_equal(o.events.buf, "0[ 1s:go 1s:stop");
	strbuf_release(&o.events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_events),
		cmocka_unit_test(rejects),
		cmocka_unit_test(looks_at_what_follows),
		cmocka_unit_test(keeps_nul_from_escapes),
		cmocka_unit_test(survives_lone_surrogates),
		cmocka_unit_test(limits_tokens),
		cmocka_unit_test(passes_on_the_listeners_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
