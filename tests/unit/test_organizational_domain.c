/* test_organizational_domain.c - what the owner of a host's name registered
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/organizational_domain.h"
#include "tests/lib/rows.h"

static void registered_domains(void **state)
{
	static const struct {
		const char *host, *want;
	} cases[] = {
		{ "mail.example.com", "example.com" },
		{ "example.com", "example.com" },
		{ "a.b.example.co.uk", "example.co.uk" },
		{ "x.y.no-such-tld", "y.no-such-tld" },
		/* customers of a hosting company have its domain */
		{ "ec2-1-2-3-4.compute-1.amazonaws.com", "amazonaws.com" },
		{ "dd1234.kasserver.com", "kasserver.com" },
		{ "com", "" },
		{ "co.uk", "" },
		{ "localhost", "" },
		{ "", "" },
		{ ".com", "" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct slice found = registered_domain(slice_of(cases[i].host));

		if (!slice_is(found, cases[i].want))
			fail_msg("%s: %.*s", cases[i].host, (int)found.size, found.data);
	}
}

/* More names than are remembered, of one length, some of them public suffixes. */
static void remembered_names(void **state)
{
	(void)state;
	for (int i = 0; i < 3000; i++) {
		char name[64], want[64];

		snprintf(name, sizeof(name), "%s.h%03d.co.uk", i % 2 ? "a" : "A", i % 1000);
		snprintf(want, sizeof(want), "h%03d.co.uk", i % 1000);
		assert_true(slice_is(organizational_domain(slice_of(name)), want));
		assert_null(organizational_domain(slice_of("co.uk")).data);
		snprintf(name, sizeof(name), "h%03d.co.uk", i % 1000);
		assert_true(same_organization(slice_of(name), slice_of(want)));
		snprintf(want, sizeof(want), "h%03d.co.uk", (i + 1) % 1000);
		assert_false(same_organization(slice_of(name), slice_of(want)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(registered_domains),
					    cmocka_unit_test(remembered_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
