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

#include "bridge/report/summary_set.h"

#define NOW 1795564800 /* 2026-11-25 */

static void add(struct summary_set *summary, enum document_kind kind, const char *json)
{
	struct document_view view;

	document_view_init(&view);
	document_view_read(&view, slice_of(json));
	summary_set_add(summary, kind, &view, false);
	document_view_release(&view);
}

static char *print_at(const struct summary_set *summary, unsigned width)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	summary_print(summary, out, width, false);
	fclose(out);
	return text;
}

static char *print(const struct summary_set *summary)
{
	return print_at(summary, 100);
}

#define FEED(organization, quirks)                                                 \
	"{\"report.organization\":\"" organization "\",\"feed.reports\":1," quirks \
	"\"feed.messages\":5}"

static void oddities_are_counted_per_reporter(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	add(&summary, DOCUMENT_FEED,
	    FEED("one.example", "\"report.quirks\":[\"mime-type\",\"no-org\"],"));
	add(&summary, DOCUMENT_FEED, FEED("one.example", "\"report.quirks\":[\"mime-type\"],"));
	add(&summary, DOCUMENT_FEED, FEED("two.example", ""));
	text = print(&summary);
	assert_non_null(strstr(text, "3 reports"));
	assert_non_null(strstr(text, "one.example mime-type"));
	assert_non_null(strstr(text, "2 reports\n    the part's content type"));
	assert_non_null(strstr(text, "one.example no-org"));
	assert_null(strstr(text, "two.example no-org"));
	free(text);
	summary_set_release(&summary);
}

static void nothing_odd_is_not_spoken_of(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	add(&summary, DOCUMENT_FEED, FEED("two.example", ""));
	text = print(&summary);
	assert_non_null(strstr(text, "two.example"));
	assert_null(strstr(text, "Quirks of reports"));
	free(text);
	summary_set_release(&summary);
}

static void foreign_text_steers_no_terminal(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	add(&summary, DOCUMENT_FEED,
	    FEED("evil\\u001b[2Jexample", "\"report.quirks\":[\"no-org\"],"));
	text = print(&summary);
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "evil?[2Jexample"));
	free(text);
	summary_set_release(&summary);
}

#define RECORD(ip, count, dkim, spf, disposition, lists)                             \
	"{\"@timestamp\":\"2026-11-20T00:00:00Z\",\"dmarc.domain\":\"example.com\"," \
	"\"dmarc.header_from\":\"example.com\",\"dmarc.message_count\":" #count      \
	",\"dmarc.result\":\"" dkim "\",\"dmarc.aligned_dkim\":\"" dkim              \
	"\",\"dmarc.aligned_spf\":\"" spf "\",\"dmarc.disposition\":\"" disposition  \
	"\",\"source.ip\":\"" ip "\"" lists "}"
#define DKIM(text) ",\"dmarc.dkim.combined\":[\"" text "\"]"
#define SPF(text) ",\"dmarc.spf.combined\":[\"" text "\"]"

static void a_forwarder_is_told_from_a_service_and_a_forger(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	add(&summary, DOCUMENT_DMARC_AGGREGATE,
	    RECORD("192.0.2.1", 6, "pass", "fail", "none",
		   DKIM("s/a/example.com/pass") SPF("mfrom/example.com/softfail")));
	add(&summary, DOCUMENT_DMARC_AGGREGATE,
	    RECORD("192.0.2.2", 7, "pass", "fail", "none",
		   DKIM("s1/example.com/pass") SPF("mfrom/bounce.example.net/pass")));
	add(&summary, DOCUMENT_DMARC_AGGREGATE,
	    RECORD("192.0.2.3", 8, "fail", "fail", "reject", SPF("mfrom/example.com/fail")));
	add(&summary, DOCUMENT_DMARC_AGGREGATE,
	    RECORD("192.0.2.4", 9, "fail", "fail", "none", DKIM("s1/mail.example.com/fail")));
	text = print(&summary);
	assert_non_null(strstr(text, "Forwarders broke SPF of mail from example.com"));
	assert_non_null(strstr(text, "7 messages  service"));
	assert_non_null(strstr(text, "Unauthenticated mail from example.com was rejected"));
	assert_non_null(strstr(text, "8 messages, 8 rejected"));
	assert_non_null(strstr(text, "arrived with a DKIM signature that failed"));
	assert_non_null(strstr(text, "until 20 Nov 2026, but some was at risk."));
	free(text);
	summary_set_release(&summary);
}

