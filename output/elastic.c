/* elastic.c - the sink that posts to Elasticsearch or OpenSearch
 *
 * SPDX-License-Identifier: MIT
 *
 * An HTTP error or a lost connection never proves that nothing was written:
 * whatever is not answered item by item is sent again under the same ids, and
 * what was written meanwhile answers 409.
 */
#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "output/bulk_answer.h"
#include "output/dead_letter.h"
#include "output/gzip.h"
#include "output/http.h"
#include "output/sink.h"

/* One status per item and the reason of the bad ones; with "error" alone the
 * good items would be missing and the rest could not be matched. */
/* Written as AWS signs it: commas and asterisks encoded. */
#define BULK_PATH                                                                                  \
	"/_bulk?filter_path=errors%2Cerror%2Cstatus%2Citems.%2A.status%2Citems.%2A.error.type%2C"  \
	"items.%2A.error.reason%2Citems.%2A.failure_store"
#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 60000
/* Bodies above this are worth compressing. */
#define GZIP_FROM ((size_t)1 << 10)

struct elastic {
	struct sink sink; /* first: what the bridge holds */
	const struct elastic_settings *settings;
	struct http *http;
	struct gzip *gzip; /* NULL: not compressed */
	struct strbuf body, compressed;
	struct dead_letters letters;
	size_t url; /* which one is in use */
	struct http_exchange *exchange;
	struct bulk *bulk; /* begun */
	size_t *items;	   /* room for a position of each of its items */
	bool begun;	   /* its first request is under way */
	int64_t driven;	   /* when ready() last looked at it */
};

/* The items of one request, by their position in the bulk. */
struct request {
	struct elastic *elastic;
	struct bulk *bulk;
	const size_t *items;
	size_t count;
	const char *cause; /* of the last item that is not to be settled now */
};

/* What a try at posting learned beyond the verdicts. */
struct outcome {
	bool reached;		/* some request was answered */
	int64_t retry_after_ms; /* the longest wait asked for */
	struct error trouble;	/* why something is to be tried again */
};

static struct elastic *elastic_of(struct sink *sink)
{
	return (struct elastic *)(void *)sink;
}

static struct slice body_of(struct request *r)
{
	if (r->count == r->bulk->count)
		return strbuf_slice(&r->bulk->body);
	strbuf_reset(&r->elastic->body);
	for (size_t i = 0; i < r->count; i++)
		strbuf_add_slice(&r->elastic->body, bulk_item_lines(r->bulk, r->items[i]));
	return strbuf_slice(&r->elastic->body);
}

static bool refuse(struct request *r, size_t item, unsigned status, struct slice type,
		   struct slice reason)
{
	const struct slice lines = bulk_item_lines(r->bulk, item);
	const size_t source = r->bulk->items[item].source;

	return dead_letters_add(&r->elastic->letters, clock_unix(),
				(struct slice){ lines.data, source - 1 },
				(struct slice){ lines.data + source, lines.size - source - 1 },
				status, type, reason);
}

static void on_item(void *context, size_t position, const struct bulk_answer_item *answer)
{
	struct request *r = context;
	const char *cause;
	enum verdict verdict;

	if (position >= r->count)
		return;
	verdict = verdict_of_item(answer->status, answer->type, answer->reason, &cause);
	if (cause)
		r->cause = cause;
	if (verdict == VERDICT_REFUSED &&
	    !refuse(r, r->items[position], answer->status, answer->type, answer->reason))
		verdict = VERDICT_RETRY;
	r->bulk->items[r->items[position]].verdict = verdict;
}

static void set_all(struct request *r, enum verdict verdict)
{
	for (size_t i = 0; i < r->count; i++)
		r->bulk->items[r->items[i]].verdict = verdict;
}

static bool post_items(struct request *r, struct outcome *outcome, struct error *err);

/* Halves the request; a single item that is still too large or malformed is
 * the one to blame. */
static bool split(struct request *r, unsigned status, const struct bulk_answer *answer,
		  struct outcome *outcome, struct error *err)
{
	const size_t half = r->count / 2;
	struct request first = *r, second = *r;

	if (r->count == 1) {
		const char *reason =
			answer->reason[0] ? answer->reason : "too large for the server";
		const bool kept =
			refuse(r, r->items[0], status, slice_of(answer->type), slice_of(reason));

		r->bulk->items[r->items[0]].verdict = kept ? VERDICT_REFUSED : VERDICT_RETRY;
		return true;
	}
	first.count = half;
	second.items += half;
	second.count -= half;
	return post_items(&first, outcome, err) && post_items(&second, outcome, err);
}

