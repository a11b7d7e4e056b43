/* test_domain_history.c - what changed, and what was only not looked at
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/history.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1795478400)

static struct arena arena;
static struct domain_report *report;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)4 << 20);
	report = arena_alloc(&arena, sizeof(*report));
	report->findings.arena = &arena;
	report->state = (struct domain_state){
		.name = slice_of("example.com"),
		.dnssec = SECURITY_SIGNED,
		.dmarc_known = true,
		.spf_known = true,
		.mx_known = true,
		.sts_known = true,
		.tlsrpt_known = true,
		.dmarc_text = slice_of("v=DMARC1; p=none"),
		.dmarc_location = slice_of("example.com"),
		.spf_text = slice_of("v=spf1 mx ~all"),
		.sts_text = slice_of("v=STSv1; id=1;"),
		.sts_id = slice_of("1"),
		.sts_policy = slice_of("x"),
		.sts_mode = slice_of("testing"),
		.sts_max_age = 86400,
	};
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* The state, as it comes back from its text after `days`. */
static struct domain_history later(const struct domain_history *last, int64_t days)
{
	struct domain_history found, read;
	struct strbuf text;

	domain_history_of(report, "aa", NOW + days * DAY, &arena, &found);
	if (last)
		domain_history_merge(&found, last, &arena);
	strbuf_init(&text, 65536);
	domain_history_write(&found, &text);
	domain_history_read(arena_slice(&arena, strbuf_slice(&text)), &read);
	for (unsigned part = 0; part < DOMAIN_PARTS; part++) {
		assert_int_equal(read.parts[part].known, found.parts[part].known);
		if (!found.parts[part].known)
			continue;
		assert_true(slice_equal(read.parts[part].value, found.parts[part].value));
		assert_true(slice_equal(read.parts[part].findings, found.parts[part].findings));
		assert_int_equal(read.parts[part].since, found.parts[part].since);
	}
	strbuf_release(&text);
	return found;
}

static bool same_digest(const struct domain_history *a, const struct domain_history *b)
{
	uint8_t x[HASH_SIZE], y[HASH_SIZE];

	domain_history_digest(a, x);
	domain_history_digest(b, y);
	return memcmp(x, y, HASH_SIZE) == 0;
}

static void the_same_is_no_change(void **state)
{
	const struct domain_history first = later(NULL, 0), second = later(&first, 1);

	(void)state;
	assert_true(same_digest(&first, &second));
	for (unsigned part = 0; part < DOMAIN_PARTS; part++)
		assert_false(second.parts[part].changed);
	assert_int_equal(second.parts[PART_DMARC].since, NOW);
}

static void a_change_has_its_previous_value(void **state)
{
	const struct domain_history first = later(NULL, 0);
	struct domain_history second;

	(void)state;
	report->state.spf_text = slice_of("v=spf1 \x1b -all");
	second = later(&first, 3);
	assert_true(second.parts[PART_SPF].changed);
	assert_true(slice_is(second.parts[PART_SPF].previous, "v=spf1 mx ~all"));
	assert_true(slice_is(second.parts[PART_SPF].value, "v=spf1 \\027 -all"));
	assert_int_equal(second.parts[PART_SPF].since, NOW + 3 * DAY);
	assert_false(second.parts[PART_DMARC].changed);
	assert_false(same_digest(&first, &second));
}

static void unknown_is_no_change(void **state)
{
	struct domain_history first, second, third;

	(void)state;
	domain_found(&report->findings, DOMAIN_SPF_PTR, slice_of("example.com"), "%s", "");
	first = later(NULL, 0);
	report->findings.count = 0;
	domain_found(&report->findings, DOMAIN_SPF_UNKNOWN, slice_of("example.com"), "%s", "");
	report->state.spf_known = report->state.sts_known = report->state.mx_known = false;
	report->state.dnssec = SECURITY_UNKNOWN;
	report->state.spf_text = slice_of(NULL);
	second = later(&first, 1);
	assert_true(same_digest(&first, &second));
	assert_true(slice_is(second.parts[PART_SPF].findings, "notice spf-ptr example.com"));
	/* and when it comes back it is as old as it was */
	report->findings.count = 0;
	domain_found(&report->findings, DOMAIN_SPF_PTR, slice_of("example.com"), "%s", "");
	report->state.spf_known = report->state.sts_known = report->state.mx_known = true;
	report->state.dnssec = SECURITY_SIGNED;
	report->state.spf_text = slice_of("v=spf1 mx ~all");
	third = later(&second, 2);
	assert_true(same_digest(&first, &third));
	assert_int_equal(third.parts[PART_SPF].since, NOW);
}

static const char *judged(const struct domain_history *history, const struct domain_history *last,
			  int64_t days)
{
	const char *text = "";

	report->findings.count = 0;
	domain_found(&report->findings, DOMAIN_DMARC_P_NONE, slice_of("example.com"), "%s", "");
	domain_found(&report->findings, DOMAIN_STS_TESTING, slice_of("example.com"), "%s", "");
	domain_history_judge(history, last, NOW + days * DAY, &report->findings);
	for (size_t i = 0; i < report->findings.count; i++)
		text = arena_format(&arena, "%s%s%s:%s", text, i > 0 ? " " : "",
				    domain_code_row(report->findings.list[i].code)->code,
				    severity_name(report->findings.list[i].severity));
	return text;
}

static void time_makes_findings_worse(void **state)
{
	struct domain_key key = { .selector = slice_of("s"), .digest = "ab" };
	struct domain_history first, second;

	(void)state;
	report->state.keys = &key;
	report->state.key_count = 1;
	first = later(NULL, 0);
	second = later(&first, 59);
	assert_string_equal(judged(&second, &first, 59), "dmarc-p-none:notice sts-testing:notice");
	second = later(&first, 60);
	assert_string_equal(judged(&second, &first, 60), "dmarc-p-none:notice sts-testing:warning");
	second = later(&first, 90);
	assert_string_equal(judged(&second, &first, 90),
			    "dmarc-p-none:warning sts-testing:warning");
	second = later(&first, 365);
	assert_string_equal(judged(&second, &first, 365),
			    "dmarc-p-none:warning sts-testing:warning dkim-old:notice");
}

static void a_forgotten_id(void **state)
{
	const struct domain_history first = later(NULL, 0);
	struct domain_history second, third;

	(void)state;
	report->state.sts_max_age = 604800;
	second = later(&first, 1);
	assert_string_equal(judged(&second, &first, 1),
			    "dmarc-p-none:notice sts-testing:notice sts-id-stale:warning");
	/* and still the next day, until the id is new */
	second = later(&first, 1);
	third = later(&second, 2);
	assert_string_equal(judged(&third, &second, 2),
			    "dmarc-p-none:notice sts-testing:notice sts-id-stale:warning");
	report->state.sts_id = slice_of("2");
	third = later(&second, 3);
	assert_string_equal(judged(&third, &second, 3), "dmarc-p-none:notice sts-testing:notice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_is_no_change, begin, end),
		cmocka_unit_test_setup_teardown(a_change_has_its_previous_value, begin, end),
		cmocka_unit_test_setup_teardown(unknown_is_no_change, begin, end),
		cmocka_unit_test_setup_teardown(time_makes_findings_worse, begin, end),
		cmocka_unit_test_setup_teardown(a_forgotten_id, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
