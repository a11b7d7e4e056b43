/* elastic.c - the sink that posts to Elasticsearch or OpenSearch
 *
 * SPDX-License-Identifier: MIT
 *
 * An HTTP error or a lost connection never proves that nothing was written.
 * Items without an answer of their own are sent again with the same ids, and
 * those that were written meanwhile answer 409.
 *
 * A bulk is cut into portions, several of which are in flight at once: pace.c
 * limits their size and number, hosts.c chooses the host, and handle_result()
 * handles each answer.
 */
#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "output/bulk_request.h"
#include "output/hosts.h"
#include "output/index_templates.h"
#include "output/pace.h"
#include "output/portion.h"
#include "output/sink.h"

#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 60000
/* Portions below this are not cut only to keep another connection busy. */
#define LEAST_SHARE ((size_t)256 * KIB)
/* Added to an even share, because items are not cut and a small rest would
 * remain otherwise. */
#define SHARE_SLACK (16 * KIB)
/* A server that is busy this often in a row with nothing else in flight may
 * find the request too large. */
#define BUSY_TOO_LARGE 3
/* After so many lost answers a portion is sent uncompressed once: some servers
 * close the connection over a coding they do not know. */
#define LOST_UNCOMPRESSED 3
/* A node that has just restarted refuses all credentials until it has read its
 * users; so many 401 in a row are attributed to that. */
#define DENIED_BY_STARTING 8

/* A single malformed item makes no more than two or three 400 in a row. */
#define MOST_MALFORMED 8

struct slot {
	struct bulk_request *request;
	bool taken;
	struct portion portion;
	size_t host;
	int64_t begun;
};

struct elastic {
	struct sink sink; /* first member */
	const struct elastic_settings *settings;
	struct http *http;
	struct gzip *gzip; /* NULL: not compressed */
	struct dead_letters letters;
	struct circuit_breaker breaker;
	struct pace pace;
	struct hosts hosts;
	struct template_check templates;
	size_t templates_host; /* host to request them from */
	struct slot *slots;    /* one per connection */
	unsigned in_flight;
	unsigned malformed;   /* 400 in a row */
	unsigned denied;      /* 401 in a row, from a host that failed before */
	struct error trouble; /* the latest */
	int64_t looked;       /* time of the last ready() */

	/* Since start(). */
	struct bulk *bulk;
	struct portions portions;
	size_t share;       /* bytes of a portion that keep every connection busy */
	int64_t deadline;   /* no request begins after it */
	bool must_ask;      /* check the templates before posting */
	bool reached;       /* some request was answered */
	bool ended;         /* the deadline has passed, or we are stopping */
	struct error fatal; /* set: send no more requests */
};

static struct elastic *elastic_of(struct sink *sink)
{
	return (struct elastic *)(void *)sink;
}

/* Sets a FATAL error with the request, the answer and what to do. */
static bool explain_stop(const struct http *http, const char *url, unsigned status,
			 const struct bulk_answer *answer, struct error *err)
{
	const char *login = http_login_hint(http, status);
	const char *hint = login           ? login
			   : status == 403 ? "the credentials may not write: check the privileges"
					   : "this is not the bulk interface of a search server: "
					     "check urls";
	const size_t size = strlen(url), slash = size > 0 && url[size - 1] == '/';

	/* After a refused login servers repeat the path of the request as the
	 * reason. */
	const char *reason = login ? "" : answer->reason;

	return error_set(err, ERROR_FATAL, "%.*s" BULK_PATH_ALONE ": HTTP status %u: %s%s%.200s",
			 (int)(size - slash), url, status, hint, *reason ? "; it answers: " : "",
			 reason);
}

/* --- results --------------------------------------------------------------------- */

/* Sends the portion again after a pause. */
static void retry_later(struct elastic *e, struct portion *portion, int64_t retry_after_ms,
			int64_t now)
{
	const int64_t pause = backoff_ms(portion->refusals++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS,
					 backoff_random());

	e->sink.backoffs++;
	portion->losses = 0;
	portion->not_before = now + (pause > retry_after_ms ? pause : retry_after_ms);
	portions_put(&e->portions, portion);
}

