/* elastic_read.c - reads documents back from a search server
 *
 * SPDX-License-Identifier: MIT
 *
 * Uses the scroll API: it reads one state of the indices to the end, needs no
 * unique sort order, and every Elasticsearch and OpenSearch supports it.
 * Asks for whole documents and sets no filter_path: the server copies them as they are stored.
 * To pick members it parses each document and writes it again, twice with a filter, which costs it
 * four times as much.
 * Asks for the next page before it parses one, so that the server and this program work at the same
 * time.
 *
 * Anything missing (a shard, a page, a document of the total) is an error:
 * partial figures would be taken for complete ones.
 */
#include "output/elastic_read.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "output/http.h"
#include "output/search_answer.h"

#define SHORT_PAGES_MAX 100
#define KEEP "2m" /* lifetime of a scroll between two pages */
/* A page waits here until the previous one is parsed.  A larger page, of documents of 4 kB and
 * more, is parsed as it arrives: it uses no more memory, but its size needs a limit too. */
#define WAITING_BYTES (4 * MIB)
#define PAGE_BYTES ((size_t)1 << 30)
/* Parsed of a page before the next one is requested: the scroll id is at the start. */
#define PIECE_BYTES ((size_t)16 << 10)

struct elastic_reader {
	const struct elastic_settings *settings;
	struct http *http;
	struct http_exchange *exchange; /* for the requested page */
	struct strbuf waiting;          /* the part of it that has arrived */
	struct strbuf body, path;
	const char *url;              /* the server in use */
	struct search_answer *answer; /* the answer being parsed */
	bool parsing;                 /* in the middle of a page */
};

struct elastic_reader *elastic_reader_new(const struct elastic_settings *settings)
{
	struct elastic_reader *r = xcalloc(1, sizeof(*r));

	r->settings = settings;
	r->http = http_new(settings);
	r->exchange = http_exchange_new(r->http);
	strbuf_init(&r->waiting, WAITING_BYTES);
	strbuf_init(&r->body, 2 * MIB);
	strbuf_init(&r->path, 64 * KIB);
	return r;
}

void elastic_reader_free(struct elastic_reader *r)
{
	if (!r)
		return;
	http_exchange_free(r->exchange);
	http_free(r->http);
	strbuf_release(&r->waiting);
	strbuf_release(&r->body);
	strbuf_release(&r->path);
	free(r);
}

static bool broken(const struct elastic_reader *r, const struct search_answer *a, struct error *err)
{
	return error_set(err, ERROR_RETRY, "%s: the answer is not a search result: %s", r->url,
			 a->err.text);
}

static bool judge(const struct elastic_reader *r, const struct search_answer *a, unsigned status,
		  struct error *err)
{
	const char *hint = http_login_hint(r->http, status);
	const bool later = status >= 500 || status == 429 || status == 404;

	if (status != 200)
		return error_set(err, later ? ERROR_RETRY : ERROR_FATAL,
				 "%s: the search ended with HTTP status %u%s%s%s%s", r->url, status,
				 a->reason[0] ? ": " : "", a->reason, hint ? "; " : "",
				 hint            ? hint
				 : status == 403 ? "; the login needs the index privilege read"
						 : "");
	if (a->broken)
		return broken(r, a, err);
	if (a->timed_out || a->failed_shards > 0)
		return error_set(err, ERROR_RETRY,
				 "%s: the search is not complete: %" PRIu64 " shards failed%s",
				 r->url, a->failed_shards,
				 a->timed_out ? ", and it ran out of time" : "");
	if (!a->has_total || a->odd_total)
		return error_set(err, ERROR_RETRY,
				 "%s: the answer does not say how many documents there are",
				 r->url);
	return true;
}

/* false: the answer is broken, or more of it arrives than fits while the previous page is being
 * parsed, which no real server does. */
