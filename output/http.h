/* http.h - HTTP requests to a search server
 *
 * SPDX-License-Identifier: MIT
 *
 * Connections are reused and verified; redirects are not followed; time and
 * answer size are limited.  Each request has a nonce that search servers echo
 * (X-Opaque-Id), so that the answer to another request is detected.  Secrets
 * never appear in an error text.  All waiting uses base/wait.h, so other fibers
 * can run.
 *
 * Several exchanges of one `struct http` may be in flight at once and share its
 * connections.  Neither may be used by two fibers at a time.
 */
#ifndef OUTPUT_HTTP_H
#define OUTPUT_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"
#include "output/sink.h"

struct http;
struct http_exchange;

/* Returns curl's version and those of its libraries. */
const char *http_library_version(void);

/* Uses ca_file, login, timeout_ms and reconnect_ms of the settings. */
struct http *http_new(const struct elastic_settings *settings);
void http_free(struct http *http); /* frees after its exchanges */

struct http_request {
	const char *method;         /* "GET", "POST", "PUT" */
	const char *url;            /* server URL, with or without trailing slash */
	const char *path;           /* "/_bulk?..." */
	const char *content_type;   /* NULL: no body */
	const char *const *headers; /* additional "Name: value", NULL-terminated; NULL: none */
	struct slice body;
	bool gzipped; /* the body is gzip-compressed */
	/* Receives the answer's body as it arrives; NULL: it is collected.  false:
	 * this is not the answer to the request. */
	bool (*take)(void *context, struct slice part);
	void *context;
	bool must_echo; /* a 200 without the nonce is not the answer */
	size_t most;    /* limit of the answer in bytes; 0: LIMIT_ANSWER_BYTES */
};

struct http_answer {
	unsigned status;
	struct slice body;       /* valid until the exchange is reused; empty with take */
	int64_t retry_after_ms;  /* from Retry-After in seconds; 0: none */
	bool is_json;            /* according to its content type */
	bool sent_again;         /* the server may have received it twice */
	bool says_elasticsearch; /* it has a header that only Elasticsearch sends */
	bool echoed;             /* the server echoed the nonce */
};

struct http_exchange *http_exchange_new(struct http *http);
void http_exchange_free(struct http_exchange *exchange);

/* Queues the request; http_drive() sends it.  Body and url must stay unchanged
 * until the exchange has ended. */
void http_begin(struct http_exchange *exchange, const struct http_request *request);

/* In flight: begun and not yet ended by http_drive(). */
bool http_busy(const struct http_exchange *exchange);

/* Ends an exchange in flight without an answer, and its connection. */
void http_cancel(struct http_exchange *exchange);

/* Drives all exchanges until one ends or the monotonic time `until`, which may be
 * now.  false: the program is stopping and the grace is over; every exchange has
 * ended without an answer. */
bool http_drive(struct http *http, int64_t until, struct error *err);

/* Returns the result of an ended exchange.  false: no answer.  RETRY: the server is
 * unavailable, slow, exceeds the size limit, or answered another request (the next
 * request then uses a new connection); FATAL: its certificate does not verify, or
 * the URL is wrong. */
bool http_result(const struct http_exchange *exchange, struct http_answer *answer,
		 struct error *err);

/* No answer: timed out after sending had begun. */
bool http_timed_out(const struct http_exchange *exchange);

/* No answer: the response belonged to another request. */
bool http_is_mismatch(const struct http_exchange *exchange);

/* Returns advice for an answer 401, or a 403 that may mean the same; NULL: not
 * related to the login. */
const char *http_login_hint(const struct http *http, unsigned status);

/* Sends one request and waits for its answer; errors as above. */
bool http_send(struct http *http, const struct http_request *request, struct http_answer *answer,
	       struct error *err);

/* Returns the number of requests begun. */
uint64_t http_requests(const struct http *http);

#endif