static void handle_answer(struct elastic *e, struct slot *slot, struct bulk_result *result,
			  int64_t now)
{
	struct portion *portion = &slot->portion;
	struct slice held;

	e->denied = e->malformed = 0;
	e->hosts.hosts[slot->host].echoes |= result->echoed;
	if (result->busy)
		pace_busy(&e->pace, slot->begun, now);
	else
		pace_good(&e->pace);
	if (!bulk_request_add_dead_letters(slot->request, &e->letters, &e->breaker, &held))
		error_set(&result->trouble, ERROR_RETRY,
			  "%s: index %.*s refuses most documents: compare its mappings with the "
			  "template of setup",
			  e->hosts.urls[slot->host], (int)held.size, held.data);
	portions_drop_settled(&e->portions, portion);
	if (portion->count > 0)
		retry_later(e, portion, result->retry_after_ms, now);
}

/* Sends the portion again at once, perhaps to another host. */
static void handle_loss(struct elastic *e, struct slot *slot, const struct bulk_result *result,
			int64_t now)
{
	struct portion *portion = &slot->portion;

	if (hosts_all_unusable(&e->hosts))
		e->fatal = result->trouble;
	if (result->outcome == BULK_SLOW)
		pace_slow(&e->pace, slot->begun, now);
	/* A single item may cause such an answer. */
	if (++portion->losses > 1 && result->outcome == BULK_INVALID && portion->count > 1)
		portions_put_halves(&e->portions, portion);
	else
		portions_put(&e->portions, portion);
}

/* A 400 is no verdict on a document: if an item is refused alone, its mail stays; a
 * server that calls everything malformed gets no more requests. */
static void handle_malformed(struct elastic *e, struct slot *slot, struct bulk_result *result)
{
	if (++e->malformed > MOST_MALFORMED) {
		explain_stop(e->http, e->hosts.urls[slot->host], result->status, result->answer,
			     &e->fatal);
	} else if (slot->portion.count == 1) {
		bulk_request_hold(slot->request);
		result->verdict = VERDICT_HOLD;
	} else {
		portions_put_halves(&e->portions, &slot->portion);
	}
}

/* The request is too large, or one item is malformed: halve it until the item is
 * found. */
static void split_portion(struct elastic *e, struct slot *slot, struct bulk_result *result)
{
	const struct portion *portion = &slot->portion;

	if (result->status == 400) {
		handle_malformed(e, slot, result);
	} else if (portion->count == 1) {
		bulk_request_refuse_whole(slot->request, result, &e->letters);
	} else if (result->status == 413) {
		pace_too_large(&e->pace, portion_size(&e->portions, portion));
		portions_put(&e->portions, portion);
	} else {
		portions_put_halves(&e->portions, portion);
	}
}

static void handle_refusal(struct elastic *e, struct slot *slot, const struct bulk_result *result,
			   int64_t now)
{
	struct portion *portion = &slot->portion;

	if (result->status == 408)
		pace_slow(&e->pace, slot->begun, now);
	if (result->status == 429) {
		pace_busy(&e->pace, slot->begun, now);
		if (e->in_flight == 0 && portion->refusals % BUSY_TOO_LARGE == BUSY_TOO_LARGE - 1)
			pace_too_large(&e->pace, portion_size(&e->portions, portion));
	}
	retry_later(e, portion, result->retry_after_ms, now);
}

/* Whether the host refuses the credentials only because it has just restarted. */
static bool is_starting(struct elastic *e, const struct slot *slot,
			const struct bulk_result *result)
{
	return result->outcome == BULK_REFUSED && result->status == 401 &&
	       e->hosts.hosts[slot->host].failures > 0 && e->denied++ < DENIED_BY_STARTING;
}

static enum host_outcome outcome_of(const struct bulk_result *result, bool starting)
{
	if (result->outcome == BULK_ANSWERED)
		return HOST_HEALTHY;
	if (result->outcome == BULK_REFUSED)
		return result->status >= 500 || starting ? HOST_FAILING : HOST_HEALTHY;
	return result->trouble.class == ERROR_FATAL ? HOST_UNUSABLE : HOST_FAILING;
}

