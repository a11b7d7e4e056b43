/* fuzz_whole.c - any bytes as a file, mail by mail, down to the bulk requests
 *
 * SPDX-License-Identifier: MIT
 *
 * Under small limits.  The documents of each mail are those its reports
 * announce, requests are NDJSON in which every document has an index and an
 * id, every verdict arrives at its mail and decides its fate, and the memory in
 * use stays below a bound that does not know the input.
 */
#include "base/json_reader.h"
#include "base/utf8.h"
#include "bridge/run/batch.h"
#include "ingest/report/input.h"
#include "tests/fuzz/documents.h"
#include "tests/fuzz/fuzz.h"

/* Arena, bulk body, one document, one unpacked mail, and what libraries hold. */
#define MEMORY_MAX (LIMIT_ARENA_BYTES + LIMIT_BULK_BYTES + 16 * MIB)
#define MAILS_MAX 100

/* There when AddressSanitizer is. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* Gives each document to the batch and to the checks. */
struct tee {
	struct taker taker; /* first: it is cast back */
	struct batch batch;
	struct documents documents;
	size_t at_rest;
};

static void check_memory(const struct tee *tee)
{
	if (__sanitizer_get_current_allocated_bytes)
		check(__sanitizer_get_current_allocated_bytes() <= tee->at_rest + MEMORY_MAX);
}

static bool both(struct taker *taker, const struct document_name *name, struct slice json,
		 struct error *err)
{
	struct tee *tee = (struct tee *)(void *)taker;

	check_memory(tee);
	return tee->documents.taker.take(&tee->documents.taker, name, json, err) &&
	       batch_add(&tee->batch, &(struct document){ name, json }, err);
}

/* An action line: {"create":{"_index":"...","_id":"..."}} */
struct action {
	bool is_index, is_id; /* of the key at hand */
	unsigned indices, ids;
};

static bool on_action(void *context, enum json_event event, unsigned depth, struct slice text,
		      struct error *err)
{
	struct action *action = context;

	(void)err;
	if (event == JSON_KEY && depth == 1)
		check(slice_is(text, "create"));
	if (event == JSON_KEY) {
		action->is_index = depth == 2 && slice_is(text, "_index");
		action->is_id = depth == 2 && slice_is(text, "_id");
	}
	if (event == JSON_STRING && action->is_index) {
		check(slice_starts_with(text, "fuzz-") && text.size < 256);
		for (size_t i = 0; i < text.size; i++)
			check(strchr("abcdefghijklmnopqrstuvwxyz0123456789-._", text.data[i]));
		action->indices++;
	}
	if (event == JSON_STRING && action->is_id) {
		check(text.size == HASH_ID_SIZE - 1);
		action->ids++;
	}
	return true;
}

static bool on_source(void *context, enum json_event event, unsigned depth, struct slice text,
		      struct error *err)
{
	(void)context;
	(void)depth;
	(void)err;
	check(event != JSON_KEY || text.size > 0);
	return true;
}

static void read_line(struct slice line, json_event_fn *event, void *context)
{
	struct json_reader *reader = json_reader_new(event, context, 3, LIMIT_DOCUMENT_BYTES);
	struct error err;

	check(line.size > 0 && line.data[0] == '{' && utf8_valid(line));
	check(json_reader_feed(reader, line, &err) && json_reader_end(reader, &err));
	check(!json_reader_has_trailing_data(reader));
	json_reader_free(reader);
}

/* The verdict is drawn from the bytes of the item. */
static enum verdict draw(struct slice lines)
{
	static const enum verdict verdicts[] = {
		VERDICT_STORED,  VERDICT_DUPLICATE, VERDICT_STORED,
		VERDICT_REFUSED, VERDICT_STORED,    VERDICT_RETRY
	};
	unsigned sum = 0;

	for (size_t i = 0; i < lines.size; i++)
		sum = sum * 31 + (unsigned char)lines.data[i];
	return verdicts[sum % (sizeof(verdicts) / sizeof(verdicts[0]))];
}

struct drawing_sink {
	struct sink sink;
	struct bulk *bulk;
};

static void start(struct sink *sink, struct bulk *bulk)
{
	((struct drawing_sink *)(void *)sink)->bulk = bulk;
}

static bool ready(struct sink *sink)
{
	return ((struct drawing_sink *)(void *)sink)->bulk->body.len % 2;
}

