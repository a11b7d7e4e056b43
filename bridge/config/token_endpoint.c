/* token_endpoint.c - sends a request to an OAuth server and reads its answer
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/token_endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/json_reader.h"
#include "output/http.h"

/* --- the request -------------------------------------------------------------- */

void token_field_add(struct strbuf *body, const char *name, const char *value)
{
	strbuf_add_format(body, "%s%s=", body->len > 0 ? "&" : "", name);
	for (; *value; value++) {
		if (ascii_is_alnum(*value) || strchr("-._~", *value))
			strbuf_add_byte(body, *value);
		else
			strbuf_add_format(body, "%%%02X", (unsigned)(unsigned char)*value);
	}
}

bool token_secret_add(struct strbuf *body, const char *name, const struct secret_config *from,
		      struct error *err)
{
	char text[SECRET_LIMIT];
	const bool good = secret_fetch(from, name, text, err);

	if (good)
		token_field_add(body, name, text);
	explicit_bzero(text, sizeof(text));
	return good;
}

/* --- the answer --------------------------------------------------------------- */

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
	else if (strcmp(answer->member, "interval") == 0)
		(void)slice_to_uint(text, 3600, &answer->interval);
	else if (event != JSON_STRING)
		return true;
	else if (strcmp(answer->member, "access_token") == 0)
		answer->bad_token = !keep_token(answer->token, text);
	else if (strcmp(answer->member, "refresh_token") == 0)
		answer->bad_refresh_token = !keep_token(answer->refresh_token, text);
	else if (strcmp(answer->member, "device_code") == 0)
		(void)keep_token(answer->device_code, text);
	else if (strcmp(answer->member, "user_code") == 0)
		keep(answer->user_code, sizeof(answer->user_code), text);
	else if (strncmp(answer->member, "verification_ur", 15) == 0 &&
		 !strstr(answer->member, "complete"))
		keep(answer->address, sizeof(answer->address), text);
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
	if (http->status == 200 && good && (answer->token[0] || answer->device_code[0]))
		return true;
	if (answer->bad_token)
		return error_set(err, ERROR_RETRY,
				 "the token in the answer has more than %d bytes or holds control "
				 "characters",
				 SECRET_LIMIT - 1);
	return error_set(err, ERROR_RETRY, "status %u, and no token in the answer%s%s",
			 http->status, good ? "" : ": ", unreadable.text);
}

/* --- both --------------------------------------------------------------------- */

/* The part of a checked https URL after the host. */
static const char *path_of(const char *url)
{
	const char *path = strchr(strstr(url, "://") + 3, '/');

	return path ? path : url + strlen(url);
}

bool token_endpoint_ask(const struct token_config *config, const char *url, struct slice body,
			struct token_answer *answer, struct error *err)
{
	const struct elastic_settings settings = { .ca_file = config->ca_file,
						   .timeout_ms = config->timeout_ms };
	const char *path = path_of(url);
	struct strbuf server;
	struct http_answer http_answer;
	struct http *http = http_new(&settings);
	bool good;

	strbuf_init(&server, 8192);
	strbuf_add(&server, url, (size_t)(path - url));
	good = http_send(http,
			 &(struct http_request){
				 .method = "POST",
				 .url = server.buf,
				 .path = path,
				 .content_type = "application/x-www-form-urlencoded",
				 .body = body },
			 &http_answer, err) &&
	       read_answer(&http_answer, answer, err);
	http_free(http);
	strbuf_release(&server);
	return good;
}
