/* fuzz_tlsrpt.c - any bytes as an SMTP TLS report: documents are JSON, their
 * sums are those of the summary, and a refusal comes before any of them
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/json_reader.h"
#include "base/utf8.h"
#include "ingest/report.h"

#define NOW INT64_C(1795478400) /* 2026-11-24T00:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool true_always)
{
	if (!true_always)
		abort();
}

struct sums {
	struct document_sink sink;
	uint64_t documents, successful, failed;
	/* of the document at hand */
	enum document_kind kind;
	enum { OTHER, SUCCESSFUL, FAILED } member;
};

static bool look(void *context, enum json_event event, unsigned depth, struct slice text,
		 struct error *err)
{
	struct sums *sums = context;
	uint64_t count;

	(void)depth;
	(void)err;
	check(utf8_valid(text));
	if (event == JSON_KEY)
		sums->member = slice_is(text, "tlsrpt.successful_sessions") ? SUCCESSFUL
			       : slice_is(text, "tlsrpt.failed_sessions")   ? FAILED
									    : OTHER;
	if (event != JSON_NUMBER)
		return true;
	check(slice_to_uint(text, INT64_MAX, &count));
	if (sums->kind == DOCUMENT_TLSRPT_POLICY && sums->member == SUCCESSFUL)
		sums->successful += count;
	if (sums->kind == DOCUMENT_TLSRPT_POLICY && sums->member == FAILED)
		sums->failed += count;
	return true;
}

static bool collect(struct document_sink *sink, const struct document_name *name,
		    struct slice json, struct error *err)
{
	struct sums *sums = (struct sums *)sink;
	struct json_reader *reader = json_reader_new(look, sums, 3, LIMIT_DOCUMENT_BYTES);

	sums->documents++;
	sums->kind = name->kind;
	check(tenant_name_valid(slice_of(name->tenant)));
	check(strlen(name->month) == 7 && strlen(name->id) == HASH_ID_SIZE - 1);
	check(json_reader_feed(reader, json, err) && json_reader_end(reader, err));
	check(!json_reader_has_trailing_data(reader));
	json_reader_free(reader);
	return true;
}

static void compare(const struct sums *sums, const struct report_summary *summary)
{
	uint64_t documents = 0, successful = 0, failed = 0;

	for (const struct report_share *share = summary->shares; share; share = share->next) {
		documents += share->documents;
		successful += share->successful_sessions;
		failed += share->failed_sessions;
	}
	check(documents == sums->documents);
	check(successful == sums->successful);
	check(failed == sums->failed);
	check(summary->begin <= summary->end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tenant_table *tenants = tenant_table_new();
	const struct ingest_settings settings = { .tenants = tenants, .now = NOW };
	const struct mail_headers headers = { .dkim_verdict = "unknown" };
	const struct quirk_set quirks = { { 0, 0 } };
	const struct report_source source = {
		.input = input_from_memory((struct slice){ (const char *)data, size }),
		.headers = &headers,
		.quirks = &quirks,
	};
	struct sums sums = { .sink = { collect } };
	struct report_summary summary;
	struct arena arena;
	struct error err;

	check(tenant_table_add(tenants, "acme", slice_of("example.com"), &err));
	arena_init(&arena, LIMIT_ARENA_BYTES);
	if (tlsrpt_read(&settings, &arena, &source, &sums.sink, &summary, &err))
		compare(&sums, &summary);
	else
		check(err.class == ERROR_REJECT && err.reason && sums.documents == 0);
	input_close(source.input);
	arena_release(&arena);
	tenant_table_free(tenants);
	return 0;
}
