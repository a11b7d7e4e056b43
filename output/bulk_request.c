/* bulk_request.c - one bulk request in flight and its verdicts
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/bulk_request.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/xalloc.h"

/* Smaller bodies are not worth compressing. */
#define GZIP_FROM ((size_t)1 << 10)
/* Memory for refused items until the answer is complete. */
#define REFUSALS_BYTES (4 * MIB)
#define HEAD_BYTES ((size_t)2 * KIB)

struct refusal {
	struct refusal *next;
	size_t item;
	unsigned status;
	const char *type, *reason;
};

struct bulk_request {
	struct http_exchange *exchange;
	struct gzip *gzip;
	struct bulk *bulk;
	const size_t *items;
	size_t count;
	const char *url;
	struct strbuf body, compressed;
	struct bulk_answer_handler handler;
	struct bulk_answer_reader *reader;
	struct bulk_answer answer;
	struct arena texts; /* texts of the refusals */
	struct refusal *refusals;
	const char *cause; /* reason of the last item that is not settled */
	size_t cause_item;
	bool busy, mismatch;
	struct strbuf id;   /* scratch */
	struct strbuf head; /* start of the answer, in case it is not JSON */
};

static bool on_part(void *context, struct slice part)
{
	struct bulk_request *r = context;

	bulk_answer_feed(r->reader, part);
	if (r->head.len + part.size > HEAD_BYTES)
		strbuf_add(&r->head, part.data, HEAD_BYTES - r->head.len);
	else
		strbuf_add_slice(&r->head, part);
	return !r->mismatch;
}

/* Every server echoes the id.  Without it a success does not count; an error loses
 * no document. */
static bool is_answer_to(struct bulk_request *r, size_t item, const struct bulk_answer_item *answer)
{
	const struct slice sent = bulk_item_id(r->bulk, item);

	if (!answer->id.data)
		return answer->status != 201 && answer->status != 409;
	if (slice_equal(answer->id, sent))
		return true;
	strbuf_reset(&r->id);
	json_quote(&r->id, answer->id);
	return r->id.len == sent.size + 2 && memcmp(r->id.buf + 1, sent.data, sent.size) == 0;
}

/* false: the arena is full. */
static bool remember(struct bulk_request *r, size_t item, const struct bulk_answer_item *answer)
{
	struct refusal *refusal = arena_alloc(&r->texts, sizeof(*refusal));

	if (!refusal)
		return false;
	*refusal = (struct refusal){
		.next = r->refusals,
		.item = item,
		.status = answer->status,
		.type = arena_text(&r->texts, answer->type),
		.reason = arena_text(&r->texts, answer->reason),
	};
	if (!refusal->type || !refusal->reason)
		return false;
	r->refusals = refusal;
	return true;
}

static void on_item(void *context, size_t position, const struct bulk_answer_item *answer)
{
	struct bulk_request *r = context;
	enum verdict verdict;
	const char *cause;

	if (position >= r->count)
		return;
	if (!is_answer_to(r, r->items[position], answer)) {
		r->mismatch = true;
		return;
	}
	verdict = verdict_of_item(answer->status, answer->type, answer->reason, &cause);
	if (cause) {
		r->cause = cause;
		r->cause_item = r->items[position];
	}
	r->busy |= verdict == VERDICT_RETRY && answer->status == 429;
	if (verdict == VERDICT_REFUSED && !remember(r, r->items[position], answer))
		verdict = VERDICT_RETRY;
	r->bulk->items[r->items[position]].verdict = verdict;
}

struct bulk_request *bulk_request_new(struct http *http, struct gzip *gzip)
{
	struct bulk_request *r = xcalloc(1, sizeof(*r));

	r->exchange = http_exchange_new(http);
	r->gzip = gzip;
	r->handler = (struct bulk_answer_handler){ on_item, r };
	strbuf_init(&r->id, 64 * KIB);
	strbuf_init(&r->head, HEAD_BYTES);
	strbuf_init(&r->body, LIMIT_BULK_BYTES);
	strbuf_init(&r->compressed, 2 * LIMIT_BULK_BYTES);
	arena_init(&r->texts, REFUSALS_BYTES);
	return r;
}

