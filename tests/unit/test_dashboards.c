/* test_dashboards.c - the dashboards in the program, rendered for a tenant
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "bridge/setup/dashboards.h"

static struct strbuf text;

static int set_up(void **state)
{
	(void)state;
	strbuf_init(&text, 8 * MIB);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	strbuf_release(&text);
	return 0;
}

static void test_no_token_is_left(void **state)
{
	(void)state;
	for (unsigned product = DASHBOARDS_KIBANA; product <= DASHBOARDS_OPENSEARCH; product++) {
		for (unsigned operator= 0; operator<2; operator++) {
			strbuf_reset(&text);
			dashboards_objects(product, "pre", operator? NULL : "acme", &text);
			dashboards_rules(product, "pre", operator? NULL : "acme", &text);
			assert_false(text.overflowed);
			assert_null(strstr(text.buf, "@@"));
			assert_non_null(
				strstr(text.buf, operator? "pre-feed-*" : "pre-feed-acme-*"));
		}
	}
}

static void test_rules_are_taken_one_by_one(void **state)
{
	struct dashboards_rule rule, other;
	struct slice rest, again;
	unsigned count = 0;

	(void)state;
	dashboards_rules(DASHBOARDS_KIBANA, "pre", "acme", &text);
	rest = again = strbuf_slice(&text);
	while (dashboards_next_rule(&rest, "pre", "acme", &rule)) {
		count++;
		assert_true(rule.word.size > 0 && rule.word.data[0] != '"');
		assert_int_equal(rule.name.data[0], '"');
		assert_int_equal(rule.create.data[0], '{');
		assert_int_equal(rule.replace.data[rule.replace.size - 1], '}');
		assert_int_equal(strlen(rule.uuid), 36);
		assert_int_equal(rule.uuid[14], '4');
		/* the same again, another for another tenant */
		assert_true(dashboards_next_rule(&again, "pre", "acme_eu", &other));
		assert_string_not_equal(rule.uuid, other.uuid);
	}
	assert_int_equal(count, 16);
	assert_int_equal(rest.size, 0);
}

static void test_ids_of_rules_stay(void **state)
{
	struct dashboards_rule rule;
	struct slice rest;

	(void)state;
	dashboards_rules(DASHBOARDS_KIBANA, "pre", "acme", &text);
	rest = strbuf_slice(&text);
	assert_true(dashboards_next_rule(&rest, "pre", "acme", &rule));
	assert_true(slice_is(rule.word, "tls-held-back"));
	/* Another id would leave the old rule behind beside the new one. */
	assert_string_equal(rule.uuid, "c4d78a73-a053-489c-abec-239f5a23242e");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_token_is_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rules_are_taken_one_by_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ids_of_rules_stay, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