static bool stop(const char *url, unsigned status, const struct bulk_answer *answer,
		 struct error *err)
{
	const char *cure = status == 401   ? "user or password or API key refused: check "
					     "password_file or api_key_file"
			   : status == 403 ? "the credentials may not write: check the privileges"
					   : "this is not the bulk interface of a search server: "
					     "check urls";

	return error_set(err, ERROR_FATAL, "%s: HTTP status %u: %s%s%.200s", url, status, cure,
			 answer->reason[0] ? ": " : "", answer->reason);
}

/* A 200 must hold an answer for every item, or it is not to be believed. */
static void read_items(struct request *r, const struct http_answer *http, const char *url,
		       struct outcome *outcome)
{
	const struct bulk_answer_handler handler = { on_item, r };
	const size_t letters = r->elastic->letters.lines.len;
	struct bulk_answer answer;
	struct error ignored;

	if (!bulk_answer_read(http->body, &handler, &answer, &ignored) ||
	    answer.items != r->count) {
		strbuf_cut(&r->elastic->letters.lines, letters);
		set_all(r, VERDICT_RETRY);
		error_set(&outcome->trouble, ERROR_RETRY,
			  "%s answered %zu documents with %zu items", url, r->count, answer.items);
		return;
	}
	if (r->cause)
		error_set(&outcome->trouble, ERROR_RETRY, "%s: %s", url, r->cause);
}

static void begin_request(struct request *r)
{
	struct elastic *e = r->elastic;
	struct http_request request = {
		.method = "POST",
		.url = e->settings->urls[e->url],
		.path = BULK_PATH,
		.content_type = "application/x-ndjson",
		.body = body_of(r),
	};

	if (e->gzip && request.body.size >= GZIP_FROM &&
	    gzip_compress(e->gzip, request.body, &e->compressed)) {
		request.body = strbuf_slice(&e->compressed);
		request.gzipped = true;
	}
	http_begin(e->exchange, &request);
	e->begun = true;
}

static bool send_request(struct request *r, struct http_answer *answer, struct error *err)
{
	struct elastic *e = r->elastic;

	if (!e->begun)
		begin_request(r);
	e->begun = false;
	while (http_busy(e->exchange))
		if (!http_drive(e->http, INT64_MAX, err))
			return false;
	return http_result(e->exchange, answer, err);
}

/* One request, and more when it must be split.  false: *err is FATAL and
 * nobody should ask again; everything else is in the verdicts. */
static bool post_items(struct request *r, struct outcome *outcome, struct error *err)
{
	const char *url = r->elastic->settings->urls[r->elastic->url];
	struct http_answer http;
	struct bulk_answer answer;
	struct error ignored;
	const char *cause;

	if (!send_request(r, &http, err)) {
		if (err->class == ERROR_FATAL)
			return false;
		outcome->trouble = *err;
		set_all(r, VERDICT_RETRY);
		return true;
	}
	outcome->reached = true;
	if (http.retry_after_ms > outcome->retry_after_ms)
		outcome->retry_after_ms = http.retry_after_ms;
	if (http.status == 200) {
		read_items(r, &http, url, outcome);
		return true;
	}
	if (!bulk_answer_read(http.body, NULL, &answer, &ignored) && answer.reason[0] == '\0')
		answer.type[0] = '\0';
	switch (verdict_of_request(http.status, slice_of(answer.type), slice_of(answer.reason),
				   &cause)) {
	case VERDICT_SPLIT: return split(r, http.status, &answer, outcome, err);
	case VERDICT_STOP: return stop(url, http.status, &answer, err);
	default:
		error_set(&outcome->trouble, ERROR_RETRY, "%s: HTTP status %u: %s", url,
			  http.status, cause);
		set_all(r, VERDICT_RETRY);
		return true;
	}
}

/* What an index in need of a person holds up is not asked about again and
 * again: it waits for the next round with its mail. */
static size_t unsettled(const struct bulk *bulk, size_t *items)
{
	size_t count = 0;

	for (size_t i = 0; i < bulk->count; i++)
		if (bulk->items[i].verdict == VERDICT_PENDING ||
		    bulk->items[i].verdict == VERDICT_RETRY)
			items[count++] = i;
	return count;
}

static void next_url(struct elastic *e)
{
	if (!e->settings->urls[++e->url])
		e->url = 0;
}

/* Refused documents are on disk before anybody hears of them. */
static bool keep_refused(struct elastic *e, struct bulk *bulk, struct error *err)
{
	if (dead_letters_write(&e->letters, err))
		return true;
	for (size_t i = 0; i < bulk->count; i++)
		if (bulk->items[i].verdict == VERDICT_REFUSED)
			bulk->items[i].verdict = VERDICT_RETRY;
	return false;
}

