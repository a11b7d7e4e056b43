/* config.h - the configuration
 *
 * SPDX-License-Identifier: MIT
 *
 * Read once and read-only afterwards; everything is in one arena and freed with it. Secrets
 * come only from a file, a command or an environment variable; they are read here and never
 * printed.
 */
#ifndef BRIDGE_CONFIG_CONFIG_H
#define BRIDGE_CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/severity.h"
#include "base/strbuf.h"
#include "bridge/config/index_name.h"
#include "bridge/config/schedule.h"
#include "enrich/enricher.h"
#include "ingest/report/report.h"
#include "ingest/report/tenant.h"
#include "mailbox/mailbox.h"
#include "output/elastic_product.h"
#include "output/kafka_sink.h"
#include "output/sink.h"

#define CONFIG_WORKERS_MAX 64

enum mailbox_source { SOURCE_IMAP, SOURCE_MAILDIR, SOURCE_KAFKA };
/* Whether this bridge starts the commands of [schedule]. */
enum housekeeping { HOUSEKEEPING_AUTO, HOUSEKEEPING_YES, HOUSEKEEPING_NO };
enum output_type { OUTPUT_ELASTICSEARCH, OUTPUT_FILE, OUTPUT_KAFKA };

/* Source of a secret; at most one of the three is given. */
struct secret_config {
	const char *file, *command, *env;
};

struct bridge_config {
	const char *state_directory, *tenants_file;
	enum log_format log_format;
	enum log_level log_level;
	const char *const *trusted_authserv;
	bool verify_dkim;
	const char *dkim_name_servers; /* NULL: the system's */
	enum failure_personal failure_personal;
	struct secret_config failure_key_from;
	const char *failure_key;
	uint64_t max_unpacked;
	const char *listen; /* address, path, or "none" */
	bool listen_by_default;
	int64_t ready_within_ms;
	bool metrics_per_tenant;
	unsigned workers; /* 0: all in the foreground process */
	enum housekeeping housekeeping;
};

/* Source of OAuth tokens. */
struct token_config {
	struct secret_config token_from, client_secret_from, refresh_token_from;
	const char *url, *device_url, *ca_file, *scope, *client_id;
	const char *mailbox; /* name of the mailbox */
	int64_t timeout_ms;  /* of the mailbox */
};

struct mailbox_config {
	const char *section; /* name of the section */
	const char *name;    /* the same, with the folder if there are several */
	enum mailbox_source source;
	struct imap_settings imap;           /* with SOURCE_IMAP; folder is the one that is read */
	struct maildir_settings maildir;     /* with SOURCE_MAILDIR */
	struct kafka_mailbox_settings kafka; /* with SOURCE_KAFKA */
	const char *folders;                 /* as written in the file */
	bool rereads;                        /* reads mail that was settled before */
	bool is_further;           /* of several folders, not the first: each has a mailbox */
	const char *since, *shard; /* as written in the file */
	struct token_config token;
	struct secret_config password_from;
	int64_t poll_ms;
	struct mailbox_config *next;
	const char *const *outputs; /* names; NULL: all */
	uint32_t output_bits;       /* the same as bits */
};

struct login_config {
	struct elastic_login as; /* contains secrets once they are read */
	struct secret_config password_from, api_key_from, token_from;
	struct secret_config aws_access_key_from, aws_secret_key_from, aws_session_token_from;
};

struct output_config {
	const char *name;
	struct output_config *next;
	uint32_t bit;  /* in output_bits of mailboxes */
	bool required; /* the fate of a mail waits for it */
	enum output_type type;
	struct elastic_settings elastic; /* with OUTPUT_ELASTICSEARCH */
	struct file_settings file;       /* with OUTPUT_FILE */
	struct kafka_settings kafka;     /* with OUTPUT_KAFKA */
	struct index_naming naming;
	enum elastic_flavour product; /* UNKNOWN: ask the server */
	const char *cloud_id, *kibana_url;
	struct login_config login;        /* of run */
	struct login_config setup_login;  /* of setup; default: login */
	struct login_config reader_login; /* for reading documents; default: login */
	int64_t retention_ms;             /* 0: for ever */
};

