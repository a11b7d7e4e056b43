/* test_dmarc.c - identity, sums, limits and streaming of aggregate reports
 *
 * SPDX-License-Identifier: MIT
 *
 * What single elements mean is shown by tests/golden/dmarc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "ingest/report/input_ops.h"
#include "ingest/report/report.h"
#include "tests/lib/drain.h"
#include "tests/lib/rows.h"

#define NOW INT64_C(1795478400)

#define METADATA                                                                   \
	"<report_metadata><org_name>Receiver</org_name><email>a@b.example</email>" \
	"<report_id>1</report_id><date_range><begin>1795305600</begin>"            \
	"<end>1795391999</end></date_range></report_metadata>"
#define POLICY "<policy_published><domain>example.com</domain><p>none</p></policy_published>"
#define ROW(count)                                                           \
	"<row><source_ip>192.0.2.1</source_ip><count>" count "</count>"      \
	"<policy_evaluated><disposition>none</disposition><dkim>pass</dkim>" \
	"<spf>fail</spf></policy_evaluated></row>"
#define RECORD(count) RECORD_OF(ROW(count))
#define RECORD_OF(rows)                                                                        \
	"<record>" rows "<identifiers>"                                                        \
	"<header_from>example.com</header_from></identifiers><auth_results>"                   \
	"<dkim><domain>example.com</domain><selector>s</selector><result>pass</result></dkim>" \
	"<spf><domain>example.com</domain><result>fail</result></spf>"                         \
	"</auth_results></record>"
#define REPORT "<feedback>" METADATA POLICY RECORD("3") RECORD("5") RECORD("11") "</feedback>"

/* Counts documents and remembers the last id; may refuse one. */
struct counting_taker {
	struct taker taker; /* first: it is cast back */
	uint64_t documents, refused_at;
	uint64_t digits; /* sum of the last digits of the counts */
	size_t largest;
	char first_id[HASH_ID_SIZE], last_id[HASH_ID_SIZE];
};

static bool count(struct taker *taker, const struct document_name *name, struct slice json,
		  struct error *err)
{
	struct counting_taker *counting = (struct counting_taker *)(void *)taker;

	if (counting->documents + 1 == counting->refused_at)
		return error_set(err, ERROR_RETRY, "it is full");
	{
		static const char key[] = "\"dmarc.message_count\":";
		const struct slice value = slice_skip(json,
						      slice_find_text(json, key) + sizeof(key) - 1);

		counting->digits += value.size > 0 ? (uint64_t)(value.data[0] - '0') : 0;
	}
	/* the ordinal is part of the id */
	assert_string_not_equal(name->id, counting->last_id);
	memcpy(counting->last_id, name->id, HASH_ID_SIZE);
	if (counting->documents++ == 0)
		memcpy(counting->first_id, name->id, HASH_ID_SIZE);
	if (json.size > counting->largest)
		counting->largest = json.size;
	return true;
}

struct outcome {
	bool good;
	struct error err;
	struct report_summary summary;
	uint64_t messages;
	struct counting_taker taker;
};

static void read_input(struct input *input, struct outcome *outcome)
{
	struct tenant_table *tenants = tenant_table_new();
	const struct ingest_settings settings = { .tenants = tenants, .now = NOW };
	const struct mail_headers headers = { .date = 0 };
	const struct quirk_set quirks = { 0 };
	const struct report_source source = {
		.input = input,
		.name = slice_of("x"),
		.headers = &headers,
		.quirks = &quirks,
	};
	struct arena arena;

	outcome->taker.taker.take = count;
	arena_init(&arena, LIMIT_ARENA_BYTES);
	outcome->good = drain_report(REPORT_AGGREGATE, &settings, &arena, &source, NULL,
				     &outcome->taker.taker, &outcome->summary, &outcome->err);
	if (outcome->good) {
		assert_int_equal(outcome->summary.shares->documents, outcome->taker.documents);
		outcome->messages = outcome->summary.shares->messages;
	}
	arena_release(&arena);
	tenant_table_free(tenants);
}

static void read_text(struct slice text, struct outcome *outcome)
{
	struct input *input = input_from_memory(text);

	*outcome = (struct outcome){ .good = false };
	read_input(input, outcome);
	input_close(input);
}

static void expect_reject(struct slice text, const char *reason)
{
	struct outcome outcome;

	read_text(text, &outcome);
	assert_false(outcome.good);
	assert_int_equal(outcome.err.class, ERROR_REJECT);
	assert_string_equal(outcome.err.reason, reason);
	assert_int_equal(outcome.taker.documents, 0);
}

/* --- identity ---------------------------------------------------------------- */

