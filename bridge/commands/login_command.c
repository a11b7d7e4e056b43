/* login_command.c - the command "login": a refresh token, by a code that a person enters
 *
 * SPDX-License-Identifier: MIT
 *
 * RFC 8628: the provider gives a code, a person confirms it in a browser anywhere,
 * and meanwhile we ask the token endpoint at the interval that it named.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/commands/command.h"
#include "bridge/config/token_endpoint.h"
#include "bridge/wiring/wiring.h"

#define USUAL_INTERVAL 5 /* seconds, RFC 8628 section 3.2 */
#define SLOWER 5         /* more of them after "slow_down", section 3.5 */
#define USUAL_LIFE 900
#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

static const struct mailbox_config *find_mailbox(const struct config *config, const char *name)
{
	const struct mailbox_config *m = config->mailboxes;

	while (m && strcmp(m->section, name) != 0)
		m = m->next;
	return m;
}

/* Before a person confirms the code in vain.  The file may be in a state directory that no
 * run has created yet. */
static bool can_keep_token(const struct config *config, const char *file, struct error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", file);
	return wiring_state_directory(config, err) &&
	       (access(dirname(path), W_OK | X_OK) == 0 ||
		error_set(err, ERROR_FATAL,
			  "refresh_token_file %s: no file can be written there: %s", file,
			  strerror(errno)));
}

static bool can_log_in(const struct config *config, const struct token_config *token,
		       struct error *err)
{
	if (!token->device_url)
		return error_set(
			err, ERROR_FATAL,
			"device_url is missing: the provider's device authorization endpoint");
	if (!token->refresh_token_from.file)
		return error_set(err, ERROR_FATAL,
				 "refresh_token_file is missing: where the token is to be written");
	return can_keep_token(config, token->refresh_token_from.file, err);
}

static bool ask(const struct token_config *token, const char *url, const char *device_code,
		struct token_answer *answer, struct error *err)
{
	struct strbuf body;
	bool good = true;

	strbuf_init(&body, 8 * SECRET_LIMIT);
	token_field_add(&body, "client_id", token->client_id);
	if (device_code) {
		token_field_add(&body, "grant_type", DEVICE_GRANT);
		token_field_add(&body, "device_code", device_code);
		if (secret_is_given(&token->client_secret_from))
			good = token_secret_add(&body, "client_secret", &token->client_secret_from,
						err);
	} else if (token->scope) {
		token_field_add(&body, "scope", token->scope);
	}
	good = good && token_endpoint_ask(token, url, strbuf_slice(&body), answer, err);
	explicit_bzero(body.buf, body.len);
	strbuf_release(&body);
	return good;
}

/* Polls until the person has confirmed the code or the code has expired. */
static bool await_person(const struct token_config *token, const struct token_answer *device,
			 struct token_answer *answer, struct error *err)
{
	const int64_t until = clock_ms() + (int64_t)device->seconds * 1000;
	uint64_t interval = device->interval;

	while (clock_ms() < until && wait_until(clock_ms() + (int64_t)interval * 1000)) {
		memset(answer, 0, sizeof(*answer));
		if (ask(token, token->url, device->device_code, answer, err))
			return true;
		if (strcmp(answer->error, "slow_down") == 0)
			interval += SLOWER;
		else if (strcmp(answer->error, "authorization_pending") != 0)
			return error_context(err, "token_url %s", token->url);
	}
	return error_set(err, ERROR_RETRY,
			 "the code was not confirmed in time; run the command again");
}

static bool log_in(const struct token_config *token, struct token_answer *device,
		   struct token_answer *answer, struct error *err)
{
	device->seconds = USUAL_LIFE;
	device->interval = USUAL_INTERVAL;
	if (!ask(token, token->device_url, NULL, device, err) || !device->user_code[0] ||
	    !device->address[0]) {
		if (err->class == ERROR_NONE)
			error_set(err, ERROR_FATAL, "the answer holds no code");
		return error_context(err, "device_url %s", token->device_url);
	}
	printf("Open %s in a browser, log in as the mailbox's user, and enter the code %s\n",
	       device->address, device->user_code);
	fflush(stdout);
	if (!await_person(token, device, answer, err))
		return false;
	if (!answer->refresh_token[0])
		return error_set(
			err, ERROR_FATAL,
			"the provider gave no refresh token; token_scope may lack offline_access");
	return secret_keep(&token->refresh_token_from, "refresh_token", answer->refresh_token, err);
}

int command_login(int argc, char **argv)
{
	struct token_answer *answers;
	const struct mailbox_config *mailbox;
	struct command_line line;
	struct config config;
	struct error err = { .class = ERROR_NONE };
	int status;

	if (!command_start_with(config_read_no_secrets, argc, argv, COMMAND_OPERAND, &line, &config,
				&status))
		return status;
	mailbox = line.operand ? find_mailbox(&config, line.operand) : NULL;
	if (!mailbox) {
		config_release(&config);
		return command_usage("login", line.operand ? "there is no mailbox of that name"
							   : "which mailbox?");
	}
	status = EXIT_DONE;
	answers = xcalloc(2, sizeof(*answers));
	if (can_log_in(&config, &mailbox->token, &err) &&
	    log_in(&mailbox->token, &answers[0], &answers[1], &err))
		printf("refresh token written to %s\n", mailbox->token.refresh_token_from.file);
	else
		status = command_failed(&err);
	explicit_bzero(answers, 2 * sizeof(*answers));
	free(answers);
	config_release(&config);
	return status;
}
