/* config.h - what the administrator wants
 *
 * SPDX-License-Identifier: MIT
 *
 * Read once, read-only afterwards; everything lives in one arena and is freed
 * with it.  Secrets come by file, command or environment variable only; they
 * are resolved here and never printed.
 */
#ifndef BRIDGE_CONFIG_CONFIG_H
#define BRIDGE_CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "bridge/config/index_name.h"
#include "ingest/report/tenant.h"
#include "mailbox/mailbox.h"
#include "output/sink.h"

struct strbuf;

#define CONFIG_WORKERS_MAX 64

/* Words of options, in the order of their numbers. */
#define CONFIG_SASL "none|plain|scram-sha-256|scram-sha-512"
#define CONFIG_COMPRESSION "none|gzip|snappy|lz4|zstd"

enum mailbox_source { SOURCE_IMAP, SOURCE_MAILDIR };
enum output_type { OUTPUT_ELASTICSEARCH, OUTPUT_FILE, OUTPUT_JSONL, OUTPUT_KAFKA };

/* Where a secret stands; at most one of the three is given. */
struct secret_config {
	const char *file, *command, *env;
};

struct bridge_config {
	const char *state_directory, *tenants_file;
	unsigned log_format; /* enum log_format */
	unsigned log_level;  /* enum log_level */
	const char *const *trusted_authserv;
	unsigned verify_dkim; /* bool */
	const char *dkim_name_servers; /* NULL: those of the system */
	unsigned failure_personal; /* enum failure_personal */
	struct secret_config failure_key_from;
	const char *failure_key;
	uint64_t max_unpacked;
	uint64_t workers; /* 0: all in the foreground process */
};

struct mailbox_config {
	const char *section; /* its name */
	const char *name;    /* the same, and the folder where there are several */
	unsigned source; /* enum mailbox_source */
	const char *host, *ca_file, *user, *archive, *path;
	const char *folders; /* as they are written */
	const char *folder;  /* one of them: each is visited by a mailbox of its own */
	bool is_further;     /* not the first of them */
	unsigned dispositions[MAIL_FATES]; /* enum mailbox_disposition */
	const char *keyword, *since, *shard;
	int64_t since_unix, since_age_ms, retention_ms;
	uint32_t shard_number, shards; /* from 0; shards 0: not divided */
	unsigned examine;
	unsigned tls;  /* enum mailbox_tls */
	unsigned auth; /* enum mailbox_auth */
	const char *client_cert_file, *client_key_file;
	struct secret_config token_from, client_secret_from, refresh_token_from;
	const char *token_url, *token_ca_file, *token_scope, *client_id;
	uint64_t port; /* 0: that of tls */
	struct secret_config password_from;
	const char *password;
	uint64_t max_mail;
	int64_t poll_ms, timeout_ms, idle_ms;
	struct mailbox_config *next;
	const char *const *outputs; /* names; NULL: all */
	uint32_t output_bits;	    /* the same */
};

struct login_config {
	struct elastic_login as; /* secrets once they are read */
	struct secret_config password_from, api_key_from, token_from;
	struct secret_config aws_access_key_from, aws_secret_key_from, aws_session_token_from;
};

struct output_config {
	const char *name;
	struct output_config *next;
	uint32_t bit; /* among the outputs of a mailbox */
	unsigned required; /* bool: a mail's fate waits for it */
	const char *const *brokers;
	const char *topic_prefix;
	unsigned kafka_tls;   /* bool */
	unsigned sasl;	      /* position in CONFIG_SASL */
	unsigned compression; /* position in CONFIG_COMPRESSION */
	uint64_t rotate_bytes, keep;
	int64_t rotate_after_ms;
	unsigned rotate_gzip; /* bool */
	unsigned type;	  /* enum output_type */
	unsigned product; /* enum elastic_flavour; UNKNOWN: found out */
	const char *const *urls;
	const char *cloud_id, *kibana_url;
	const char *ca_file, *directory;
	struct index_naming naming;
	struct login_config login;
	struct login_config setup_login; /* of setup; nothing given: login */
	uint64_t connections, gzip_level;
	int64_t timeout_ms, retry_ms;
	int64_t retention_ms; /* 0: for ever */
};

struct tenant_config {
	const char *name;
	int64_t retention_ms; /* 0: that of the output */
	const char *const *domains;
	struct tenant_config *next;
};

struct config {
	struct arena arena;
	struct bridge_config bridge;
	struct mailbox_config *mailboxes; /* in the order of the file */
	struct output_config output; /* the first of a list that is never empty */
	struct tenant_config *tenants;
	struct tenant_table *tenant_table;
};

/* Errors are FATAL and name file, line and what to change.  Secrets are read
 * only when asked for: "setup --print" works without them. */
bool config_read(struct config *config, const char *path, struct error *err);
bool config_read_secrets(struct config *config, struct error *err);
/* Those of the output alone: for commands that meet no mail. */
bool config_read_output_secrets(struct config *config, struct error *err);
/* What the commands need that change the search server and meet no mail. */
bool config_read_setup_secrets(struct config *config, struct error *err);
void config_release(struct config *config);

/* The first output whose documents "report" can read, else the first. */
const struct output_config *config_report_output(const struct config *config);

/* The configuration as it is understood, without secrets. */
void config_print(const struct config *config, struct strbuf *out);

#endif
