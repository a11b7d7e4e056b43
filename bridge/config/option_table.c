/* option_table.c - every option of the configuration file
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/limits.h"
#include "bridge/config/config.h"
#include "bridge/config/option.h"

static const struct option_word mailbox_sources[] = {
	{ "imap", SOURCE_IMAP, NULL },
	{ "maildir", SOURCE_MAILDIR, NULL },
	{ "kafka", SOURCE_KAFKA, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word output_types[] = {
	{ "elasticsearch", OUTPUT_ELASTICSEARCH, NULL },
	{ "file", OUTPUT_FILE, NULL },
	{ "kafka", OUTPUT_KAFKA, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word file_formats[] = {
	{ "bulk", FILE_BULK, NULL },
	{ "ndjson", FILE_NDJSON, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word log_formats[] = {
	{ "logfmt", LOG_FORMAT_LOGFMT, NULL },
	{ "json", LOG_FORMAT_JSON, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word log_levels[] = {
	{ "error", LOG_LEVEL_ERROR, NULL },
	{ "warning", LOG_LEVEL_WARNING, NULL },
	{ "info", LOG_LEVEL_INFO, NULL },
	{ "debug", LOG_LEVEL_DEBUG, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word personal_words[] = {
	{ "minimal", PERSONAL_MINIMAL, NULL },
	{ "hashed", PERSONAL_HASHED, NULL },
	{ "full", PERSONAL_FULL, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word housekeeping_words[] = {
	{ "auto", HOUSEKEEPING_AUTO, NULL },
	{ "yes", HOUSEKEEPING_YES, NULL },
	{ "no", HOUSEKEEPING_NO, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word tls_words[] = {
	{ "implicit", MAILBOX_TLS_IMPLICIT, NULL },
	{ "starttls", MAILBOX_TLS_STARTTLS, NULL },
	{ "none", MAILBOX_TLS_NONE, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word auth_words[] = {
	{ "auto", MAILBOX_AUTH_AUTO, NULL },
	{ "login", MAILBOX_AUTH_LOGIN, NULL },
	{ "plain", MAILBOX_AUTH_PLAIN, NULL },
	{ "scram-sha-256", MAILBOX_AUTH_SCRAM_SHA_256, NULL },
	{ "xoauth2", MAILBOX_AUTH_XOAUTH2, NULL },
	{ "oauthbearer", MAILBOX_AUTH_OAUTHBEARER, NULL },
	{ "external", MAILBOX_AUTH_EXTERNAL, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word dispositions[] = {
	{ "move", MAILBOX_MOVE, NULL },
	{ "delete", MAILBOX_DELETE, NULL },
	{ "mark", MAILBOX_MARK, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word unrelated_words[] = {
	{ "leave", MAILBOX_UNRELATED_LEAVE, NULL },
	{ "move", MAILBOX_UNRELATED_MOVE, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word products[] = {
	{ "auto", FLAVOUR_UNKNOWN, NULL },
	{ "elasticsearch", FLAVOUR_ELASTICSEARCH, NULL },
	{ "opensearch", FLAVOUR_OPENSEARCH, NULL },
	{ "serverless", FLAVOUR_SERVERLESS, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word schemas[] = {
	{ "ecs", SCHEMA_ECS, NULL },
	{ "parsedmarc", SCHEMA_PARSEDMARC, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word periods[] = {
	{ "month", INDEX_MONTH, NULL },
	{ "year", INDEX_YEAR, NULL },
	{ NULL, 0, NULL },
};
/* Named as in librdkafka. */
static const struct option_word sasl_words[] = {
	{ "none", 0, NULL },
	{ "plain", 0, "PLAIN" },
	{ "scram-sha-256", 0, "SCRAM-SHA-256" },
	{ "scram-sha-512", 0, "SCRAM-SHA-512" },
	{ NULL, 0, NULL },
};
/* clang-format off */
static const struct option_word compressions[] = {
	{ "none", 0, "none" },
	{ "gzip", 0, "gzip" },
	{ "snappy", 0, "snappy" },
	{ "lz4", 0, "lz4" },
	{ "zstd", 0, "zstd" },
	{ NULL, 0, NULL },
};
/* clang-format on */

