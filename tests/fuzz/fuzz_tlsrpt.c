/* fuzz_tlsrpt.c - any bytes as an SMTP TLS report: documents are
 * JSON, they add up to the summary, and a refusal comes before any of them
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/documents.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tenant_table *tenants = tenant_table_new();
	const struct ingest_settings settings = { .tenants = tenants, .now = FUZZ_NOW };
	const struct mail_headers headers = { .dkim_verdict = "unknown" };
	const struct quirk_set quirks = { { 0, 0 } };
	const struct report_source source = {
		.input = input_from_memory((struct slice){ (const char *)data, size }),
		.headers = &headers,
		.quirks = &quirks,
	};
	struct documents documents;
	struct report_summary summary;
	struct arena arena;
	struct error err;
	size_t position = 0;

	check(tenant_table_add(tenants, "acme", slice_of("example.com"), &err));
	arena_init(&arena, LIMIT_ARENA_BYTES);
	documents_init(&documents);
	if (tlsrpt_read(&settings, &arena, &source, &documents.sink, &summary, &err))
		documents_check_report(&documents, &position, &summary);
	else
		check(err.class == ERROR_REJECT && err.reason);
	check(position == documents.count);
	documents_release(&documents);
	input_close(source.input);
	arena_release(&arena);
	tenant_table_free(tenants);
	return 0;
}
