/* test_tenant.c - whose domain is it
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ingest/report/tenant.h"
#include "tests/lib/rows.h"

static const char *owner(const struct tenant_table *table, const char *domain)
{
	return tenant_of(table, slice_of(domain));
}

static void nearest_parent_wins(void **state)
{
	struct tenant_table *table = tenant_table_new();
	struct error err;

	(void)state;
	assert_string_equal(owner(table, "example.com"), TENANT_DEFAULT);
	assert_true(tenant_table_add(table, "acme", slice_of("Example.com."), &err));
	assert_true(tenant_table_add(table, "branch", slice_of("east.example.com"), &err));
	assert_true(tenant_table_add(table, "acme",
				     slice_of("b\xc3\xbc"
					      "cher.example"),
				     &err));

	assert_string_equal(owner(table, "example.com"), "acme");
	assert_string_equal(owner(table, "mail.west.example.com"), "acme");
	assert_string_equal(owner(table, "east.example.com"), "branch");
	assert_string_equal(owner(table, "a.b.east.example.com"), "branch");
	assert_string_equal(owner(table, "northeast.example.com"), "acme");
	assert_string_equal(owner(table, "www.xn--bcher-kva.example"), "acme");
	assert_string_equal(owner(table, "badexample.com"), TENANT_UNCLAIMED);
	assert_string_equal(owner(table, "com"), TENANT_UNCLAIMED);
	assert_string_equal(owner(table, ""), TENANT_UNCLAIMED);
	assert_string_equal(tenant_of(table, (struct slice){ NULL, 0 }), TENANT_UNCLAIMED);
	tenant_table_free(table);
}

static void a_domain_has_one_owner(void **state)
{
	struct tenant_table *table = tenant_table_new();
	struct error err;

	(void)state;
	assert_true(tenant_table_add(table, "acme", slice_of("example.com"), &err));
	assert_true(tenant_table_add(table, "acme", slice_of("EXAMPLE.com"), &err));
	assert_false(tenant_table_add(table, "other", slice_of("example.com."), &err));
	assert_int_equal(err.class, ERROR_FATAL);
	assert_non_null(strstr(err.text, "acme"));
	assert_false(tenant_table_add(table, "other", slice_of("no domain"), &err));
	assert_int_equal(err.class, ERROR_FATAL);
	assert_false(tenant_table_add(table, "not-valid", slice_of("example.org"), &err));
	assert_int_equal(err.class, ERROR_FATAL);
	assert_false(tenant_table_add(table, TENANT_DEFAULT, slice_of("example.org"), &err));
	assert_int_equal(err.class, ERROR_FATAL);
	assert_false(tenant_table_add(table, TENANT_UNCLAIMED, slice_of("example.org"), &err));
	assert_non_null(strstr(err.text, "reserved"));
	assert_string_equal(owner(table, "example.org"), TENANT_UNCLAIMED);
	tenant_table_free(table);
}

static void names(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} cases[] = {
		{ "a", true },
		{ "7", true },
		{ "acme_2", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
		{ "", false },
		{ "_a", false },
		{ "a-b", false },
		{ "Acme", false },
		{ "a.b", false },
		{ "a*", false },
	};

	(void)state;
	FOR_ROWS (i, cases)
		if (tenant_name_valid(slice_of(cases[i].name)) != cases[i].valid)
			fail_msg("%s", cases[i].name);
}

static void many_domains(void **state)
{
	struct tenant_table *table = tenant_table_new();
	char domain[40], tenant[20];
	struct error err;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(domain, sizeof(domain), "customer-%d.example", i);
		snprintf(tenant, sizeof(tenant), "t%d", i % 100);
		assert_true(tenant_table_add(table, tenant, slice_of(domain), &err));
	}
	for (int i = 0; i < 10000; i++) {
		snprintf(domain, sizeof(domain), "mx.customer-%d.example", i);
		snprintf(tenant, sizeof(tenant), "t%d", i % 100);
		assert_string_equal(owner(table, domain), tenant);
	}
	tenant_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest_parent_wins),
		cmocka_unit_test(a_domain_has_one_owner),
		cmocka_unit_test(names),
		cmocka_unit_test(many_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
