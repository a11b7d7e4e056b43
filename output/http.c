/* http.c - HTTP requests to a search server; only this file and http_login.c use curl
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/certificate_file.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/limits.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "output/http_login.h"

#define CONNECT_TIMEOUT_MS 5000L
#define UPLOAD_BUFFER (512L * 1024)

/* X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL, in CURLINFO_SSL_VERIFYRESULT. */
#define CERTIFICATE_EXPIRED 10L

/* 64 random bits, after a prefix that identifies us in the server's logs. */
#define NONCE_SIZE 40

#define URL_LIMIT ((size_t)64 << 10)
#define NEVER INT64_MAX

struct http {
	const struct elastic_settings *settings;
	CURLM *multi;
	struct curl_slist *authorization; /* NULL, or one header */
	/* Sockets and the timeout that curl asked us to watch. */
	struct pollfd *sockets;
	size_t count, alloc;
	int64_t timer;
	size_t busy, ended;              /* exchanges in flight; ended since http_drive() began */
	bool distrusts;                  /* after a mismatch: open a new connection */
	struct http_exchange *exchanges; /* all exchanges */
	struct http_exchange *own;       /* for http_send() */
	uint64_t requests;
};

struct http_exchange {
	struct http_exchange *next;
	struct http *http;
	CURL *curl;
	const char *server; /* as the user wrote it, for error texts */
	struct strbuf url, answer;
	struct curl_slist *headers;
	bool (*take)(void *context, struct slice part);
	void *context;
	size_t received, most;
	unsigned sent; /* times sent; more than 1 if a kept connection was dead */
	char nonce[NONCE_SIZE];
	bool busy, must_echo, echoed, mismatch;
	CURLcode code;
	char detail[CURL_ERROR_SIZE];
};

const char *http_library_version(void)
{
	return curl_version();
}

/* Ends the transfer, so that curl closes the connection: later data on it may
 * belong to other requests. */
static size_t refuse(struct http_exchange *exchange)
{
	exchange->mismatch = true;
	exchange->http->distrusts = true;
	return 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
	struct http_exchange *exchange = context;
	struct slice value, name = slice_split((struct slice){ data, size * count }, ':', &value);

	if (!value.data || !slice_is_nocase(name, NONCE_HEADER))
		return size * count;
	if (!slice_is(slice_trim(value), exchange->nonce))
		return refuse(exchange);
	exchange->echoed = true;
	return size * count;
}

static bool lacks_echo(const struct http_exchange *exchange)
{
	long status = 0;

	if (exchange->echoed || !exchange->must_echo)
		return false;
	curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
	return status == 200;
}

/* Counts transmissions: libcurl resends a request if a kept connection closes
 * before any byte of the answer. */
static int on_sending(void *context, char *far, char *near, int far_port, int near_port)
{
	struct http_exchange *exchange = context;

	(void)far;
	(void)near;
	(void)far_port;
	(void)near_port;
	exchange->sent++;
	return CURL_PREREQFUNC_OK;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	struct http_exchange *exchange = context;
	const struct slice part = { data, size * count };

	exchange->received += part.size;
	if (exchange->received > exchange->most)
		return 0;
	if (lacks_echo(exchange))
		return refuse(exchange);
	if (!exchange->take)
		strbuf_add_slice(&exchange->answer, part);
	else if (!exchange->take(exchange->context, part))
		return refuse(exchange);
	return part.size;
}

static void forget_socket(struct http *http, int fd)
{
	for (size_t i = 0; i < http->count; i++)
		if (http->sockets[i].fd == fd)
			http->sockets[i--] = http->sockets[--http->count];
}

