/* mailbox_config.c - checks a [mailbox] section
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/mailbox_config.h"

#include <stdio.h>
#include <string.h>

#include "base/datetime.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/config/kafka_config.h"
#include "bridge/config/option.h"
#include "bridge/config/secret.h"
#include "bridge/config/token.h"
#include "mailbox/mailbox.h"

/* librdkafka's limit of an answer, which is larger than a mail in it. */
#define KAFKA_MAIL_MAX (1024 * MIB)
#define PORT_IMAPS 993
#define PORT_IMAP 143

static bool is_https(const char *url)
{
	return slice_starts_with(slice_of(url), "https://") ||
	       slice_starts_with(slice_of(url), "http://127.0.0.1:");
}

static bool check_token(const struct token_config *token, struct error *err)
{
	const bool endpoint = token->client_id || secret_is_given(&token->client_secret_from) ||
			      secret_is_given(&token->refresh_token_from) || token->scope ||
			      token->ca_file || token->device_url;

	if (token->url && secret_is_given(&token->token_from))
		return error_set(err, ERROR_FATAL, "give token_url or token_file, not both");
	if (endpoint && !token->url)
		return error_set(err, ERROR_FATAL,
				 "token_url is missing; client_id and other options need it");
	if (!token->url)
		return true;
	if (!is_https(token->url) || (token->device_url && !is_https(token->device_url)))
		return error_set(err, ERROR_FATAL, "%s does not begin with https://",
				 is_https(token->url) ? "device_url" : "token_url");
	if (!token->client_id)
		return error_set(err, ERROR_FATAL, "token_url goes with client_id");
	if (!secret_is_given(&token->refresh_token_from) &&
	    !secret_is_given(&token->client_secret_from))
		return error_set(err, ERROR_FATAL,
				 "token_url goes with refresh_token_file, client_secret_file or "
				 "both");
	return true;
}

static bool check_login(const struct mailbox_config *m, struct error *err)
{
	const bool password = secret_is_given(&m->password_from), token = token_is_given(&m->token);
	const enum mailbox_auth auth = m->imap.auth;
	const bool wants_token = auth == MAILBOX_AUTH_XOAUTH2 || auth == MAILBOX_AUTH_OAUTHBEARER;

	if (!m->imap.client_cert_file != !m->imap.client_key_file)
		return error_set(err, ERROR_FATAL,
				 "client_cert_file and client_key_file go together");
	if (password && token)
		return error_set(err, ERROR_FATAL, "give password_file or a token, not both");
	if (wants_token && !token)
		return error_set(err, ERROR_FATAL,
				 "auth goes with token_file, token_command or token_url");
	if (auth == MAILBOX_AUTH_EXTERNAL && !m->imap.client_cert_file)
		return error_set(err, ERROR_FATAL, "auth = external goes with client_cert_file");
	if (auth != MAILBOX_AUTH_AUTO && auth != MAILBOX_AUTH_EXTERNAL && !wants_token && token)
		return error_set(err, ERROR_FATAL, "auth is for passwords, and a token is given");
	return check_token(&m->token, err);
}

/* Reads "2/4", the second of four. */
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
	m->imap.shard = (uint32_t)number - 1;
	m->imap.shards = (uint32_t)of;
	return true;
}

static bool read_since(const char *since, int64_t *age_ms, int64_t *unix_seconds, struct error *err)
{
	char midnight[sizeof("2026-01-31T00:00:00Z")];
	bool no_zone;

	if (!since || option_read_time(slice_of(since), age_ms))
		return true;
	if (strlen(since) == strlen("2026-01-31")) {
		snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", since);
		if (datetime_parse(slice_of(midnight), unix_seconds, &no_zone))
			return true;
	}
	return error_set(err, ERROR_FATAL,
			 "since = %s: give a day such as 2026-01-31, or an age such as 30d or 4w",
			 since);
}

static bool any_is(const enum mailbox_disposition *dispositions,
		   enum mailbox_disposition disposition)
{
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		if (dispositions[fate] == disposition)
			return true;
	return false;
}