static void recipe_of_digest_and_id_is_pinned(void **state)
{
	struct outcome outcome;
	char digest[2 * HASH_SIZE + 1];

	(void)state;
	read_text(slice_of(REPORT), &outcome);
	assert_true(outcome.good);
	hash_hex(outcome.summary.digest, digest);
	/* Another value here stores every report in every index once more. */
	assert_string_equal(digest,
			    "67734a43d0825dbf21c44b37038c1b6df5f5c14b463713f9889e25c091660412");
	assert_string_equal(outcome.taker.first_id, "sk0_oLBYfU-zcQv3p5bLY24c");
	assert_string_equal(outcome.taker.last_id, "axJdkZo3h4cexAPssrxtdNyy");
}

static void reformatted_copies_are_the_same_report(void **state)
{
	static const char *const copies[] = {
		"<?xml version=\"1.0\"?>\r\n" REPORT "\n",
		"<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">" POLICY
		"<!-- c -->" METADATA RECORD(" 3 ") "\n\t" RECORD("<![CDATA[5]]>")
			RECORD("&#49;1") "</feedback>",
		"junk" REPORT,
		REPORT REPORT,
	};
	struct outcome first, copy;

	(void)state;
	read_text(slice_of(REPORT), &first);
	FOR_ROWS (i, copies) {
		read_text(slice_of(copies[i]), &copy);
		assert_true(copy.good);
		assert_memory_equal(copy.summary.digest, first.summary.digest, HASH_SIZE);
		assert_string_equal(copy.taker.first_id, first.taker.first_id);
		assert_string_equal(copy.taker.last_id, first.taker.last_id);
	}
}

/* Text with every occurrence of from replaced. */
static void replace(struct strbuf *out, const char *text, const char *from, const char *to)
{
	struct slice rest = slice_of(text);

	strbuf_reset(out);
	for (;;) {
		const size_t at = slice_find_text(rest, from);

		strbuf_add(out, rest.data, at);
		if (at == rest.size)
			break;
		strbuf_add_text(out, to);
		rest.data += at + strlen(from);
		rest.size -= at + strlen(from);
	}
}

static void different_content_is_another_report(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{ "Receiver", "Receiver2" },
		{ "a@b", "c@b" },
		{ "<report_id>1", "<report_id>2" },
		{ "1795391999", "1795391998" },
		{ "<p>none", "<p>reject" },
		{ "</p>", "</p><sp/>" },
		{ "192.0.2.1", "192.0.2.2" },
		{ "<count>5", "<count>6" },
		{ "<disposition>none", "<disposition>reject" },
		{ "<spf>fail</spf>", "<spf>pass</spf>" },
		{ "</spf></policy", "</spf><reason/></policy" },
		{ "</header_from>", "</header_from><envelope_from/>" },
		{ "<selector>s", "<selector>t" },
		{ "<domain>example.com</domain><sel", "<sel" },
		{ "</feedback>", RECORD("3") "</feedback>" },
		{ RECORD("11"), "" },
		{ RECORD("3") RECORD("5"), RECORD("5") RECORD("3") },
	};
	struct outcome first, other;
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 1 << 20);
	read_text(slice_of(REPORT), &first);
	FOR_ROWS (i, changes) {
		replace(&text, REPORT, changes[i].from, changes[i].to);
		assert_string_not_equal(text.buf, REPORT);
		read_text(strbuf_slice(&text), &other);
		assert_true(other.good);
		assert_memory_not_equal(other.summary.digest, first.summary.digest, HASH_SIZE);
		assert_string_not_equal(other.taker.first_id, first.taker.first_id);
	}
	strbuf_release(&text);
}

/* --- broken and large ---------------------------------------------------------- */

static void cut_anywhere_complete_records_are_kept(void **state)
{
	static const uint64_t messages[] = { 0, 3, 8, 19 };
	const size_t size = strlen(REPORT);
	struct outcome outcome;

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		uint64_t complete = 0;
		struct slice rest = { REPORT, cut };

		for (size_t at; (at = slice_find_text(rest, "</record>")) < rest.size; complete++)
			rest = (struct slice){ rest.data + at + 9, rest.size - at - 9 };
		read_text((struct slice){ REPORT, cut }, &outcome);
		/* without a whole record there is nothing to keep */
		assert_int_equal(outcome.good, complete > 0);
		assert_int_equal(outcome.taker.documents, complete);
		assert_int_equal(outcome.messages, messages[complete]);
		if (outcome.good) {
			assert_true(quirk_has(&outcome.summary.quirks, QUIRK_PARTIAL));
			assert_int_equal(outcome.summary.begin, 1795305600);
		} else if (cut >= strlen("<feedback>")) { /* "<f" is the root of no report */
			assert_string_equal(outcome.err.reason, "bad-xml");
		}
	}
}

