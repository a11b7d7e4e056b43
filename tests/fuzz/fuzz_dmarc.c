/* fuzz_dmarc.c - any bytes as a DMARC aggregate report: documents are JSON,
 * their messages add up to the summary, and a refusal comes before any of them
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
	struct document_sink sink; /* first: the sink is cast back */
	uint64_t documents, messages;
	bool count_follows; /* of the document at hand */
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
		sums->count_follows = slice_is(text, "dmarc.message_count");
	if (event != JSON_NUMBER)
		return true;
	check(slice_to_uint(text, INT64_MAX, &count));
	if (sums->count_follows)
		sums->messages = count > INT64_MAX - sums->messages ? INT64_MAX
								    : sums->messages + count;
	return true;
}

static bool collect(struct document_sink *sink, const struct document_name *name,
		    struct slice json, struct error *err)
{
	struct sums *sums = (struct sums *)sink;
	struct json_reader *reader = json_reader_new(look, sums, 3, LIMIT_DOCUMENT_BYTES);

	sums->documents++;
	check(name->kind == DOCUMENT_DMARC_AGGREGATE);
	check(tenant_name_valid(slice_of(name->tenant)));
	check(strlen(name->month) == 7 && strlen(name->id) == HASH_ID_SIZE - 1);
	check(json_reader_feed(reader, json, err) && json_reader_end(reader, err));
	check(!json_reader_has_trailing_data(reader));
	json_reader_free(reader);
	return true;
}

static void compare(const struct sums *sums, const struct report_summary *summary)
{
	check(summary->shares && !summary->shares->next);
	check(summary->shares->documents == sums->documents);
	check(summary->shares->messages == sums->messages);
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
	if (dmarc_read(&settings, &arena, &source, &sums.sink, &summary, &err))
		compare(&sums, &summary);
	else
		check(err.class == ERROR_REJECT && err.reason && sums.documents == 0);
	input_close(source.input);
	arena_release(&arena);
	tenant_table_free(tenants);
	return 0;
}