static bool finish(struct sink *sink, struct error *err)
{
	struct bulk *bulk = ((struct drawing_sink *)(void *)sink)->bulk;
	struct slice rest = strbuf_slice(&bulk->body);

	(void)err;
	check(rest.size <= LIMIT_BULK_BYTES);
	for (size_t i = 0; i < bulk->count; i++) {
		struct action action = { .ids = 0 };

		check(rest.data == bulk_item_lines(bulk, i).data);
		read_line(slice_split(rest, '\n', &rest), on_action, &action);
		check(action.indices == 1 && action.ids == 1);
		read_line(slice_split(rest, '\n', &rest), on_source, NULL);
		check(bulk->items[i].verdict == VERDICT_PENDING);
		bulk->items[i].verdict = draw(bulk_item_lines(bulk, i));
	}
	check(rest.data && rest.size == 0);
	return true;
}

/* The documents of one mail against its reports; the feed closes them. */
static void check_mail(const struct tee *tee, size_t first, const struct ingest_result *result)
{
	const struct documents *documents = &tee->documents;
	uint64_t reports = 0, announced = 0, feeds = 0;
	size_t position = first;

	for (const struct report_summary *r = result->summaries; r; r = r->next) {
		documents_check_report(documents, &position, r);
		reports++;
	}
	check(reports == result->reports && position - first == result->documents);
	for (; position < documents->count; position++, feeds++) {
		check(documents->counts[position].kind == DOCUMENT_FEED);
		announced += documents->counts[position].documents;
	}
	check(feeds > 0 && announced == result->documents);
	check(result->reports > 0 || result->rejects > 0);
	check((result->reports > 0) == (result->kind != REPORT_NONE));
	check((result->rejects > 0) == (result->reject.class == ERROR_REJECT));
	check(result->rejects == 0 || result->reject.reason);
}

static void check_fates(const struct batch *batch, size_t documents)
{
	size_t answered = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct batch_mail *mail = &batch->mails[i];
		const enum mail_fate fate = batch_fate(mail);

		answered += mail->stored + mail->duplicates + mail->refused + mail->retries;
		check((fate == MAIL_KEEP) == (mail->retries > 0));
		check(fate == MAIL_KEEP ||
		      (fate == MAIL_INVALID) ==
			      (mail->reason || mail->refused > 0 || mail->reports == 0));
	}
	check(answered == documents);
}

static struct ingest *small_ingest(void)
{
	static struct ingest_settings settings;
	struct tenant_table *tenants = tenant_table_new();
	struct error err;

	check(tenant_table_add(tenants, "acme", slice_of("example.com"), &err));
	check(tenant_table_add(tenants, "other", slice_of("example.net"), &err));
	settings = (struct ingest_settings){
		.tenants = tenants,
		.now = FUZZ_NOW,
		.limits = { .mail_bytes = MIB,
			    .unpacked_bytes = MIB,
			    .nesting = 4,
			    .mime_parts = 20,
			    .archive_members = 20 },
	};
	return ingest_new(&settings);
}

/* false: the file ends here. */
static bool next_mail(struct tee *tee, struct ingest *ingest, struct ingest_file *file)
{
	const struct mail mail = { .id = (uint32_t)tee->batch.count + 1, .name = "mail" };
	const size_t first = tee->documents.count;
	struct error err;
	bool more;

	batch_open_mail(&tee->batch, &mail);
	if (!ingest_file_next(file, &more, &err) || (more && !drain(ingest, &tee->taker, &err))) {
		check(err.class == ERROR_REJECT || err.class == ERROR_RETRY);
		return false;
	}
	if (!more)
		return false;
	check_mail(tee, first, ingest_result_of(ingest));
	batch_close_mail(&tee->batch, ingest_result_of(ingest));
	check_memory(tee);
	return true;
}

static const struct index_naming naming = { .prefix = "fuzz", .period = INDEX_MONTH };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sink_ops ops = {
		.name = "fuzz", .start = start, .ready = ready, .finish = finish
	};
	static struct ingest *ingest;
	struct input *input = input_from_memory((struct slice){ (const char *)data, size });
	struct drawing_sink sink = { .sink = { .ops = &ops } };
	struct output_queue queue;
	struct tee tee = { .taker = { both } };
	struct ingest_file *file;
	struct error err;

	if (!ingest)
		ingest = small_ingest();
	if (__sanitizer_get_current_allocated_bytes)
		tee.at_rest = __sanitizer_get_current_allocated_bytes();
	file = ingest_file_open(ingest, input, "file");
	output_queue_init(&queue, &sink.sink, &naming);
	batch_init(&tee.batch, &queue);
	documents_init(&tee.documents);
	while (tee.batch.count < MAILS_MAX && next_mail(&tee, ingest, file))
		continue;
	check(batch_post(&tee.batch, &err) && output_queue_finish(&queue, &err));
	check_fates(&tee.batch, tee.documents.count);
	documents_release(&tee.documents);
	batch_release(&tee.batch);
	output_queue_release(&queue);
	ingest_file_close(file);
	input_close(input);
	return 0;
}
