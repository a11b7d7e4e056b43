/* test_html.c - foreign text in a page
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bridge/report/html.h"
#include "tests/lib/rows.h"

#define REPLACED "\xef\xbf\xbd"

static char *html(struct slice text, size_t most)
{
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	assert_non_null(file);
	html_text(file, text, most);
	fclose(file);
	return out;
}

static void is_html(const char *text, size_t most, const char *expected)
{
	char *out = html(slice_of(text), most);

	assert_string_equal(out, expected);
	free(out);
}

static void markup_becomes_text(void **state)
{
	(void)state;
	is_html("<script>alert(1)</script>", 99, "&lt;script&gt;alert(1)&lt;/script&gt;");
	is_html("\" onmouseover='x' &amp;", 99, "&quot; onmouseover=&#39;x&#39; &amp;amp;");
}

static void what_cannot_be_seen_is_shown(void **state)
{
	(void)state;
	is_html("a\x01"
		"b\x7f"
		"c",
		99, "a" REPLACED "b" REPLACED "c");
	is_html("\xc2\x85\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf", 99,
		REPLACED REPLACED REPLACED REPLACED);
	is_html("\xf3\xa0\x80\x81", 99, REPLACED); /* a tag character */
	is_html("gr\xc3\xbc\xc3\x9f", 99, "gr\xc3\xbc\xc3\x9f");
	is_html("a\tb\nc", 99, "a\tb\nc");
}

static void is_plain(const char *text, size_t most, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, 256);
	plain_text(&out, slice_of(text), most);
	assert_string_equal(out.buf, expected);
	strbuf_release(&out);
}

static void plain_text_is_one_line(void **state)
{
	(void)state;
	is_plain("a\r\nBcc: b@example.org\tc", 99, "a  Bcc: b@example.org c");
	is_plain("<b>\xe2\x80\xae\x1b[31m", 99, "<b>" REPLACED REPLACED "[31m");
	is_plain("\xff gr\xc3\xbc", 3, REPLACED " g\xe2\x80\xa6");
}

static void broken_encodings_are_shown(void **state)
{
	(void)state;
	is_html("\xff<\xc3", 99, REPLACED "&lt;" REPLACED);
	is_html("\xed\xa0\x80", 99, REPLACED REPLACED REPLACED);
}

static void nul_is_no_end(void **state)
{
	char *out = html((struct slice){ "a\0<", 3 }, 99);

	(void)state;
	assert_string_equal(out, "a" REPLACED "&lt;");
	free(out);
}

static void long_names_are_cut_by_characters(void **state)
{
	(void)state;
	is_html("abcdef", 3, "abc\xe2\x80\xa6");
	is_html("abc", 3, "abc");
	is_html("\xc3\xbc\xc3\xbc\xc3\xbc", 2, "\xc3\xbc\xc3\xbc\xe2\x80\xa6");
	is_html("<<<", 2, "&lt;&lt;\xe2\x80\xa6");
}

static void figures_and_dates_are_not_split(void **state)
{
	(void)state;
	is_html("6.5 % since 6 Nov 2026", 99, "6.5&nbsp;% since 6&nbsp;Nov&nbsp;2026");
	is_html("May 2026", 99, "May&nbsp;2026");
	is_html("12 messages % of Nov 7 mails", 99, "12 messages % of Nov&nbsp;7 mails");
	is_html(" 7 ", 99, " 7 ");
	is_html("a Nov ", 99, "a Nov ");
	is_html("7 No", 99, "7 No");
}

static void shares_do_not_claim_too_much(void **state)
{
	static const struct {
		uint64_t part, whole;
		const char *text;
	} cases[] = {
		{ 0, 0, "\xe2\x80\x93" },
		{ 0, 9, "0&nbsp;%" },
		{ 9, 9, "100&nbsp;%" },
		{ 1, 3, "33.3&nbsp;%" },
		{ 99999, 100000, "&gt; 99.9&nbsp;%" },
		{ 1, 100000, "&lt; 0.1&nbsp;%" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		char *out = NULL;
		size_t size;
		FILE *file = open_memstream(&out, &size);

		assert_non_null(file);
		html_share(file, cases[i].part, cases[i].whole);
		fclose(file);
		assert_string_equal(out, cases[i].text);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_becomes_text),
		cmocka_unit_test(what_cannot_be_seen_is_shown),
		cmocka_unit_test(plain_text_is_one_line),
		cmocka_unit_test(broken_encodings_are_shown),
		cmocka_unit_test(nul_is_no_end),
		cmocka_unit_test(long_names_are_cut_by_characters),
		cmocka_unit_test(figures_and_dates_are_not_split),
		cmocka_unit_test(shares_do_not_claim_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