static void end_reader(struct bulk_request *r)
{
	struct error ignored;

	if (r->reader)
		(void)bulk_answer_end(r->reader, &ignored);
	r->reader = NULL;
}

void bulk_request_free(struct bulk_request *r)
{
	http_exchange_free(r->exchange);
	end_reader(r);
	strbuf_release(&r->id);
	strbuf_release(&r->head);
	strbuf_release(&r->body);
	strbuf_release(&r->compressed);
	arena_release(&r->texts);
	free(r);
}

/* Adjacent items are sent from the bulk without a copy. */
static struct slice body_of(struct bulk_request *r)
{
	const struct bulk_item *first = &r->bulk->items[r->items[0]];
	const struct bulk_item *last = &r->bulk->items[r->items[r->count - 1]];

	if (r->items[r->count - 1] - r->items[0] == r->count - 1)
		return (struct slice){ r->bulk->body.buf + first->lines.offset,
				       last->lines.offset + last->lines.size -
					       first->lines.offset };
	strbuf_reset(&r->body);
	for (size_t i = 0; i < r->count; i++)
		strbuf_add_slice(&r->body, bulk_item_lines(r->bulk, r->items[i]));
	return strbuf_slice(&r->body);
}

void bulk_request_begin(struct bulk_request *r, struct bulk *bulk, const size_t *items,
			size_t count, const struct bulk_target *target)
{
	struct http_request request = {
		.method = "POST",
		.url = target->url,
		.path = BULK_PATH,
		.content_type = "application/x-ndjson",
		.take = on_part,
		.context = r,
		.must_echo = target->must_echo,
	};

	r->bulk = bulk;
	r->items = items;
	r->count = count;
	r->url = target->url;
	r->cause = NULL;
	r->busy = r->mismatch = false;
	r->refusals = NULL;
	strbuf_reset(&r->head);
	arena_reset(&r->texts);
	r->reader = bulk_answer_begin(&r->handler, &r->answer);
	request.body = body_of(r);
	if (target->compress && r->gzip && request.body.size >= GZIP_FROM &&
	    gzip_compress(r->gzip, request.body, &r->compressed)) {
		request.body = strbuf_slice(&r->compressed);
		request.gzipped = true;
	}
	http_begin(r->exchange, &request);
}

bool bulk_request_busy(const struct bulk_request *r)
{
	return http_busy(r->exchange);
}

static void mark_repeated(struct bulk_request *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->bulk->items[r->items[i]].repeated = true;
}

/* Without an answer, or with a proxy's answer, the documents may have been
 * stored. */
static void reset_verdicts(struct bulk_request *r, const struct bulk_result *result)
{
	for (size_t i = 0; i < r->count; i++)
		r->bulk->items[r->items[i]].verdict = VERDICT_RETRY;
	if (result->outcome != BULK_REFUSED || result->status >= 500)
		mark_repeated(r);
	r->refusals = NULL;
}

/* A 200 must contain an answer for every item. */
static void read_items(struct bulk_request *r, bool whole, struct bulk_result *result)
{
	if (!whole || r->answer.items != r->count) {
		result->outcome = BULK_INVALID;
		error_set(&result->trouble, ERROR_RETRY,
			  "%s answered %zu documents with %zu items%s", r->url, r->count,
			  r->answer.items, whole ? "" : " and no end");
		return;
	}
	result->outcome = BULK_ANSWERED;
	result->busy = r->busy;
	if (r->cause) {
		const struct slice index = bulk_item_index(r->bulk, r->cause_item);

		error_set(&result->trouble, ERROR_RETRY, "%s: index %.*s %s", r->url,
			  (int)index.size, index.data, r->cause);
	}
}

