/* fuzz_mail.c - any bytes as a mail and as a file: whole documents or a reason
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/json_reader.h"
#include "base/utf8.h"
#include "ingest/ingest.h"
#include "tests/fuzz/fuzz.h"

#define UNPACKED_MAX (4 * MIB)

struct checker {
	struct document_sink sink;
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

static bool check_document(struct document_sink *sink, const struct document_name *name,
			   struct slice json, struct error *err)
{
	struct checker *checker = (struct checker *)sink;
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

struct run {
	struct ingest *ingest;
	struct slice bytes;
	bool as_file;
	uint8_t ids[HASH_SIZE];
};

static void run(struct run *run)
{
	struct checker checker = { .sink.document = check_document };
	struct ingest_result result;
	struct error err;

	hash_init(&checker.ids);
	if (run->as_file) {
		struct input *input = input_from_memory(run->bytes);

		check(ingest_input(run->ingest, input, "file", &checker.sink, &result, &err));
		input_close(input);
	} else {
		check(ingest_mail(run->ingest, run->bytes, &checker.sink, &result, &err));
	}
	check(checker.documents == result.documents);
	check(checker.feeds > 0);
	check(result.reports > 0 || result.rejects > 0);
	check((result.reports > 0) == (result.kind != REPORT_NONE));
	check((result.rejects > 0) == (result.reject.class == ERROR_REJECT));
	check(result.rejects == 0 || result.reject.reason);
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
		struct run first = { ingest, { (const char *)data, size }, as_file, { 0 } };
		struct run second = first;

		/* the same bytes always meet themselves in the index */
		run(&first);
		run(&second);
		check(memcmp(first.ids, second.ids, HASH_SIZE) == 0);
	}
	return 0;
}
