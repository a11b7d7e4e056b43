/* option_table.c - every option of the configuration file, once
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/limits.h"
#include "bridge/config/config.h"
#include "bridge/config/option.h"

#define ROW(section, type, key, target, member, initial, choices, meaning)			\
	{ section, key, OPTION_##type, offsetof(struct target, member), initial, choices, meaning }
#define BRIDGE(type, key, member, initial, choices, meaning)					\
	ROW("bridge", type, key, bridge_config, member, initial, choices, meaning)
#define MAILBOX(type, key, member, initial, choices, meaning)					\
	ROW("mailbox", type, key, mailbox_config, member, initial, choices, meaning)
#define OUTPUT(type, key, member, initial, choices, meaning)					\
	ROW("output", type, key, output_config, member, initial, choices, meaning)
#define SECRET(prefix, name, member, what)							\
	OUTPUT(PATH, prefix name "_file", member.file, NULL, NULL,				\
	       "file that holds " what " in its first line"),					\
	OUTPUT(TEXT, prefix name "_command", member.command, NULL, NULL,			\
	       "command that prints " what),							\
	OUTPUT(TEXT, prefix name "_env", member.env, NULL, NULL,				\
	       "environment variable that holds " what)
#define LOGIN(prefix, login, user_meaning)							\
	OUTPUT(TEXT, prefix "user", login.as.user, NULL, NULL, user_meaning),			\
	SECRET(prefix, "password", login.password_from, "the password"),			\
	SECRET(prefix, "api_key", login.api_key_from, "an API key, id:key or encoded"),		\
	SECRET(prefix, "token", login.token_from, "a bearer token"),				\
	OUTPUT(TEXT, prefix "aws_sigv4", login.as.aws_sigv4, NULL, NULL,			\
	       "region/service, such as eu-west-1/es: requests are signed"),			\
	SECRET(prefix, "aws_access_key", login.aws_access_key_from, "the access key id"),	\
	SECRET(prefix, "aws_secret_key", login.aws_secret_key_from, "the secret access key"),	\
	SECRET(prefix, "aws_session_token", login.aws_session_token_from,			\
	       "the session token of temporary keys"),						\
	OUTPUT(PATH, prefix "client_cert_file", login.as.client_cert_file, NULL, NULL,		\
	       "certificate to show to the server (PEM)"),					\
	OUTPUT(PATH, prefix "client_key_file", login.as.client_key_file, NULL, NULL,		\
	       "its private key (PEM)")
#define TENANT(type, key, member, initial, choices, meaning)					\
	ROW("tenant", type, key, tenant_config, member, initial, choices, meaning)

#define DISPOSITIONS "move|delete|mark"

const struct option options[] = {
	BRIDGE(PATH, "state_directory", state_directory, NULL, NULL,
	       "dead letters, and documents when there is no output; default: $STATE_DIRECTORY, "
	       "else /var/lib/reportbridge"),
	BRIDGE(PATH, "tenants_file", tenants_file, NULL, NULL,
	       "more domains of tenants, a line 'domain tenant' for each"),
	BRIDGE(CHOICE, "log_format", log_format, "logfmt", "logfmt|json", "form of the log lines"),
	BRIDGE(CHOICE, "log_level", log_level, "info", "error|warning|info|debug",
	       "the least important lines that are still written"),
	BRIDGE(LIST, "trusted_authserv", trusted_authserv, NULL, NULL,
	       "hosts whose Authentication-Results are believed"),
	BRIDGE(CHOICE, "verify_dkim", verify_dkim, "no", "no|yes",
	       "yes: where they tell nothing, signatures of report mail are verified here"),
	BRIDGE(TEXT, "dkim_name_servers", dkim_name_servers, NULL, NULL,
	       "asked for their keys, such as 127.0.0.1:53; default: those of the system"),
	BRIDGE(CHOICE, "failure_personal", failure_personal, "minimal", "minimal|hashed|full",
	       "what failure documents hold of people: domains alone, pseudonyms, or addresses"),
	BRIDGE(PATH, "failure_key_file", failure_key_from.file, NULL, NULL,
	       "file with the secret that failure_personal = hashed makes pseudonyms with"),
	BRIDGE(BYTES, "max_unpacked", max_unpacked, "256MiB", NULL,
	       "unpacked bytes of one mail, all parts together; more is rejected as too-large"),
	BRIDGE(NUMBER, "workers", workers, "1", NULL,
	       "processes that share the mailboxes; 0: all in the foreground, without a supervisor"),

	MAILBOX(CHOICE, "source", source, "imap", "imap|maildir", "kind of mailbox"),
	MAILBOX(TEXT, "host", host, NULL, NULL, "name of the IMAP server; must match its certificate"),
	MAILBOX(NUMBER, "port", port, "0", NULL, "0: 993 for implicit TLS, 143 otherwise"),
	MAILBOX(CHOICE, "tls", tls, "implicit", "implicit|starttls|none",
		"starttls is required, never optional; none sends the password in the clear"),
	MAILBOX(PATH, "ca_file", ca_file, NULL, NULL,
		"certificates to trust (PEM); default: those of the system"),
	MAILBOX(TEXT, "user", user, NULL, NULL, "login name"),
	MAILBOX(PATH, "password_file", password_from.file, NULL, NULL,
		"file that holds the password in its first line"),
	MAILBOX(TEXT, "password_command", password_from.command, NULL, NULL,
		"command that prints the password"),
	MAILBOX(TEXT, "password_env", password_from.env, NULL, NULL,
		"environment variable that holds the password"),
	MAILBOX(TEXT, "folder", folders, "INBOX", NULL,
		"folder to read, / between levels; several with commas between"),
	MAILBOX(TEXT, "archive", archive, "Archive", NULL,
		"folder below which Aggregate, Failure, SMTP-TLS and Invalid are kept"),
	MAILBOX(PATH, "path", path, NULL, NULL, "directory of a Maildir"),
	MAILBOX(BYTES, "max_mail", max_mail, "50MiB", NULL,
		"a larger mail is not fetched but set aside in Invalid"),
	MAILBOX(TIME, "poll", poll_ms, "1m", NULL, "time between two looks at the folder"),
	MAILBOX(TIME, "timeout", timeout_ms, "30s", NULL, "longest silence of the server"),
	MAILBOX(CHOICE, "auth", auth, "auto", "auto|login|plain|scram-sha-256|xoauth2|oauthbearer|external",
		"how the server is to know us; auto: the best it offers for what is given"),
	MAILBOX(PATH, "client_cert_file", client_cert_file, NULL, NULL,
		"certificate that TLS shows to the server (PEM)"),
	MAILBOX(PATH, "client_key_file", client_key_file, NULL, NULL, "its private key (PEM)"),
	MAILBOX(PATH, "token_file", token_from.file, NULL, NULL,
		"file that holds an OAuth access token; read at every login"),
	MAILBOX(TEXT, "token_command", token_from.command, NULL, NULL,
		"command that prints an access token; run at every login"),
	MAILBOX(TEXT, "token_env", token_from.env, NULL, NULL,
		"environment variable that holds an access token"),
	MAILBOX(TEXT, "token_url", token_url, NULL, NULL,
		"token endpoint of the provider, asked for access tokens"),
	MAILBOX(PATH, "token_ca_file", token_ca_file, NULL, NULL,
		"certificates to trust for token_url (PEM); default: those of the system"),
	MAILBOX(TEXT, "token_scope", token_scope, NULL, NULL, "scope to ask token_url for"),
	MAILBOX(TEXT, "client_id", client_id, NULL, NULL, "how the provider knows this program"),
	MAILBOX(PATH, "client_secret_file", client_secret_from.file, NULL, NULL,
		"file that holds its secret"),
	MAILBOX(TEXT, "client_secret_command", client_secret_from.command, NULL, NULL,
		"command that prints its secret"),
	MAILBOX(TEXT, "client_secret_env", client_secret_from.env, NULL, NULL,
		"environment variable that holds its secret"),
	MAILBOX(PATH, "refresh_token_file", refresh_token_from.file, NULL, NULL,
		"file that holds a refresh token; replaced when the provider hands out a new one"),
	MAILBOX(TEXT, "refresh_token_command", refresh_token_from.command, NULL, NULL,
		"command that prints a refresh token"),
	MAILBOX(TEXT, "refresh_token_env", refresh_token_from.env, NULL, NULL,
		"environment variable that holds a refresh token"),
	MAILBOX(CHOICE, "aggregate", dispositions[MAIL_AGGREGATE], "move", DISPOSITIONS,
		"what becomes of mail with DMARC aggregate reports once they are stored"),
	MAILBOX(CHOICE, "failure", dispositions[MAIL_FAILURE], "move", DISPOSITIONS,
		"the same for DMARC failure reports"),
	MAILBOX(CHOICE, "smtp_tls", dispositions[MAIL_SMTP_TLS], "move", DISPOSITIONS,
		"the same for SMTP TLS reports"),
	MAILBOX(CHOICE, "invalid", dispositions[MAIL_INVALID], "move", DISPOSITIONS,
		"the same for mail that could not be used; not delete"),
	MAILBOX(TEXT, "keyword", keyword, "$ReportBridge", NULL,
		"what mail is marked with; marked mail is not read again"),
	MAILBOX(TEXT, "since", since, NULL, NULL,
		"older mail is not read: a day such as 2026-01-31 or an age such as 30d"),
	MAILBOX(TIME, "retention", retention_ms, "0s", NULL,
		"mail of this age is deleted from the folders below archive; 0s: never"),
	MAILBOX(TEXT, "shard", shard, NULL, NULL,
		"i/n: this bridge is number i of n that divide the folder"),
	MAILBOX(CHOICE, "examine", examine, "no", "no|yes",
		"yes: reports are stored, but nothing in the mailbox is changed"),
	MAILBOX(TIME, "idle", idle_ms, "25m", NULL,
		"IDLE is renewed after this long; 0s: only look at every poll"),
	MAILBOX(LIST, "outputs", outputs, NULL, NULL, "names of the outputs it feeds; default: all"),

	OUTPUT(CHOICE, "type", type, "elasticsearch", "elasticsearch|file|jsonl|kafka",
	       "elasticsearch also means OpenSearch"),
	OUTPUT(CHOICE, "product", product, "auto", "auto|elasticsearch|opensearch|serverless",
	       "auto: the server is asked"),
	OUTPUT(LIST, "urls", urls, NULL, NULL, "servers, the preferred one first"),
	OUTPUT(TEXT, "cloud_id", cloud_id, NULL, NULL, "of Elastic Cloud, in place of urls"),
	OUTPUT(PATH, "ca_file", ca_file, NULL, NULL,
	       "certificates to trust (PEM); default: those of the system"),
	LOGIN("", login, "for basic authentication"),
	OUTPUT(TEXT, "kibana_url", kibana_url, NULL, NULL,
	       "Kibana or OpenSearch Dashboards, where setup makes a space per tenant with dashboards "
	       "and alert rules; default: that of cloud_id, else none"),
	LOGIN("setup_", setup_login,
	      "login of setup, retention and delete-tenant; default: that of run"),
	OUTPUT(PATH, "directory", directory, NULL, NULL, "where a file output writes"),
	OUTPUT(CHOICE, "schema", naming.schema, "ecs", "ecs|parsedmarc",
	       "names and shapes of documents and indices: ours, or those of parsedmarc"),
	OUTPUT(TEXT, "index_prefix", naming.prefix, NULL, NULL,
	       "first part of every index name; default: reportbridge, and nothing for schema parsedmarc"),
	OUTPUT(TEXT, "index_suffix", naming.suffix, NULL, NULL,
	       "schema parsedmarc: put behind the kind in index names"),
	OUTPUT(CHOICE, "monthly_indexes", naming.monthly, "no", "no|yes",
	       "schema parsedmarc: an index per month, not per day"),
	OUTPUT(CHOICE, "index_period", naming.period, "month", "month|year",
	       "time that one index spans; not to be changed once there are documents"),
	OUTPUT(TIME, "retention", retention_ms, "0d", NULL,
	       "how long documents are kept at least, such as 400d; 0: for ever"),
	OUTPUT(NUMBER, "connections", connections, "2", NULL,
	       "most requests at once, 1 to 32; less while the server is busy"),
	OUTPUT(NUMBER, "gzip_level", gzip_level, "1", NULL, "0 to 9; 0: not compressed"),
	OUTPUT(TIME, "timeout", timeout_ms, "90s", NULL, "longest time of one request"),
	OUTPUT(TIME, "retry", retry_ms, "2m", NULL,
	       "how long a batch is tried before its mails are left for the next round"),
	OUTPUT(LIST, "brokers", brokers, NULL, NULL, "kafka: host:port of some of the brokers"),
	OUTPUT(TEXT, "topic_prefix", topic_prefix, "reportbridge-", NULL,
	       "kafka: first part of every topic; the kind of document follows"),
	OUTPUT(CHOICE, "kafka_tls", kafka_tls, "yes", "no|yes",
	       "kafka: verified TLS; no: documents and password go in the clear"),
	OUTPUT(CHOICE, "sasl", sasl, "none", CONFIG_SASL,
	       "kafka: how user and password are shown"),
	OUTPUT(CHOICE, "compression", compression, "lz4", CONFIG_COMPRESSION,
	       "kafka: of batches of messages"),
	OUTPUT(BYTES, "rotate_bytes", rotate_bytes, "0", NULL,
	       "jsonl: begin a new file when this one is as large; 0: never for its size"),
	OUTPUT(TIME, "rotate_after", rotate_after_ms, "0s", NULL,
	       "jsonl: begin a new file when this one is as old; 0: never for its age"),
	OUTPUT(NUMBER, "keep", keep, "10", NULL, "jsonl: rotated files that are kept"),
	OUTPUT(CHOICE, "rotate_gzip", rotate_gzip, "no", "no|yes", "jsonl: compress them"),
	OUTPUT(CHOICE, "required", required, "yes", "no|yes",
	       "yes: mails wait until it has their documents; no: it misses what it cannot take"),

	TENANT(LIST, "domains", domains, NULL, NULL, "domains of the tenant, with all names below them"),
	TENANT(TIME, "retention", retention_ms, "0d", NULL,
	       "how long its documents are kept at least; 0: as long as the output says"),
	{ NULL, NULL, OPTION_TEXT, 0, NULL, NULL, NULL },
};
