/* token.c - tokens for mailboxes that take no password
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/json_reader.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "bridge/config/secret.h"
#include "output/http.h"

/* A token is not used up to its last second. */
#define EARLIER_MS 60000
/* Where the answer does not say how long it is good for. */
#define USUAL_SECONDS 3600

struct token_source {
	const struct token_config *config;
	char token[SECRET_LIMIT];	  /* of the endpoint */
	int64_t good_until;		  /* of it, clock_ms */
	char refresh_token[SECRET_LIMIT]; /* the newest, where it could not be kept; "": none */
	bool warned;			  /* that it could not */
};

bool token_is_given(const struct token_config *config)
{
	return config->url || secret_is_given(&config->token_from);
}

struct token_source *token_source_new(const struct token_config *config, struct arena *arena)
{
	struct token_source *source = arena_alloc(arena, sizeof(*source));

	source->config = config;
	return source;
}

/* --- what the endpoint is asked ----------------------------------------------- */

static void add_field(struct strbuf *body, const char *name, const char *value)
{
	strbuf_add_format(body, "%s%s=", body->len > 0 ? "&" : "", name);
	for (; *value; value++) {
		if (ascii_is_alnum(*value) || strchr("-._~", *value))
			strbuf_add_byte(body, *value);
		else
			strbuf_add_format(body, "%%%02X", (unsigned)(unsigned char)*value);
	}
}

static bool add_secret(struct strbuf *body, const char *name, const struct secret_config *from,
		       struct error *err)
{
	char text[SECRET_LIMIT];
	const bool good = secret_fetch(from, name, text, err);

	if (good)
		add_field(body, name, text);
	explicit_bzero(text, sizeof(text));
	return good;
}

/* used: the refresh token that is sent, "" for none; to be wiped. */
static bool make_question(const struct token_source *source, struct strbuf *body,
			  char used[static SECRET_LIMIT], struct error *err)
{
	const struct token_config *config = source->config;
	const bool refreshing = secret_is_given(&config->refresh_token_from);

	used[0] = '\0';
	add_field(body, "grant_type", refreshing ? "refresh_token" : "client_credentials");
	add_field(body, "client_id", config->client_id);
	if (config->scope)
		add_field(body, "scope", config->scope);
	if (secret_is_given(&config->client_secret_from) &&
	    !add_secret(body, "client_secret", &config->client_secret_from, err))
		return false;
	if (!refreshing)
		return true;
	if (source->refresh_token[0])
		memcpy(used, source->refresh_token, SECRET_LIMIT);
	else if (!secret_fetch_newest(&config->refresh_token_from, "refresh_token", used, err))
		return false;
	add_field(body, "refresh_token", used);
	return true;
}

/* --- what it answers ------------------------------------------------------------ */

struct token_answer {
	char member[32]; /* the last name seen */
	char token[SECRET_LIMIT], refresh_token[SECRET_LIMIT];
	bool bad_token, bad_refresh_token; /* there is one, but not one that can be used */
	char used[SECRET_LIMIT]; /* the refresh token that was sent */
	char error[64], description[200];
	uint64_t seconds;
};

static void keep(char *to, size_t size, struct slice text)
{
	size_t used = 0;

	for (size_t i = 0; i < text.size && text.size < size; i++)
		to[used++] = ascii_is_control(text.data[i]) ? ' ' : text.data[i];
	to[used] = '\0';
}

/* Visible characters and blanks (RFC 6749 appendix A.12); false: no token. */
static bool keep_token(char to[static SECRET_LIMIT], struct slice text)
{
	to[0] = '\0';
	if (text.size >= SECRET_LIMIT)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	memcpy(to, text.data, text.size);
	to[text.size] = '\0';
	return true;
}

static bool on_json(void *context, enum json_event event, unsigned depth, struct slice text,
		    struct error *err)
{
	struct token_answer *answer = context;

	(void)err;
	if (depth != 1)
		return true;
	if (event == JSON_KEY)
		keep(answer->member, sizeof(answer->member), text);
	else if (strcmp(answer->member, "expires_in") == 0)
		(void)slice_to_uint(text, 366 * 86400, &answer->seconds);
	else if (event != JSON_STRING)
		return true;
	else if (strcmp(answer->member, "access_token") == 0)
		answer->bad_token = !keep_token(answer->token, text);
	else if (strcmp(answer->member, "refresh_token") == 0)
		answer->bad_refresh_token = !keep_token(answer->refresh_token, text);
	else if (strcmp(answer->member, "error") == 0)
		keep(answer->error, sizeof(answer->error), text);
	else if (strcmp(answer->member, "error_description") == 0)
		keep(answer->description, sizeof(answer->description),
		     (struct slice){ text.data, text.size < 199 ? text.size : 199 });
	return true;
}

