/* test_summary.c - what a person reads about a heap of reports
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

#include "bridge/summary.h"

static void add(struct summary *summary, enum document_kind kind, const char *json)
{
	const struct document_name name = { .kind = kind, .tenant = "acme" };

	summary_add_document(summary, &name, slice_of(json));
}

static char *print(const struct summary *summary)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	summary_print(summary, out, 100, false);
	fclose(out);
	return text;
}

#define FEED(organization, quirks)                                                                 \
	"{\"report.organization\":\"" organization "\",\"feed.reports\":1," quirks                 \
	"\"feed.messages\":5}"

static void oddities_are_counted_per_reporter(void **state)
{
	struct summary *summary = summary_new();
	char *text;

	(void)state;
	add(summary, DOCUMENT_FEED,
	    FEED("one.example", "\"report.quirks\":[\"mime-type\",\"no-org\"],"));
	add(summary, DOCUMENT_FEED, FEED("one.example", "\"report.quirks\":[\"mime-type\"],"));
	add(summary, DOCUMENT_FEED, FEED("two.example", ""));
	text = print(summary);
	assert_non_null(strstr(text, "3 reports"));
	assert_non_null(strstr(text, "one.example: mime-type"));
	assert_non_null(strstr(text, "2 reports\n      the part's content type"));
	assert_non_null(strstr(text, "one.example: no-org"));
	assert_null(strstr(text, "two.example:"));
	free(text);
	summary_free(summary);
}

static void nothing_odd_is_not_spoken_of(void **state)
{
	struct summary *summary = summary_new();
	char *text;

	(void)state;
	add(summary, DOCUMENT_FEED, FEED("two.example", ""));
	text = print(summary);
	assert_non_null(strstr(text, "two.example"));
	assert_null(strstr(text, "not as the RFCs"));
	free(text);
	summary_free(summary);
}

static void foreign_text_steers_no_terminal(void **state)
{
	struct summary *summary = summary_new();
	char *text;

	(void)state;
	add(summary, DOCUMENT_FEED, FEED("evil\\u001b[2Jexample", "\"report.quirks\":[\"no-org\"],"));
	text = print(summary);
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "evil?[2Jexample"));
	free(text);
	summary_free(summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oddities_are_counted_per_reporter),
		cmocka_unit_test(nothing_odd_is_not_spoken_of),
		cmocka_unit_test(foreign_text_steers_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