/* A report of any number of records, made while it is read. */
struct generator {
	struct input input;
	unsigned records, made;
	const char *record, *end;
	struct slice rest;
};

static struct slice next_part(struct generator *g)
{
	const unsigned part = g->made++;

	if (part == 0)
		return slice_of("<feedback>" METADATA POLICY);
	if (part <= g->records)
		return slice_of(g->record);
	return slice_of(part == g->records + 1 ? g->end : NULL);
}

static bool generator_read(struct input *input, char *buffer, size_t size, size_t *got,
			   struct error *err)
{
	struct generator *g = (struct generator *)input;

	(void)err;
	if (g->rest.size == 0)
		g->rest = next_part(g);
	*got = g->rest.size < size ? g->rest.size : size;
	memcpy(buffer, g->rest.data ? g->rest.data : "", *got);
	g->rest = slice_skip(g->rest, *got);
	return true;
}

static bool generator_rewind(struct input *input, struct error *err)
{
	struct generator *g = (struct generator *)input;

	(void)err;
	g->made = 0;
	g->rest = slice_of(NULL);
	return true;
}

static void read_generated_of(const char *record, unsigned records, const char *end,
			      uint64_t refused_at, struct outcome *outcome)
{
	static const struct input_ops ops = {
		.read = generator_read,
		.rewind = generator_rewind,
	};
	struct generator g = {
		.input = { &ops }, .records = records, .record = record, .end = end
	};

	*outcome = (struct outcome){ .taker.refused_at = refused_at };
	read_input(&g.input, outcome);
}

static void read_generated(unsigned records, const char *end, uint64_t refused_at,
			   struct outcome *outcome)
{
	read_generated_of(RECORD("2"), records, end, refused_at, outcome);
}

/* In memory, and by the second reading: its runs end inside of records. */
static void rows_are_records(void **state)
{
	static const char record[] = RECORD_OF(ROW("2") ROW("3") ROW("5"));
	static const unsigned sizes[] = { 1, 1000, 20000 };
	struct outcome outcome;

	(void)state;
	FOR_ROWS (i, sizes) {
		read_generated_of(record, sizes[i], "</feedback>", 0, &outcome);
		assert_true(outcome.good);
		assert_true(quirk_has(&outcome.summary.quirks, QUIRK_SEVERAL_ROWS));
		assert_int_equal(outcome.taker.documents, 3 * sizes[i]);
		assert_int_equal(outcome.messages, 10 * sizes[i]);
		assert_int_equal(outcome.taker.digits, 10 * sizes[i]);
	}
}

static void large_reports_are_streamed(void **state)
{
	static const unsigned sizes[] = { 1, 3555, 20000 };
	struct outcome outcome;

	(void)state;
	FOR_ROWS (i, sizes) {
		read_generated(sizes[i], "</feedback>", 0, &outcome);
		assert_true(outcome.good);
		assert_int_equal(outcome.taker.documents, sizes[i]);
		assert_int_equal(outcome.messages, 2 * sizes[i]);
		read_generated(sizes[i], "<record></feedback>", 0, &outcome);
		assert_true(outcome.good);
		assert_true(quirk_has(&outcome.summary.quirks, QUIRK_PARTIAL));
		assert_int_equal(outcome.taker.documents, sizes[i]);
	}
}

static void an_error_ends_the_reading(void **state)
{
	static const unsigned sizes[] = { 10, 20000 };
	struct outcome outcome;

	(void)state;
	FOR_ROWS (i, sizes) {
		read_generated(sizes[i], "</feedback>", 7, &outcome);
		assert_false(outcome.good);
		assert_int_equal(outcome.err.class, ERROR_RETRY);
		assert_int_equal(outcome.taker.documents, 6);
	}
}

/* --- limits -------------------------------------------------------------------- */

/* REPORT with a text of size bytes of c in place of what. */
static void with_long_text(struct strbuf *out, const char *what, char c, size_t size)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	for (size_t i = 0; i < size; i++)
		strbuf_add_byte(&text, c);
	replace(out, "<feedback>" METADATA POLICY RECORD("3") "</feedback>", what, text.buf);
	strbuf_release(&text);
}

static void texts_have_limits(void **state)
{
	static const struct {
		const char *what;
		size_t size;
		bool good;
	} cases[] = {
		{ "Receiver", 40 << 10, true },   { "Receiver", 50 << 10, false },
		{ "192.0.2.1", 40 << 10, true },  { "192.0.2.1", 50 << 10, false },
		{ "192.0.2.1", 70 << 10, false }, { "<selector>s</selector>", 70 << 10, true },
	};
	struct outcome outcome;
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 1 << 21);
	FOR_ROWS (i, cases) {
		with_long_text(&text, cases[i].what, 'x', cases[i].size);
		read_text(strbuf_slice(&text), &outcome);
		assert_int_equal(outcome.good, cases[i].good);
		if (!cases[i].good)
			expect_reject(strbuf_slice(&text), "too-large");
	}
	strbuf_release(&text);
}

