/* test_tlsrpt.c - whole SMTP TLS reports: identity, streaming, errors
 *
 * SPDX-License-Identifier: MIT
 *
 * What single members become is shown by tests/golden/tlsrpt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ingest/report/input.h"
#include "tests/lib/drain.h"
#include "tests/lib/rows.h"

#define NOW INT64_C(1795478400) /* 2026-11-24T00:00:00Z */
#define IDS_MAX 16

struct reader {
	struct taker taker;
	struct tenant_table *tenants;
	struct arena arena;
	struct report_summary summary;
	struct error err;
	bool good;
	uint64_t documents, most_documents;
	size_t id_count;
	char ids[IDS_MAX][HASH_ID_SIZE];
	char month[DATETIME_MONTH_SIZE];
	struct hash hash; /* of all names and documents */
};

static bool collect(struct taker *taker, const struct document_name *name, struct slice json,
		    struct error *err)
{
	struct reader *r = (struct reader *)(void *)taker;

	if (r->documents == r->most_documents)
		return error_set(err, ERROR_RETRY, "full");
	r->documents++;
	if (r->id_count < IDS_MAX)
		memcpy(r->ids[r->id_count++], name->id, HASH_ID_SIZE);
	memcpy(r->month, name->month, sizeof(r->month));
	hash_field(&r->hash, slice_of(name->id));
	hash_field(&r->hash, slice_of(name->tenant));
	hash_field(&r->hash, json);
	return true;
}

static void reader_init(struct reader *r)
{
	*r = (struct reader){ .taker = { collect }, .most_documents = UINT64_MAX };
	r->tenants = tenant_table_new();
	arena_init(&r->arena, LIMIT_ARENA_BYTES);
	hash_init(&r->hash);
}

static void reader_release(struct reader *r)
{
	arena_release(&r->arena);
	tenant_table_free(r->tenants);
}

static void read_text(struct reader *r, struct slice text, int64_t now)
{
	const struct ingest_settings settings = { .tenants = r->tenants, .now = now };
	const struct mail_headers headers = { .dkim_verdict = "pass" };
	const struct quirk_set quirks = { 0 };
	const struct report_source source = {
		.input = input_from_memory(text),
		.headers = &headers,
		.quirks = &quirks,
	};

	r->good = drain_report(REPORT_TLSRPT, &settings, &r->arena, &source, NULL, &r->taker,
			       &r->summary, &r->err);
	input_close(source.input);
}

/* --- identity --------------------------------------------------------------- */

#define HEAD                                                                      \
	"{\"organization-name\":\"Reporter\",\"date-range\":{\"start-datetime\":" \
	"\"2026-04-01T00:00:00Z\",\"end-datetime\":\"2026-04-01T23:59:59Z\"},"    \
	"\"contact-info\":\"a@reporter.example\",\"report-id\":\"1\",\"policies\":["
#define POLICY(type, domain, ok)                                                       \
	"{\"policy\":{\"policy-type\":\"" type "\",\"policy-domain\":\"" domain "\"}," \
	"\"summary\":{\"total-successful-session-count\":" ok "}}"
#define TAIL "]}"

/* Ids of all documents of all texts; each differs from all others. */
static void assert_all_differ(const char *const *texts, size_t count)
{
	char ids[IDS_MAX][HASH_ID_SIZE];
	size_t id_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct reader r;

		reader_init(&r);
		read_text(&r, slice_of(texts[i]), NOW);
		assert_true(r.good);
		assert_true(r.id_count > 0);
		for (size_t j = 0; j < r.id_count; j++, id_count++) {
			memcpy(ids[id_count], r.ids[j], HASH_ID_SIZE);
			for (size_t k = 0; k < id_count; k++)
				assert_string_not_equal(ids[k], ids[id_count]);
		}
		reader_release(&r);
	}
}

