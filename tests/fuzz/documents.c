/* documents.c - documents as they leave ingest, held against what the
 * summaries of their reports say
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/documents.h"

#include "base/json_reader.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "ingest/report/input.h"
#include "tests/fuzz/fuzz.h"

/* The document, and one level for a list of values. */
#define DOCUMENT_DEPTH 3

static uint64_t *member_of(struct document_counts *counts, struct slice name)
{
	if (slice_is(name, "dmarc.message_count") || slice_is(name, "dmarc.incidents"))
		return &counts->messages;
	if (slice_is(name, "tlsrpt.successful_sessions"))
		return &counts->successful_sessions;
	if (slice_is(name, "tlsrpt.failed_sessions"))
		return &counts->failed_sessions;
	if (slice_is(name, "feed.reports"))
		return &counts->reports;
	if (slice_is(name, "feed.documents"))
		return &counts->documents;
	return NULL;
}

static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct documents *documents = context;
	uint64_t number;

	(void)err;
	check(utf8_valid(text));
	check(event != JSON_OBJECT || depth == 0);
	if (event == JSON_KEY)
		documents->member = member_of(&documents->counts[documents->count - 1], text);
	if (event == JSON_NUMBER) {
		check(slice_to_uint(text, INT64_MAX, &number));
		if (documents->member)
			*documents->member = number;
	}
	return true;
}

static void check_name(const struct document_name *name)
{
	check(name->kind <= DOCUMENT_SMTP_TLS);
	check(tenant_name_valid(slice_of(name->tenant)));
	check(strlen(name->month) == DATETIME_MONTH_SIZE - 1);
	check(strlen(name->id) == HASH_ID_SIZE - 1);
}

static bool take(struct taker *taker, const struct document_name *name, struct slice json,
		 struct error *err)
{
	struct documents *documents = (struct documents *)(void *)taker;
	struct json_reader *reader;

	check_name(name);
	check(json.size <= LIMIT_DOCUMENT_BYTES);
	check(slice_find(json, '\n') == json.size);
	documents->counts = xgrow(documents->counts, documents->count, &documents->alloc,
				  sizeof(*documents->counts));
	documents->counts[documents->count++] = (struct document_counts){ .kind = name->kind,
									  .tenant = name->tenant };
	hash_field(&documents->ids, slice_of(name->id));
	reader = json_reader_new(on_event, documents, DOCUMENT_DEPTH, LIMIT_DOCUMENT_BYTES);
	check(json_reader_feed(reader, json, err) && json_reader_end(reader, err));
	check(!json_reader_has_trailing_data(reader));
	json_reader_free(reader);
	return true;
}

void documents_init(struct documents *documents)
{
	*documents = (struct documents){ .taker = { take } };
	hash_init(&documents->ids);
}

void documents_release(struct documents *documents)
{
	free(documents->counts);
	*documents = (struct documents){ .counts = NULL };
}

static bool kind_fits(enum document_kind document, enum report_kind report)
{
	switch (document) {
	case DOCUMENT_DMARC_AGGREGATE: return report == REPORT_AGGREGATE;
	case DOCUMENT_DMARC_FAILURE: return report == REPORT_FAILURE;
	case DOCUMENT_TLSRPT_POLICY: return report == REPORT_TLSRPT;
	case DOCUMENT_TLSRPT_FAILURE: return report == REPORT_TLSRPT;
	default: return false;
	}
}

void documents_check_report(const struct documents *documents, size_t *position,
			    const struct report_summary *report)
{
	size_t first = *position, end = first;

	for (const struct report_share *share = report->shares; share; share = share->next)
		end += share->documents;
	check(end <= documents->count);
	check(report->begin <= report->end);
	for (const struct report_share *share = report->shares; share; share = share->next) {
		struct document_counts all = { .documents = 0 };

		for (size_t i = first; i < end; i++) {
			const struct document_counts *one = &documents->counts[i];

			check(kind_fits(one->kind, report->kind));
			if (strcmp(one->tenant, share->tenant) != 0)
				continue;
			all.documents++;
			all.messages = count_sum(all.messages, one->messages);
			/* details of a failure are counted in their policy already */
			if (one->kind != DOCUMENT_TLSRPT_POLICY)
				continue;
			all.successful_sessions = count_sum(all.successful_sessions,
							    one->successful_sessions);
			all.failed_sessions = count_sum(all.failed_sessions, one->failed_sessions);
		}
		check(all.documents == share->documents && all.messages == share->messages);
		/* Those of a domain's two policies may be the same ones. */
		check(all.successful_sessions >= share->successful_sessions);
		check(all.failed_sessions >= share->failed_sessions);
	}
	*position = end;
}

void documents_of_report(enum report_kind kind, struct slice report)
{
	struct tenant_table *tenants = tenant_table_new();
	const struct ingest_settings settings = { .tenants = tenants, .now = FUZZ_NOW };
	const struct mail_headers headers = { .dkim_verdict = "unknown" };
	const struct quirk_set quirks = { { 0, 0 } };
	const struct report_source source = {
		.input = input_from_memory(report),
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
	if (drain_report(kind, &settings, &arena, &source, NULL, &documents.taker, &summary, &err))
		documents_check_report(&documents, &position, &summary);
	else
		check(err.class == ERROR_REJECT && err.reason);
	check(position == documents.count);
	documents_release(&documents);
	input_close(source.input);
	arena_release(&arena);
	tenant_table_free(tenants);
}
