/* token.c - tokens for mailboxes that take no password
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/json_reader.h"
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
	char refresh_token[SECRET_LIMIT]; /* handed out instead of the configured one; "": none */
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

static bool make_question(const struct token_source *source, struct strbuf *body,
			  struct error *err)
{
	const struct token_config *config = source->config;
	const bool refreshing = secret_is_given(&config->refresh_token_from);

	add_field(body, "grant_type", refreshing ? "refresh_token" : "client_credentials");
	add_field(body, "client_id", config->client_id);
	if (config->scope)
		add_field(body, "scope", config->scope);
	if (secret_is_given(&config->client_secret_from) &&
	    !add_secret(body, "client_secret", &config->client_secret_from, err))
		return false;
	if (refreshing && source->refresh_token[0])
		add_field(body, "refresh_token", source->refresh_token);
	else if (refreshing)
		return add_secret(body, "refresh_token", &config->refresh_token_from, err);
	return true;
}

/* --- what it answers ------------------------------------------------------------ */

struct token_answer {
	char member[32]; /* the last name seen */
	char token[SECRET_LIMIT], refresh_token[SECRET_LIMIT];
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
		keep(answer->token, sizeof(answer->token), text);
	else if (strcmp(answer->member, "refresh_token") == 0)
		keep(answer->refresh_token, sizeof(answer->refresh_token), text);
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

	json_reader_free(reader);
	if (answer->error[0])
		return error_set(err, ERROR_RETRY, "%s%s%s", answer->error,
				 answer->description[0] ? ": " : "", answer->description);
	if (http->status == 200 && good && answer->token[0])
		return true;
	return error_set(err, ERROR_RETRY, "status %u, and no token in the answer", http->status);
}

/* Some providers hand out a new refresh token and forget the old one.  The
 * file is replaced in one step; where that is not allowed, memory must do. */
static void keep_refresh_token(struct token_source *source, const char *refresh_token)
{
	const char *path = source->config->refresh_token_from.file;
	struct strbuf beside;
	bool written = false;
	int fd = -1;

	if (!refresh_token[0])
		return;
	memcpy(source->refresh_token, refresh_token, strlen(refresh_token) + 1);
	if (!path)
		return;
	strbuf_init(&beside, 8192);
	strbuf_add_format(&beside, "%s.new", path);
	fd = open(beside.buf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		written = dprintf(fd, "%s\n", refresh_token) > 0 && fsync(fd) == 0;
		close(fd);
	}
	if (written && rename(beside.buf, path) == 0)
		explicit_bzero(source->refresh_token, sizeof(source->refresh_token));
	else if (fd >= 0)
		(void)unlink(beside.buf);
	strbuf_release(&beside);
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
	good = http_send(http,
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

static bool renew(struct token_source *source, struct error *err)
{
	struct token_answer answer = { .seconds = USUAL_SECONDS };
	struct strbuf body;
	bool good;

	strbuf_init(&body, 8 * SECRET_LIMIT);
	good = make_question(source, &body, err) &&
	       post(source->config, path_of(source->config->url), strbuf_slice(&body),
		    &answer, err);
	if (good) {
		memcpy(source->token, answer.token, sizeof(source->token));
		source->good_until = clock_ms() + (int64_t)answer.seconds * 1000 - EARLIER_MS;
		keep_refresh_token(source, answer.refresh_token);
	}
	explicit_bzero(&answer, sizeof(answer));
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
