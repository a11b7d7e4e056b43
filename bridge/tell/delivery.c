/* delivery.c - delivers a message; the only file of this directory with curl
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/delivery.h"

#include <stdlib.h>

#include <curl/curl.h>

#include "base/limits.h"

#define CONNECT_MS 15000L
#define URL_BYTES ((size_t)16 * KIB)
/* The first line of an answer may be quoted. */
#define ANSWER_BYTES 512
#define QUOTED 160

/* X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL, in CURLINFO_SSL_VERIFYRESULT. */
#define CERTIFICATE_EXPIRED 10L

struct delivery {
	CURL *curl;
	struct slice content; /* of mail */
	size_t at;            /* bytes sent so far */
	struct strbuf answer; /* the beginning of the server's answer */
	char detail[CURL_ERROR_SIZE];
};

static size_t on_send(char *room, size_t size, size_t count, void *context)
{
	struct delivery *d = context;

	return slice_read(d->content, &d->at, room, size * count);
}

/* Cuts a long answer, which is no error. */
static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
	struct delivery *d = context;
	const size_t left = d->answer.limit - d->answer.len;

	strbuf_add(&d->answer, data, size * count < left ? size * count : left);
	return size * count;
}

static void begin(struct delivery *d, const char *ca_file, int64_t timeout_ms)
{
	*d = (struct delivery){ .curl = curl_easy_init() };
	if (!d->curl)
		abort();
	strbuf_init(&d->answer, ANSWER_BYTES);
	curl_easy_setopt(d->curl, CURLOPT_ERRORBUFFER, d->detail);
	curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(d->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(d->curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(d->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(d->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(d->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(d->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(d->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(d->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(d->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(d->curl, CURLOPT_WRITEDATA, d);
	/* Replaces the system's certificates. */
	if (ca_file) {
		curl_easy_setopt(d->curl, CURLOPT_CAINFO, ca_file);
		curl_easy_setopt(d->curl, CURLOPT_CAPATH, NULL);
	}
}

static void end(struct delivery *d)
{
	curl_easy_cleanup(d->curl);
	strbuf_release(&d->answer);
}

/* Handles errors that mail and webhooks share; true: the code is another one. */
static bool is_special(struct delivery *d, CURLcode code, const char *host, struct error *err)
{
	long verified = 0;

	curl_easy_getinfo(d->curl, CURLINFO_SSL_VERIFYRESULT, &verified);
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		if (verified == CERTIFICATE_EXPIRED)
			return error_set(err, ERROR_FATAL, "the certificate of %s has expired",
					 host);
		return error_set(
			err, ERROR_FATAL,
			"the certificate of %s does not verify: %s; check ca_file and the name",
			host, d->detail);
	case CURLE_SSL_CACERT_BADFILE:
		return error_set(err, ERROR_FATAL, "ca_file cannot be read: %s", d->detail);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return error_set(err, ERROR_FATAL, "%s: not a URL that can be used", host);
	default: return true;
	}
}

/* --- mail -------------------------------------------------------------------------- */

/* EHLO with the domain of the From address: host names of containers mean nothing. */
static void set_server(struct delivery *d, const struct mail_config *m)
{
	const bool literal = strchr(m->host, ':');
	struct strbuf url;

	strbuf_init(&url, URL_BYTES);
	strbuf_add_format(&url, "%s://%s%s%s", m->tls == MAILBOX_TLS_IMPLICIT ? "smtps" : "smtp",
			  literal ? "[" : "", m->host, literal ? "]" : "");
	if (m->port > 0)
		strbuf_add_format(&url, ":%u", m->port);
	else if (m->tls == MAILBOX_TLS_STARTTLS)
		strbuf_add_text(&url, ":587");
	strbuf_add_format(&url, "/%s", strchr(m->from, '@') + 1);
	curl_easy_setopt(d->curl, CURLOPT_URL, url.buf);
	strbuf_release(&url);
	curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(d->curl, CURLOPT_USE_SSL,
			 (long)(m->tls == MAILBOX_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (m->user) {
		curl_easy_setopt(d->curl, CURLOPT_USERNAME, m->user);
		curl_easy_setopt(d->curl, CURLOPT_PASSWORD, m->password);
	}
}

/* curl's error texts for a refusal end in the server's code: "RCPT failed: 550". */
static bool mail_error(struct delivery *d, CURLcode code, const char *host, struct error *err)
{
	long status = 0;

	if (!is_special(d, code, host, err))
		return false;
	curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_LOGIN_DENIED)
		return error_set(err, status / 100 == 4 ? ERROR_RETRY : ERROR_FATAL,
				 "%s refuses the login: check user and password_file (%s)", host,
				 d->detail);
	if (code == CURLE_USE_SSL_FAILED)
		return error_set(err, ERROR_FATAL, "%s offers no STARTTLS", host);
	if (status / 100 == 5)
		return error_reject(err, "refused", "%s refuses the message: %s", host, d->detail);
	return error_set(err, ERROR_RETRY, "%s: %s", host,
			 d->detail[0] ? d->detail : curl_easy_strerror(code));
}

bool delivery_mail(const struct mail_config *m, const char *const *to, struct slice message,
		   struct error *err)
{
	struct curl_slist *addresses = NULL;
	struct delivery d;
	CURLcode code;

	begin(&d, m->ca_file, m->timeout_ms);
	set_server(&d, m);
	for (; *to; to++)
		addresses = curl_slist_append(addresses, *to);
	d.content = message;
	curl_easy_setopt(d.curl, CURLOPT_MAIL_FROM, m->from);
	curl_easy_setopt(d.curl, CURLOPT_MAIL_RCPT, addresses);
	curl_easy_setopt(d.curl, CURLOPT_READFUNCTION, on_send);
	curl_easy_setopt(d.curl, CURLOPT_READDATA, &d);
	curl_easy_setopt(d.curl, CURLOPT_UPLOAD, 1L);
	code = curl_easy_perform(d.curl);
	if (code != CURLE_OK)
		mail_error(&d, code, m->host, err);
	end(&d);
	curl_slist_free_all(addresses);
	return code == CURLE_OK;
}

/* --- webhooks ---------------------------------------------------------------------- */

static struct curl_slist *headers_of(const struct notify_config *webhook, struct slice id)
{
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
	struct strbuf line;

	strbuf_init(&line, URL_BYTES);
	list = curl_slist_append(list, "Expect:");
	strbuf_add_format(&line, "Idempotency-Key: \"%.*s\"", (int)id.size, id.data);
	list = curl_slist_append(list, line.buf);
	if (webhook->token) {
		strbuf_reset(&line);
		strbuf_add_format(&line, "Authorization: Bearer %s", webhook->token);
		list = curl_slist_append(list, line.buf);
		explicit_bzero(line.buf, line.len);
	}
	strbuf_release(&line);
	return list;
}

/* Writes its "https://host:port". */
static void host_of(const char *url, struct strbuf *host)
{
	const char *start = strstr(url, "://");
	const size_t size = start ? strcspn(start + 3, "/?#") : 0;
	const char *at = start ? memchr(start + 3, '@', size) : NULL;

	if (start)
		strbuf_add(host, at ? at + 1 : start + 3,
			   at ? size - (size_t)(at + 1 - (start + 3)) : size);
}

static bool post_error(struct delivery *d, CURLcode code, const char *host, struct error *err)
{
	const struct slice said = slice_trim(strbuf_slice(&d->answer));
	long status = 0;

	if (!is_special(d, code, host, err))
		return false;
	curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		return error_set(err, ERROR_RETRY, "%s: %s", host,
				 d->detail[0] ? d->detail : curl_easy_strerror(code));
	if (status == 408 || status == 429 || status / 100 == 5)
		return error_set(err, ERROR_RETRY, "%s answers with %ld", host, status);
	return error_reject(err, "refused", "%s answers with %ld: %.*s", host, status,
			    (int)(said.size < QUOTED ? said.size : QUOTED), said.data);
}

bool delivery_post(const struct notify_config *webhook, const char *url, struct slice id,
		   struct slice body, struct error *err)
{
	struct curl_slist *headers = headers_of(webhook, id);
	struct strbuf host;
	struct delivery d;
	long status = 0;
	CURLcode code;

	strbuf_init(&host, URL_BYTES);
	host_of(url, &host);
	begin(&d, webhook->ca_file, webhook->timeout_ms);
	curl_easy_setopt(d.curl, CURLOPT_URL, url);
	curl_easy_setopt(d.curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(d.curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(d.curl, CURLOPT_POSTFIELDS, body.data);
	curl_easy_setopt(d.curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
	code = curl_easy_perform(d.curl);
	curl_easy_getinfo(d.curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK || status / 100 != 2)
		post_error(&d, code, host.buf, err);
	end(&d);
	curl_slist_free_all(headers);
	strbuf_release(&host);
	return code == CURLE_OK && status / 100 == 2;
}
