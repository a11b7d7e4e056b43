/* http.h - requests to a search server
 *
 * SPDX-License-Identifier: MIT
 *
 * Connections are kept and verified; redirects are not followed; deadlines and
 * the size of an answer are bounded.  Each request has a nonce that search servers
 * echo (X-Opaque-Id), so that the answer to another request is noticed.  Secrets never enter an error text.  All
 * waiting goes through base/wait.h, so nobody else is held up by it.
 *
 * Several exchanges of one `struct http` may be under way at once; they share
 * its connections.  Neither may be used from two places at the same time.
 */
#ifndef OUTPUT_HTTP_H
#define OUTPUT_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"
#include "output/sink.h"

struct http;
struct http_exchange;

/* Uses ca_file, login, timeout_ms and reconnect_ms of the settings. */
struct http *http_new(const struct elastic_settings *settings);
void http_free(struct http *http); /* after its exchanges */

struct http_request {
	const char *method; /* "GET", "POST", "PUT" */
	const char *url;    /* of the server, with or without final slash */
	const char *path;   /* "/_bulk?..." */
	const char *content_type; /* NULL: no body */
	const char *const *headers; /* more, "Name: value", ended by NULL; NULL: none */
	struct slice body;
	bool gzipped; /* the body is */
	/* Gets the body of the answer as it arrives; NULL: it is collected.  false:
	 * this is not the answer to the request. */
	bool (*take)(void *context, struct slice part);
	void *context;
	bool must_echo; /* a 200 without the nonce is not the answer either */
	size_t most; /* bytes of the answer; 0: LIMIT_ANSWER_BYTES */
};

struct http_answer {
	unsigned status;
	struct slice body;	 /* valid until the exchange is used again; empty with take */
	int64_t retry_after_ms;	 /* of Retry-After in seconds; 0: none */
	bool is_json;		 /* by its content type */
	bool sent_again; /* so the server may have had it before this answer */
	bool says_elasticsearch; /* by a header that only Elasticsearch sends */
	bool echoed;		 /* the nonce of the request */
};

struct http_exchange *http_exchange_new(struct http *http);
void http_exchange_free(struct http_exchange *exchange);

/* Sends as soon as http_drive() is called.  The body and the url must stay as
 * they are until the exchange has ended. */
void http_begin(struct http_exchange *exchange, const struct http_request *request);

/* Under way: begun, and not yet ended by http_drive(). */
bool http_busy(const struct http_exchange *exchange);

/* Lets all that is under way go on until an exchange ends or the monotonic
 * time `until` is reached, which may be now.  false: told to stop and out of
 * grace; every exchange has ended without an answer. */
bool http_drive(struct http *http, int64_t until, struct error *err);

/* What became of an exchange that ended.  false: no answer.  RETRY: the
 * server is away, slow, answers without end, or answered another request (the
 * next request then uses a new connection); FATAL: its certificate does not
 * verify, or the URL is wrong. */
bool http_result(const struct http_exchange *exchange, struct http_answer *answer,
		 struct error *err);

/* No answer, for the time was up after it had begun to send. */
bool http_timed_out(const struct http_exchange *exchange);

/* No answer, because what came was the answer to another request. */
bool http_is_mismatch(const struct http_exchange *exchange);

/* What a person is to do about an answer 401, or a 403 where it may mean the
 * same; NULL: nothing that has to do with the login. */
const char *http_login_hint(const struct http *http, unsigned status);

/* One request and its answer, waited for; false as above. */
bool http_send(struct http *http, const struct http_request *request,
	       struct http_answer *answer, struct error *err);

/* How many were begun so far. */
uint64_t http_requests(const struct http *http);

#endif
