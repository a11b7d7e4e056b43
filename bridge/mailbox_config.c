/* mailbox_config.c - what must be true of a [mailbox] section
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/mailbox_config.h"

#include "bridge/secret.h"
#include "bridge/token.h"
#include "mailbox/mailbox.h"

static bool is_https(const char *url)
{
	return slice_starts_with(slice_of(url), "https://") ||
	       slice_starts_with(slice_of(url), "http://127.0.0.1:");
}

static bool check_token(const struct mailbox_config *m, struct error *err)
{
	const bool endpoint = m->client_id || secret_is_given(&m->client_secret_from) ||
			      secret_is_given(&m->refresh_token_from) || m->token_scope ||
			      m->token_ca_file;

	if (m->token_url && secret_is_given(&m->token_from))
		return error_set(err, ERROR_FATAL, "give token_url or token_file, not both");
	if (endpoint && !m->token_url)
		return error_set(err, ERROR_FATAL,
				 "token_url is missing, which client_id and the like belong to");
	if (!m->token_url)
		return true;
	if (!is_https(m->token_url))
		return error_set(err, ERROR_FATAL, "token_url does not begin with https://");
	if (!m->client_id)
		return error_set(err, ERROR_FATAL, "token_url goes with client_id");
	if (!secret_is_given(&m->refresh_token_from) && !secret_is_given(&m->client_secret_from))
		return error_set(err, ERROR_FATAL,
				 "token_url goes with refresh_token_file, client_secret_file or "
				 "both");
	return true;
}

static bool check_login(const struct mailbox_config *m, struct error *err)
{
	const bool password = secret_is_given(&m->password_from), token = token_is_given(m);
	const bool wants_token =
		m->auth == MAILBOX_AUTH_XOAUTH2 || m->auth == MAILBOX_AUTH_OAUTHBEARER;

	if (!m->client_cert_file != !m->client_key_file)
		return error_set(err, ERROR_FATAL,
				 "client_cert_file and client_key_file go together");
	if (password && token)
		return error_set(err, ERROR_FATAL,
				 "give password_file or a token, not both");
	if (wants_token && !token)
		return error_set(err, ERROR_FATAL,
				 "auth goes with token_file, token_command or token_url");
	if (m->auth == MAILBOX_AUTH_EXTERNAL && !m->client_cert_file)
		return error_set(err, ERROR_FATAL, "auth = external goes with client_cert_file");
	if (m->auth != MAILBOX_AUTH_AUTO && m->auth != MAILBOX_AUTH_EXTERNAL && !wants_token &&
	    token)
		return error_set(err, ERROR_FATAL, "auth is for passwords, and a token is given");
	return check_token(m, err);
}

static bool check_imap(const struct mailbox_config *m, struct error *err)
{
	if (!m->host || !m->user)
		return error_set(err, ERROR_FATAL, "%s is missing", m->host ? "user" : "host");
	if (m->port > UINT16_MAX)
		return error_set(err, ERROR_FATAL, "port is above 65535");
	return check_login(m, err);
}

bool mailbox_config_check(struct mailbox_config *mailbox, struct error *err)
{
	bool good = true;

	if (mailbox->source == SOURCE_IMAP)
		good = check_imap(mailbox, err);
	else if (!mailbox->path)
		good = error_set(err, ERROR_FATAL, "path is missing");
	return good || error_context(err, "[mailbox %s]", mailbox->name);
}

bool mailbox_config_secrets(struct mailbox_config *mailbox, struct arena *arena,
			    struct error *err)
{
	if (mailbox->source != SOURCE_IMAP)
		return true;
	if (!secret_read(&mailbox->password_from, "password", arena, &mailbox->password, err))
		return error_context(err, "[mailbox %s]", mailbox->name);
	if (!mailbox->password && !token_is_given(mailbox) && !mailbox->client_cert_file)
		return error_set(err, ERROR_FATAL, "[mailbox %s]: password_file is missing",
				 mailbox->name);
	return true;
}
