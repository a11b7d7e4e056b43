/* fuzz_parsedmarc.c - any bytes as a file of mails, in the schema of parsedmarc:
 * documents are JSON of bounded size, no two share a name, and they add up to
 * what the summaries say
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/json_reader.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "ingest/document/parsedmarc_writer.h"
#include "ingest/report/input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/drain.h"

#define MAILS_MAX 20
#define DEPTH 8

struct sums {
	uint64_t messages, incidents, successful, failed;
};

struct taking {
	struct taker taker; /* first: it is cast back */
	struct sums sums;
	uint64_t *number; /* the next one goes here; NULL: nowhere */
	char (*ids)[HASH_ID_SIZE];
	size_t count, alloc;
};

static void add(uint64_t *sum, uint64_t number)
{
	*sum = count_sum(*sum, number);
}

/* A policy's counts are two levels above those of its failure details. */
static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct taking *t = context;
	uint64_t number;

	(void)err;
	check(utf8_valid(text));
	if (event == JSON_KEY) {
		t->number = NULL;
		if (depth == 1 && slice_is(text, "message_count"))
			t->number = &t->sums.messages;
		else if (slice_is(text, "successful_session_count"))
			t->number = &t->sums.successful;
		else if (depth == 3 && slice_is(text, "failed_session_count"))
			t->number = &t->sums.failed;
	}
	if (event == JSON_NUMBER) {
		check(slice_to_uint(text, INT64_MAX, &number));
		if (t->number)
			add(t->number, number);
	}
	return true;
}

static void note_name(struct taking *t, const struct document_name *name)
{
	check(name->schema == SCHEMA_PARSEDMARC);
	check(strlen(name->day) == DATETIME_DAY_SIZE - 1 && strlen(name->id) == HASH_ID_SIZE - 1);
	t->ids = xgrow(t->ids, t->count, &t->alloc, sizeof(*t->ids));
	memcpy(t->ids[t->count++], name->id, HASH_ID_SIZE);
}

static bool take(struct taker *taker, const struct document_name *name, struct slice json,
		 struct error *err)
{
	struct taking *t = (struct taking *)(void *)taker;
	struct json_reader *reader = json_reader_new(on_event, t, DEPTH, PARSEDMARC_DOCUMENT_BYTES);

	check(json.size <= PARSEDMARC_DOCUMENT_BYTES);
	check(slice_find(json, '\n') == json.size);
	check(json_reader_feed(reader, json, err) && json_reader_end(reader, err));
	check(!json_reader_has_trailing_data(reader));
	json_reader_free(reader);
	note_name(t, name);
	t->sums.incidents += name->kind == DOCUMENT_DMARC_FAILURE;
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Records of one report, and parts of one, each have a name. */
static void check_names(struct taking *t, const struct ingest_result *result)
{
	if (result->reports != 1 || t->count == 0)
		return;
	qsort(t->ids, t->count, sizeof(*t->ids), by_text);
	for (size_t i = 1; i < t->count; i++)
		check(strcmp(t->ids[i - 1], t->ids[i]) != 0);
}

static void check_sums(const struct taking *t, const struct ingest_result *result)
{
	struct sums all = { 0 };

	for (const struct report_summary *r = result->summaries; r; r = r->next) {
		all.incidents += r->kind == REPORT_FAILURE;
		for (const struct report_share *share = r->shares; share; share = share->next) {
			if (r->kind == REPORT_AGGREGATE)
				add(&all.messages, share->messages);
			add(&all.successful, share->successful_sessions);
			add(&all.failed, share->failed_sessions);
		}
	}
	check(all.messages == t->sums.messages && all.incidents == t->sums.incidents);
	/* A share counts those of a domain's two policies once. */
	check(all.successful <= t->sums.successful && all.failed <= t->sums.failed);
}

static struct ingest *small_ingest(void)
{
	static struct ingest_settings settings;
	struct tenant_table *tenants = tenant_table_new();
	struct error err;

	check(tenant_table_add(tenants, "acme", slice_of("example.com"), &err));
	settings = (struct ingest_settings){
		.tenants = tenants,
		.schemas = 1u << SCHEMA_PARSEDMARC,
		.now = FUZZ_NOW,
		.limits = { .mail_bytes = MIB,
			    .unpacked_bytes = MIB,
			    .nesting = 4,
			    .mime_parts = 20,
			    .archive_members = 20 },
	};
	return ingest_new(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ingest *ingest;
	struct input *input = input_from_memory((struct slice){ (const char *)data, size });
	struct ingest_file *file;
	struct error err;
	bool more = true;

	if (!ingest)
		ingest = small_ingest();
	file = ingest_file_open(ingest, input, "file");
	for (unsigned mails = 0; more && mails < MAILS_MAX; mails++) {
		struct taking taking = { .taker = { take } };

		check(ingest_file_next(file, &more, &err));
		if (more) {
			check(drain(ingest, &taking.taker, &err));
			check_names(&taking, ingest_result_of(ingest));
			check_sums(&taking, ingest_result_of(ingest));
		}
		free(taking.ids);
	}
	ingest_file_close(file);
	input_close(input);
	return 0;
}
