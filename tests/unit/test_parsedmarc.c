/* test_parsedmarc.c - TLS reports of any size in the schema of parsedmarc
 *
 * SPDX-License-Identifier: MIT
 *
 * What single members become is shown by the golden cases named parsedmarc-*.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_reader.h"
#include "ingest/dmarc/parsedmarc_aggregate.h"
#include "ingest/failure/parsedmarc_failure.h"
#include "ingest/report/input.h"
#include "ingest/tlsrpt/tlsrpt_documents.h"
#include "tests/lib/drain.h"

#define NOW INT64_C(1795478400) /* 2026-11-24T00:00:00Z */
#define IDS_MAX 64

struct sums {
	struct taker taker;
	uint64_t documents, policies, successful, failed, details, detail_sessions;
	size_t largest;
	char ids[IDS_MAX][HASH_ID_SIZE];
	uint64_t *number; /* the next one goes here */
};

/* Depth 2 is a policy, depth 4 a failure detail. */
static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct sums *s = context;
	uint64_t number;

	(void)err;
	if (event == JSON_KEY) {
		s->number = NULL;
		if (slice_is(text, "successful_session_count"))
			s->number = &s->successful;
		else if (slice_is(text, "failed_session_count"))
			s->number = depth > 4 ? &s->detail_sessions : &s->failed;
		s->policies += slice_is(text, "successful_session_count");
		s->details += slice_is(text, "result_type");
	} else if (event == JSON_NUMBER && s->number) {
		assert_true(slice_to_uint(text, UINT64_MAX, &number));
		*s->number += number;
	}
	return true;
}

static bool add(struct taker *taker, const struct document_name *name, struct slice json,
		struct error *err)
{
	struct sums *s = (struct sums *)(void *)taker;
	struct json_reader *reader = json_reader_new(on_event, s, 16, 65536);

	assert_int_equal(name->schema, SCHEMA_PARSEDMARC);
	assert_int_equal(name->kind, DOCUMENT_SMTP_TLS);
	assert_true(json_reader_feed(reader, json, err) && json_reader_end(reader, err));
	json_reader_free(reader);
	assert_true(s->documents < IDS_MAX);
	for (uint64_t i = 0; i < s->documents; i++)
		assert_string_not_equal(s->ids[i], name->id);
	memcpy(s->ids[s->documents++], name->id, HASH_ID_SIZE);
	if (json.size > s->largest)
		s->largest = json.size;
	return true;
}

static void read_report(struct sums *sums, struct slice text)
{
	struct tenant_table *tenants = tenant_table_new();
	const struct ingest_settings settings = { .tenants = tenants,
						  .now = NOW,
						  .schemas = 1u << SCHEMA_PARSEDMARC };
	const struct mail_headers headers = { .dkim_verdict = "none" };
	const struct quirk_set quirks = { 0 };
	const struct report_source source = { .input = input_from_memory(text),
					      .headers = &headers,
					      .quirks = &quirks };
	struct report_summary summary;
	struct arena arena;
	struct error err = { 0 };

	assert_true(tenant_table_add(tenants, "acme", slice_of("example.com"), &err));
	*sums = (struct sums){ .taker = { add } };
	arena_init(&arena, LIMIT_ARENA_BYTES);
	if (!drain_report(REPORT_TLSRPT, &settings, &arena, &source, NULL, &sums->taker, &summary,
			  &err))
		fail_msg("%s", err.text);
	arena_release(&arena);
	input_close(source.input);
	tenant_table_free(tenants);
}

static void add_policy(struct strbuf *text, const char *domain, unsigned details)
{
	strbuf_add_format(text,
			  "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"%s\"},"
			  "\"summary\":{\"total-successful-session-count\":3,"
			  "\"total-failure-session-count\":%u},\"failure-details\":[",
			  domain, 2 * details);
	for (unsigned i = 0; i < details; i++)
		strbuf_add_format(text,
				  "%s{\"result-type\":\"certificate-expired\","
				  "\"receiving-mx-hostname\":\"mx%u.example.com\","
				  "\"failed-session-count\":2}",
				  i > 0 ? "," : "", i);
	strbuf_add_text(text, "]}");
}

static void begin_report(struct strbuf *text)
{
	strbuf_init(text, 64 * MIB);
	strbuf_add_text(text,
			"{\"organization-name\":\"R\",\"date-range\":{\"start-datetime\":"
			"\"2026-04-01T00:00:00Z\",\"end-datetime\":\"2026-04-01T23:59:59Z\"},"
			"\"contact-info\":\"r@r.example\",\"report-id\":\"i\",\"policies\":[");
}

static void a_tenant_has_one_document_whatever_the_order_of_policies(void **state)
{
	struct strbuf text;
	struct sums sums;

	(void)state;
	begin_report(&text);
	for (unsigned i = 0; i < 10; i++) {
		strbuf_add_text(&text, i > 0 ? "," : "");
		add_policy(&text, i % 2 ? "example.org" : "mail.example.com", i);
	}
	strbuf_add_text(&text, "]}");
	read_report(&sums, strbuf_slice(&text));
	assert_int_equal(sums.documents, 2);
	assert_int_equal(sums.policies, 10);
	assert_int_equal(sums.successful, 30);
	assert_int_equal(sums.failed, 90);
	assert_int_equal(sums.details, 45);
	assert_int_equal(sums.detail_sessions, 90);
	strbuf_release(&text);
}

static void a_report_larger_than_a_document_goes_on_in_others(void **state)
{
	static const struct {
		unsigned policies, details;
	} cases[] = {
		{ 3000, 1 },  /* kept in memory */
		{ 2, 6000 },  /* one policy in several documents */
		{ 2, 60000 }, /* more than memory holds: read twice */
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		const uint64_t details = (uint64_t)cases[c].policies * cases[c].details;
		struct strbuf text;
		struct sums sums;

		begin_report(&text);
		for (unsigned i = 0; i < cases[c].policies; i++) {
			strbuf_add_text(&text, i > 0 ? "," : "");
			add_policy(&text, "example.com", cases[c].details);
		}
		strbuf_add_text(&text, "]}");
		assert_false(text.overflowed);
		read_report(&sums, strbuf_slice(&text));
		assert_true(sums.documents > 1);
		assert_true(sums.largest <= PARSEDMARC_DOCUMENT_BYTES);
		assert_int_equal(sums.policies, cases[c].policies);
		assert_int_equal(sums.successful, 3 * cases[c].policies);
		assert_int_equal(sums.failed, 2 * details);
		assert_int_equal(sums.details, details);
		assert_int_equal(sums.detail_sessions, 2 * details);
		strbuf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_has_one_document_whatever_the_order_of_policies),
		cmocka_unit_test(a_report_larger_than_a_document_goes_on_in_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
