/* http.c - requests to a search server; the only file with curl
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/http.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/wait.h"
#include "base/xalloc.h"

#define CONNECT_TIMEOUT_MS 5000L
#define UPLOAD_BUFFER (512L * 1024)
/* Reconnect now and then, so that a load balancer can spread connections. */
#define CONNECTION_AGE_SECONDS 300L

/* What CURLINFO_SSL_VERIFYRESULT holds when curl uses GnuTLS. */
#define GNUTLS_CERTIFICATE_EXPIRED (1L << 10)

#define URL_LIMIT ((size_t)64 << 10)
#define NEVER INT64_MAX

struct http {
	const struct elastic_settings *settings;
	CURLM *multi;
	struct curl_slist *authorization; /* NULL, or one header */
	/* What curl wants to be told of, and when at the latest. */
	struct pollfd *sockets;
	size_t count, alloc;
	int64_t timer;
	size_t busy, ended; /* exchanges under way; ended since http_drive() began */
	struct http_exchange *exchanges; /* all there are */
	struct http_exchange *own;	 /* of http_send() */
};

struct http_exchange {
	struct http_exchange *next;
	struct http *http;
	CURL *curl;
	const char *server; /* as the user wrote it, for error texts */
	struct strbuf url, answer;
	struct curl_slist *headers;
	void (*take)(void *context, struct slice part);
	void *context;
	size_t received, most;
	bool busy;
	CURLcode code;
	char detail[CURL_ERROR_SIZE];
};

/* The API key as the server wants it: base64 of id:key, or already so. */
static void add_base64(struct strbuf *out, const char *text)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t size = strlen(text);

	for (size_t i = 0; i < size; i += 3) {
		const unsigned a = (unsigned char)text[i];
		const unsigned b = i + 1 < size ? (unsigned char)text[i + 1] : 0;
		const unsigned c = i + 2 < size ? (unsigned char)text[i + 2] : 0;

		strbuf_add_byte(out, letters[a >> 2]);
		strbuf_add_byte(out, letters[(a & 3) << 4 | b >> 4]);
		strbuf_add_byte(out, i + 1 < size ? letters[(b & 15) << 2 | c >> 6] : '=');
		strbuf_add_byte(out, i + 2 < size ? letters[c & 63] : '=');
	}
}

static struct curl_slist *authorization(const struct elastic_login *login)
{
	struct strbuf line;
	struct curl_slist *list;

	if (!login->api_key && !login->token && !login->aws_session_token)
		return NULL;
	strbuf_init(&line, 65536);
	if (login->aws_session_token)
		strbuf_add_format(&line, "X-Amz-Security-Token: %s", login->aws_session_token);
	else
		strbuf_add_format(&line, "Authorization: %s ", login->token ? "Bearer" : "ApiKey");
	if (login->token)
		strbuf_add_text(&line, login->token);
	else if (login->api_key && strchr(login->api_key, ':'))
		add_base64(&line, login->api_key);
	else if (login->api_key)
		strbuf_add_text(&line, login->api_key);
	list = curl_slist_append(NULL, line.buf);
	explicit_bzero(line.buf, line.len);
	strbuf_release(&line);
	return list;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	struct http_exchange *exchange = context;
	const struct slice part = { data, size * count };

	exchange->received += part.size;
	if (exchange->received > exchange->most)
		return 0;
	if (exchange->take)
		exchange->take(exchange->context, part);
	else
		strbuf_add_slice(&exchange->answer, part);
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
	if (http->count == http->alloc) {
		http->alloc = http->alloc ? 2 * http->alloc : 8;
		http->sockets = xreallocarray(http->sockets, http->alloc, sizeof(*http->sockets));
	}
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

/* "region/service" as curl wants it: provider:signer:region:service. */
static void sign_requests(CURL *curl, const char *region_and_service)
{
	struct slice service, region = slice_split(slice_of(region_and_service), '/', &service);
	struct strbuf scope;

	strbuf_init(&scope, 1024);
	strbuf_add_text(&scope, "aws:amz:");
	strbuf_add_slice(&scope, region);
	strbuf_add_byte(&scope, ':');
	strbuf_add_slice(&scope, service);
	curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, scope.buf);
	strbuf_release(&scope);
}

static void set_login(CURL *curl, const struct elastic_login *login)
{
	if (login->client_cert_file) {
		curl_easy_setopt(curl, CURLOPT_SSLCERT, login->client_cert_file);
		curl_easy_setopt(curl, CURLOPT_SSLKEY, login->client_key_file);
	}
	if (login->user) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, login->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, login->password);
	} else if (login->aws_sigv4) {
		sign_requests(curl, login->aws_sigv4);
		curl_easy_setopt(curl, CURLOPT_USERNAME, login->aws_access_key);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, login->aws_secret_key);
	}
}

