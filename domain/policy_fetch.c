/* policy_fetch.c - fetches the MTA-STS policy file; the only file of domain/ that uses curl
 *
 * SPDX-License-Identifier: MIT
 *
 * The caller has resolved the name and checked its addresses.  curl gets these
 * addresses pinned, so a second DNS answer cannot change them, and each address is
 * checked again when its socket is opened.
 */
#include "domain/policy_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/wait.h"
#include "domain/public_address.h"

#define CONNECT_MS 10000
#define URL_LIMIT 1024
#define SOCKETS_MAX 8
#define NEVER INT64_MAX

/* OpenSSL's X509_V_ERR_... values in CURLINFO_SSL_VERIFYRESULT. */
#define CERTIFICATE_EXPIRED 10L
#define CERTIFICATE_SELF_SIGNED 18L
#define CERTIFICATE_SELF_SIGNED_ROOT 19L
#define CERTIFICATE_NO_LOCAL_ISSUER 20L
#define CERTIFICATE_NO_ISSUER 21L

struct fetch {
	const struct policy_request *request;
	CURL *curl;
	CURLM *multi;
	struct curl_slist *resolve;
	struct strbuf url, body;
	bool too_large;
	struct pollfd sockets[SOCKETS_MAX];
	size_t count;
	int64_t timer;
	char detail[CURL_ERROR_SIZE];
};

/* --- curl callbacks ------------------------------------------------------------------ */

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	struct fetch *fetch = context;

	/* curl checks Content-Length; a chunked body is limited only here */
	strbuf_add(&fetch->body, data, size * count);
	fetch->too_large = fetch->body.overflowed;
	return fetch->too_large ? 0 : size * count;
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	const struct fetch *fetch = context;

	(void)purpose;
	if (!fetch->request->allow_private && !address_is_public(&address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int on_socket(CURL *curl, curl_socket_t fd, int what, void *context, void *unused)
{
	struct fetch *fetch = context;
	short events = 0;

	(void)curl;
	(void)unused;
	for (size_t i = 0; i < fetch->count; i++)
		if (fetch->sockets[i].fd == fd)
			fetch->sockets[i--] = fetch->sockets[--fetch->count];
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	if (what != CURL_POLL_REMOVE && fetch->count < SOCKETS_MAX)
		fetch->sockets[fetch->count++] = (struct pollfd){ .fd = fd, .events = events };
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
	struct fetch *fetch = context;

	(void)multi;
	fetch->timer = ms < 0 ? NEVER : clock_ms() + ms;
	return 0;
}

/* --- one transfer -------------------------------------------------------------------- */

static void set_transport(struct fetch *fetch)
{
	const struct policy_request *r = fetch->request;
	CURL *curl = fetch->curl;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	/* proxy variables in the environment must not redirect a check */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (r->ca_file) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, r->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(curl, CURLOPT_RESOLVE, fetch->resolve);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, fetch);
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
}

static void set_limits(struct fetch *fetch)
{
	const int64_t left = fetch->request->deadline - clock_ms();
	const int64_t connect = fetch->request->connect_ms > 0 ? fetch->request->connect_ms
							       : CONNECT_MS;
	const int64_t most = fetch->request->whole_ms > 0 ? fetch->request->whole_ms
							  : POLICY_TIMEOUT_MS;
	const int64_t whole = left < 1 ? 1 : left < most ? left : most;
	CURL *curl = fetch->curl;

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)whole);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)POLICY_OCTETS_MAX);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetch);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fetch->detail);
	curl_easy_setopt(curl, CURLOPT_URL, fetch->url.buf);
}

static void open_fetch(struct fetch *fetch, const struct policy_request *request)
{
	struct strbuf pin;

	*fetch = (struct fetch){ .request = request, .timer = NEVER };
	fetch->curl = curl_easy_init();
	fetch->multi = curl_multi_init();
	if (!fetch->curl || !fetch->multi)
		abort();
	strbuf_init(&fetch->url, URL_LIMIT);
	strbuf_init(&fetch->body, POLICY_OCTETS_MAX);
	strbuf_add_format(&fetch->url, "https://%s:%u/.well-known/mta-sts.txt", request->host,
			  (unsigned)request->port);
	strbuf_init(&pin, URL_LIMIT);
	strbuf_add_format(&pin, "%s:%u:%s", request->host, (unsigned)request->port,
			  request->addresses);
	fetch->resolve = curl_slist_append(NULL, pin.buf);
	strbuf_release(&pin);
	curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETDATA, fetch);
	curl_multi_setopt(fetch->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(fetch->multi, CURLMOPT_TIMERDATA, fetch);
	set_transport(fetch);
	set_limits(fetch);
	curl_multi_add_handle(fetch->multi, fetch->curl);
}

