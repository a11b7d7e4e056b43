/* test_json_writer.c - JSON into a strbuf, with nothing to get wrong
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json_writer.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BAD "\xef\xbf\xbd"

static void quotes_any_bytes(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *want;
	} cases[] = {
		{ "", 0, "\"\"" },
		{ "plain", 5, "\"plain\"" },
		{ "\"\\/", 3, "\"\\\"\\\\/\"" },
		{ "\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\"" },
		{ "\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\"" },
		{ "a\0b", 3, "\"a" BAD "b\"" },
		{ "\xc3\xa4\xf0\x9f\x98\x80", 6, "\"\xc3\xa4\xf0\x9f\x98\x80\"" },
		{ "\xff", 1, "\"" BAD "\"" },
		{ "\xe2\x82", 2, "\"" BAD BAD "\"" },
		{ "\xe2\x82x", 3, "\"" BAD BAD "x\"" },
		{ "\xed\xa0\x80", 3, "\"" BAD BAD BAD "\"" },
		{ "\xc0\x80", 2, "\"" BAD BAD "\"" },
	};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 1000);
	FOR_ROWS (i, cases) {
		strbuf_reset(&out);
		json_quote(&out, (struct slice){ cases[i].text, cases[i].size });
		assert_string_equal(out.buf, cases[i].want);
	}
	strbuf_release(&out);
}

static void writes_members(void **state)
{
	struct json_writer jw;
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 1000);
	jw_init(&jw, &out);
	jw_object(&jw, NULL);
	jw_string(&jw, "absent", (struct slice){ NULL, 0 });
	jw_text(&jw, "empty", "");
	jw_text(&jw, "text", "a\"b");
	jw_uint(&jw, "most", UINT64_MAX);
	jw_int(&jw, "least", INT64_MIN);
	jw_int(&jw, "zero", 0);
	jw_bool(&jw, "yes", true);
	jw_time(&jw, "time", 0);
	jw_raw(&jw, "raw", slice_of("[]"));
	jw_array(&jw, "list");
	jw_text(&jw, NULL, "x");
	jw_uint(&jw, NULL, 1);
	jw_object(&jw, NULL);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	assert_string_equal(out.buf,
			    "{\"text\":\"a\\\"b\",\"most\":18446744073709551615,"
			    "\"least\":-9223372036854775808,\"zero\":0,\"yes\":true,"
			    "\"time\":\"1970-01-01T00:00:00Z\",\"raw\":[],\"list\":[\"x\",1,{}]}");
	strbuf_release(&out);
}

/* Bytes are looked at in blocks: each place of a special byte, in texts of any length. */
static void finds_each_special_byte(void **state)
{
	static const char specials[] = { '"', '\\', '\n', '\x1f', '\x7f', '\0', '\xff' };
	static const char *const want[] = { "\\\"", "\\\\", "\\n", "\\u001f", "\\u007f", BAD, BAD };
	struct json_writer jw;
	struct strbuf out, expected;
	char text[40];

	(void)state;
	strbuf_init(&out, 1000);
	strbuf_init(&expected, 1000);
	FOR_ROWS (i, specials) {
		for (size_t size = 1; size < sizeof(text); size++) {
			for (size_t at = 0; at < size; at++) {
				memset(text, 'a', size);
				text[at] = specials[i];
				strbuf_reset(&out);
				jw_init(&jw, &out);
				jw_object(&jw, NULL);
				jw_string_at(&jw, slice_of("\"k\":"), (struct slice){ text, size });
				jw_string(&jw, "l", (struct slice){ text, size });
				jw_end(&jw);
				strbuf_reset(&expected);
				for (unsigned k = 0; k < 2; k++) {
					strbuf_add_text(&expected,
							k == 0 ? "{\"k\":\"" : ",\"l\":\"");
					strbuf_add(&expected, text, at);
					strbuf_add_text(&expected, want[i]);
					strbuf_add(&expected, text + at + 1, size - at - 1);
					strbuf_add_text(&expected, k == 0 ? "\"" : "\"}");
				}
				assert_string_equal(out.buf, expected.buf);
			}
		}
	}
	strbuf_release(&out);
	strbuf_release(&expected);
}

static void overflow_is_asked_at_the_end(void **state)
{
	struct json_writer jw;
	struct strbuf out;

	(void)state;
	for (size_t limit = 0; limit < 20; limit++) {
		strbuf_init(&out, limit);
		jw_init(&jw, &out);
		jw_object(&jw, NULL);
		jw_text(&jw, "key", "0123456789");
		jw_end(&jw); /* {"key":"0123456789"} has 20 bytes */
		assert_true(out.overflowed);
		assert_true(out.len <= limit);
		strbuf_release(&out);
		strbuf_init(&out, limit);
		jw_init(&jw, &out);
		jw_object(&jw, NULL);
		jw_string_at(&jw, slice_of("\"key\":"), slice_of("012345678\""));
		jw_end(&jw); /* {"key":"012345678\""} */
		assert_true(out.overflowed);
		assert_true(out.len <= limit);
		strbuf_release(&out);
	}
	strbuf_init(&out, 20);
	jw_init(&jw, &out);
	jw_object(&jw, NULL);
	jw_text(&jw, "key", "0123456789");
	jw_end(&jw);
	assert_false(out.overflowed);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_any_bytes),
		cmocka_unit_test(writes_members),
		cmocka_unit_test(finds_each_special_byte),
		cmocka_unit_test(overflow_is_asked_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