static const struct option_word notify_types[] = {
	{ "mail", NOTIFY_MAIL, NULL },
	{ "webhook", NOTIFY_WEBHOOK, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word scopes[] = {
	{ "tenants", NOTIFY_TENANTS, NULL },
	{ "operator", NOTIFY_OPERATOR, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word severities[] = {
	{ "critical", SEVERITY_CRITICAL, NULL },
	{ "warning", SEVERITY_WARNING, NULL },
	{ "notice", SEVERITY_NOTICE, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word forms[] = {
	{ "json", FORM_JSON, NULL },
	{ "slack", FORM_SLACK, NULL },
	{ "teams", FORM_TEAMS, NULL },
	{ "ntfy", FORM_NTFY, NULL },
	{ NULL, 0, NULL },
};
static const struct option_word digest_periods[] = {
	{ "week", EVERY_WEEK, NULL },
	{ "month", EVERY_MONTH, NULL },
	{ NULL, 0, NULL },
};

/* clang-format off */
#define ROW(section_, struct_, types_, type_, key_, member_, ...) \
	{ .section = section_, .key = key_, .types = types_, .type = OPTION_##type_, \
	  .offset = offsetof(struct struct_, member_), \
	  .size = sizeof(((struct struct_ *)NULL)->member_), __VA_ARGS__ }
/* clang-format on */
#define BRIDGE(type, key, member, ...) \
	ROW("bridge", bridge_config, 0, type, key, member, __VA_ARGS__)
#define ENRICH(type, key, member, ...) \
	ROW("enrich", enrich_settings, 0, type, key, member, __VA_ARGS__)
#define SCHEDULE(type, key, member, ...) \
	ROW("schedule", schedule_config, 0, type, key, member, __VA_ARGS__)
#define SCHEDULED(id, name, when, ...)                                                 \
	SCHEDULE(CALENDAR, name, commands[SCHEDULED_##id].at, .meaning = when),        \
		SCHEDULE(ARGUMENTS, name "_options", commands[SCHEDULED_##id].options, \
			 .meaning = "further options of that command"),
#define TENANT(type, key, member, ...) \
	ROW("tenant", tenant_config, 0, type, key, member, __VA_ARGS__)
#define MAIL(type, key, member, ...) ROW("mail", mail_config, 0, type, key, member, __VA_ARGS__)
#define SERVICE(type, key, member, ...) \
	ROW("service", service_config, 0, type, key, member, __VA_ARGS__)
#define NOTIFY_OF(types, type, key, member, ...) \
	ROW("notify", notify_config, types, type, key, member, __VA_ARGS__)
#define NOTIFY(...) NOTIFY_OF(0, __VA_ARGS__)
#define WEBHOOK(...) NOTIFY_OF(1u << NOTIFY_WEBHOOK, __VA_ARGS__)
#define DIGEST(type, key, member, ...) \
	ROW("digest", digest_config, 0, type, key, member, __VA_ARGS__)
#define MAILBOX_OF(types, type, key, member, ...) \
	ROW("mailbox", mailbox_config, types, type, key, member, __VA_ARGS__)
#define MAILBOX(...) MAILBOX_OF(0, __VA_ARGS__)
#define IMAP(...) MAILBOX_OF(1u << SOURCE_IMAP, __VA_ARGS__)
#define MAILDIR(...) MAILBOX_OF(1u << SOURCE_MAILDIR, __VA_ARGS__)
#define STREAM(...) MAILBOX_OF(1u << SOURCE_KAFKA, __VA_ARGS__)
#define REMOTE(...) MAILBOX_OF(1u << SOURCE_IMAP | 1u << SOURCE_KAFKA, __VA_ARGS__)
/* The settings of sources that store mail have this member. */
#define BOTH(type, key, member, ...) \
	IMAP(type, key, imap.member, __VA_ARGS__), MAILDIR(type, key, maildir.member, __VA_ARGS__)

#define ELASTIC (1u << OUTPUT_ELASTICSEARCH)
#define INDEXED (ELASTIC | 1u << OUTPUT_FILE)
#define OUTPUT_OF(types, type, key, member, ...) \
	ROW("output", output_config, types, type, key, member, __VA_ARGS__)
#define OUTPUT(...) OUTPUT_OF(0, __VA_ARGS__)
#define SERVER(...) OUTPUT_OF(ELASTIC, __VA_ARGS__)
#define TOPIC(...) OUTPUT_OF(1u << OUTPUT_KAFKA, __VA_ARGS__)
#define FILES(...) OUTPUT_OF(1u << OUTPUT_FILE, __VA_ARGS__)

#define SECRET(row, key, from, what)                                                             \
	row(PATH, key "_file", from.file, .meaning = "file whose first line is " what),          \
		row(TEXT, key "_command", from.command, .meaning = "command that prints " what), \
		row(TEXT, key "_env", from.env,                                                  \
		    .meaning = "environment variable that holds " what)
/* Kafka supports some login methods of search servers. */
#define EITHER_LOGIN(type, key, member, ...) \
	OUTPUT_OF(ELASTIC | 1u << OUTPUT_KAFKA, type, key, login.member, __VA_ARGS__)
#define RUN_LOGIN(type, key, member, ...) SERVER(type, key, login.member, __VA_ARGS__)
#define SETUP_LOGIN(type, key, member, ...) \
	SERVER(type, "setup_" key, setup_login.member, __VA_ARGS__)
#define READER_LOGIN(type, key, member, ...) \
	SERVER(type, "reader_" key, reader_login.member, __VA_ARGS__)
#define PASSWORD_LOGIN(row, user_meaning)                                  \
	row(TEXT, "user", as.user, .meaning = user_meaning),               \
		SECRET(row, "password", password_from, "the password"),    \
		row(PATH, "client_cert_file", as.client_cert_file,         \
		    .meaning = "certificate to show to the server (PEM)"), \
		row(PATH, "client_key_file", as.client_key_file,           \
		    .meaning = "its private key (PEM)")
#define KEY_LOGIN(row)                                                                       \
	SECRET(row, "api_key", api_key_from, "an API key (id:key or encoded)"),              \
		SECRET(row, "token", token_from, "a bearer token"),                          \
		row(TEXT, "aws_sigv4", as.aws_sigv4,                                         \
		    .meaning = "region/service, such as eu-west-1/es: requests are signed"), \
		SECRET(row, "aws_access_key", aws_access_key_from, "the access key id"),     \
		SECRET(row, "aws_secret_key", aws_secret_key_from, "the secret access key"), \
		SECRET(row, "aws_session_token", aws_session_token_from,                     \
		       "the session token of temporary keys")

const struct option options[] = {
	BRIDGE(PATH, "state_directory", state_directory,
	       .meaning = "dead letters, and documents when there is no output; default: "
			  "$STATE_DIRECTORY, else /var/lib/reportbridge"),
	BRIDGE(PATH, "tenants_file", tenants_file,
	       .meaning = "file with further domains of tenants, one line 'domain tenant' each"),
	BRIDGE(CHOICE, "log_format", log_format, .initial = "logfmt", .words = log_formats,
	       .meaning = "form of the log lines"),
	BRIDGE(CHOICE, "log_level", log_level, .initial = "info", .words = log_levels,
	       .meaning = "write lines of this level and of more important ones"),
	BRIDGE(LIST, "trusted_authserv", trusted_authserv,
	       .meaning = "hosts whose Authentication-Results are trusted"),
	BRIDGE(YES_NO, "verify_dkim", verify_dkim, .initial = "no",
	       .meaning = "yes: verify signatures of report mail where those hosts report "
			  "nothing"),
	BRIDGE(TEXT, "dkim_name_servers", dkim_name_servers,
	       .meaning =
		       "name servers for DKIM keys, such as 127.0.0.1:53; default: those of the system"),
	BRIDGE(CHOICE, "failure_personal", failure_personal, .initial = "minimal",
	       .words = personal_words,
	       .meaning =
		       "personal data in failure documents: only domains, pseudonyms, or addresses"),
	BRIDGE(PATH, "failure_key_file", failure_key_from.file,
	       .meaning = "file with the secret for the pseudonyms of failure_personal = hashed"),
	BRIDGE(BYTES, "max_unpacked", max_unpacked, .initial = "256MiB",
	       .meaning =
		       "unpacked bytes of one mail, all parts together; more is rejected as too-large"),
	BRIDGE(TEXT, "listen", listen,
	       .meaning =
		       "address (127.0.0.1:9464) or Unix socket for metrics and status, or none; "
		       "default: status.sock in the state directory"),
	BRIDGE(TIME, "ready_within", ready_within_ms, .initial = "5m",
	       .meaning = "how late a mailbox or output may be served and still count as ready"),
	BRIDGE(YES_NO, "metrics_per_tenant", metrics_per_tenant, .initial = "no",
	       .meaning = "yes: /metrics also has documents and reports of each tenant"),
	BRIDGE(NUMBER, "workers", workers, .initial = "1", .maximum = CONFIG_WORKERS_MAX,
	       .meaning = "processes that share the mailboxes; 0: all in the foreground, without "
			  "a supervisor"),
	BRIDGE(CHOICE, "housekeeping", housekeeping, .initial = "auto", .words = housekeeping_words,
	       .meaning = "yes: this bridge starts the commands of [schedule]; auto: unless its "
			  "mailboxes are shards other than the first"),

	ENRICH(PATHS, "databases", databases,
	       .meaning =
		       "MMDB files with country, place and network of addresses, the preferred one first"),
	ENRICH(YES_NO, "reverse_dns", reverse_dns, .initial = "yes",
	       .meaning = "yes: look up the names of source addresses"),
	ENRICH(TEXT, "resolvers", resolvers,
	       .meaning =
		       "name servers for these lookups, such as 127.0.0.1:53; default: those of the system"),
	ENRICH(TIME, "budget", budget_ms, .initial = "5s",
	       .meaning = "longest time a batch of mails waits for names; later ones are left out"),
	ENRICH(YES_NO, "offline", offline, .initial = "no",
	       .meaning = "yes: no lookups, names come only from the cache"),
	ENRICH(PATH, "senders_file", senders_file,
	       .meaning =
		       "rules that name sending services, before those that come with the program"),
	ENRICH(PATH, "map_file", map_file,
	       .meaning = "parsedmarc's map of reverse DNS domains, for hosts that no rule names"),

#include "bridge/config/scheduled_table.h"
	SCHEDULE(TIME, "time_limit", time_limit_ms, .initial = "1h", .minimum = 1000,
		 .meaning = "longest time of one run; the bridge stops the command then"),

	MAILBOX(CHOICE, "source", source, .initial = "imap", .words = mailbox_sources,
		.meaning = "kind of mailbox"),
	IMAP(TEXT, "host", imap.host,
	     .meaning = "name of the IMAP server; must match its certificate"),
	IMAP(NUMBER, "port", imap.port, .initial = "0", .maximum = UINT16_MAX,
	     .meaning = "0: 993 for implicit TLS, 143 otherwise"),
	IMAP(CHOICE, "tls", imap.tls, .initial = "implicit", .words = tls_words,
	     .meaning =
		     "starttls is required, never optional; none sends the password in the clear"),
	IMAP(PATH, "ca_file", imap.ca_file,
	     .meaning = "certificates to trust (PEM); default: those of the system"),
	IMAP(TEXT, "user", imap.user, .meaning = "login name"),
	STREAM(LIST, "brokers", kafka.connection.brokers,
	       .meaning = "host:port of some of the brokers"),
	STREAM(TEXT, "topic", kafka.topic, .meaning = "topic whose records are mails"),
	STREAM(TEXT, "group", kafka.group, .initial = "reportbridge",
	       .meaning = "consumer group; bridges with the same group share the topic"),
	STREAM(YES_NO, "kafka_tls", kafka.connection.tls, .initial = "yes",
	       .meaning = "verified TLS; no: mails and password go in the clear"),
	STREAM(PATH, "ca_file", kafka.connection.ca_file,
	       .meaning = "certificates to trust (PEM); default: those of the system"),
	STREAM(WORD, "sasl", kafka.connection.sasl, .initial = "none", .words = sasl_words,
	       .meaning = "SASL mechanism"),
	STREAM(TEXT, "user", kafka.connection.user, .meaning = "login name of SASL"),
	SECRET(REMOTE, "password", password_from, "the password"),
	IMAP(TEXT, "folder", folders, .initial = "INBOX",
	     .meaning = "folder to read, / between levels; several with commas between"),
	BOTH(TEXT, "archive", archive, .initial = "Archive",
	     .meaning = "folder below which Aggregate, Failure, SMTP-TLS and Invalid are kept"),
	MAILDIR(PATH, "path", maildir.path, .meaning = "directory of the Maildir"),
	BOTH(BYTES, "max_mail", max_mail_bytes, .initial = "50MiB",
	     .meaning = "a larger mail is not fetched but set aside in Invalid"),
	STREAM(BYTES, "max_mail", kafka.max_mail_bytes, .initial = "50MiB",
	       .meaning = "a larger mail is set aside unread"),
	MAILBOX(TIME, "poll", poll_ms, .initial = "1m", .minimum = 100,
		.meaning = "time between two polls of the folder"),
	IMAP(TIME, "timeout", imap.timeout_ms, .initial = "30s",
	     .meaning = "longest silence of the server"),
	STREAM(TIME, "timeout", kafka.timeout_ms, .initial = "30s", .minimum = 1000,
	       .meaning = "longest wait for an answer of the brokers"),
	IMAP(CHOICE, "auth", imap.auth, .initial = "auto", .words = auth_words,
	     .meaning = "how to log in; auto: the best that the server offers for what is given"),
	IMAP(PATH, "client_cert_file", imap.client_cert_file,
	     .meaning = "certificate that TLS shows to the server (PEM)"),
	IMAP(PATH, "client_key_file", imap.client_key_file, .meaning = "its private key (PEM)"),
	STREAM(PATH, "client_cert_file", kafka.connection.client_cert_file,
	       .meaning = "certificate that TLS shows to the brokers (PEM)"),
	STREAM(PATH, "client_key_file", kafka.connection.client_key_file,
	       .meaning = "its private key (PEM)"),
	IMAP(PATH, "token_file", token.token_from.file,
	     .meaning = "file that holds an OAuth access token; read at every login"),
	IMAP(TEXT, "token_command", token.token_from.command,
	     .meaning = "command that prints an access token; run at every login"),
	IMAP(TEXT, "token_env", token.token_from.env,
	     .meaning = "environment variable that holds an access token"),
	IMAP(TEXT, "token_url", token.url,
	     .meaning = "token endpoint of the provider, asked for access tokens"),
	IMAP(TEXT, "device_url", token.device_url,
	     .meaning = "device authorization endpoint of the provider, for the command login"),
	IMAP(PATH, "token_ca_file", token.ca_file,
	     .meaning = "certificates to trust for token_url (PEM); default: those of the system"),
	IMAP(TEXT, "token_scope", token.scope, .meaning = "scope to request from token_url"),
	IMAP(TEXT, "client_id", token.client_id,
	     .meaning = "the id under which the provider knows this program"),
	SECRET(IMAP, "client_secret", token.client_secret_from, "the secret of client_id"),
	IMAP(PATH, "refresh_token_file", token.refresh_token_from.file,
	     .meaning =
		     "file that holds a refresh token; replaced when the provider issues a new one"),
	IMAP(TEXT, "refresh_token_command", token.refresh_token_from.command,
	     .meaning = "command that prints a refresh token"),
	IMAP(TEXT, "refresh_token_env", token.refresh_token_from.env,
	     .meaning = "environment variable that holds a refresh token"),
	BOTH(CHOICE, "aggregate", dispositions[MAIL_AGGREGATE], .initial = "move",
	     .words = dispositions,
	     .meaning = "what happens to mail with DMARC aggregate reports once they are stored"),
	BOTH(CHOICE, "failure", dispositions[MAIL_FAILURE], .initial = "move",
	     .words = dispositions, .meaning = "the same for DMARC failure reports"),
	BOTH(CHOICE, "smtp_tls", dispositions[MAIL_SMTP_TLS], .initial = "move",
	     .words = dispositions, .meaning = "the same for SMTP TLS reports"),
	BOTH(CHOICE, "invalid", dispositions[MAIL_INVALID], .initial = "move",
	     .words = dispositions,
	     .meaning = "the same for mail that could not be used; not delete"),
	BOTH(CHOICE, "unrelated", unrelated, .initial = "leave", .words = unrelated_words,
	     .meaning = "what happens to mail in which nothing looks like a report"),
	IMAP(TEXT, "keyword", imap.keyword, .initial = "$ReportBridge",
	     .meaning = "keyword that marks mail; marked mail is not read again"),
	MAILBOX_OF(
		1u << SOURCE_IMAP | 1u << SOURCE_MAILDIR, TEXT, "since", since,
		.meaning =
			"older mail is not read: a day such as 2026-01-31 or an age such as 30d"),
	IMAP(TIME, "retention", imap.retention_ms, .initial = "0s",
	     .meaning = "mail of this age is deleted from the folders below archive; 0s: never"),
	IMAP(TEXT, "shard", shard,
	     .meaning = "i/n: this bridge is number i of n that divide the folder"),
	BOTH(YES_NO, "examine", examine, .initial = "no",
	     .meaning = "yes: reports are stored, but nothing in the mailbox is changed"),
	IMAP(TIME, "idle", imap.idle_ms, .initial = "25m",
	     .meaning = "IDLE is renewed after this long; 0s: no IDLE, only polls"),
	MAILBOX(LIST, "outputs", outputs,
		.meaning = "names of the outputs of this mailbox; default: all"),

	OUTPUT(CHOICE, "type", type, .initial = "elasticsearch", .words = output_types,
	       .meaning = "elasticsearch also means OpenSearch"),
	SERVER(CHOICE, "product", product, .initial = "auto", .words = products,
	       .meaning = "auto: ask the server"),
	SERVER(LIST, "urls", elastic.urls, .meaning = "servers, the preferred one first"),
	SERVER(TEXT, "cloud_id", cloud_id, .meaning = "of Elastic Cloud, in place of urls"),
	SERVER(PATH, "ca_file", elastic.ca_file,
	       .meaning = "certificates to trust (PEM); default: those of the system"),
	TOPIC(PATH, "ca_file", kafka.connection.ca_file,
	      .meaning = "certificates to trust (PEM); default: those of the system"),
	PASSWORD_LOGIN(EITHER_LOGIN, "user of basic authentication, or of SASL"),
	KEY_LOGIN(RUN_LOGIN),
	SERVER(TEXT, "kibana_url", kibana_url,
	       .meaning = "Kibana or OpenSearch Dashboards, where setup makes a space per tenant "
			  "with dashboards and alert rules; default: that of cloud_id, else none"),
	PASSWORD_LOGIN(SETUP_LOGIN,
		       "login of setup, retention, tenant and enrich; default: that of run"),
	KEY_LOGIN(SETUP_LOGIN),
	PASSWORD_LOGIN(READER_LOGIN, "login of report, senders, domain --with-reports, notify and "
				     "digest; default: that of run"),
	KEY_LOGIN(READER_LOGIN),
	FILES(PATH, "directory", file.directory,
	      .meaning = "directory of the files, one per index"),
	FILES(CHOICE, "format", file.format, .initial = "bulk", .words = file_formats,
	      .meaning =
		      "bulk: each document after its action line, to be posted to _bulk; ndjson: each "
		      "document a line, with _index and _id in front"),
	OUTPUT(CHOICE, "schema", naming.schema, .initial = "ecs", .words = schemas,
	       .meaning =
		       "names and shapes of documents and indices: ours, or those of parsedmarc"),
	OUTPUT_OF(INDEXED, TEXT, "index_prefix", naming.prefix, .may_be_empty = true,
		  .meaning = "first part of every index name; default: reportbridge, and nothing "
			     "for schema parsedmarc"),
	OUTPUT(TEXT, "index_suffix", naming.suffix,
	       .meaning = "schema parsedmarc: follows the kind in names of indices and topics"),
	OUTPUT_OF(INDEXED, YES_NO, "monthly_indexes", naming.monthly, .initial = "no",
		  .meaning = "schema parsedmarc: an index per month, not per day"),
	OUTPUT_OF(
		INDEXED, CHOICE, "index_period", naming.period, .initial = "month",
		.words = periods,
		.meaning = "time that one index spans; not to be changed once there are documents"),
	SERVER(TIME, "retention", retention_ms, .initial = "0d",
	       .meaning = "minimum time that documents are kept, such as 400d; 0d: for ever"),
	SERVER(NUMBER, "connections", elastic.connections, .initial = "2", .minimum = 1,
	       .maximum = 32,
	       .meaning = "most requests at once, 1 to 32; fewer while the server is busy"),
	SERVER(NUMBER, "gzip_level", elastic.gzip_level, .initial = "1", .maximum = 9,
	       .meaning = "0 to 9; 0: not compressed"),
	SERVER(TIME, "timeout", elastic.timeout_ms, .initial = "90s",
	       .meaning = "longest time of one request"),
	TOPIC(TIME, "timeout", kafka.timeout_ms, .initial = "90s",
	      .meaning = "longest time of one request"),
	SERVER(TIME, "retry", elastic.retry_ms, .initial = "2m",
	       .meaning = "how long to retry a batch before its mails are left for the next poll"),
	TOPIC(LIST, "brokers", kafka.connection.brokers,
	      .meaning = "host:port of some of the brokers"),
	TOPIC(TEXT, "topic_prefix", naming.prefix, .may_be_empty = true,
	      .meaning = "first part of every topic, followed by the kind of document; default: "
			 "reportbridge-"),
	TOPIC(YES_NO, "kafka_tls", kafka.connection.tls, .initial = "yes",
	      .meaning = "verified TLS; no: documents and password go in the clear"),
	TOPIC(WORD, "sasl", kafka.connection.sasl, .initial = "none", .words = sasl_words,
	      .meaning = "SASL mechanism"),
	TOPIC(WORD, "compression", kafka.compression, .initial = "lz4", .words = compressions,
	      .meaning = "of batches of messages"),
	FILES(BYTES, "rotate_bytes", file.rotate_bytes, .initial = "0",
	      .meaning = "begin a new file when this one is as large; 0: never for its size"),
	FILES(TIME, "rotate_after", file.rotate_after_ms, .initial = "0s",
	      .meaning = "begin a new file when this one is as old; 0s: never for its age"),
	FILES(NUMBER, "keep", file.keep, .initial = "10", .maximum = 1000,
	      .meaning = "rotated files that are kept"),
	FILES(YES_NO, "rotate_gzip", file.compress, .initial = "no",
	      .meaning = "compress rotated files"),
	OUTPUT(YES_NO, "required", required, .initial = "yes",
	       .meaning = "yes: mails wait until it has their documents; no: documents that it "
			  "does not accept are missed"),

	TENANT(LIST, "domains", domains,
	       .meaning = "domains of the tenant, with all names below them"),
	TENANT(NAMES, "senders", senders,
	       .meaning =
		       "senders it has approved: names of services, networks, domains, separated by commas"),
	TENANT(TIME, "retention", retention_ms, .initial = "0d",
	       .meaning =
		       "minimum time that its documents are kept; 0d: the retention of the output"),
	TENANT(LIST, "contact", contact, .meaning = "addresses for its notifications and digests"),

	MAIL(TEXT, "host", host, .meaning = "SMTP server for mail to people"),
	MAIL(NUMBER, "port", port, .initial = "0", .maximum = 65535,
	     .meaning = "0: 587 for starttls, 465 for implicit TLS, 25 otherwise"),
	MAIL(CHOICE, "tls", tls, .initial = "starttls", .words = tls_words,
	     .meaning =
		     "starttls is required, never optional; none is allowed only without a login"),
	MAIL(PATH, "ca_file", ca_file,
	     .meaning = "certificates to trust (PEM); default: those of the system"),
	MAIL(TEXT, "user", user, .meaning = "login name; default: no login"),
	SECRET(MAIL, "password", password_from, "the password"),
	MAIL(TEXT, "from", from, .meaning = "address of the sender"),
	MAIL(TIME, "timeout", timeout_ms, .initial = "2m", .minimum = 1000,
	     .meaning = "longest time for one message"),

	SERVICE(TEXT, "service_name", name,
		.meaning = "name shown on pages and in mails; default: reportbridge"),
	SERVICE(PATH, "logo_file", logo_file,
		.meaning = "image beside it: PNG, JPEG or SVG (not in mail) of 256 KiB at most"),
	SERVICE(TEXT, "footer", footer,
		.meaning =
			"line below digests and notifications, such as an address for questions"),
	SERVICE(TEXT, "page_url", page_url,
		.meaning = "where the page is served; {tenant} stands for the tenant's name"),

	NOTIFY(CHOICE, "type", type, .initial = "mail", .words = notify_types,
	       .meaning = "mail goes through [mail]; webhook is a JSON POST"),
	NOTIFY(CHOICE, "scope", scope, .initial = "tenants", .words = scopes,
	       .meaning =
		       "tenants: one message for each; operator: one for all, and about mailboxes, "
		       "outputs and reporters in trouble"),
	NOTIFY(LIST, "tenants", tenants, .meaning = "names of tenants; default: all"),
	NOTIFY(CHOICE, "severity", severity, .initial = "warning", .words = severities,
	       .meaning = "findings of this severity or a worse one"),
	NOTIFY(LIST, "states", states, .initial = "new, worse, resolved",
	       .meaning = "changes that cause a message: new, worse, better, resolved"),
	NOTIFY(TIME, "min_age", min_age_ms, .initial = "15m",
	       .meaning = "how long a change must last before it causes a message"),
	NOTIFY(NUMBER, "max_per_hour", max_per_hour, .initial = "60", .minimum = 1,
	       .maximum = 10000, .meaning = "most messages in an hour; the others wait"),
	NOTIFY_OF(1u << NOTIFY_MAIL, LIST, "to", to,
		  .meaning = "addresses; default: contact of the tenant"),
	WEBHOOK(CHOICE, "form", form, .initial = "json", .words = forms,
		.meaning = "body of the request"),
	WEBHOOK(TEXT, "url", url, .meaning = "URL to post to; for ntfy it ends in the topic"),
	SECRET(WEBHOOK, "url", url_from, "the URL"),
	SECRET(WEBHOOK, "token", token_from, "a bearer token"),
	WEBHOOK(PATH, "ca_file", ca_file,
		.meaning = "certificates to trust (PEM); default: those of the system"),
	WEBHOOK(TIME, "timeout", timeout_ms, .initial = "30s", .minimum = 1000,
		.meaning = "longest time of one request"),

	DIGEST(CHOICE, "every", every, .initial = "week", .words = digest_periods,
	       .meaning = "week: on Mondays, month: on the first, UTC"),
	DIGEST(LIST, "tenants", tenants, .meaning = "names of tenants; default: all"),
	DIGEST(LIST, "to", to, .meaning = "addresses; default: contact of the tenant"),
	{ .section = NULL },
};