/* Tries until all is answered or the time is up. */
static bool post_until(struct elastic *e, struct bulk *bulk, size_t *items, bool *ever_reached,
		       struct error *err)
{
	const int64_t deadline = clock_ms() + e->settings->retry_ms;

	for (unsigned attempt = 0;; attempt++) {
		struct request request = { .elastic = e, .bulk = bulk, .items = items };
		struct outcome outcome = { .reached = false };
		int64_t pause;

		request.count = unsettled(bulk, items);
		if (request.count == 0)
			return true;
		if (!post_items(&request, &outcome, err))
			return false;
		*ever_reached |= outcome.reached;
		if (outcome.trouble.class != ERROR_NONE)
			bulk->trouble = outcome.trouble;
		if (unsettled(bulk, items) == 0)
			return true;
		if (!outcome.reached)
			next_url(e);
		pause = backoff_ms(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, backoff_random());
		if (pause < outcome.retry_after_ms)
			pause = outcome.retry_after_ms;
		*err = outcome.trouble;
		if (clock_ms() + pause >= deadline || !wait_until(clock_ms() + pause))
			return true;
	}
}

static void elastic_start(struct sink *sink, struct bulk *bulk)
{
	struct elastic *e = elastic_of(sink);
	struct request request = { .elastic = e, .bulk = bulk };

	e->bulk = bulk;
	e->items = xreallocarray(e->items, bulk->count, sizeof(*e->items));
	request.items = e->items;
	request.count = unsettled(bulk, e->items);
	if (request.count > 0)
		begin_request(&request);
}

static bool elastic_ready(struct sink *sink)
{
	struct elastic *e = elastic_of(sink);
	const int64_t now = clock_ms();
	struct error ignored;

	if (http_busy(e->exchange) && e->driven != now) {
		e->driven = now;
		(void)http_drive(e->http, now, &ignored);
	}
	return !http_busy(e->exchange);
}

static bool elastic_finish(struct sink *sink, struct error *err)
{
	struct elastic *e = elastic_of(sink);
	bool reached = false;
	bool good = post_until(e, e->bulk, e->items, &reached, err);

	if (!good || !reached) {
		dead_letters_forget(&e->letters);
		return e->bulk->count == 0;
	}
	/* A full disk is told by the verdicts: those mails stay. */
	(void)keep_refused(e, e->bulk, err);
	return true;
}

/* An empty bulk request: a search server that lets us in calls it malformed,
 * on every product, and nothing is written. */
static bool elastic_check(struct sink *sink, struct error *err)
{
	struct elastic *e = elastic_of(sink);

	for (e->url = 0; e->settings->urls[e->url]; e->url++) {
		const char *url = e->settings->urls[e->url];
		const struct http_request request = {
			.method = "POST",
			.url = url,
			.path = BULK_PATH,
			.content_type = "application/x-ndjson",
			.body = { "", 0 },
		};
		struct http_answer http;
		struct bulk_answer answer;
		struct error ignored;

		if (!http_send(e->http, &request, &http, err))
			return false;
		if (!bulk_answer_read(http.body, NULL, &answer, &ignored) || http.status != 400)
			return stop(url, http.status, &answer, err);
	}
	e->url = 0;
	return true;
}

static void elastic_free(struct sink *sink)
{
	struct elastic *e = elastic_of(sink);

	http_exchange_free(e->exchange);
	http_free(e->http);
	free(e->items);
	gzip_free(e->gzip);
	strbuf_release(&e->body);
	strbuf_release(&e->compressed);
	dead_letters_release(&e->letters);
	free(e);
}

static const struct sink_ops elastic_ops = {
	.name = "elasticsearch",
	.start = elastic_start,
	.ready = elastic_ready,
	.finish = elastic_finish,
	.check = elastic_check,
	.free = elastic_free,
};

struct sink *elastic_sink_new(const struct elastic_settings *settings)
{
	struct elastic *e = xcalloc(1, sizeof(*e));

	e->sink.ops = &elastic_ops;
	e->settings = settings;
	e->http = http_new(settings);
	e->exchange = http_exchange_new(e->http);
	if (settings->gzip_level > 0)
		e->gzip = gzip_new(settings->gzip_level);
	strbuf_init(&e->body, LIMIT_BULK_BYTES);
	strbuf_init(&e->compressed, 2 * LIMIT_BULK_BYTES);
	dead_letters_init(&e->letters, settings->dead_letter_file);
	return &e->sink;
}
