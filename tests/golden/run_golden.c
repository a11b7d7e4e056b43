/* run_golden.c - whole reports in, documents out, compared byte by byte
 *
 * SPDX-License-Identifier: MIT
 *
 *   run_golden [--accept] tests/golden
 *
 * Every input is read twice, once in pieces of one byte.  --accept rewrites
 * what is expected; the diff is the review.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_writer.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"
#include "ingest/report/reason.h"
#include "tests/golden/golden.h"
#include "tests/lib/drain.h"

#define CASES_MAX 500

/* Which codes were expected by some case. */
static bool quirk_seen[QUIRK_COUNT];
#define REASON(id, code, meaning) +1
static bool reason_seen[REASONS(REASON)];
#undef REASON

static struct golden *cases[CASES_MAX];
static size_t case_count;
static bool accepting;

/* --- one byte at a time ----------------------------------------------------- */

struct slow_input {
	struct input input;
	struct input *fast;
};

static bool slow_read(struct input *input, char *buffer, size_t size, size_t *got,
		      struct error *err)
{
	return input_read(((struct slow_input *)input)->fast, buffer, size > 0 ? 1 : 0, got, err);
}

static bool slow_rewind(struct input *input, struct error *err)
{
	return input_rewind(((struct slow_input *)input)->fast, err);
}

static void slow_close(struct input *input)
{
	input_close(((struct slow_input *)input)->fast);
	free(input);
}

static struct input *slow_input_new(struct slice bytes)
{
	static const struct input_ops ops = {
		.read = slow_read,
		.rewind = slow_rewind,
		.close = slow_close,
	};
	struct slow_input *slow = xcalloc(1, sizeof(*slow));

	slow->input.ops = &ops;
	slow->fast = input_from_memory(bytes);
	return &slow->input;
}

/* --- reading a case --------------------------------------------------------- */

struct collector {
	struct taker taker; /* first: it is cast back */
	struct strbuf *documents;
};

static bool collect(struct taker *taker, const struct document_name *name, struct slice json,
		    struct error *err)
{
	(void)err;
	golden_add_document(((struct collector *)(void *)taker)->documents, name, json);
	return true;
}

static void write_share(struct json_writer *jw, const struct report_share *share)
{
	jw_object(jw, NULL);
	jw_text(jw, "tenant", share->tenant);
	jw_string(jw, "domain", share->domain);
	jw_uint(jw, "documents", share->documents);
	jw_uint(jw, "messages", share->messages);
	jw_uint(jw, "successful_sessions", share->successful_sessions);
	jw_uint(jw, "failed_sessions", share->failed_sessions);
	jw_end(jw);
}

static void write_summary(struct strbuf *out, const struct report_summary *summary)
{
	char digest[2 * HASH_SIZE + 1];
	struct json_writer jw;

	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_object(&jw, "summary");
	jw_string(&jw, "organization", summary->organization);
	jw_string(&jw, "report_id", summary->report_id);
	jw_time(&jw, "begin", summary->begin);
	jw_time(&jw, "end", summary->end);
	hash_hex(summary->digest, digest);
	jw_text(&jw, "digest", digest);
	jw_array(&jw, "quirks");
	for (unsigned i = 0; i < QUIRK_COUNT; i++)
		if (quirk_has(&summary->quirks, i))
			jw_text(&jw, NULL, quirk_code(i));
	jw_end(&jw);
	jw_array(&jw, "shares");
	for (const struct report_share *share = summary->shares; share; share = share->next)
		write_share(&jw, share);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	strbuf_add_byte(out, '\n');
}

static void read_report(const struct golden *golden, struct input *input, struct strbuf *documents,
			struct strbuf *reject)
{
	const struct slice file_name = golden_note(golden, "file-name");
	const struct mail_headers headers = {
		.from_domain = golden_note(golden, "from-domain"),
		.subject = golden_note(golden, "subject"),
		.tls_report_domain = golden_note(golden, "tls-report-domain"),
		.tls_report_submitter = golden_note(golden, "tls-report-submitter"),
		.dkim_domains = { golden_note(golden, "dkim-domain") },
		.dkim_domain_count = golden_note(golden, "dkim-domain").data != NULL,
	};
	const struct quirk_set quirks = { 0 };
	const struct report_source source = {
		.input = input,
		.name = file_name.data ? file_name : slice_of(golden->input_name),
		.headers = &headers,
		.quirks = &quirks,
	};
	struct collector collector = { { collect }, documents };
	struct report_summary summary;
	struct arena arena;
	struct error err = { 0 };

	arena_init(&arena, LIMIT_ARENA_BYTES);
	if (drain_report(golden->kind->report, &golden->settings, &arena, &source, NULL,
			 &collector.taker, &summary, &err)) {
		write_summary(documents, &summary);
	} else {
		assert_int_equal(err.class, ERROR_REJECT);
		assert_int_equal(documents->len, 0);
		strbuf_add_format(reject, "%s\n", err.reason);
	}
	arena_release(&arena);
}