#define SESSIONS(day, mode, failed)                                                               \
	"{\"@timestamp\":\"2026-11-" day "T00:00:00Z\",\"tlsrpt.policy.domain\":\"example.com\"," \
	"\"tlsrpt.policy.type\":\"sts\",\"tlsrpt.policy.mode\":\"" mode "\"," failed "}"
#define FAILURE(day, mode)                                                                      \
	SESSIONS(day, mode,                                                                     \
		 "\"error.code\":\"certificate-expired\",\"server.domain\":\"mx.example.com\"," \
		 "\"tlsrpt.result.cause\":\"It ran out.\",\"tlsrpt.failed_sessions\":5")

static void verdict_is(const char *failure, const char *last_day, const char *expected)
{
	struct summary_set summary;
	char *text;

	summary_set_init(&summary, NOW, false);
	add(&summary, DOCUMENT_TLSRPT_POLICY,
	    SESSIONS("01", "enforce", "\"tlsrpt.successful_sessions\":50"));
	add(&summary, DOCUMENT_TLSRPT_FAILURE, failure);
	add(&summary, DOCUMENT_TLSRPT_POLICY, last_day);
	text = print(&summary);
	if (!strstr(text, expected))
		print_error("%s", text);
	assert_non_null(strstr(text, expected));
	assert_non_null(strstr(text, "It ran out."));
	free(text);
	summary_set_release(&summary);
}

static void mail_is_lost_where_the_policy_is_enforced_and_now(void **state)
{
	(void)state;
	verdict_is(FAILURE("23", "enforce"), SESSIONS("24", "enforce", "\"a\":1"),
		   "Mail is being lost or delayed.");
	verdict_is(
		FAILURE("23", "enforce"), SESSIONS("24", "enforce", "\"a\":1"),
		"Mail to example.com is not delivered over mx.example.com\n    when       since 23 Nov 2026");
	verdict_is(
		FAILURE("10", "enforce"), SESSIONS("24", "enforce", "\"a\":1"),
		"was not always delivered over mx.example.com\n    when       on 10 Nov 2026 only");
	verdict_is(FAILURE("10", "enforce"), SESSIONS("24", "enforce", "\"a\":1"),
		   "No mail is known to be lost now; some was delayed until 10 Nov 2026.");
	verdict_is(FAILURE("23", "testing"), SESSIONS("24", "testing", "\"a\":1"),
		   "would not be delivered in mode enforce over mx.example.com");
	verdict_is(FAILURE("23", "none"), SESSIONS("24", "none", "\"a\":1"),
		   "No mail is known to be lost.");
}

static void what_is_old_is_not_told_as_of_now(void **state)
{
	(void)state;
	verdict_is(FAILURE("12", "enforce"), SESSIONS("13", "enforce", "\"a\":1"),
		   "Mail was being lost or delayed, last seen on 12 Nov 2026.");
}

static void a_date_ahead_does_not_end_a_failure(void **state)
{
	(void)state;
	verdict_is(FAILURE("24", "enforce"), SESSIONS("30", "enforce", "\"a\":1"),
		   "Mail is being lost or delayed.");
}

static void without_reports_nothing_is_claimed(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	text = print(&summary);
	assert_non_null(strstr(text, "There are no reports to judge by."));
	free(text);
	summary_set_release(&summary);
}

#define VERSION(id, digest, start, messages)                                                                \
	"{\"@timestamp\":\"" start "\",\"event.start\":\"" start "\",\"report.id\":\"" id                   \
	"\",\"report.digest\":\"" digest                                                                    \
	"\",\"report.organization\":\"one.example\",\"dmarc.domain\":\"example.com\","                      \
	"\"dmarc.header_from\":\"example.com\",\"dmarc.result\":\"pass\",\"dmarc.message_count\":" messages \
	"}"
#define DAY_OF(day) "2026-11-" day "T00:00:00Z"

static void different_reports_with_one_id_are_named(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	/* three versions of a report, the records of the first two in turns */
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r1", "aaaaaaaa", DAY_OF("23"), "1"));
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r1", "bbbbbbbb", DAY_OF("23"), "2"));
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r1", "aaaaaaaa", DAY_OF("23"), "3"));
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r1", "bbbbbbbb", DAY_OF("23"), "4"));
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r1", "cccccccc", DAY_OF("23"), "5"));
	text = print(&summary);
	assert_non_null(
		strstr(text, "2 reports came again with the same id and different content"));
	assert_non_null(strstr(text, "one.example sent different reports"));
	assert_non_null(strstr(text, "15 messages"));
	free(text);
	summary_set_release(&summary);
}

