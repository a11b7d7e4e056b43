/* http.h - requests to a search server
 *
 * SPDX-License-Identifier: MIT
 *
 * Connections are kept and verified; redirects are not followed; deadlines and
 * the size of an answer are bounded.  Secrets never enter an error text.
 */
#ifndef OUTPUT_HTTP_H
#define OUTPUT_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"
#include "output/sink.h"

struct http;

/* Uses ca_file, user, password, api_key and timeout_ms of the settings. */
struct http *http_new(const struct elastic_settings *settings);
void http_free(struct http *http);

struct http_request {
	const char *method; /* "GET", "POST", "PUT" */
	const char *url;    /* of the server, with or without final slash */
	const char *path;   /* "/_bulk?..." */
	const char *content_type; /* NULL: no body */
	struct slice body;
	bool gzipped; /* the body is */
};

struct http_answer {
	unsigned status;
	struct slice body;	 /* valid until the next request */
	int64_t retry_after_ms;	 /* of Retry-After in seconds; 0: none */
	bool is_json;		 /* by its content type */
};

/* false: no answer.  RETRY: the server is away, slow, or answers without
 * end; FATAL: its certificate does not verify, or the URL is wrong. */
bool http_send(struct http *http, const struct http_request *request,
	       struct http_answer *answer, struct error *err);

#endif