static void different_reports_never_share_an_id(void **state)
{
	static const char *const texts[] = {
		/* one report-id for three domains */
		HEAD POLICY("sts", "a.example", "1") TAIL,
		HEAD POLICY("sts", "b.example", "1") TAIL,
		HEAD POLICY("sts", "c.example", "1") TAIL,
		/* one id and domain, two types; the same one twice */
		HEAD POLICY("sts", "d.example", "1") "," POLICY("tlsa", "d.example", "1") TAIL,
		HEAD POLICY("sts", "e.example", "1") "," POLICY("sts", "e.example", "1") TAIL,
		/* a re-issue with other counts, or other nonsense for a count */
		HEAD POLICY("sts", "a.example", "2") TAIL,
		HEAD POLICY("sts", "a.example", "-1") TAIL,
		HEAD POLICY("sts", "a.example", "-2") TAIL,
		HEAD POLICY("sts", "a.example", "null") TAIL,
	};

	(void)state;
	assert_all_differ(texts, sizeof(texts) / sizeof(texts[0]));
}

static const char pinned[] = HEAD
	"{\"policy\":{\"policy-type\":\"sts\",\"policy-string\":[\"mode: enforce\"],"
	"\"policy-domain\":\"Example.COM.\"},\"summary\":{\"total-successful-session-count\":5,"
	"\"total-failure-session-count\":1},\"failure-details\":[{\"result-type\":"
	"\"certificate-expired\",\"failed-session-count\":1}]}" TAIL;

static const char reordered[] =
	"{\n\t\"policies\" : [ { \"failure-details\" : [ { \"failed-session-count\" : 1.0,\n"
	"\"result-type\": \"certificate\\u002dexpired\" } ], \"summary\": "
	"{ \"total-failure-session-count\": \"1\", \"total-successful-session-count\": 5 },\n"
	"\"policy\": { \"policy-domain\": \"Example.COM.\", \"mx-host\": null, "
	"\"policy-string\": [ \"mode: enforce\" ], \"policy-type\": \"sts\" } } ],\n"
	"\"report-id\": \"1\", \"contact-info\": \"a@reporter.example\", \"date-range\": "
	"{ \"end-datetime\": \"2026-04-01T23:59:59Z\", \"start-datetime\": "
	"\"2026-04-01T02:00:00.5+02:00\" }, \"organization-name\": \"Reporter\" }\n";

/* A changed recipe would store every report once more: these ids stay. */
static void ids_are_pinned(void **state)
{
	static const struct {
		const char *text;
		int64_t now;
	} readings[] = {
		{ pinned, NOW },
		{ reordered, NOW },
		{ pinned, NOW + 86400 * 60 },
	};

	(void)state;
	FOR_ROWS (i, readings) {
		struct reader r;

		reader_init(&r);
		read_text(&r, slice_of(readings[i].text), readings[i].now);
		assert_true(r.good);
		assert_int_equal(r.id_count, 2);
		assert_string_equal(r.ids[0], "WpZGuYN6IWDGDRxZiMHV6Xdm");
		assert_string_equal(r.ids[1], "VabPjGM2kVeJzpxVrpOaq4Mf");
		assert_string_equal(r.month, "2026.04");
		reader_release(&r);
	}
}

/* --- streaming -------------------------------------------------------------- */

struct shape {
	unsigned policies, details;
	bool details_first;
	const char *padding; /* made a reason code of each detail */
};

static void add_details(struct strbuf *text, const struct shape *shape)
{
	strbuf_add_text(text, "\"failure-details\":[");
	for (unsigned i = 0; i < shape->details; i++)
		strbuf_add_format(text,
				  "%s{\"result-type\":\"dnssec-invalid\",\"failed-session-count\":"
				  "%u,\"failure-reason-code\":\"%s\"}",
				  i > 0 ? "," : "", i % 3, shape->padding);
	strbuf_add_byte(text, ']');
}

