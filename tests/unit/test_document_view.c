/* test_document_view.c - members of a document, whatever else it holds
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/report/document_view.h"

static struct document_view view;

static int set_up(void **state)
{
	(void)state;
	document_view_init(&view);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	document_view_release(&view);
	return 0;
}

static void assert_text(enum field field, const char *expected)
{
	const struct slice text = document_view_text(&view, field);

	assert_true(expected ? slice_is(text, expected) : text.size == 0);
}

static void members_are_read_in_any_order(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		document_view_read(&view,
				   slice_of("{\"report.id\":\"1\",\"source.ip\":\"192.0.2.1\","
					    "\"dmarc.message_count\":7}"));
		assert_text(FIELD_ID_REPORT_ID, "1");
		assert_text(FIELD_ID_SOURCE_IP, "192.0.2.1");
		assert_int_equal(document_view_number(&view, FIELD_ID_DMARC_MESSAGE_COUNT), 7);
		document_view_read(&view,
				   slice_of("{\"report.id\":\"2\",\"unknown\":\"x\","
					    "\"dmarc.message_count\":8,\"source.ip\":\"::1\","
					    "\"dmarc.null_sender\":true}"));
		assert_text(FIELD_ID_REPORT_ID, "2");
		assert_text(FIELD_ID_SOURCE_IP, "::1");
		assert_text(FIELD_ID_DMARC_NULL_SENDER, "true");
		assert_int_equal(document_view_number(&view, FIELD_ID_DMARC_MESSAGE_COUNT), 8);
	}
}

static void lists_keep_their_order(void **state)
{
	const struct document_value *value;

	(void)state;
	document_view_read(&view, slice_of("{\"dmarc.dkim.combined\":[\"a\",\"b\"],"
					   "\"report.quirks\":[\"no-org\",\"unknown-code\"]}"));
	value = view.lists[FIELD_ID_DMARC_DKIM_COMBINED];
	assert_true(slice_is(value->text, "a"));
	assert_true(slice_is(value->next->text, "b"));
	assert_null(value->next->next);
	assert_true(quirk_has(&view.quirks, QUIRK_NO_ORG));
}

/* Documents of others may be nested. */
static void what_is_nested_is_ignored(void **state)
{
	(void)state;
	document_view_read(&view, slice_of("{\"dmarc.dkim.combined\":[\"a\"]}"));
	document_view_read(&view,
			   slice_of("{\"dmarc.dkim.combined\":{\"report.id\":\"x\","
				    "\"source.ip\":[\"y\"]},\"report.id\":[[\"z\"],{\"a\":\"b\"}],"
				    "\"dmarc.domain\":\"example.com\"}"));
	assert_null(view.lists[FIELD_ID_DMARC_DKIM_COMBINED]);
	assert_null(view.lists[FIELD_ID_SOURCE_IP]);
	assert_null(view.lists[FIELD_ID_REPORT_ID]);
	assert_text(FIELD_ID_REPORT_ID, NULL);
	assert_text(FIELD_ID_SOURCE_IP, NULL);
	assert_text(FIELD_ID_DMARC_DOMAIN, "example.com");
}

static void a_damaged_document_has_no_members(void **state)
{
	(void)state;
	document_view_read(&view, slice_of("{\"report.id\":\"1\",\"source.ip\":}"));
	assert_text(FIELD_ID_REPORT_ID, NULL);
}

/* Many small values need more memory than their text. */
static void a_list_is_limited(void **state)
{
	struct strbuf json;

	(void)state;
	strbuf_init(&json, 16 * MIB);
	strbuf_add_text(&json, "{\"report.id\":\"1\",\"dmarc.dkim.combined\":[\"\"");
	for (int i = 0; i < 200000; i++)
		strbuf_add_text(&json, ",\"\"");
	strbuf_add_text(&json, "]}");
	document_view_read(&view, strbuf_slice(&json));
	assert_text(FIELD_ID_REPORT_ID, NULL);
	assert_null(view.lists[FIELD_ID_DMARC_DKIM_COMBINED]);
	strbuf_release(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(members_are_read_in_any_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_keep_their_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_nested_is_ignored, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_document_has_no_members, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_list_is_limited, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