/* Whether it is an atom (RFC 3501 section 9), which needs no quoting in commands. */
static bool is_keyword(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("(){%*\"\\]", *p))
			return false;
	return *text != '\0';
}

static bool keeps_invalid(const enum mailbox_disposition *dispositions, struct error *err)
{
	return dispositions[MAIL_INVALID] != MAILBOX_DELETE ||
	       error_set(err, ERROR_FATAL,
			 "invalid = delete would lose what could not be read: move or mark");
}

static bool check_maildir(const struct mailbox_config *m, struct error *err)
{
	if (!m->maildir.path)
		return error_set(err, ERROR_FATAL, "path is missing");
	if (any_is(m->maildir.dispositions, MAILBOX_MARK))
		return error_set(err, ERROR_FATAL, "mark is for IMAP, not for a Maildir");
	return keeps_invalid(m->maildir.dispositions, err);
}

/* Users often write URLs or "name:port". */
static bool check_host(const char *host, struct error *err)
{
	const char *colon = strchr(host, ':');

	if (strstr(host, "://"))
		return error_set(
			err, ERROR_FATAL,
			"host = %s: give the name alone; tls and port are options of their own",
			host);
	if (colon && !strchr(colon + 1, ':'))
		return error_set(
			err, ERROR_FATAL,
			"host = %s: give the name alone, and port = %s on a line of its own", host,
			colon + 1);
	return true;
}

static bool check_imap(struct mailbox_config *m, struct error *err)
{
	const enum mailbox_disposition *const dispositions = m->imap.dispositions;

	if (!m->imap.host || !m->imap.user)
		return error_set(err, ERROR_FATAL, "%s is missing", m->imap.host ? "user" : "host");
	if (!check_host(m->imap.host, err) || !read_shard(m, err) ||
	    !keeps_invalid(dispositions, err))
		return false;
	if (any_is(dispositions, MAILBOX_MARK) && !is_keyword(m->imap.keyword))
		return error_set(err, ERROR_FATAL, "keyword: not an IMAP keyword");
	if (m->imap.retention_ms > 0 && m->imap.retention_ms < 86400 * 1000)
		return error_set(err, ERROR_FATAL, "retention is a day (1d) at least");
	if (m->imap.retention_ms > 0 && !any_is(dispositions, MAILBOX_MOVE))
		return error_set(err, ERROR_FATAL,
				 "retention without a folder that mail is moved to");
	/* Only one of the bridges and one of the mailboxes clean the archive. */
	if (m->imap.shard > 0)
		m->imap.retention_ms = 0;
	if (m->imap.port == 0)
		m->imap.port = m->imap.tls == MAILBOX_TLS_IMPLICIT ? PORT_IMAPS : PORT_IMAP;
	return check_login(m, err);
}

/* A connection can watch only one folder, so each folder gets a mailbox. */
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
			further->imap.retention_ms = 0;
			further->next = last->next;
			last = last->next = further;
		}
		last->imap.folder = arena_text(arena, folder);
	}
	return true;
}

/* Settled mails in the source folder would be read again and again. */
static bool check_place(const struct mailbox_config *m, struct error *err)
{
	const struct slice folder = slice_of(m->imap.folder), archive = slice_of(m->imap.archive);
	const struct slice start = { folder.data, archive.size };

	if (m->imap.examine || !any_is(m->imap.dispositions, MAILBOX_MOVE) ||
	    folder.size <= archive.size || folder.data[archive.size] != '/' ||
	    !slice_equal_nocase(start, archive))
		return true;
	return error_set(
		err, ERROR_FATAL,
		"folder = %s lies inside archive = %s, where settled mail goes: choose another "
		"archive, or set examine = yes to read it without moving anything",
		m->imap.folder, m->imap.archive);
}