static void add_policy(struct strbuf *text, const struct shape *shape, unsigned number)
{
	strbuf_add_text(text, number > 0 ? ",{" : "{");
	if (shape->details_first) {
		add_details(text, shape);
		strbuf_add_byte(text, ',');
	}
	strbuf_add_format(text,
			  "\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"d%u.example\"},"
			  "\"summary\":{\"total-successful-session-count\":%u,"
			  "\"total-failure-session-count\":%u}",
			  number % 2, number, shape->details);
	if (!shape->details_first) {
		strbuf_add_byte(text, ',');
		add_details(text, shape);
	}
	strbuf_add_byte(text, '}');
}

static void make_report(struct strbuf *text, const struct shape *shapes, size_t count)
{
	unsigned number = 0;

	strbuf_init(text, 64 * MIB);
	strbuf_add_text(text, HEAD);
	for (size_t i = 0; i < count; i++)
		for (unsigned j = 0; j < shapes[i].policies; j++)
			add_policy(text, &shapes[i], number++);
	strbuf_add_text(text, TAIL);
	assert_false(text->overflowed);
}

static void reports_of_any_size_are_read_whole(void **state)
{
	static const char x[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	static const struct {
		const char *what;
		struct shape shapes[3];
	} cases[] = {
		{ "small", { { 2, 3, false, "" } } },
		{ "many policies", { { 20000, 1, true, x } } },
		{ "many details", { { 1, 100000, true, x } } },
		{ "many details behind the policy", { { 1, 100000, false, x } } },
		{ "large among small",
		  { { 5000, 2, true, x }, { 3, 20000, true, x }, { 50, 9, true, x } } },
		{ "large first", { { 2, 20000, false, x }, { 9000, 1, true, "" } } },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		uint64_t policies = 0, documents = 0, successful = 0, failed = 0;
		const struct report_share *share;
		struct strbuf text;
		struct reader r;

		for (size_t s = 0; s < 3; s++) {
			const struct shape *shape = &cases[i].shapes[s];

			policies += shape->policies;
			documents += (uint64_t)shape->policies * (1 + shape->details);
			failed += (uint64_t)shape->policies * shape->details;
		}
		successful = policies * (policies - 1) / 2;
		make_report(&text, cases[i].shapes, 3);
		reader_init(&r);
		read_text(&r, strbuf_slice(&text), NOW);
		if (!r.good)
			fail_msg("%s: %s", cases[i].what, r.err.text);
		assert_int_equal(r.documents, documents);
		share = r.summary.shares;
		assert_non_null(share);
		assert_null(share->next);
		assert_int_equal(share->documents, documents);
		assert_int_equal(share->successful_sessions, successful);
		assert_int_equal(share->failed_sessions, failed);
		assert_true(r.arena.used < 64 * KIB);
		reader_release(&r);
		strbuf_release(&text);
	}
}

/* Reads the first size bytes; what is given fits the sums, or the break is told. */
static uint64_t read_cut(const struct strbuf *text, size_t size)
{
	uint64_t documents;
	struct reader r;

	reader_init(&r);
	read_text(&r, (struct slice){ text->buf, size }, NOW);
	documents = r.documents;
	if (r.good) {
		assert_non_null(r.summary.shares);
		assert_int_equal(r.summary.shares->documents, documents);
		assert_true(quirk_has(&r.summary.quirks, QUIRK_PARTIAL) == (size < text->len));
	} else {
		assert_int_equal(r.err.class, ERROR_REJECT);
		assert_string_equal(r.err.reason, "bad-json");
		assert_int_equal(documents, 0);
	}
	reader_release(&r);
	return documents;
}

static void what_is_whole_of_a_cut_report_is_kept(void **state)
{
	static const struct shape small[] = { { 2, 2, false, "" }, { 1, 2, true, "" } };
	static const struct shape large[] = { { 1, 20000, false, "" },
					      { 2000, 2, false, "" },
					      { 1, 50000, true, "" } };
	uint64_t documents = 0;
	struct strbuf text;

	(void)state;
	make_report(&text, small, 2);
	for (size_t size = 0; size <= text.len; size++) {
		const uint64_t now = read_cut(&text, size);

		assert_true(now >= documents);
		documents = now;
	}
	assert_int_equal(documents, 9);
	strbuf_release(&text);
	make_report(&text, large, 3);
	for (unsigned i = 1; i < 8; i++)
		assert_true(read_cut(&text, text.len / 8 * i) > 0);
	assert_int_equal(read_cut(&text, text.len), 20001 + 2000 * 3 + 50001);
	strbuf_release(&text);
}

static void read_list(struct reader *r, const struct strbuf *first, const struct strbuf *second,
		      uint8_t digest[static HASH_SIZE])
{
	struct strbuf text;

	strbuf_init(&text, 64 * MIB);
	strbuf_add_slice(&text, strbuf_slice(first));
	if (second) {
		strbuf_cut(&text, text.len - 1);
		strbuf_add_text(&text, ",\"policies\":[");
		strbuf_add(&text, second->buf + strlen(HEAD), second->len - strlen(HEAD));
	}
	reader_init(r);
	read_text(r, strbuf_slice(&text), NOW);
	assert_true(r->good);
	memcpy(digest, r->summary.digest, HASH_SIZE);
	strbuf_release(&text);
}

/* Of two lists of policies the last one counts, whichever of them is large. */
static void a_later_list_replaces_an_earlier_one(void **state)
{
	static const struct shape sizes[] = {
		{ 2, 3, true, "" },
		{ 1, 60000, true, "xxxxxxxxxxxxxxxxxxxxxxxxx" },
		{ 9000, 1, true, "" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++) {
			uint8_t alone[HASH_SIZE], both[HASH_SIZE];
			struct strbuf first, second;
			struct reader a, b;

			make_report(&first, &sizes[i], 1);
			make_report(&second, &sizes[j], 1);
			read_list(&a, &second, NULL, alone);
			read_list(&b, &first, &second, both);
			assert_memory_equal(alone, both, HASH_SIZE);
			assert_int_equal(a.documents, b.documents);
			assert_memory_equal(a.ids, b.ids, sizeof(a.ids));
			reader_release(&a);
			reader_release(&b);
			strbuf_release(&first);
			strbuf_release(&second);
		}
}

static void a_policy_of_no_end_is_refused_before_anything_is_given(void **state)
{
	struct strbuf text;
	struct reader r;

	(void)state;
	strbuf_init(&text, 64 * MIB);
	strbuf_add_text(&text, HEAD "{\"policy\":{\"mx-host\":[");
	for (unsigned i = 0; i < 200000; i++)
		strbuf_add_text(&text, "\"mx.example.com\",");
	strbuf_add_text(&text, "\"\"],\"policy-type\":\"sts\"}}" TAIL);
	reader_init(&r);
	read_text(&r, strbuf_slice(&text), NOW);
	assert_true(r.good); /* a long list is cut, and noted */
	assert_true(quirk_has(&r.summary.quirks, QUIRK_LIST_CUT));
	reader_release(&r);

	strbuf_reset(&text);
	strbuf_add_text(&text,
			HEAD POLICY("sts", "a.example", "1") ",{\"policy\":{\"policy-type\":\"");
	for (unsigned i = 0; i < 30000; i++)
		strbuf_add_byte(&text, 'x');
	strbuf_add_text(&text, "\"}}" TAIL);
	reader_init(&r);
	read_text(&r, strbuf_slice(&text), NOW);
	assert_false(r.good);
	assert_string_equal(r.err.reason, "too-large");
	assert_int_equal(r.documents, 0);
	reader_release(&r);
	strbuf_release(&text);
}

/* Texts of the longest kind, each byte of which grows sixfold. */
static void the_largest_document_fits(void **state)
{
	char control[6 * 2000 + 1];
	struct strbuf text;
	struct reader r;

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		memcpy(control + 6 * i, "\\u0001", 7);
	strbuf_init(&text, MIB);
	strbuf_add_format(&text,
			  "{\"organization-name\":\"%s\",\"contact-info\":\"%s\",\"report-id\":"
			  "\"%s\",\"date-range\":{\"start-datetime\":\"2026-04-01\"},\"policies\":["
			  "{\"policy\":{\"policy-type\":\"%s\",\"policy-domain\":\"%s\","
			  "\"policy-string\":[\"mode: %s\"]},\"failure-details\":[{\"result-type\":"
			  "\"%s%s%s%s\",\"failure-reason-code\":\"%s%s%s%s%s%s%s\"}]}]}",
			  control, control, control, control, control, control, control, control,
			  control, control, control, control, control, control, control, control,
			  control);
	reader_init(&r);
	read_text(&r, strbuf_slice(&text), NOW);
	assert_true(r.good);
	assert_int_equal(r.documents, 2);
	reader_release(&r);
	strbuf_release(&text);
}

/* Keys belong to their policy: many of them are no long text of the report. */
static void many_policies_have_keys(void **state)
{
	struct strbuf text;
	struct reader r;

	(void)state;
	strbuf_init(&text, MIB);
	strbuf_add_text(&text, "{\"report-id\":\"1\",\"date-range\":{\"start-datetime\":"
			       "\"2026-04-01\"},\"policies\":{");
	for (unsigned i = 0; i < 3000; i++)
		strbuf_add_format(&text,
				  "%s\"d%u.example.com\":{\"summary\":{"
				  "\"total-successful-session-count\":1}}",
				  i > 0 ? "," : "", i);
	strbuf_add_text(&text, "}}");
	reader_init(&r);
	read_text(&r, strbuf_slice(&text), NOW);
	assert_true(r.good);
	assert_int_equal(r.documents, 3000);
	reader_release(&r);
	strbuf_release(&text);
}

/* --- errors ----------------------------------------------------------------- */

static void an_error_ends_the_reading(void **state)
{
	static const struct shape shapes[] = {
		{ 2, 3, true, "" },
		{ 1, 60000, true, "xxxxxxxxxxxxxxxxxxxxxxxxx" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (uint64_t most = 0; most < 5; most++) {
			struct strbuf text;
			struct reader r;

			make_report(&text, &shapes[i], 1);
			reader_init(&r);
			r.most_documents = most;
			read_text(&r, strbuf_slice(&text), NOW);
			assert_false(r.good);
			assert_int_equal(r.err.class, ERROR_RETRY);
			assert_string_equal(r.err.text, "full");
			assert_int_equal(r.documents, most);
			reader_release(&r);
			strbuf_release(&text);
		}
}

static void a_full_arena_refuses_the_report(void **state)
{
	(void)state;
	for (size_t room = 0; room < 600; room += 7) {
		struct reader r;

		reader_init(&r);
		arena_release(&r.arena);
		arena_init(&r.arena, room);
		read_text(&r, slice_of(pinned), NOW);
		if (!r.good) {
			assert_string_equal(r.err.reason, "too-large");
			assert_int_equal(r.documents, 0);
		}
		reader_release(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(different_reports_never_share_an_id),
		cmocka_unit_test(ids_are_pinned),
		cmocka_unit_test(reports_of_any_size_are_read_whole),
		cmocka_unit_test(what_is_whole_of_a_cut_report_is_kept),
		cmocka_unit_test(a_later_list_replaces_an_earlier_one),
		cmocka_unit_test(a_policy_of_no_end_is_refused_before_anything_is_given),
		cmocka_unit_test(the_largest_document_fits),
		cmocka_unit_test(many_policies_have_keys),
		cmocka_unit_test(an_error_ends_the_reading),
		cmocka_unit_test(a_full_arena_refuses_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