static void read_refusal(struct bulk_request *r, bool is_json, struct bulk_result *result)
{
	const char *cause;

	if (!is_json && r->answer.reason[0] == '\0')
		r->answer.type[0] = '\0';
	bulk_answer_use_text(&r->answer, strbuf_slice(&r->head));
	result->outcome = BULK_REFUSED;
	result->verdict = verdict_of_request(result->status, slice_of(r->answer.type),
					     slice_of(r->answer.reason), &cause);
	error_set(&result->trouble, ERROR_RETRY, "%s: HTTP status %u: %s", r->url, result->status,
		  cause ? cause : r->answer.reason);
}

void bulk_request_end(struct bulk_request *r, struct bulk_result *result)
{
	struct http_answer http;
	struct error err;
	bool whole;

	*result = (struct bulk_result){ .outcome = BULK_LOST, .answer = &r->answer };
	whole = bulk_answer_end(r->reader, &err);
	r->reader = NULL;
	if (!http_result(r->exchange, &http, &result->trouble)) {
		if (http_timed_out(r->exchange))
			result->outcome = BULK_SLOW;
		else if (http_is_mismatch(r->exchange))
			result->outcome = BULK_INVALID;
	} else {
		result->status = http.status;
		result->retry_after_ms = http.retry_after_ms;
		result->echoed = http.echoed;
		if (http.sent_again)
			mark_repeated(r);
		if (http.status == 200)
			read_items(r, whole, result);
		else
			read_refusal(r, whole, result);
	}
	if (result->outcome != BULK_ANSWERED)
		reset_verdicts(r, result);
}

static void add_dead_letter(const struct bulk_request *r, struct dead_letters *letters, size_t item,
			    unsigned status, const char *type, const char *reason)
{
	const int64_t now = clock_unix();
	const bool kept = dead_letters_add(letters,
					   &(struct dead_letter){
						   .first = now,
						   .last = now,
						   .count = 1,
						   .status = status,
						   .index = bulk_item_index(r->bulk, item),
						   .id = bulk_item_id(r->bulk, item),
						   .type = slice_of(type),
						   .reason = slice_of(reason),
						   .document = bulk_item_source(r->bulk, item),
					   });

	if (kept)
		bulk_note_refusal(r->bulk, item, type, reason);
	r->bulk->items[item].verdict = kept ? VERDICT_REFUSED : VERDICT_RETRY;
}

static void note_accepted(const struct bulk_request *r, struct circuit_breaker *breaker)
{
	if (breaker->count == 0)
		return;
	for (size_t i = 0; i < r->count; i++) {
		const enum verdict verdict = r->bulk->items[r->items[i]].verdict;

		if (verdict == VERDICT_STORED || verdict == VERDICT_DUPLICATE)
			circuit_breaker_accepted(breaker, bulk_item_index(r->bulk, r->items[i]));
	}
}

bool bulk_request_add_dead_letters(const struct bulk_request *r, struct dead_letters *letters,
				   struct circuit_breaker *breaker, struct slice *held)
{
	*held = (struct slice){ NULL, 0 };

	note_accepted(r, breaker);
	for (const struct refusal *refusal = r->refusals; refusal; refusal = refusal->next) {
		if (!circuit_breaker_refused(breaker, bulk_item_index(r->bulk, refusal->item),
					     slice_of(refusal->type))) {
			add_dead_letter(r, letters, refusal->item, refusal->status, refusal->type,
					refusal->reason);
			continue;
		}
		r->bulk->items[refusal->item].verdict = VERDICT_HOLD;
		*held = bulk_item_index(r->bulk, refusal->item);
	}
	return !held->data;
}

void bulk_request_hold(const struct bulk_request *r)
{
	r->bulk->items[r->items[0]].verdict = VERDICT_HOLD;
}

void bulk_request_refuse_whole(const struct bulk_request *r, const struct bulk_result *result,
			       struct dead_letters *letters)
{
	add_dead_letter(r, letters, r->items[0], result->status, result->answer->type,
			result->answer->reason[0] ? result->answer->reason
						  : "too large for the server");
}