static void close_fetch(struct fetch *fetch)
{
	curl_multi_remove_handle(fetch->multi, fetch->curl);
	curl_easy_cleanup(fetch->curl);
	curl_multi_cleanup(fetch->multi);
	curl_slist_free_all(fetch->resolve);
	strbuf_release(&fetch->url);
	strbuf_release(&fetch->body);
}

/* curl changes the list during a call, so search again for the first ready socket. */
static void serve_sockets(struct fetch *fetch)
{
	int running;

	for (size_t i = 0; i < fetch->count; i++) {
		const struct pollfd s = fetch->sockets[i];
		const int what = (s.revents & POLLIN ? CURL_CSELECT_IN : 0) |
				 (s.revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
				 (s.revents & ~(POLLIN | POLLOUT) ? CURL_CSELECT_ERR : 0);

		if (what == 0)
			continue;
		fetch->sockets[i].revents = 0;
		curl_multi_socket_action(fetch->multi, s.fd, what, &running);
		i = (size_t)-1;
	}
}

/* false: the program is stopping. */
static bool run(struct fetch *fetch, CURLcode *code)
{
	int running = 1, left;

	while (running > 0) {
		const CURLMsg *message;

		if (wait_poll(fetch->sockets, (nfds_t)fetch->count,
			      fetch->timer < fetch->request->deadline
				      ? fetch->timer
				      : fetch->request->deadline) < 0)
			return false;
		serve_sockets(fetch);
		if (clock_ms() >= fetch->timer) {
			fetch->timer = NEVER;
			curl_multi_socket_action(fetch->multi, CURL_SOCKET_TIMEOUT, 0, &running);
		}
		while ((message = curl_multi_info_read(fetch->multi, &left)))
			if (message->msg == CURLMSG_DONE) {
				*code = message->data.result;
				running = 0;
			}
		if (running > 0 && clock_ms() > fetch->request->deadline)
			return false;
	}
	return true;
}

/* --- result ------------------------------------------------------------------------------ */

static const char *certificate_fault(const struct fetch *fetch)
{
	long status = 0;

	curl_easy_getinfo(fetch->curl, CURLINFO_SSL_VERIFYRESULT, &status);
	switch (status) {
	case 0: return "the certificate is for another name";
	case CERTIFICATE_EXPIRED: return "the certificate has expired";
	case CERTIFICATE_SELF_SIGNED: return "the certificate is self-signed";
	case CERTIFICATE_SELF_SIGNED_ROOT: return "the chain ends at an unknown CA";
	case CERTIFICATE_NO_LOCAL_ISSUER:
	case CERTIFICATE_NO_ISSUER: return "the chain is incomplete, or its CA is unknown";
	default: return "the certificate does not verify";
	}
}

static enum fetch_status status_of(const struct fetch *fetch, CURLcode code)
{
	curl_off_t connected = 0;

	curl_easy_getinfo(fetch->curl, CURLINFO_APPCONNECT_TIME_T, &connected);
	switch (code) {
	case CURLE_OK: return FETCH_DONE;
	case CURLE_FILESIZE_EXCEEDED: return FETCH_LARGE;
	case CURLE_WRITE_ERROR: return FETCH_LARGE;
	case CURLE_OPERATION_TIMEDOUT: return connected > 0 ? FETCH_SLOW : FETCH_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION: return FETCH_CERTIFICATE;
	case CURLE_SSL_CONNECT_ERROR: return FETCH_TLS;
	default: return FETCH_REFUSED;
	}
}

static void read_answer(struct fetch *fetch, struct arena *arena, struct policy_answer *answer)
{
	const char *type = NULL, *location = NULL;
	long status = 0;

	curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(fetch->curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(fetch->curl, CURLINFO_REDIRECT_URL, &location);
	answer->http_status = (unsigned)status;
	answer->content_type = arena_slice(arena, slice_of(type));
	answer->location = arena_slice(arena, slice_of(location));
	answer->body = arena_slice(arena, strbuf_slice(&fetch->body));
}

void policy_fetch(const struct policy_request *request, struct arena *arena,
		  struct policy_answer *answer)
{
	CURLcode code = CURLE_OK;
	struct fetch fetch;

	*answer = (struct policy_answer){ .status = FETCH_STOPPED };
	open_fetch(&fetch, request);
	fetch.timer = 0;
	if (run(&fetch, &code)) {
		answer->status = status_of(&fetch, code);
		if (answer->status == FETCH_DONE)
			read_answer(&fetch, arena, answer);
		else if (answer->status == FETCH_CERTIFICATE)
			answer->detail = slice_of(certificate_fault(&fetch));
		else
			answer->detail = arena_slice(arena,
						     slice_of(fetch.detail[0]
								      ? fetch.detail
								      : curl_easy_strerror(code)));
	}
	close_fetch(&fetch);
}