static int on_socket(CURL *curl, curl_socket_t fd, int what, void *context, void *unused)
{
	struct http *http = context;
	struct pollfd *socket;

	(void)curl;
	(void)unused;
	forget_socket(http, fd);
	if (what == CURL_POLL_REMOVE)
		return 0;
	http->sockets = xgrow(http->sockets, http->count, &http->alloc, sizeof(*http->sockets));
	socket = &http->sockets[http->count++];
	*socket = (struct pollfd){ .fd = fd };
	if (what & CURL_POLL_IN)
		socket->events |= POLLIN;
	if (what & CURL_POLL_OUT)
		socket->events |= POLLOUT;
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
	struct http *http = context;

	(void)multi;
	http->timer = ms < 0 ? NEVER : clock_ms() + ms;
	return 0;
}

static void set_options(struct http_exchange *exchange)
{
	const struct elastic_settings *s = exchange->http->settings;
	CURL *curl = exchange->curl;

	curl_easy_setopt(curl, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->detail);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(curl, CURLOPT_PREREQDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
	curl_easy_setopt(curl, CURLOPT_MAXLIFETIME_CONN, (long)(s->reconnect_ms / 1000));
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	/* A proxy variable in the environment must not redirect customers' data. */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	/* Replaces the system's certificates. */
	if (s->ca_file) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	http_set_login(curl, &s->login);
}

struct http *http_new(const struct elastic_settings *settings)
{
	struct http *http = xcalloc(1, sizeof(*http));

	http->settings = settings;
	http->timer = NEVER;
	http->multi = curl_multi_init();
	if (!http->multi)
		abort();
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	http->authorization = http_login_header(&settings->login);
	http->own = http_exchange_new(http);
	return http;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	http_exchange_free(http->own);
	curl_multi_cleanup(http->multi);
	curl_slist_free_all(http->authorization);
	free(http->sockets);
	free(http);
}

struct http_exchange *http_exchange_new(struct http *http)
{
	struct http_exchange *exchange = xcalloc(1, sizeof(*exchange));

	exchange->http = http;
	exchange->next = http->exchanges;
	http->exchanges = exchange;
	exchange->curl = curl_easy_init();
	if (!exchange->curl)
		abort();
	strbuf_init(&exchange->url, URL_LIMIT);
	strbuf_init(&exchange->answer, LIMIT_ANSWER_BYTES);
	set_options(exchange);
	return exchange;
}

static void end_exchange(struct http_exchange *exchange, CURLcode code)
{
	if (!exchange->busy)
		return;
	curl_multi_remove_handle(exchange->http->multi, exchange->curl);
	curl_easy_setopt(exchange->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(exchange->headers);
	exchange->headers = NULL;
	exchange->busy = false;
	exchange->code = code;
	exchange->http->busy--;
	exchange->http->ended++;
}

void http_cancel(struct http_exchange *exchange)
{
	end_exchange(exchange, CURLE_ABORTED_BY_CALLBACK);
}

void http_exchange_free(struct http_exchange *exchange)
{
	struct http_exchange **link;

	if (!exchange)
		return;
	http_cancel(exchange);
	for (link = &exchange->http->exchanges; *link != exchange; link = &(*link)->next)
		;
	*link = exchange->next;
	curl_easy_cleanup(exchange->curl);
	strbuf_release(&exchange->url);
	strbuf_release(&exchange->answer);
	free(exchange);
}

static bool has_expired(const struct http_exchange *exchange)
{
	long result = 0;

	curl_easy_getinfo(exchange->curl, CURLINFO_SSL_VERIFYRESULT, &result);
	return result == CERTIFICATE_EXPIRED;
}

/* Whether the connection was made and sending had begun. */
static bool was_sent(const struct http_exchange *exchange)
{
	curl_off_t sent_after = 0;

	curl_easy_getinfo(exchange->curl, CURLINFO_PRETRANSFER_TIME_T, &sent_after);
	return sent_after > 0;
}

/* curl only reports that it could not connect, resolve or read ca_file. */
static bool was_short_of_descriptors(const struct http_exchange *exchange, struct error *err)
{
	long failure = 0;

	curl_easy_getinfo(exchange->curl, CURLINFO_OS_ERRNO, &failure);
	if (failure == EMFILE || failure == ENFILE)
		return !error_set(err, ERROR_RETRY,
				  "%s: %s: raise LimitNOFILE of the service, or workers",
				  exchange->server, strerror((int)failure));
	return descriptors_used_up(err);
}

static bool transport_error(const struct http_exchange *exchange, struct error *err)
{
	const char *url = exchange->server;
	const char *detail = exchange->detail[0] ? exchange->detail
						 : curl_easy_strerror(exchange->code);
	const char *ca_file = exchange->http->settings->ca_file;

	if (exchange->mismatch)
		return error_set(err, ERROR_RETRY,
				 "%s: the answer belongs to another request; is there a proxy that "
				 "mixes them up?",
				 url);
	if (was_short_of_descriptors(exchange, err))
		return false;
	if (exchange->code == CURLE_SSL_CERTPROBLEM)
		return error_set(err, ERROR_FATAL,
				 "client_cert_file or client_key_file cannot be used: %s", detail);
	switch (exchange->code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		if (has_expired(exchange))
			return error_set(err, ERROR_FATAL, "the certificate of %s has expired",
					 url);
		return error_set(err, ERROR_FATAL,
				 "the certificate of %s does not verify: %s; check ca_file and the "
				 "host name in urls",
				 url, detail);
	case CURLE_SSL_CACERT_BADFILE:
		if (ca_file)
			return certificate_file_failed(ca_file, err);
		return error_set(err, ERROR_FATAL,
				 "the system's certificates cannot be read: %s; set ca_file",
				 detail);
	case CURLE_SSL_CONNECT_ERROR:
		if (strstr(detail, "wrong version number"))
			return error_set(err, ERROR_RETRY,
					 "%s does not begin with TLS: is it an http URL?", url);
		return error_set(err, ERROR_RETRY, "%s: %s", url, detail);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		if (was_sent(exchange))
			return error_set(err, ERROR_RETRY, "%s: the answer is not HTTP", url);
		return error_set(err, ERROR_FATAL, "urls: %s is not a URL: %s", url, detail);
	case CURLE_WRITE_ERROR:
		return error_set(err, ERROR_RETRY, "%s answers with more than %zu bytes", url,
				 exchange->most);
	case CURLE_ABORTED_BY_CALLBACK:
		return error_set(err, ERROR_RETRY, "%s: stopped before it answered", url);
	case CURLE_GOT_NOTHING:
		return error_set(err, ERROR_RETRY,
				 "%s closed the connection without an answer; is it an https URL?",
				 url);
	default: return error_set(err, ERROR_RETRY, "%s: %s", url, detail);
	}
}

static void set_url(struct http_exchange *exchange, const struct http_request *request)
{
	const size_t size = strlen(request->url);
	const bool slash = size > 0 && request->url[size - 1] == '/';

	exchange->server = request->url;
	strbuf_reset(&exchange->url);
	strbuf_add(&exchange->url, request->url, slash ? size - 1 : size);
	strbuf_add_text(&exchange->url, request->path);
	curl_easy_setopt(exchange->curl, CURLOPT_URL, exchange->url.buf);
}

static void make_nonce(struct http_exchange *exchange)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		abort();
	snprintf(exchange->nonce, sizeof(exchange->nonce), "reportbridge-%016llx",
		 (unsigned long long)random);
}

void http_begin(struct http_exchange *exchange, const struct http_request *request)
{
	CURL *curl = exchange->curl;

	exchange->http->requests++;
	set_url(exchange, request);
	strbuf_reset(&exchange->answer);
	exchange->received = 0;
	exchange->sent = 0;
	exchange->most = request->most > 0 ? request->most : LIMIT_ANSWER_BYTES;
	exchange->take = request->take;
	exchange->context = request->context;
	exchange->detail[0] = '\0';
	exchange->must_echo = request->must_echo;
	exchange->echoed = exchange->mismatch = false;
	make_nonce(exchange);
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, exchange->http->distrusts ? 1L : 0L);
	exchange->http->distrusts = false;
	exchange->headers = http_headers(&exchange->http->settings->login,
					 exchange->http->authorization, exchange->nonce, request);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
	if (request->content_type) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.data);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
	} else {
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	exchange->busy = true;
	exchange->http->busy++;
	if (curl_multi_add_handle(exchange->http->multi, curl) != CURLM_OK)
		abort();
}