static bool take_part(void *context, struct slice part)
{
	struct elastic_reader *r = context;

	if (part.size <= WAITING_BYTES - r->waiting.len) {
		strbuf_add_slice(&r->waiting, part);
		return true;
	}
	if (r->parsing)
		return false;
	search_answer_feed(r->answer, strbuf_slice(&r->waiting));
	search_answer_feed(r->answer, part);
	strbuf_reset(&r->waiting);
	return !r->answer->broken;
}

static void request_page(struct elastic_reader *r)
{
	strbuf_reset(&r->waiting);
	http_begin(r->exchange, &(struct http_request){
					.method = "POST",
					.url = r->url,
					.path = r->path.buf,
					.content_type = "application/json",
					.body = strbuf_slice(&r->body),
					.take = take_part,
					.context = r,
					.most = PAGE_BYTES,
				});
}

static bool receive_page(struct elastic_reader *r, struct http_answer *answer, struct error *err)
{
	search_answer_begin(r->answer, ELASTIC_PAGE);
	while (http_busy(r->exchange))
		if (!http_drive(r->http, INT64_MAX, err))
			return false;
	return http_result(r->exchange, answer, err);
}

/* Encodes as for AWS signatures: comma and asterisk escaped. */
static void add_pattern(struct strbuf *path, const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*' || *pattern == ',')
			strbuf_add_format(path, "%%%02X", (unsigned char)*pattern);
		else
			strbuf_add_byte(path, *pattern);
	}
}

static void request_first(struct elastic_reader *r, const char *pattern, struct slice search)
{
	strbuf_reset(&r->path);
	strbuf_add_byte(&r->path, '/');
	add_pattern(&r->path, pattern);
	strbuf_add_text(&r->path, "/_search?scroll=" KEEP);
	strbuf_reset(&r->body);
	strbuf_add_slice(&r->body, search);
	strbuf_add_format(&r->body, ",\"size\":%d,\"sort\":[\"_doc\"],\"track_total_hits\":true}",
			  ELASTIC_PAGE);
	request_page(r);
}

static void name_scroll(struct elastic_reader *r, const char *before)
{
	strbuf_reset(&r->path);
	strbuf_add_text(&r->path, "/_search/scroll");
	strbuf_reset(&r->body);
	strbuf_add_text(&r->body, before);
	strbuf_add_text(&r->body, "\"scroll_id\":");
	json_quote(&r->body, strbuf_slice(&r->answer->scroll_id));
	strbuf_add_byte(&r->body, '}');
}

static void request_next(struct elastic_reader *r)
{
	name_scroll(r, "{\"scroll\":\"" KEEP "\",");
	request_page(r);
}

/* Parses the requested page.  before: the documents of the pages before it. *requested: whether
 * the next page is requested already. */
static bool read_page(struct elastic_reader *r, uint64_t before, bool *requested, struct error *err)
{
	struct search_answer *a = r->answer;
	struct http_answer answer;
	struct error ignored;
	struct strbuf page;
	struct slice rest;

	*requested = false;
	if (!receive_page(r, &answer, err))
		return a->broken && broken(r, a, err);
	page = r->waiting;
	strbuf_init(&r->waiting, WAITING_BYTES);
	r->parsing = true;
	for (rest = strbuf_slice(&page); rest.size > 0;) {
		const size_t size = rest.size < PIECE_BYTES ? rest.size : PIECE_BYTES;

		search_answer_feed(a, (struct slice){ rest.data, size });
		rest = slice_skip(rest, size);
		if (*requested || a->broken || a->scroll_id.len == 0 || !a->has_total ||
		    before + ELASTIC_PAGE >= a->total)
			continue;
		*requested = true;
		request_next(r);
		/* Sends it; an error is reported when the page is received. */
		(void)http_drive(r->http, 0, &ignored);
	}
	r->parsing = false;
	strbuf_release(&page);
	if (!a->broken && answer.status == 200 && !json_reader_end(a->reader, &a->err))
		a->broken = true;
	return judge(r, a, answer.status, err);
}

