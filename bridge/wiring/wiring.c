/* wiring.c - from the configuration to mailboxes, parsers and sinks
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/wiring/wiring.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "bridge/config/token.h"
#include "bridge/wiring/output_log.h"
#include "output/kafka_sink.h"

#define PORT_IMAPS 993
#define PORT_IMAP 143
#define OPTIONAL_RETRY_MS 5000
#define RECONNECT_MS (5 * 60 * 1000)

static const char *below(struct config *config, const char *directory, const char *name)
{
	struct strbuf path;
	const char *text;

	strbuf_init(&path, 8192);
	strbuf_add_format(&path, "%s/%s", directory, name);
	text = arena_text(&config->arena, strbuf_slice(&path));
	strbuf_release(&path);
	return text;
}

static void copy_dispositions(const struct mailbox_config *mailbox,
			      enum mailbox_disposition dispositions[static MAIL_FATES])
{
	for (enum mail_fate fate = MAIL_KEEP; fate < MAIL_FATES; fate++)
		dispositions[fate] = (enum mailbox_disposition)mailbox->dispositions[fate];
}

static struct mailbox *imap(struct config *config, const struct mailbox_config *mailbox)
{
	struct imap_settings *settings = arena_alloc(&config->arena, sizeof(*settings));
	const uint16_t usual = mailbox->tls == MAILBOX_TLS_IMPLICIT ? PORT_IMAPS : PORT_IMAP;

	*settings = (struct imap_settings){
		.host = mailbox->host,
		.port = mailbox->port ? (uint16_t)mailbox->port : usual,
		.tls = (enum mailbox_tls)mailbox->tls,
		.ca_file = mailbox->ca_file,
		.client_cert_file = mailbox->client_cert_file,
		.client_key_file = mailbox->client_key_file,
		.auth = (enum mailbox_auth)mailbox->auth,
		.user = mailbox->user,
		.password = mailbox->password,
		.folder = mailbox->folder,
		.archive = mailbox->archive,
		.keyword = mailbox->keyword,
		.examine = mailbox->examine,
		.since = mailbox->since_unix,
		.since_age_ms = mailbox->since_age_ms,
		.retention_ms = mailbox->retention_ms,
		.shard = mailbox->shard_number,
		.shards = mailbox->shards,
		.max_mail_bytes = mailbox->max_mail,
		.timeout_ms = mailbox->timeout_ms,
		.idle_ms = mailbox->idle_ms,
	};
	copy_dispositions(mailbox, settings->dispositions);
	if (token_is_given(mailbox)) {
		settings->token = token_get;
		settings->token_context = token_source_new(mailbox, &config->arena);
	}
	return imap_mailbox_new(settings);
}

static struct mailbox *maildir(struct config *config, const struct mailbox_config *mailbox)
{
	struct maildir_settings *settings = arena_alloc(&config->arena, sizeof(*settings));

	*settings = (struct maildir_settings){
		.path = mailbox->path,
		.archive = mailbox->archive,
		.examine = mailbox->examine,
		.since = mailbox->since_unix,
		.since_age_ms = mailbox->since_age_ms,
		.max_mail_bytes = mailbox->max_mail,
	};
	copy_dispositions(mailbox, settings->dispositions);
	return maildir_mailbox_new(settings);
}

struct mailbox *wiring_mailbox(struct config *config, const struct mailbox_config *mailbox)
{
	return mailbox->source == SOURCE_MAILDIR ? maildir(config, mailbox) : imap(config, mailbox);
}

const char *wiring_dead_letter_file(struct config *config, const struct output_config *output)
{
	char name[128] = "dead-letters.ndjson";

	if (output->type != OUTPUT_ELASTICSEARCH && output->type != OUTPUT_KAFKA)
		return NULL;
	/* The first one keeps its file when others join it. */
	if (output != &config->output)
		snprintf(name, sizeof(name), "dead-letters-%s.ndjson", output->name);
	return below(config, config->bridge.state_directory, name);
}

struct elastic_settings *wiring_elastic(struct config *config, const struct output_config *output)
{
	struct elastic_settings *settings = arena_alloc(&config->arena, sizeof(*settings));
	/* nobody waits long for an output that may miss documents */
	const int64_t longest = output->required ? INT64_MAX : OPTIONAL_RETRY_MS;

