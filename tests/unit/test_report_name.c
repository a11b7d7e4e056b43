/* test_report_name.c - which names of files tell a policy domain
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "ingest/report/report_name.h"
#include "tests/lib/rows.h"

static void names(void **state)
{
	static const struct {
		const char *name, *domain;
	} cases[] = {
		{ "r.example!example.com!1767225600!1767311999.xml", "example.com" },
		{ "r.example!Example.COM.!1767225600!1767311999.xml.gz", "example.com" },
		{ "r.example!example.com!1767225600!1767311999!001.json.gz", "example.com" },
		{ "r.example!b\xc3\xbc"
		  "cher.example!1!2.zip",
		  "xn--bcher-kva.example" },
		{ "new/r.example!example.com!1!2.xml", "example.com" },
		{ "a/../../r!example.com!1!2", "example.com" },
		{ "r.example!example.com!1", NULL },
		{ "r.example!example.com", NULL },
		{ "r.example", NULL },
		{ "!example.com!1!2.xml", NULL },
		{ "r.example!!1!2.xml", NULL },
		{ "r.example!../..!1!2.xml", NULL },
		{ "r.example!a b!1!2.xml", NULL },
		{ "r.example!example.com!today!2.xml", NULL },
		{ "r.example!example.com!1!.xml", NULL },
		{ "!!!", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, MIB);
	FOR_ROWS (i, cases) {
		struct slice domain = { NULL, 0 };

		if (report_name_domain(&arena, slice_of(cases[i].name), &domain) !=
			    (cases[i].domain != NULL) ||
		    !slice_equal(domain, slice_of(cases[i].domain)))
			fail_msg("%s: %.*s", cases[i].name, (int)domain.size, domain.data);
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
