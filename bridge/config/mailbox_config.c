/* mailbox_config.c - what must be true of a [mailbox] section
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/mailbox_config.h"

#include <stdio.h>
#include <string.h>

#include "base/datetime.h"
#include "base/strbuf.h"
#include "bridge/config/option.h"
#include "bridge/config/secret.h"
#include "bridge/config/token.h"
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

/* "2/4": the second of four. */
static bool read_shard(struct mailbox_config *m, struct error *err)
{
	uint64_t number, of;
	struct slice rest, first;

	if (!m->shard)
		return true;
	first = slice_trim(slice_split(slice_of(m->shard), '/', &rest));
	if (!slice_to_uint(first, UINT32_MAX, &number) ||
	    !slice_to_uint(slice_trim(rest), UINT32_MAX, &of) || number < 1 || number > of)
		return error_set(err, ERROR_FATAL, "shard is i/n, from 1/n to n/n");
	m->shard_number = (uint32_t)number - 1;
	m->shards = (uint32_t)of;
	return true;
}

static bool read_since(struct mailbox_config *m, struct error *err)
{
	char midnight[sizeof("2026-01-31T00:00:00Z")];
	bool no_zone;

	if (!m->since || option_read_time(slice_of(m->since), &m->since_age_ms))
		return true;
	if (strlen(m->since) == strlen("2026-01-31")) {
		snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", m->since);
		if (datetime_parse(slice_of(midnight), &m->since_unix, &no_zone))
			return true;
	}
	return error_set(err, ERROR_FATAL, "since: not a day such as 2026-01-31 or an age such as 30d");
}

static bool any_is(const struct mailbox_config *m, enum mailbox_disposition disposition)
{
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		if (m->dispositions[fate] == disposition)
			return true;
	return false;
}

/* An atom (RFC 3501 section 9), to go into commands as it is. */
static bool is_keyword(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("(){%*\"\\]", *p))
			return false;
	return *text != '\0';
}

static bool check_dispositions(struct mailbox_config *m, struct error *err)
{
	if (m->dispositions[MAIL_INVALID] == MAILBOX_DELETE)
		return error_set(err, ERROR_FATAL,
				 "invalid = delete would lose what could not be read: move or mark");
	if (any_is(m, MAILBOX_MARK) && !is_keyword(m->keyword))
		return error_set(err, ERROR_FATAL, "keyword: not an IMAP keyword");
	if (m->retention_ms > 0 && m->retention_ms < 86400 * 1000)
		return error_set(err, ERROR_FATAL, "retention is a day (1d) at least");
	if (m->retention_ms > 0 && !any_is(m, MAILBOX_MOVE))
		return error_set(err, ERROR_FATAL, "retention without a folder that mail is moved to");
	/* One of the bridges and one of the mailboxes see to the archive. */
	if (m->shard_number > 0)
		m->retention_ms = 0;
	return read_since(m, err);
}

/* The first thing asked for that a Maildir does not have; NULL: none. */
static const char *only_of_imap(const struct mailbox_config *m)
{
	const struct {
		const char *name;
		bool asked_for;
	} things[] = {
		{ "host", m->host },
		{ "user", m->user },
		{ "folder", strcmp(m->folders, "INBOX") != 0 },
		{ "shard", m->shard },
		{ "retention", m->retention_ms > 0 },
		{ "mark", any_is(m, MAILBOX_MARK) },
	};

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
		if (things[i].asked_for)
			return things[i].name;
	return NULL;
}

static bool check_maildir(const struct mailbox_config *m, struct error *err)
{
	if (!m->path)
		return error_set(err, ERROR_FATAL, "path is missing");
	if (only_of_imap(m))
		return error_set(err, ERROR_FATAL, "%s is for IMAP, not for a Maildir",
				 only_of_imap(m));
	return true;
}

static bool check_imap(const struct mailbox_config *m, struct error *err)
{
	if (!m->host || !m->user)
		return error_set(err, ERROR_FATAL, "%s is missing", m->host ? "user" : "host");
	if (m->path)
		return error_set(err, ERROR_FATAL, "path is for source = maildir");
	if (m->port > UINT16_MAX)
		return error_set(err, ERROR_FATAL, "port is above 65535");
	return check_login(m, err);
}

/* Only one folder is watched by a connection, so each gets one. */
static bool divide_folders(struct mailbox_config *m, struct arena *arena, struct error *err)
{
	struct slice folder, rest = slice_of(m->folders);
	struct mailbox_config *further;

	for (struct mailbox_config *last = NULL; rest.data;) {
		folder = slice_trim(slice_split(rest, ',', &rest));
		if (folder.size == 0)
			return error_set(err, ERROR_FATAL, "folder: a name is missing");
		if (!last) {
			last = m;
		} else {
			further = arena_alloc(arena, sizeof(*further));
			*further = *m;
			further->is_further = true;
			further->retention_ms = 0;
			further->next = last->next;
			last = last->next = further;
		}
		last->folder = arena_text(arena, folder);
	}
	return true;
}

static void name_folders(struct mailbox_config *m, struct arena *arena)
{
	const char *const name = m->name;
	struct strbuf text;

	strbuf_init(&text, 8192);
	for (; m && (m->name == name); m = m->next) {
		strbuf_reset(&text);
		strbuf_add_format(&text, "%s/%s", name, m->folder);
		m->name = arena_text(arena, strbuf_slice(&text));
	}
	strbuf_release(&text);
}

bool mailbox_config_check(struct mailbox_config *mailbox, struct arena *arena,
			  struct error *err)
{
	const bool good = read_shard(mailbox, err) && check_dispositions(mailbox, err) &&
			  (mailbox->source == SOURCE_IMAP ? check_imap : check_maildir)(mailbox,
											err) &&
			  divide_folders(mailbox, arena, err);

	if (!good)
		return error_context(err, "[mailbox %s]", mailbox->name);
	if (mailbox->next && mailbox->next->is_further)
		name_folders(mailbox, arena);
	return true;
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