struct tenant_config {
	const char *name;
	int64_t retention_ms; /* 0: the output's */
	const char *const *domains;
	const char *const *senders; /* as written in the file */
	struct own_senders own_senders;
	const char *const *contact; /* recipients of its mail */
	struct tenant_config *next;
};

/* The SMTP server for mail to people. */
struct mail_config {
	const char *host; /* NULL: send no mail */
	unsigned port;    /* 0: 465, 587 or 25, by tls */
	enum mailbox_tls tls;
	const char *ca_file, *user, *from;
	struct secret_config password_from;
	const char *password;
	int64_t timeout_ms;
};

/* The service that appears in messages and pages; all members may be absent. */
struct service_config {
	const char *name, *logo_file, *footer;
	const char *page_url; /* {tenant} is replaced by the tenant's name */
};

enum notify_type { NOTIFY_MAIL, NOTIFY_WEBHOOK };
enum notify_scope { NOTIFY_TENANTS, NOTIFY_OPERATOR };
enum notify_form { FORM_JSON, FORM_SLACK, FORM_TEAMS, FORM_NTFY };

struct notify_config {
	const char *name;
	struct notify_config *next;
	enum notify_type type;
	enum notify_scope scope;
	const char *const *tenants; /* NULL: all */
	enum severity severity;     /* changes below it are not sent */
	const char *const *states;  /* as written in the file */
	unsigned state_bits;        /* the same: new, worse, better, resolved */
	int64_t min_age_ms;
	unsigned max_per_hour;
	const char *const *to; /* recipients of mail; NULL: the contacts of the tenant */
	enum notify_form form; /* form of a webhook; the following members belong to it */
	const char *url, *ca_file, *token; /* url and token are secrets */
	struct secret_config url_from, token_from;
	int64_t timeout_ms;
};

enum digest_every { EVERY_WEEK, EVERY_MONTH };

struct digest_config {
	const char *name;
	struct digest_config *next;
	enum digest_every every;
	const char *const *tenants, *const *to; /* as above */
};

struct config {
	struct arena arena;
	struct bridge_config bridge;
	struct enrich_settings enrich;
	struct schedule_config schedule;
	struct mailbox_config *mailboxes; /* in the order of the file */
	struct output_config output;      /* the first of a list that is never empty */
	struct tenant_config *tenants;
	struct tenant_table *tenant_table;
	struct mail_config mail;
	struct service_config service;
	struct notify_config *notifies; /* in the order of the file */
	struct digest_config *digests;
	/* All errors of the file: one line each, with file, line and what to change. */
	struct strbuf errors;
	/* The same for deprecated forms that still work. */
	struct strbuf warnings;
};

/* false: config->errors has all errors, *err the first line; config_release() is still
 * required. Secrets are read only by the functions below: "setup --print" works without
 * them. */
bool config_read(struct config *config, const char *path, struct error *err);
bool config_read_secrets(struct config *config, struct error *err);
/* Reads none: for commands that log in nowhere. */
bool config_read_no_secrets(struct config *config, struct error *err);
/* Reads only the secrets of outputs: for commands that read no mail. */
bool config_read_output_secrets(struct config *config, struct error *err);
/* For commands that change the search server and read no mail. */
bool config_read_setup_secrets(struct config *config, struct error *err);
/* For commands that read stored documents and no mail; and for those that also send mail
 * and webhooks. */
bool config_read_reader_secrets(struct config *config, struct error *err);
bool config_read_tell_secrets(struct config *config, struct error *err);
void config_release(struct config *config);
/* Logs an event "configuration" for each of config->warnings. */
void config_log_warnings(const struct config *config);

/* Whether the name of a section can be used as a file name. */
bool config_is_file_name(const char *name);

/* The section of the tenant; NULL: it has none. */
const struct tenant_config *config_find_tenant(const struct config *config, struct slice name);
/* Approved senders of a tenant; NULL: none. */
const struct own_senders *config_own_senders(const struct config *config, struct slice tenant);

/* Whether this bridge starts the commands of [schedule]. Of several bridges that share a
 * mailbox the first one does, unless the configuration says otherwise. */
bool config_keeps_house(const struct config *config);

/* The first output whose documents "report" can read, otherwise the first output. */
const struct output_config *config_report_output(const struct config *config);

#endif
