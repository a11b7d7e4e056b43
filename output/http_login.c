/* http_login.c - authentication of requests, with curl
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/http_login.h"

#include <string.h>

#include "base/hash.h"

/* Size limit of a header with the longest secret. */
#define HEADER_LIMIT ((size_t)64 << 10)

/* Encodes base64: the server expects an API key as base64 of id:key. */
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

struct curl_slist *http_login_header(const struct elastic_login *login)
{
	struct strbuf line;
	struct curl_slist *list;

	if (!login->api_key && !login->token && !login->aws_session_token)
		return NULL;
	strbuf_init(&line, HEADER_LIMIT);
	if (login->aws_session_token)
		strbuf_add_format(&line, "X-Amz-Security-Token: %s", login->aws_session_token);
	else if (login->token)
		strbuf_add_format(&line, "Authorization: Bearer %s", login->token);
	else
		strbuf_add_text(&line, "Authorization: ApiKey ");
	if (login->api_key && strchr(login->api_key, ':'))
		add_base64(&line, login->api_key);
	else if (login->api_key)
		strbuf_add_text(&line, login->api_key);
	list = curl_slist_append(NULL, line.buf);
	explicit_bzero(line.buf, line.len);
	strbuf_release(&line);
	return list;
}

/* Converts "region/service" for curl: provider:signer:region:service. */
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

void http_set_login(CURL *curl, const struct elastic_login *login)
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

/* OpenSearch Serverless requires it, others ignore it; curl uses this digest for
 * the signature. */
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

struct curl_slist *http_headers(const struct elastic_login *login, struct curl_slist *own,
				const char *nonce, const struct http_request *request)
{
	struct curl_slist *list = NULL;
	struct strbuf line;

	strbuf_init(&line, HEADER_LIMIT);
	strbuf_add_format(&line, NONCE_HEADER ": %s", nonce);
	list = curl_slist_append(list, line.buf);
	strbuf_reset(&line);
	if (login->aws_sigv4)
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
	if (own)
		list = curl_slist_append(list, own->data);
	strbuf_release(&line);
	return list;
}

const char *login_hint(const struct elastic_login *login, unsigned status)
{
	/* AWS answers 403 to a wrong or expired signature. */
	if (status != 401 && !(status == 403 && login->aws_sigv4))
		return NULL;
	return login->hint ? login->hint : "the login is refused";
}
