/* test_index_name.c - names of indices, made and taken apart
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "bridge/config/index_name.h"
#include "tests/lib/rows.h"

static const struct document_name name = { .kind = DOCUMENT_TLSRPT_POLICY,
					   .tenant = "a_b",
					   .month = "2026.12" };

static void a_name_is_read_back(void **state)
{
	static const struct {
		unsigned period;
		const char *text;
	} cases[] = {
		{ INDEX_MONTH, "my-reports-tlsrpt_policy-a_b-2026.12" },
		{ INDEX_YEAR, "my-reports-tlsrpt_policy-a_b-2026" },
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const struct index_naming naming = { .prefix = "my-reports",
						     .period = cases[i].period };
		struct index_name parts;
		struct strbuf text;

		strbuf_init(&text, 256);
		index_name_add(&text, &naming, &name);
		assert_string_equal(text.buf, cases[i].text);
		assert_true(index_name_read(strbuf_slice(&text), &naming, &parts));
		assert_int_equal(parts.kind, DOCUMENT_TLSRPT_POLICY);
		assert_true(slice_is(parts.tenant, "a_b"));
		assert_int_equal(parts.end, 1798761600); /* 2027-01-01 */
		strbuf_release(&text);
	}
}

static void november_ends_with_november(void **state)
{
	const struct index_naming naming = { .prefix = "p", .period = INDEX_MONTH };
	struct index_name parts;

	(void)state;
	assert_true(index_name_read(slice_of("p-feed-a-2026.11"), &naming, &parts));
	assert_int_equal(parts.end, 1796083200); /* 2026-12-01 */
}

static void other_names_are_left_alone(void **state)
{
	static const char *const others[] = {
		"",
		"p",
		"p-",
		"p-feed",
		"p-feed-a",
		"p-feed-a-",
		"p-feed-a-2026.13",
		"p-feed-a-2026.00",
		"p-feed-a-2026.1",
		"p-feed-a-26",
		"p-feed-a-2026.11-copy",
		"p-feed-a-b-2026.11",
		"p-food-a-2026.11",
		"q-feed-a-2026.11",
		"pp-feed-a-2026.11",
		"p-x-feed-a-2026.11",
		"p-feed-A-2026.11",
		"p-feed-_a-2026.11",
		"p-feed--2026.11",
		"p-feed-a-2026.11.12",
		"p-feed-a-2026.",
		".kibana",
	};
	const struct index_naming naming = { .prefix = "p", .period = INDEX_MONTH };
	struct index_name parts;

	(void)state;
	FOR_ROWS (i, others)
		if (index_name_read(slice_of(others[i]), &naming, &parts))
			fail_msg("'%s' is none of ours", others[i]);
}

static void names_of_parsedmarc_have_their_tenant_in_front(void **state)
{
	static const struct {
		struct index_naming naming;
		enum document_kind kind;
		const char *tenant, *expected, *read;
		int64_t end;
	} cases[] = {
		{ { .prefix = "", .schema = SCHEMA_PARSEDMARC },
		  DOCUMENT_DMARC_AGGREGATE,
		  "default",
		  "dmarc_aggregate-2026-11-30",
		  "unclaimed",
		  1796083200 },
		{ { .prefix = "", .schema = SCHEMA_PARSEDMARC },
		  DOCUMENT_SMTP_TLS,
		  "unclaimed",
		  "smtp_tls-2026-11-30",
		  "unclaimed",
		  1796083200 },
		{ { .prefix = "", .schema = SCHEMA_PARSEDMARC },
		  DOCUMENT_DMARC_FAILURE,
		  "acme",
		  "acme_dmarc_failure-2026-11-30",
		  "acme",
		  1796083200 },
		{ { .prefix = "p-", .schema = SCHEMA_PARSEDMARC, .suffix = "s-t", .monthly = 1 },
		  DOCUMENT_SMTP_TLS,
		  "acme",
		  "p-acme_smtp_tls_s-t-2026-11",
		  "acme",
		  1796083200 },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct document_name document = { .kind = cases[i].kind,
							.tenant = cases[i].tenant,
							.day = "2026-11-30" };
		struct index_name parts;
		struct strbuf text;

		strbuf_init(&text, 256);
		index_name_add(&text, &cases[i].naming, &document);
		assert_string_equal(text.buf, cases[i].expected);
		assert_true(index_name_read(strbuf_slice(&text), &cases[i].naming, &parts));
		assert_int_equal(parts.kind, cases[i].kind);
		assert_true(slice_is(parts.tenant, cases[i].read));
		assert_true(index_tenant_is(&cases[i].naming, parts.tenant, cases[i].tenant));
		assert_int_equal(parts.end, cases[i].end);
		strbuf_release(&text);
	}
}

static void december_of_parsedmarc_ends_with_the_year(void **state)
{
	const struct index_naming naming = { .prefix = "", .schema = SCHEMA_PARSEDMARC };
	struct index_name parts;

	(void)state;
	assert_true(index_name_read(slice_of("smtp_tls-2026-12"), &naming, &parts));
	assert_int_equal(parts.end, 1798761600);
	assert_true(index_name_read(slice_of("smtp_tls-2026-12-31"), &naming, &parts));
	assert_int_equal(parts.end, 1798761600);
}

static void other_names_than_those_of_parsedmarc_are_left_alone(void **state)
{
	static const char *const others[] = {
		"",
		"-",
		"2026-11-24",
		"-2026-11-24",
		"dmarc_aggregate",
		"dmarc_aggregate-",
		"dmarc_aggregate-2026",
		"dmarc_aggregate-2026-13",
		"dmarc_aggregate-2026-11-00",
		"dmarc_aggregate-2026-11-32",
		"dmarc_aggregate2026-11-24",
		"dmarc_aggregate-2026.11",
		"dmarc_aggregate-2026-11-24-copy",
		"dmarc_forensic-2026-11-24",
		"admarc_aggregate-2026-11-24",
		"_dmarc_aggregate-2026-11-24",
		"A_dmarc_aggregate-2026-11-24",
		"p-a_dmarc_aggregate-2026-11-24",
		"unclaimed_dmarc_aggregate-2026-11-24",
		"default_smtp_tls-2026-11-24",
		"dmarc_aggregate_s-2026-11-24",
		"feed-2026-11-24",
		".ds-smtp_tls-2026-11-24",
	};
	const struct index_naming naming = { .prefix = "", .schema = SCHEMA_PARSEDMARC };
	struct index_name parts;

	(void)state;
	FOR_ROWS (i, others)
		if (index_name_read(slice_of(others[i]), &naming, &parts))
			fail_msg("'%s' is none of ours", others[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_parsedmarc_have_their_tenant_in_front),
		cmocka_unit_test(december_of_parsedmarc_ends_with_the_year),
		cmocka_unit_test(other_names_than_those_of_parsedmarc_are_left_alone),
		cmocka_unit_test(a_name_is_read_back),
		cmocka_unit_test(november_ends_with_november),
		cmocka_unit_test(other_names_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