static bool read_answer(const struct http_answer *http, struct token_answer *answer,
			struct error *err)
{
	struct json_reader *reader = json_reader_new(on_json, answer, 8, 4 * SECRET_LIMIT);
	const bool good = json_reader_feed(reader, http->body, err) && json_reader_end(reader, err);
	struct error unreadable = { .class = ERROR_NONE };

	json_reader_free(reader);
	if (!good)
		unreadable = *err;
	if (answer->error[0])
		return error_set(err, ERROR_RETRY, "%s%s%s", answer->error,
				 answer->description[0] ? ": " : "", answer->description);
	if (http->status == 200 && good && answer->token[0])
		return true;
	if (answer->bad_token)
		return error_set(err, ERROR_RETRY,
				 "the token in the answer has more than %d bytes or holds control "
				 "characters",
				 SECRET_LIMIT - 1);
	return error_set(err, ERROR_RETRY, "status %u, and no token in the answer%s%s",
			 http->status, good ? "" : ": ", unreadable.text);
}

/* Some providers hand out a new refresh token and forget the old one.  Where it
 * cannot be kept, memory must do until the next start, and a line says so. */
static void keep_refresh_token(struct token_source *source, const struct token_answer *answer)
{
	const struct token_config *config = source->config;
	struct error err = { .class = ERROR_NONE };

	if (answer->bad_refresh_token)
		error_set(
			&err, ERROR_RETRY,
			"the new refresh token has more than %d bytes or holds control characters",
			SECRET_LIMIT - 1);
	else if (!answer->refresh_token[0] || strcmp(answer->refresh_token, answer->used) == 0)
		return;
	else if (secret_keep(&config->refresh_token_from, "refresh_token", answer->refresh_token,
			     &err))
		explicit_bzero(source->refresh_token, sizeof(source->refresh_token));
	else
		memcpy(source->refresh_token, answer->refresh_token, SECRET_LIMIT);
	if (err.class != ERROR_NONE && !source->warned)
		log_event(LOG_LEVEL_WARNING, "refresh-token-not-kept",
			  LOG_TEXT("mailbox", config->mailbox), LOG_TEXT("error", err.text));
	source->warned = err.class != ERROR_NONE;
}

/* --- in turn -------------------------------------------------------------------- */

static bool post(const struct token_config *config, const char *path, struct slice body,
		 struct token_answer *answer, struct error *err)
{
	const struct elastic_settings settings = { .ca_file = config->ca_file,
						   .timeout_ms = config->timeout_ms };
	const size_t server = (size_t)(path - config->url);
	struct strbuf url;
	struct http_answer http_answer;
	struct http *http = http_new(&settings);
	bool good;

	strbuf_init(&url, 8192);
	strbuf_add(&url, config->url, server);
	good = http_send(
		       http,
		       &(struct http_request){ .method = "POST",
					       .url = url.buf,
					       .path = path,
					       .content_type = "application/x-www-form-urlencoded",
					       .body = body },
		       &http_answer, err) &&
	       read_answer(&http_answer, answer, err);
	http_free(http);
	strbuf_release(&url);
	return good;
}

/* The part of a checked https URL behind the server. */
static const char *path_of(const char *url)
{
	const char *path = strchr(strstr(url, "://") + 3, '/');

	return path ? path : url + strlen(url);
}

/* The token in memory has been revoked, and the configured one may be newer. */
static void forget_refused(struct token_source *source, const struct token_answer *answer)
{
	if (strcmp(answer->error, "invalid_grant") == 0)
		explicit_bzero(source->refresh_token, sizeof(source->refresh_token));
}

static bool renew(struct token_source *source, struct error *err)
{
	struct token_answer *answer = xcalloc(1, sizeof(*answer));
	struct strbuf body;
	bool good;

	answer->seconds = USUAL_SECONDS;
	strbuf_init(&body, 8 * SECRET_LIMIT);
	good = make_question(source, &body, answer->used, err) &&
	       post(source->config, path_of(source->config->url), strbuf_slice(&body), answer, err);
	if (good) {
		memcpy(source->token, answer->token, sizeof(source->token));
		source->good_until = clock_ms() + (int64_t)answer->seconds * 1000 - EARLIER_MS;
		keep_refresh_token(source, answer);
	} else {
		forget_refused(source, answer);
	}
	explicit_bzero(answer, sizeof(*answer));
	free(answer);
	explicit_bzero(body.buf, body.len);
	strbuf_release(&body);
	return good || error_context(err, "token_url %s", source->config->url);
}

bool token_get(void *token_source, bool refused, struct strbuf *token, struct error *err)
{
	struct token_source *source = token_source;
	char text[SECRET_LIMIT];
	bool good;

	if (!source->config->url) {
		good = secret_fetch(&source->config->token_from, "token", text, err);
		if (good)
			strbuf_add_text(token, text);
		explicit_bzero(text, sizeof(text));
	} else {
		good = (!refused && clock_ms() < source->good_until) || renew(source, err);
		if (good)
			strbuf_add_text(token, source->token);
	}
	if (!good)
		err->class = ERROR_RETRY;
	return good;
}
