/* fuzz_mail.c - any bytes as a mail and as a file: whole documents or a reason
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/json_reader.h"
#include "base/utf8.h"
#include "ingest/report/input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/drain.h"

#define UNPACKED_MAX (4 * MIB)

struct checker {
	struct taker taker;
	uint64_t documents, feeds;
	struct hash ids;
};

static bool any_event(void *context, enum json_event event, unsigned depth, struct slice text,
		      struct error *err)
{
	(void)context;
	(void)event;
	(void)depth;
	(void)text;
	(void)err;
	return true;
}

static bool check_document(struct taker *taker, const struct document_name *name, struct slice json,
			   struct error *err)
{
	struct checker *checker = (struct checker *)(void *)taker;
	struct json_reader *reader = json_reader_new(any_event, NULL, 4, LIMIT_DOCUMENT_BYTES);

	check(json_reader_feed(reader, json, err) && json_reader_end(reader, err));
	check(!json_reader_has_trailing_data(reader));
	json_reader_free(reader);
	check(json.size <= LIMIT_DOCUMENT_BYTES && utf8_valid(json));
	check(strlen(name->id) == HASH_ID_SIZE - 1);
	check(strlen(name->month) == DATETIME_MONTH_SIZE - 1);
	check(tenant_name_valid(slice_of(name->tenant)));
	if (name->kind == DOCUMENT_FEED)
		checker->feeds++;
	else
		checker->documents++;
	hash_field(&checker->ids, slice_of(name->id));
	return true;
}

struct reading {
	struct ingest *ingest;
	struct slice bytes;
	bool as_file;
	uint8_t ids[HASH_SIZE];
};

static void read_once(struct reading *run)
{
	struct checker checker = { .taker.take = check_document };
	struct input *input = run->as_file ? input_from_memory(run->bytes) : NULL;
	const struct ingest_result *result = ingest_result_of(run->ingest);
	struct error err;

	hash_init(&checker.ids);
	if (run->as_file)
		check(ingest_begin_input(run->ingest, input, "file", &err));
	else
		ingest_begin_mail(run->ingest, run->bytes);
	check(drain(run->ingest, &checker.taker, &err));
	input_close(input);
	check(checker.documents == result->documents);
	check(checker.feeds > 0);
	check(result->reports > 0 || result->rejects > 0);
	check((result->reports > 0) == (result->kind != REPORT_NONE));
	check((result->rejects > 0) == (result->reject.class == ERROR_REJECT));
	check(result->rejects == 0 || result->reject.reason);
	hash_end(&checker.ids, run->ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ingest_settings settings;
	static struct ingest *ingest;

	if (!ingest) {
		settings.tenants = tenant_table_new();
		settings.now = FUZZ_NOW;
		ingest_limits_default(&settings.limits);
		settings.limits.unpacked_bytes = UNPACKED_MAX;
		ingest = ingest_new(&settings);
	}
	for (int as_file = 0; as_file < 2; as_file++) {
		struct reading first = { ingest, { (const char *)data, size }, as_file, { 0 } };
		struct reading second = first;

		/* the same bytes always meet themselves in the index */
		read_once(&first);
		read_once(&second);
		check(memcmp(first.ids, second.ids, HASH_SIZE) == 0);
	}
	return 0;
}
