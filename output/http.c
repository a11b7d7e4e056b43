/* http.c - requests to a search server; the only file with curl
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/http.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"

#define CONNECT_TIMEOUT_MS 5000L
#define UPLOAD_BUFFER (512L * 1024)
/* Reconnect now and then, so that a load balancer can spread connections. */
#define CONNECTION_AGE_SECONDS 300L

struct http {
	const struct elastic_settings *settings;
	CURL *curl;
	struct curl_slist *authorization; /* NULL, or one header */
	struct strbuf answer;
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

static struct curl_slist *api_key_header(const char *key)
{
	struct strbuf line;
	struct curl_slist *list;

	strbuf_init(&line, 65536);
	strbuf_add_text(&line, "Authorization: ApiKey ");
	if (strchr(key, ':'))
		add_base64(&line, key);
	else
		strbuf_add_text(&line, key);
	list = curl_slist_append(NULL, line.buf);
	explicit_bzero(line.buf, line.len);
	strbuf_release(&line);
	return list;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	struct http *http = context;

	strbuf_add(&http->answer, data, size * count);
	return http->answer.overflowed ? 0 : size * count;
}

static void set_options(struct http *http)
{
	const struct elastic_settings *s = http->settings;
	CURL *curl = http->curl;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
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
	if (s->user) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, s->password);
	}
}

struct http *http_new(const struct elastic_settings *settings)
{
	struct http *http = xcalloc(1, sizeof(*http));

	http->settings = settings;
	http->curl = curl_easy_init();
	if (!http->curl)
		abort();
	strbuf_init(&http->answer, LIMIT_ANSWER_BYTES);
	if (settings->api_key)
		http->authorization = api_key_header(settings->api_key);
	set_options(http);
	return http;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->curl);
	curl_slist_free_all(http->authorization);
	strbuf_release(&http->answer);
	free(http);
}

static bool transport_error(const struct http *http, CURLcode code, const char *url,
			    struct error *err)
{
	const char *detail = http->detail[0] ? http->detail : curl_easy_strerror(code);

	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return error_set(err, ERROR_FATAL,
				 "the certificate of %s does not verify: %s; check ca_file and the "
				 "host name in urls",
				 url, detail);
	case CURLE_SSL_CACERT_BADFILE:
		return error_set(err, ERROR_FATAL, "ca_file %s cannot be read: %s",
				 http->settings->ca_file ? http->settings->ca_file : "of the system",
				 detail);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return error_set(err, ERROR_FATAL, "urls: %s is no URL: %s", url, detail);
	case CURLE_WRITE_ERROR:
		return error_set(err, ERROR_RETRY, "%s answers with more than %zu bytes", url,
				 (size_t)LIMIT_ANSWER_BYTES);
	case CURLE_GOT_NOTHING:
		return error_set(err, ERROR_RETRY,
				 "%s closed the connection without an answer; is it an https URL?",
				 url);
	default: return error_set(err, ERROR_RETRY, "%s: %s", url, detail);
	}
}

static struct curl_slist *headers_of(const struct http *http, const struct http_request *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	struct strbuf line;

	strbuf_init(&line, 65536);
	if (request->content_type) {
		strbuf_add_format(&line, "Content-Type: %s", request->content_type);
		list = curl_slist_append(list, line.buf);
	}
	if (request->gzipped)
		list = curl_slist_append(list, "Content-Encoding: gzip");
	if (http->authorization)
		list = curl_slist_append(list, http->authorization->data);
	strbuf_release(&line);
	return list;
}

static void read_answer(struct http *http, struct http_answer *answer)
{
	const char *type = NULL;
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(http->curl, CURLINFO_CONTENT_TYPE, &type);
	*answer = (struct http_answer){
		.status = (unsigned)status,
		.body = strbuf_slice(&http->answer),
		.retry_after_ms = (int64_t)retry_after * 1000,
		.is_json = type && strstr(type, "json"),
	};
}

bool http_send(struct http *http, const struct http_request *request,
	       struct http_answer *answer, struct error *err)
{
	struct curl_slist *headers = headers_of(http, request);
	CURL *curl = http->curl;
	const size_t url_size = strlen(request->url);
	const bool slash = url_size > 0 && request->url[url_size - 1] == '/';
	struct strbuf url;
	CURLcode code;

	strbuf_init(&url, 65536);
	strbuf_add(&url, request->url, slash ? url_size - 1 : url_size);
	strbuf_add_text(&url, request->path);
	strbuf_reset(&http->answer);
	http->detail[0] = '\0';
	curl_easy_setopt(curl, CURLOPT_URL, url.buf);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (request->content_type) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.data);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
	} else {
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	code = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	strbuf_release(&url);
	if (code != CURLE_OK)
		return transport_error(http, code, request->url, err);
	read_answer(http, answer);
	return true;
}
