/* test_finding.c - sentences out of templates, and who a reporter is
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/base64.h"
#include "bridge/report/finding.h"
#include "bridge/report/reporter.h"
#include "bridge/report/words.h"
#include "tests/lib/rows.h"

static void filled(const struct finding *finding, const char *template, const char *expected)
{
	struct arena arena;
	struct slice text;

	arena_init(&arena, 65536);
	text = finding_fill(&arena, finding, template);
	if (!slice_is(text, expected))
		print_error("\"%.*s\"\n", (int)text.size, text.data);
	assert_true(slice_is(text, expected));
	arena_release(&arena);
}

static void templates_are_filled(void **state)
{
	struct finding f = { .subject = slice_of("example.com") };

	(void)state;
	finding_add_figure(&f, "messages", 1234);
	finding_add_figure(&f, "failed_sessions", 1);
	finding_add_figure(&f, "rejected", 0);
	finding_add_share(&f, "share", 1, 3);
	finding_add_share(&f, "little", 1, 100000);
	finding_add_share(&f, "none", 0, 3);
	finding_add_share(&f, "all", 3, 3);
	finding_add_share(&f, "most", 1999, 2000);
	finding_add_name(&f, "service", slice_of("news.example"));
	finding_add_name(&f, "absent", slice_of(NULL));
	filled(&f, "{service} of {subject}", "news.example of example.com");
	filled(&f, "{messages}, {#messages}", "1,234 messages, 1,234");
	filled(&f, "{failed_sessions}", "1 failed session");
	filled(&f, "{share}, {little}, {all}, {most}", "33.3 %, less than 0.1 %, 100 %, 99.9 %");
	filled(&f, "a[, {#rejected} rejected][, {absent}][, {none}][, by {service}]",
	       "a, by news.example");
	filled(&f, "[never {absent} and {service}]", "");
	filled(&f, "no end {service", "no end news.example");
}

static void a_figure_too_many_does_no_harm(void **state)
{
	struct finding f = { .code = NULL };

	(void)state;
	for (unsigned i = 0; i < 2 * FINDING_FIGURES; i++)
		finding_add_figure(&f, "messages", i + 1);
	for (unsigned i = 0; i < 2 * FINDING_NAMES; i++)
		finding_add_name(&f, "name", slice_of("x"));
	assert_int_equal(f.figures[0].value, 1);
	assert_int_equal(f.figures[FINDING_FIGURES - 1].value, FINDING_FIGURES);
}

static void one_organisation_is_one_reporter(void **state)
{
	static const struct {
		const char *name, *known_as;
	} cases[] = {
		{ "Google Inc.", "google.com" },
		{ "google.com", "google.com" },
		{ "GOOGLE LLC", "google.com" },
		{ "Yahoo! Inc.", "yahoo.com" },
		{ "Enterprise Outlook", "microsoft.com" },
		{ "Microsoft Corporation", "microsoft.com" },
		{ "Foo Mail, Inc.", "Foo Mail" },
		{ "Foo Pty Ltd", "Foo" },
		{ "mail.example.net", "mail.example.net" },
		{ "Inc", "Inc" },
		{ "", "" },
		{ " ", "" },
	};

	(void)state;
	FOR_ROWS (i, cases)
		assert_true(slice_is(reporter_name(slice_of(cases[i].name)), cases[i].known_as));
}

static void lists_name_a_few(void **state)
{
	static const char *const names[] = { "a", "b", "a", "c", "d", "e" };
	static const char *const texts[] = {
		"a", "a and b", "a and b", "a, b and c", "a, b, c and 1 more", "a, b, c and 2 more"
	};
	struct name_list list = { .count = 0 };
	struct arena arena;

	(void)state;
	arena_init(&arena, 4096);
	for (size_t i = 0; i < 6; i++) {
		name_list_add(&list, slice_of(names[i]));
		assert_true(slice_is(name_list_text(&arena, &list), texts[i]));
	}
	arena_release(&arena);
}

static void base64_comes_back(void **state)
{
	static const char *const texts[] = { "", "f", "fo", "foo", "foob" };
	static const char *const encoded[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==" };
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 64);
	for (size_t i = 0; i < 5; i++) {
		strbuf_reset(&out);
		base64_encode(&out, slice_of(texts[i]));
		assert_true(slice_is(strbuf_slice(&out), encoded[i]));
	}
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_are_filled),
		cmocka_unit_test(a_figure_too_many_does_no_harm),
		cmocka_unit_test(one_organisation_is_one_reporter),
		cmocka_unit_test(lists_name_a_few),
		cmocka_unit_test(base64_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