bool http_busy(const struct http_exchange *exchange)
{
	return exchange->busy;
}

static struct http_exchange *exchange_of(CURL *curl)
{
	char *exchange = NULL;

	curl_easy_getinfo(curl, CURLINFO_PRIVATE, &exchange);
	return (struct http_exchange *)(void *)exchange;
}

static void collect_ended(struct http *http)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			end_exchange(exchange_of(message->easy_handle), message->data.result);
}

/* curl adds and removes sockets meanwhile, so search for the first ready one again
 * each time. */
static void serve_ready(struct http *http)
{
	int running;

	for (size_t i = 0; i < http->count; i++) {
		const struct pollfd socket = http->sockets[i];
		const int what = (socket.revents & POLLIN ? CURL_CSELECT_IN : 0) |
				 (socket.revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
				 (socket.revents & ~(POLLIN | POLLOUT) ? CURL_CSELECT_ERR : 0);

		if (what == 0)
			continue;
		http->sockets[i].revents = 0;
		curl_multi_socket_action(http->multi, socket.fd, what, &running);
		i = (size_t)-1;
	}
}

static void cancel_all(struct http *http)
{
	for (struct http_exchange *e = http->exchanges; e; e = e->next)
		end_exchange(e, CURLE_ABORTED_BY_CALLBACK);
}

bool http_drive(struct http *http, int64_t until, struct error *err)
{
	int running;

	http->ended = 0;
	do {
		const int64_t next = http->timer < until ? http->timer : until;

		if (wait_poll(http->sockets, (nfds_t)http->count, next) < 0) {
			cancel_all(http);
			return error_set(err, ERROR_RETRY,
					 "stopped before all requests were answered");
		}
		serve_ready(http);
		if (clock_ms() >= http->timer) {
			http->timer = NEVER;
			curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
		}
		collect_ended(http);
	} while (http->busy > 0 && http->ended == 0 && clock_ms() < until);
	return true;
}

bool http_result(const struct http_exchange *exchange, struct http_answer *answer,
		 struct error *err)
{
	struct curl_header *product;
	const char *type = NULL;
	curl_off_t retry_after = 0;
	long status = 0;

	if (exchange->code != CURLE_OK)
		return transport_error(exchange, err);
	curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(exchange->curl, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(exchange->curl, CURLINFO_CONTENT_TYPE, &type);
	*answer = (struct http_answer){
		.status = (unsigned)status,
		.body = strbuf_slice(&exchange->answer),
		.retry_after_ms = (int64_t)retry_after * 1000,
		.is_json = type && strstr(type, "json"),
		.says_elasticsearch = curl_easy_header(exchange->curl, "X-Elastic-Product", 0,
						       CURLH_HEADER, -1, &product) == CURLHE_OK,
		.echoed = exchange->echoed,
		.sent_again = exchange->sent > 1,
	};
	return true;
}

bool http_is_mismatch(const struct http_exchange *exchange)
{
	return exchange->mismatch;
}

bool http_timed_out(const struct http_exchange *exchange)
{
	/* Not for a failed connection, where smaller requests would not help. */
	return exchange->code == CURLE_OPERATION_TIMEDOUT && was_sent(exchange);
}

const char *http_login_hint(const struct http *http, unsigned status)
{
	return login_hint(&http->settings->login, status);
}

bool http_send(struct http *http, const struct http_request *request, struct http_answer *answer,
	       struct error *err)
{
	http_begin(http->own, request);
	while (http_busy(http->own))
		if (!http_drive(http, NEVER, err))
			return false;
	return http_result(http->own, answer, err);
}

uint64_t http_requests(const struct http *http)
{
	return http->requests;
}