static void read_mails(const struct golden *golden, struct input *input, struct strbuf *documents)
{
	struct collector collector = { { collect }, documents };
	struct ingest *ingest = ingest_new(&golden->settings);
	struct ingest_file *file = ingest_file_open(ingest, input, golden->input_name);
	struct error err;
	bool more;

	for (;;) {
		assert_true(ingest_file_next(file, &more, &err));
		if (!more)
			break;
		golden_give_keys(golden, ingest);
		assert_true(drain(ingest, &collector.taker, &err));
		golden_add_result(documents, ingest_result_of(ingest));
	}
	ingest_file_close(file);
	ingest_free(ingest);
}

static void read_case(const struct golden *golden, struct input *input, struct strbuf *documents,
		      struct strbuf *reject)
{
	strbuf_init(documents, GOLDEN_SIZE_MAX);
	strbuf_init(reject, KIB);
	if (golden->kind->report != REPORT_NONE)
		read_report(golden, input, documents, reject);
	else
		read_mails(golden, input, documents);
	assert_false(documents->overflowed);
	input_close(input);
}

static void expect(const struct golden *golden, const char *name, const struct strbuf *got)
{
	struct strbuf expected;

	if (accepting)
		golden_write(golden, name, strbuf_slice(got));
	else {
		(void)golden_read(golden, name, &expected);
		golden_compare(golden, name, expected.buf, got->buf);
		strbuf_release(&expected);
	}
}

static bool names(const struct strbuf *text, const char *code)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", code);
	return strstr(text->buf, quoted);
}

/* Counters, dashboards and `help reasons` know the reasons of the table alone. */
static void assert_known_reason(struct slice code)
{
	size_t i = 0;

	while (reasons[i].code && !slice_is(code, reasons[i].code))
		i++;
	if (code.size > 0 && !reasons[i].code)
		fail_msg("the reason \"%.*s\" is not in the table", (int)code.size, code.data);
}

static void note_coverage(const struct strbuf *documents, const struct strbuf *reject)
{
	assert_known_reason(slice_trim(strbuf_slice(reject)));
	for (unsigned i = 0; i < QUIRK_COUNT; i++)
		quirk_seen[i] |= names(documents, quirk_code(i));
	for (size_t i = 0; reasons[i].code; i++)
		reason_seen[i] |= names(documents, reasons[i].code) ||
				  slice_is(slice_trim(strbuf_slice(reject)), reasons[i].code);
}

static void run_case(void **state)
{
	struct golden *golden = *state;
	struct strbuf documents, reject, slow_documents, slow_reject;

	golden_open(golden);
	read_case(golden, input_from_memory(strbuf_slice(&golden->bytes)), &documents, &reject);
	read_case(golden, slow_input_new(strbuf_slice(&golden->bytes)), &slow_documents,
		  &slow_reject);
	note_coverage(&documents, &reject);
	golden_compare(golden, "read byte by byte", documents.buf, slow_documents.buf);
	golden_compare(golden, "read byte by byte", reject.buf, slow_reject.buf);
	expect(golden, "expected.ndjson", &documents);
	expect(golden, "expected.reject", &reject);
	strbuf_release(&documents);
	strbuf_release(&reject);
	strbuf_release(&slow_documents);
	strbuf_release(&slow_reject);
	golden_close(golden);
}

static unsigned report_missing(const char *what, const char *code, bool seen)
{
	if (!seen)
		print_message("no case expects the %s %s\n", what, code);
	return !seen;
}

/* What no file of a case can show: it takes a server, a death, more parts than fit
 * here, or a part that GMime cannot take apart. */
static bool is_shown_elsewhere(const char *code)
{
	static const char *const codes[] = { "unreadable", "poison", "too-many-parts", "bad-mime" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

/* Runs last: every code has a case. */
static void coverage(void **state)
{
	unsigned missing = 0;

	(void)state;
	for (unsigned i = 0; i < QUIRK_COUNT; i++)
		missing += report_missing("quirk", quirk_code(i), quirk_seen[i]);
	for (size_t i = 0; reasons[i].code; i++)
		missing += report_missing("reason", reasons[i].code,
					  reason_seen[i] || is_shown_elsewhere(reasons[i].code));
	assert_int_equal(missing, 0);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[CASES_MAX + 1] = { 0 };
	int failed;

	accepting = argc > 1 && strcmp(argv[1], "--accept") == 0;
	if (argc != 2 + accepting) {
		fprintf(stderr, "usage: run_golden [--accept] FOLDER\n");
		return 2;
	}
	golden_find(argv[argc - 1], NULL, cases, &case_count, CASES_MAX);
	for (size_t i = 0; i < case_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i]->name,
			.test_func = run_case,
			.initial_state = cases[i],
		};
	tests[case_count] = (struct CMUnitTest){
		.name = "coverage",
		.test_func = coverage,
	};
	failed = _cmocka_run_group_tests("golden", tests, case_count + 1, NULL, NULL);
	for (size_t i = 0; i < case_count; i++)
		free(cases[i]);
	return failed;
}
