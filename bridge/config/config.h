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

enum mailbox_source { SOURCE_IMAP, SOURCE_MAILDIR };
/* Whether this bridge starts the commands of [schedule]. */
enum housekeeping { HOUSEKEEPING_AUTO, HOUSEKEEPING_YES, HOUSEKEEPING_NO };
enum output_type { OUTPUT_ELASTICSEARCH, OUTPUT_FILE, OUTPUT_KAFKA };

/* Where a secret stands; at most one of the three is given. */
struct secret_config {
	const char *file, *command, *env;
};

struct bridge_config {
	const char *state_directory, *tenants_file;
	enum log_format log_format;
	enum log_level log_level;
	const char *const *trusted_authserv;
	bool verify_dkim;
	const char *dkim_name_servers; /* NULL: those of the system */
	enum failure_personal failure_personal;
	struct secret_config failure_key_from;
	const char *failure_key;
	uint64_t max_unpacked;
	const char *listen; /* address, path, or "none" */
	bool listen_by_default;
	int64_t ready_within_ms;
	unsigned workers; /* 0: all in the foreground process */
	enum housekeeping housekeeping;
};

/* Where OAuth tokens come from. */
struct token_config {
	struct secret_config token_from, client_secret_from, refresh_token_from;
	const char *url, *device_url, *ca_file, *scope, *client_id;
	const char *mailbox; /* whose tokens they are */
	int64_t timeout_ms;  /* that of the mailbox */
};

struct mailbox_config {
	const char *section; /* its name */
	const char *name;    /* the same, and the folder where there are several */
	enum mailbox_source source;
	struct imap_settings imap;	 /* of SOURCE_IMAP, folder of the one it reads */
	struct maildir_settings maildir; /* of SOURCE_MAILDIR */
	const char *folders; /* as they are written */
	bool rereads;	     /* mail that was settled long ago */
	bool is_further;     /* not the first of them: each is read by a mailbox of its own */
	const char *since, *shard; /* as they are written */
	struct token_config token;
	struct secret_config password_from;
	int64_t poll_ms;
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
	uint32_t bit;  /* among the outputs of a mailbox */
	bool required; /* a mail's fate waits for it */
	enum output_type type;
	struct elastic_settings elastic; /* of OUTPUT_ELASTICSEARCH */
	struct file_settings file;	 /* of OUTPUT_FILE */
	struct kafka_settings kafka;	 /* of OUTPUT_KAFKA */
	struct index_naming naming;
	enum elastic_flavour product; /* UNKNOWN: the server is asked */
	const char *cloud_id, *kibana_url;
	struct login_config login;	 /* of run */
	struct login_config setup_login; /* of setup; nothing given: login */
	struct login_config reader_login; /* of what reads documents back; likewise */
	int64_t retention_ms;		 /* 0: for ever */
};

struct tenant_config {
	const char *name;
	int64_t retention_ms; /* 0: that of the output */
	const char *const *domains;
	const char *const *senders; /* as they are written */
	struct own_senders own_senders;
	const char *const *contact; /* addresses that its mail goes to */
	struct tenant_config *next;
};

/* How mail to people leaves. */
struct mail_config {
	const char *host; /* NULL: none is sent */
	unsigned port;	  /* 0: 465, 587 or 25, by tls */
	enum mailbox_tls tls;
	const char *ca_file, *user, *from;
	struct secret_config password_from;
	const char *password;
	int64_t timeout_ms;
};

/* In whose name people are spoken to; all may be absent. */
struct service_config {
	const char *name, *logo_file, *footer;
	const char *page_url; /* {tenant} in it becomes the tenant's name */
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
	enum severity severity;	    /* the least that is told */
	const char *const *states;  /* as they are written */
	unsigned state_bits;	    /* the same: new, worse, better, resolved */
	int64_t min_age_ms;
	unsigned max_per_hour;
	const char *const *to; /* of mail; NULL: the contacts of the tenant */
	enum notify_form form; /* of a webhook, and what follows */
	const char *url, *ca_file, *token; /* url: a secret, as the token is */
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
	struct output_config output; /* the first of a list that is never empty */
	struct tenant_config *tenants;
	struct tenant_table *tenant_table;
	struct mail_config mail;
	struct service_config service;
	struct notify_config *notifies; /* in the order of the file */
	struct digest_config *digests;
	/* All that is wrong with the file, a line each with file, line and what
	 * to change. */
	struct strbuf errors;
	/* The same for what still works, but is no longer written so. */
	struct strbuf warnings;
};

/* false: config->errors says why, *err has its first line, and config_release()
 * is still to be called.  Secrets are read only when asked for: "setup --print"
 * works without them. */
bool config_read(struct config *config, const char *path, struct error *err);
bool config_read_secrets(struct config *config, struct error *err);
/* Those of the output alone: for commands that meet no mail. */
bool config_read_output_secrets(struct config *config, struct error *err);
/* What the commands need that change the search server and meet no mail. */
bool config_read_setup_secrets(struct config *config, struct error *err);
/* Of what reads stored documents back and meets no mail; and of what sends
 * mail and webhooks as well. */
bool config_read_reader_secrets(struct config *config, struct error *err);
bool config_read_tell_secrets(struct config *config, struct error *err);
void config_release(struct config *config);
/* An event "configuration" for each of config->warnings. */
void config_log_warnings(const struct config *config);

/* Does the name of a section serve as that of a file? */
bool config_is_file_name(const char *name);

/* Of a tenant; NULL: it has none. */
const struct own_senders *config_own_senders(const struct config *config, struct slice tenant);

/* Does this bridge start the commands of [schedule]?  Of several that divide a
 * mailbox the first one does, unless the configuration says otherwise. */
bool config_keeps_house(const struct config *config);

/* The first output whose documents "report" can read, else the first. */
const struct output_config *config_report_output(const struct config *config);

/* The configuration as it is understood, without secrets. */
void config_print(const struct config *config, struct strbuf *out);

#endif