/* Whatever the limits on texts let in fits into a document: nothing may be
 * refused when documents have already left. */
static void worst_texts_fit_into_a_document(void **state)
{
	struct outcome outcome;
	struct strbuf once, text;

	(void)state;
	strbuf_init(&once, 1 << 21);
	strbuf_init(&text, 1 << 21);
	/* DEL is six bytes in JSON; an unknown result of dkim is written twice */
	with_long_text(&once, "Receiver", '\x7f', 48000);
	replace(&text, once.buf, "<selector>s", "<selector>SSSS");
	strbuf_reset(&once);
	for (size_t i = 0; i < 48000; i++)
		strbuf_add_byte(&once, '\x7f');
	strbuf_add_byte(&once, '\0');
	{
		struct strbuf copy;

		strbuf_init(&copy, 1 << 21);
		replace(&copy, text.buf, "SSSS", once.buf);
		read_text(strbuf_slice(&copy), &outcome);
		strbuf_release(&copy);
	}
	assert_true(outcome.good);
	assert_true(outcome.taker.largest > 12 * 48000);
	assert_true(outcome.taker.largest < LIMIT_DOCUMENT_BYTES);
	strbuf_release(&once);
	strbuf_release(&text);
}

static void lists_are_cut_and_it_is_noted(void **state)
{
	static const unsigned sizes[] = { LIMIT_LIST_VALUES, LIMIT_LIST_VALUES + 1 };
	struct outcome outcome;
	struct strbuf list, text;

	(void)state;
	strbuf_init(&list, 1 << 20);
	strbuf_init(&text, 1 << 20);
	FOR_ROWS (i, sizes) {
		strbuf_reset(&list);
		for (unsigned n = 0; n < sizes[i]; n++)
			strbuf_add_text(&list, "<dkim><domain>d.example</domain>"
					       "<result>pass</result></dkim>");
		replace(&text,
			"<feedback>" METADATA POLICY
			"<record><auth_results>LIST</auth_results></record></feedback>",
			"LIST", list.buf);
		read_text(strbuf_slice(&text), &outcome);
		assert_true(outcome.good);
		assert_int_equal(quirk_has(&outcome.summary.quirks, QUIRK_LIST_CUT),
				 sizes[i] > LIMIT_LIST_VALUES);
	}
	strbuf_release(&list);
	strbuf_release(&text);
}

static void nesting_has_a_limit(void **state)
{
	static const struct {
		unsigned depth;
		bool good;
	} cases[] = { { LIMIT_XML_DEPTH - 1, true }, { LIMIT_XML_DEPTH, false }, { 10000, false } };
	struct outcome outcome;
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 1 << 20);
	FOR_ROWS (i, cases) {
		strbuf_reset(&text);
		strbuf_add_text(&text, "<feedback>" METADATA POLICY RECORD("1"));
		for (unsigned n = 0; n < cases[i].depth; n++)
			strbuf_add_text(&text, "<a>");
		for (unsigned n = 0; n < cases[i].depth; n++)
			strbuf_add_text(&text, "</a>");
		strbuf_add_text(&text, "</feedback>");
		read_text(strbuf_slice(&text), &outcome);
		assert_int_equal(outcome.good, cases[i].good);
		if (!cases[i].good)
			expect_reject(strbuf_slice(&text), "corrupt");
	}
	strbuf_release(&text);
}

static void sums_never_wrap(void **state)
{
	struct outcome outcome;
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 1 << 21);
	strbuf_add_text(&text, "<feedback>" METADATA POLICY);
	for (unsigned i = 0; i < 1025; i++)
		strbuf_add_text(&text, RECORD("9007199254740991"));
	strbuf_add_text(&text, "</feedback>");
	read_text(strbuf_slice(&text), &outcome);
	assert_true(outcome.good);
	assert_int_equal(outcome.messages, INT64_MAX);
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipe_of_digest_and_id_is_pinned),
		cmocka_unit_test(reformatted_copies_are_the_same_report),
		cmocka_unit_test(different_content_is_another_report),
		cmocka_unit_test(cut_anywhere_complete_records_are_kept),
		cmocka_unit_test(large_reports_are_streamed),
		cmocka_unit_test(rows_are_records),
		cmocka_unit_test(an_error_ends_the_reading),
		cmocka_unit_test(texts_have_limits),
		cmocka_unit_test(worst_texts_fit_into_a_document),
		cmocka_unit_test(lists_are_cut_and_it_is_noted),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(sums_never_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