/* Every request ends here, cancelled ones too. */
static void handle_result(struct elastic *e, struct slot *slot, int64_t now)
{
	struct bulk_result result;
	bool starting;

	bulk_request_end(slot->request, &result);
	slot->taken = false;
	e->in_flight--;
	e->reached |= result.status > 0;
	starting = is_starting(e, slot, &result);
	hosts_report(&e->hosts, slot->host, outcome_of(&result, starting), now, backoff_random());
	switch (result.outcome) {
	case BULK_ANSWERED: handle_answer(e, slot, &result, now); break;
	case BULK_LOST:
	case BULK_SLOW:
	case BULK_INVALID: handle_loss(e, slot, &result, now); break;
	case BULK_REFUSED:
		if (starting)
			handle_loss(e, slot, &result, now);
		else if (result.verdict == VERDICT_SPLIT)
			split_portion(e, slot, &result);
		else if (result.verdict == VERDICT_STOP)
			explain_stop(e->http, e->hosts.urls[slot->host], result.status,
				     result.answer, &e->fatal);
		else
			handle_refusal(e, slot, &result, now);
	}
	if (result.trouble.class == ERROR_NONE || result.verdict == VERDICT_SPLIT ||
	    e->fatal.class != ERROR_NONE)
		return;
	e->trouble = e->bulk->trouble = result.trouble;
	sink_notice(&e->sink, SINK_WAITS, &result.trouble);
}

/* --- sending --------------------------------------------------------------------- */

static void send_portion(struct elastic *e, struct slot *slot, size_t host, int64_t now)
{
	const size_t most = e->share < e->pace.bytes ? e->share : e->pace.bytes;

	if (!portions_take(&e->portions, now, most, &slot->portion))
		abort(); /* unreachable: a portion was due */
	slot->taken = true;
	slot->host = host;
	slot->begun = now;
	e->in_flight++;
	bulk_request_begin(slot->request, e->bulk, portion_items(&e->portions, &slot->portion),
			   slot->portion.count,
			   &(struct bulk_target){
				   .url = e->hosts.urls[host],
				   .compress = slot->portion.losses != LOST_UNCOMPRESSED,
				   .must_echo = e->hosts.hosts[host].echoes,
			   });
}

static bool may_send(const struct elastic *e)
{
	return e->fatal.class == ERROR_NONE && !e->ended && !e->templates.under_way &&
	       e->in_flight < e->pace.requests;
}

/* Returns when there will be something to send; INT64_MAX: not before an answer. */
static int64_t due(const struct elastic *e)
{
	const int64_t portion = e->must_ask ? 0 : portions_due(&e->portions);
	const int64_t host = hosts_due(&e->hosts);
	const int64_t both = portion > host ? portion : host;

	return may_send(e) && both < e->deadline ? both : INT64_MAX;
}

static void handle_templates(struct elastic *e, int64_t now)
{
	const char *url = e->hosts.urls[e->templates_host];
	struct error err;
	const enum template_state state = template_check_end(&e->templates, e->bulk, url, &err);

	e->in_flight--;
	hosts_report(&e->hosts, e->templates_host,
		     state != TEMPLATES_LATER   ? HOST_HEALTHY
		     : err.class == ERROR_FATAL ? HOST_UNUSABLE
						: HOST_FAILING,
		     now, backoff_random());
	e->must_ask = state == TEMPLATES_LATER || state == TEMPLATES_AGAIN;
	switch (state) {
	case TEMPLATES_GOOD:
	case TEMPLATES_AGAIN: break;
	case TEMPLATES_MISSING: e->fatal = err; break;
	case TEMPLATES_UNKNOWN: sink_notice(&e->sink, SINK_WARNS, &err); break;
	case TEMPLATES_LATER:
		if (hosts_all_unusable(&e->hosts))
			e->fatal = err;
		e->trouble = e->bulk->trouble = err;
		sink_notice(&e->sink, SINK_WAITS, &err);
	}
}

static void ask_for_templates(struct elastic *e, size_t host)
{
	e->templates_host = host;
	e->in_flight++;
	template_check_begin(&e->templates, e->hosts.urls[host]);
}

/* Handles answers that have arrived and sends portions that are due. */
static void advance(struct elastic *e)
{
	const int64_t now = clock_ms();
	struct slot *slot;
	size_t host;

	if (e->templates.under_way && !template_check_busy(&e->templates))
		handle_templates(e, now);
	for (unsigned i = 0; i < e->settings->connections; i++)
		if (e->slots[i].taken && !bulk_request_busy(e->slots[i].request))
			handle_result(e, &e->slots[i], now);
	e->ended |= now >= e->deadline;
	while (due(e) <= now && hosts_choose(&e->hosts, now, &host)) {
		if (e->must_ask) {
			ask_for_templates(e, host);
			break;
		}
		for (slot = e->slots; slot->taken; slot++)
			;
		send_portion(e, slot, host, now);
	}
}

static bool done(const struct elastic *e)
{
	return e->in_flight == 0 && due(e) == INT64_MAX;
}

