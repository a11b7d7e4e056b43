/* token.c - tokens for mailboxes that take no password
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "bridge/config/secret.h"
#include "bridge/config/token_endpoint.h"

/* A token is replaced this long before it expires. */
#define EARLIER_MS 60000
/* Lifetime of a token if the answer does not state it. */
#define USUAL_SECONDS 3600

struct token_source {
	const struct token_config *config;
	char token[SECRET_LIMIT];         /* from the endpoint */
	int64_t good_until;               /* its expiry, clock_ms */
	char refresh_token[SECRET_LIMIT]; /* the newest, if it could not be stored; "": none */
	bool warned;                      /* about that */
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

/* --- requests to the endpoint -------------------------------------------------- */

/* used: the refresh token that is sent, "" for none; to be wiped. */
static bool make_question(const struct token_source *source, struct strbuf *body,
			  char used[static SECRET_LIMIT], struct error *err)
{
	const struct token_config *config = source->config;
	const bool refreshing = secret_is_given(&config->refresh_token_from);

	used[0] = '\0';
	token_field_add(body, "grant_type", refreshing ? "refresh_token" : "client_credentials");
	token_field_add(body, "client_id", config->client_id);
	if (config->scope)
		token_field_add(body, "scope", config->scope);
	if (secret_is_given(&config->client_secret_from) &&
	    !token_secret_add(body, "client_secret", &config->client_secret_from, err))
		return false;
	if (!refreshing)
		return true;
	if (source->refresh_token[0])
		memcpy(used, source->refresh_token, SECRET_LIMIT);
	else if (!secret_fetch_newest(&config->refresh_token_from, "refresh_token", used, err))
		return false;
	token_field_add(body, "refresh_token", used);
	return true;
}

/* --- its answers ---------------------------------------------------------------- */

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

/* --- one token ------------------------------------------------------------------ */

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
	       token_endpoint_ask(source->config, source->config->url, strbuf_slice(&body), answer,
				  err);
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