static void set_options(struct http_exchange *exchange)
{
	const struct elastic_settings *s = exchange->http->settings;
	CURL *curl = exchange->curl;

	curl_easy_setopt(curl, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
	curl_easy_setopt(curl, CURLOPT_MAXLIFETIME_CONN, CONNECTION_AGE_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	/* The environment must not redirect where customers' data goes. */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (s->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca_file);
	set_login(curl, &s->login);
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
	http->authorization = authorization(&settings->login);
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

void http_exchange_free(struct http_exchange *exchange)
{
	struct http_exchange **link;

	if (!exchange)
		return;
	end_exchange(exchange, CURLE_ABORTED_BY_CALLBACK);
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
	const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;
	long result = 0;

	curl_easy_getinfo(exchange->curl, CURLINFO_SSL_VERIFYRESULT, &result);
	return library && strncmp(library, "GnuTLS", 6) == 0 &&
	       (result & GNUTLS_CERTIFICATE_EXPIRED);
}

/* curl has a word of its own for it, but with GnuTLS it does not say it. */
static bool certificate_unusable(const struct http_exchange *exchange)
{
	return exchange->code == CURLE_SSL_CERTPROBLEM ||
	       (exchange->code == CURLE_SSL_CONNECT_ERROR &&
		strstr(exchange->detail, "X.509 key or certificate file"));
}

/* It was connected and the request on its way. */
static bool was_sent(const struct http_exchange *exchange)
{
	curl_off_t sent_after = 0;

	curl_easy_getinfo(exchange->curl, CURLINFO_PRETRANSFER_TIME_T, &sent_after);
	return sent_after > 0;
}

static bool transport_error(const struct http_exchange *exchange, struct error *err)
{
	const char *url = exchange->server;
	const char *detail = exchange->detail[0] ? exchange->detail
						 : curl_easy_strerror(exchange->code);
	const char *ca_file = exchange->http->settings->ca_file;

	if (certificate_unusable(exchange))
		return error_set(err, ERROR_FATAL,
				 "client_cert_file or client_key_file cannot be used: %s", detail);
	switch (exchange->code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		if (has_expired(exchange))
			return error_set(err, ERROR_FATAL, "the certificate of %s has expired", url);
		return error_set(err, ERROR_FATAL,
				 "the certificate of %s does not verify: %s; check ca_file and the "
				 "host name in urls",
				 url, detail);
	case CURLE_SSL_CACERT_BADFILE:
		return error_set(err, ERROR_FATAL, "ca_file %s cannot be read: %s",
				 ca_file ? ca_file : "of the system", detail);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		if (was_sent(exchange))
			return error_set(err, ERROR_RETRY, "%s: the answer is no HTTP", url);
		return error_set(err, ERROR_FATAL, "urls: %s is no URL: %s", url, detail);
	case CURLE_WRITE_ERROR:
		return error_set(err, ERROR_RETRY, "%s answers with more than %zu bytes", url,
				 exchange->most);
	case CURLE_ABORTED_BY_CALLBACK:
		return error_set(err, ERROR_RETRY, "%s: told to stop before it answered", url);
	case CURLE_GOT_NOTHING:
		return error_set(err, ERROR_RETRY,
				 "%s closed the connection without an answer; is it an https URL?",
				 url);
	default: return error_set(err, ERROR_RETRY, "%s: %s", url, detail);
	}
}

/* OpenSearch Serverless wants it, the others do not mind; curl takes the digest
 * from here. */
static struct curl_slist *add_content_digest(struct curl_slist *list, struct slice body)
{
	static const char name[] = "X-Amz-Content-Sha256: ";
	char line[sizeof(name) + 2 * HASH_SIZE];
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_bytes(&hash, body.data, body.size);
	hash_end(&hash, digest);
	memcpy(line, name, sizeof(name) - 1);
	hash_hex(digest, line + sizeof(name) - 1);
	return curl_slist_append(list, line);
}

static struct curl_slist *headers_of(const struct http *http, const struct http_request *request)
{
	struct curl_slist *list = NULL;
	struct strbuf line;

	strbuf_init(&line, URL_LIMIT);
	if (http->settings->login.aws_sigv4)
		list = add_content_digest(list, request->body);
	else /* curl 7.88 would sign a header that it does not send. */
		list = curl_slist_append(list, "Expect:");
	if (request->content_type) {
		strbuf_add_format(&line, "Content-Type: %s", request->content_type);
		list = curl_slist_append(list, line.buf);
	}
	if (request->gzipped)
		list = curl_slist_append(list, "Content-Encoding: gzip");
	for (const char *const *more = request->headers; more && *more; more++)
		list = curl_slist_append(list, *more);
	if (http->authorization)
		list = curl_slist_append(list, http->authorization->data);
	strbuf_release(&line);
	return list;
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

void http_begin(struct http_exchange *exchange, const struct http_request *request)
{
	CURL *curl = exchange->curl;

	set_url(exchange, request);
	strbuf_reset(&exchange->answer);
	exchange->received = 0;
	exchange->most = request->most > 0 ? request->most : LIMIT_ANSWER_BYTES;
	exchange->take = request->take;
	exchange->context = request->context;
	exchange->detail[0] = '\0';
	exchange->headers = headers_of(exchange->http, request);
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

/* curl adds and removes sockets while it works, so the first ready one is
 * looked for anew each time. */
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
			return error_set(err, ERROR_RETRY, "told to stop before all was answered");
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
	};
	return true;
}

bool http_timed_out(const struct http_exchange *exchange)
{
	/* Not when it could not even connect: smaller requests would not help. */
	return exchange->code == CURLE_OPERATION_TIMEDOUT && was_sent(exchange);
}

const char *http_login_cure(const struct http *http, unsigned status)
{
	const struct elastic_login *login = &http->settings->login;

	/* AWS says 403 to a signature that is wrong or has expired. */
	if (status != 401 && !(status == 403 && login->aws_sigv4))
		return NULL;
	return login->cure ? login->cure : "the login is refused";
}

bool http_send(struct http *http, const struct http_request *request,
	       struct http_answer *answer, struct error *err)
{
	http_begin(http->own, request);
	while (http_busy(http->own))
		if (!http_drive(http, NEVER, err))
			return false;
	return http_result(http->own, answer, err);
}