/* Errors are ignored: the server deletes the scroll after its lifetime. */
static void end_scroll(struct elastic_reader *r)
{
	struct http_answer answer;
	struct error ignored;

	http_cancel(r->exchange);
	if (r->answer->scroll_id.len == 0)
		return;
	name_scroll(r, "{");
	(void)http_send(r->http,
			&(struct http_request){
				.method = "DELETE",
				.url = r->url,
				.path = r->path.buf,
				.content_type = "application/json",
				.body = strbuf_slice(&r->body),
			},
			&answer, &ignored);
}

static bool incomplete(const struct elastic_reader *r, uint64_t documents, uint64_t total,
		       struct error *err)
{
	return error_set(err, ERROR_RETRY,
			 "%s: the search is not complete: %" PRIu64 " of %" PRIu64
			 " documents came",
			 r->url, documents, total);
}

/* All pages but the last must be full; a server that returns one document per page
 * would take days. */
static bool read_pages(struct elastic_reader *r, bool requested, struct error *err)
{
	const struct search_answer *a = r->answer;
	const uint64_t total = a->total;
	uint64_t documents = a->documents, pages = 2 * (total / ELASTIC_PAGE) + SHORT_PAGES_MAX;

	while (documents < total) {
		if (a->documents == 0 || a->scroll_id.len == 0 || pages-- == 0)
			return incomplete(r, documents, total, err);
		if (!requested)
			request_next(r);
		if (!read_page(r, documents, &requested, err))
			return false;
		if (a->total != total)
			return error_set(err, ERROR_RETRY,
					 "%s: a page is of another search, with %" PRIu64
					 " documents instead of %" PRIu64,
					 r->url, a->total, total);
		documents += a->documents;
	}
	return documents == total || incomplete(r, documents, total, err);
}

/* Makes documents stored just now searchable.  A login without the privilege finds
 * them a second later. */
static void refresh(struct elastic_reader *r, const char *pattern)
{
	struct http_answer answer;
	struct error ignored;

	strbuf_reset(&r->path);
	strbuf_add_byte(&r->path, '/');
	add_pattern(&r->path, pattern);
	strbuf_add_text(&r->path, "/_refresh?ignore_unavailable=true&allow_no_indices=true");
	(void)http_send(r->http,
			&(struct http_request){
				.method = "POST",
				.url = r->url,
				.path = r->path.buf,
				.content_type = "application/json",
				.body = { "", 0 },
			},
			&answer, &ignored);
}

struct slice elastic_read_index(const struct elastic_reader *r)
{
	return strbuf_slice(&r->answer->index);
}

/* One of take and event is NULL. */
static bool read_search(struct elastic_reader *r, const char *pattern, struct slice search,
			elastic_document_fn *take, json_event_fn *event, void *context,
			struct error *err)
{
	struct search_answer answer;
	bool good = false, requested = false;

	search_answer_init(&answer, take, event, context);
	r->answer = &answer;
	/* Try another server as long as no document was received. */
	for (const char *const *url = r->settings->urls; *url && !good; url++) {
		http_cancel(r->exchange);
		r->url = *url;
		refresh(r, pattern);
		request_first(r, pattern, search);
		good = read_page(r, 0, &requested, err);
		if (!good && (err->class != ERROR_RETRY || answer.documents > 0))
			break;
	}
	if (good)
		good = read_pages(r, requested, err);
	end_scroll(r);
	search_answer_release(&answer);
	return good;
}

bool elastic_read(struct elastic_reader *r, const char *pattern, struct slice search,
		  elastic_document_fn *take, void *context, struct error *err)
{
	return read_search(r, pattern, search, take, NULL, context, err);
}

bool elastic_read_events(struct elastic_reader *r, const char *pattern, struct slice search,
			 json_event_fn *event, void *context, struct error *err)
{
	return read_search(r, pattern, search, NULL, event, context, err);
}