static void name_folders(struct mailbox_config *m, struct arena *arena)
{
	const char *const name = m->name;
	struct strbuf text;

	strbuf_init(&text, 8192);
	for (; m && (m->name == name); m = m->next) {
		strbuf_reset(&text);
		strbuf_add_format(&text, "%s/%s", name, m->imap.folder);
		m->name = arena_text(arena, strbuf_slice(&text));
	}
	strbuf_release(&text);
}

/* For a source that has folders. */
static bool check_folders(struct mailbox_config *m, struct arena *arena, struct error *err)
{
	m->token.timeout_ms = m->imap.timeout_ms;
	m->token.mailbox = m->section;
	if (!divide_folders(m, arena, err))
		return false;
	for (const struct mailbox_config *one = m; one; one = one->next)
		if (one->section == m->section && !check_place(one, err))
			return false;
	if (m->next && m->next->is_further)
		name_folders(m, arena);
	return true;
}

static bool check_kafka(const struct mailbox_config *m, struct error *err)
{
	const struct kafka_mailbox_settings *kafka = &m->kafka;
	const struct kafka_connection *connection = &kafka->connection;

	if (!kafka_config_check(connection, connection->user, err))
		return false;
	if (!connection->client_cert_file != !connection->client_key_file)
		return error_set(err, ERROR_FATAL,
				 "client_cert_file and client_key_file go together");
	if (!kafka->topic)
		return error_set(err, ERROR_FATAL, "topic is missing");
	if (!*kafka->topic || !kafka_config_is_topic(kafka->topic, 249))
		return error_set(err, ERROR_FATAL,
				 "topic takes letters, digits and . _ -, at most 249");
	if (!*kafka->group)
		return error_set(err, ERROR_FATAL, "group is empty");
	return kafka->max_mail_bytes <= KAFKA_MAIL_MAX ||
	       error_set(err, ERROR_FATAL, "max_mail is 1GiB at most with source = kafka");
}

bool mailbox_config_check(struct mailbox_config *m, struct arena *arena, struct error *err)
{
	struct imap_settings *imap = &m->imap;
	struct maildir_settings *maildir = &m->maildir;
	bool good = false;

	switch (m->source) {
	case SOURCE_IMAP:
		good = read_since(m->since, &imap->since_age_ms, &imap->since, err) &&
		       check_imap(m, err) && check_folders(m, arena, err);
		break;
	case SOURCE_MAILDIR:
		good = read_since(m->since, &maildir->since_age_ms, &maildir->since, err) &&
		       check_maildir(m, err);
		break;
	case SOURCE_KAFKA: good = check_kafka(m, err); break;
	}
	return good || error_context(err, "[mailbox %s]", m->section);
}

bool mailbox_config_secrets(struct mailbox_config *mailbox, struct arena *arena, struct error *err)
{
	struct imap_settings *imap = &mailbox->imap;
	const bool is_kafka = mailbox->source == SOURCE_KAFKA;
	const char **password = is_kafka ? &mailbox->kafka.connection.password : &imap->password;
	bool needs_password;

	if (mailbox->source == SOURCE_MAILDIR)
		return true;
	if (!secret_read(&mailbox->password_from, "password", arena, password, err))
		return error_context(err, "[mailbox %s]", mailbox->name);
	needs_password = is_kafka ? mailbox->kafka.connection.user != NULL
				  : !token_is_given(&mailbox->token) && !imap->client_cert_file;
	if (needs_password && !*password)
		return error_set(err, ERROR_FATAL, "[mailbox %s]: password_file is missing",
				 mailbox->name);
	return true;
}

void mailbox_config_examine(struct mailbox_config *mailbox)
{
	mailbox->imap.examine = mailbox->maildir.examine = mailbox->kafka.examine = true;
}

/* A copy in the arena that nothing else uses. */
static void forget(const char *secret)
{
	if (secret)
		explicit_bzero((char *)(uintptr_t)secret, strlen(secret));
}

void mailbox_config_forget(struct mailbox_config *mailbox)
{
	forget(mailbox->imap.password);
	forget(mailbox->kafka.connection.password);
}