/* Reporters use an id again on another day; without an id or a period nothing is known. */
static void reports_that_only_share_an_id_are_no_conflict(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r1", "aaaaaaaa", DAY_OF("23"), "1"));
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r1", "bbbbbbbb", DAY_OF("24"), "1"));
	add(&summary, DOCUMENT_DMARC_AGGREGATE, VERSION("r2", "cccccccc", DAY_OF("24"), "1"));
	for (unsigned i = 0; i < 2; i++) {
		add(&summary, DOCUMENT_DMARC_AGGREGATE,
		    i == 0 ? VERSION("", "dddddddd", DAY_OF("24"), "1")
			   : VERSION("", "eeeeeeee", DAY_OF("24"), "1"));
		add(&summary, DOCUMENT_DMARC_AGGREGATE,
		    i == 0 ? VERSION("r3", "ffffffff", "1970-01-01T00:00:00Z", "1")
			   : VERSION("r3", "gggggggg", "1970-01-01T00:00:00Z", "1"));
	}
	text = print(&summary);
	assert_null(strstr(text, "came again"));
	free(text);
	summary_set_release(&summary);
}

static void without_a_period_no_day_is_named(void **state)
{
	static const char *const orders[][2] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
		{ "1970-01-01T00:00:00Z", DAY_OF("23") },
		{ DAY_OF("23"), "1970-01-01T00:00:00Z" },
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct summary_set summary;
		char *text;

		summary_set_init(&summary, NOW, false);
		for (unsigned k = 0; k < 2; k++) {
			char record[512];

			snprintf(record, sizeof(record),
				 "{\"@timestamp\":\"%s\",\"dmarc.domain\":\"example.com\","
				 "\"dmarc.header_from\":\"example.com\",\"dmarc.result\":\"pass\","
				 "\"dmarc.disposition\":\"reject\",\"source.ip\":\"192.0.2.1\","
				 "\"dmarc.message_count\":900}",
				 orders[i][k]);
			add(&summary, DOCUMENT_DMARC_AGGREGATE, record);
		}
		text = print(&summary);
		assert_null(strstr(text, "1970"));
		if (i == 0)
			assert_non_null(strstr(text, "none with a period that can be read"));
		if (i == 0)
			assert_non_null(strstr(text, "No report has a period that can be read."));
		else
			assert_non_null(strstr(text, "0 reports about 23 Nov 2026, as of"));
		free(text);
		summary_set_release(&summary);
	}
}

static void sums_do_not_wrap(void **state)
{
	struct summary_set summary;
	char *text;

	(void)state;
	summary_set_init(&summary, NOW, false);
	for (unsigned i = 0; i < 3; i++)
		add(&summary, DOCUMENT_DMARC_AGGREGATE,
		    RECORD("192.0.2.1", 9223372036854775807, "pass", "pass", "none", ""));
	text = print(&summary);
	assert_non_null(strstr(text, "9,223,372,036,854,775,807 messages"));
	free(text);
	summary_set_release(&summary);
}

static void no_policy_is_cut(void **state)
{
	struct summary_set summary;

	(void)state;
	summary_set_init(&summary, NOW, false);
	add(&summary, DOCUMENT_DMARC_AGGREGATE,
	    RECORD("192.0.2.1", 1, "pass", "pass", "none", ",\"dmarc.policy.p\":\"quarantine\""));
	for (unsigned width = 40; width <= 100; width++) {
		char *text = print_at(&summary, width);

		assert_non_null(strstr(text, "p=quarantine\n"));
		free(text);
	}
	summary_set_release(&summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oddities_are_counted_per_reporter),
		cmocka_unit_test(nothing_odd_is_not_spoken_of),
		cmocka_unit_test(foreign_text_steers_no_terminal),
		cmocka_unit_test(a_forwarder_is_told_from_a_service_and_a_forger),
		cmocka_unit_test(mail_is_lost_where_the_policy_is_enforced_and_now),
		cmocka_unit_test(what_is_old_is_not_told_as_of_now),
		cmocka_unit_test(a_date_ahead_does_not_end_a_failure),
		cmocka_unit_test(without_reports_nothing_is_claimed),
		cmocka_unit_test(different_reports_with_one_id_are_named),
		cmocka_unit_test(reports_that_only_share_an_id_are_no_conflict),
		cmocka_unit_test(without_a_period_no_day_is_named),
		cmocka_unit_test(sums_do_not_wrap),
		cmocka_unit_test(no_policy_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