	*settings = (struct elastic_settings){
		.urls = output->urls,
		.ca_file = output->ca_file,
		.login = output->login.as,
		.dead_letter_file = wiring_dead_letter_file(config, output),
		.connections = (unsigned)output->connections,
		.gzip_level = (unsigned)output->gzip_level,
		.timeout_ms = output->timeout_ms,
		.reconnect_ms = RECONNECT_MS,
		.retry_ms = output->retry_ms < longest ? output->retry_ms : longest,
	};
	return settings;
}

struct elastic_settings *wiring_elastic_setup(struct config *config,
					      const struct output_config *output)
{
	struct elastic_settings *settings = wiring_elastic(config, output);

	settings->login = output->setup_login.as;
	return settings;
}

static struct sink *kafka(struct config *config, const struct output_config *output,
			  const char *dead_letter_file)
{
	static const char *const mechanisms[] = { NULL, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512" };
	static const char *const codecs[] = { "none", "gzip", "snappy", "lz4", "zstd" };
	struct kafka_settings *settings = arena_alloc(&config->arena, sizeof(*settings));

	*settings = (struct kafka_settings){
		.brokers = output->brokers,
		.tls = output->kafka_tls,
		.ca_file = output->ca_file,
		.client_cert_file = output->login.as.client_cert_file,
		.client_key_file = output->login.as.client_key_file,
		.sasl = mechanisms[output->sasl],
		.user = output->login.as.user,
		.password = output->login.as.password,
		.compression = codecs[output->compression],
		.dead_letter_file = dead_letter_file,
		.timeout_ms = output->required ? output->timeout_ms : OPTIONAL_RETRY_MS,
	};
	return kafka_sink_new(settings);
}

static struct sink *elastic(struct config *config, const struct output_config *output,
			    const char *dead_letter_file)
{
	struct elastic_settings *settings = wiring_elastic(config, output);

	settings->dead_letter_file = dead_letter_file;
	return elastic_sink_new(settings);
}

static struct sink *jsonl(const struct output_config *output)
{
	return jsonl_sink_new(&(struct jsonl_settings){
		.directory = output->directory,
		.rotate_bytes = output->rotate_bytes,
		.rotate_after_ms = output->rotate_after_ms,
		.keep = output->keep,
		.compress = output->rotate_gzip,
	});
}

static struct sink *new_sink(struct config *config, const struct output_config *output,
			     const char *dead_letter_file)
{
	switch (output->type) {
	case OUTPUT_FILE: return file_sink_new(output->directory);
	case OUTPUT_JSONL: return jsonl(output);
	case OUTPUT_KAFKA: return kafka(config, output, dead_letter_file);
	default: return elastic(config, output, dead_letter_file);
	}
}

struct sink *wiring_sink_burying(struct config *config, const struct output_config *output,
				 const char *dead_letter_file)
{
	struct sink *sink = new_sink(config, output, dead_letter_file);

	sink->notice = output_log_notice;
	return sink;
}

struct sink *wiring_sink(struct config *config, const struct output_config *output)
{
	return wiring_sink_burying(config, output, wiring_dead_letter_file(config, output));
}

void wiring_ingest(struct config *config, struct ingest_settings *settings)
{
	*settings = (struct ingest_settings){
		.tenants = config->tenant_table,
		.trusted_authserv = config->bridge.trusted_authserv,
		.failure_personal = config->bridge.failure_personal,
		.personal_key = slice_of(config->bridge.failure_key),
	};
	for (const struct output_config *o = &config->output; o; o = o->next)
		settings->schemas |= 1u << o->naming.schema;
	ingest_limits_default(&settings->limits);
	settings->limits.unpacked_bytes = config->bridge.max_unpacked;
}

static bool make_directory(const char *path, const char *option, struct error *err)
{
	/* Dead letters and documents quote mail: nobody else's business. */
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	return error_set(err, ERROR_FATAL, "%s %s: %s", option, path, strerror(errno));
}

bool wiring_directories(const struct config *config, struct error *err)
{
	if (!make_directory(config->bridge.state_directory, "state_directory", err))
		return false;
	for (const struct output_config *o = &config->output; o; o = o->next)
		if (o->directory && !make_directory(o->directory, "directory", err))
			return false;
	return true;
}