static void elastic_start(struct sink *sink, struct bulk *bulk)
{
	struct elastic *e = elastic_of(sink);

	e->bulk = bulk;
	e->deadline = clock_ms() + e->settings->retry_ms;
	e->reached = e->ended = false;
	e->must_ask = e->settings->needs_templates &&
		      template_check_needed(&e->templates, bulk, clock_ms());
	e->fatal.class = ERROR_NONE;
	e->malformed = 0;
	e->share = bulk->body.len / e->settings->connections + SHARE_SLACK;
	if (e->share < LEAST_SHARE)
		e->share = LEAST_SHARE;
	portions_start(&e->portions, bulk);
	advance(e);
}

static bool elastic_ready(struct sink *sink)
{
	struct elastic *e = elastic_of(sink);
	const int64_t now = clock_ms();
	struct error ignored;

	if (e->looked != now) {
		e->looked = now;
		if (e->in_flight > 0 && !http_drive(e->http, now, &ignored))
			e->ended = true;
		advance(e);
	}
	return done(e);
}

static void wait_for_answers(struct elastic *e)
{
	struct error ignored;

	for (advance(e); !done(e); advance(e))
		if (!(e->in_flight > 0 ? http_drive(e->http, due(e), &ignored)
				       : wait_until(due(e))))
			e->ended = true;
}

/* Refused documents must be on disk before finish() reports them. */
static void keep_refused(struct elastic *e)
{
	struct error err;

	if (dead_letters_write(&e->letters, &err))
		return;
	/* If the disk is full, keep the mails of those documents. */
	e->bulk->trouble = err;
	for (size_t i = 0; i < e->bulk->count; i++)
		if (e->bulk->items[i].verdict == VERDICT_REFUSED)
			e->bulk->items[i].verdict = VERDICT_RETRY;
}

static bool elastic_finish(struct sink *sink, struct error *err)
{
	struct elastic *e = elastic_of(sink);

	wait_for_answers(e);
	e->sink.holds = circuit_breaker_is_open(&e->breaker);
	if (e->fatal.class == ERROR_NONE && e->reached) {
		keep_refused(e);
		return true;
	}
	dead_letters_forget(&e->letters);
	if (e->fatal.class != ERROR_NONE)
		*err = e->fatal;
	else if (e->trouble.class != ERROR_NONE)
		*err = e->trouble;
	else
		error_set(err, ERROR_RETRY, "stopped before the server answered");
	return false;
}

/* The answer of every search server to an empty bulk request, which writes
 * nothing. */
static bool is_empty_request(unsigned status, const struct bulk_answer *answer)
{
	return status == 400 && strcmp(answer->type, "parse_exception") == 0;
}

/* Posts an empty bulk request to the path used by run. */
static bool elastic_check(struct sink *sink, struct error *err)
{
	struct elastic *e = elastic_of(sink);

	for (const char *const *url = e->settings->urls; *url; url++) {
		const struct http_request request = {
			.method = "POST",
			.url = *url,
			.path = BULK_PATH,
			.content_type = "application/x-ndjson",
			.body = { "", 0 },
		};
		struct http_answer http;
		struct bulk_answer answer;
		struct error ignored;

		if (!http_send(e->http, &request, &http, err))
			return false;
		(void)bulk_answer_read(http.body, NULL, &answer, &ignored);
		bulk_answer_use_text(&answer, http.body);
		if (!is_empty_request(http.status, &answer))
			return explain_stop(e->http, *url, http.status, &answer, err);
	}
	return true;
}

static void elastic_free(struct sink *sink)
{
	struct elastic *e = elastic_of(sink);

	for (unsigned i = 0; i < e->settings->connections; i++)
		bulk_request_free(e->slots[i].request);
	free(e->slots);
	template_check_release(&e->templates);
	http_free(e->http);
	gzip_free(e->gzip);
	hosts_release(&e->hosts);
	circuit_breaker_release(&e->breaker);
	portions_release(&e->portions);
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
	template_check_init(&e->templates, e->http);
	if (settings->gzip_level > 0)
		e->gzip = gzip_new(settings->gzip_level);
	e->slots = xcalloc(settings->connections, sizeof(*e->slots));
	for (unsigned i = 0; i < settings->connections; i++)
		e->slots[i].request = bulk_request_new(e->http, e->gzip);
	pace_init(&e->pace, LIMIT_BULK_BYTES, settings->connections);
	hosts_init(&e->hosts, settings->urls);
	dead_letters_init(&e->letters, settings->dead_letter_file);
	return &e->sink;
}
