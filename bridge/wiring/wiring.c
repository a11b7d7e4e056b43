/* wiring.c - creates mailboxes, parsers and sinks from the configuration
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/wiring/wiring.h"

#include <stdio.h>
#include <string.h>

#include "bridge/config/token.h"
#include "bridge/wiring/output_log.h"
#include "output/kafka_sink.h"

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

/* The state file of a mailbox. Its name may contain the "/" of a folder. */
static const char *file_of(struct config *config, const char *what, const char *mailbox)
{
	char name[300];

	snprintf(name, sizeof(name), "%s-%.255s", what, mailbox);
	for (char *p = name; *p; p++)
		if (*p == '/' || *p == '.')
			*p = '_';
	return below(config, config->bridge.state_directory, name);
}

struct mailbox *wiring_mailbox(struct config *config, struct mailbox_config *mailbox)
{
	struct imap_settings *imap = &mailbox->imap;

	imap->memory_file = mailbox->maildir.memory_file = file_of(config, "unrelated",
								   mailbox->name);
	imap->stumbles_file = file_of(config, "failed", mailbox->name);
	mailbox->kafka.invalid_directory = file_of(config, "invalid", mailbox->name);
	if (mailbox->source == SOURCE_MAILDIR)
		return maildir_mailbox_new(&mailbox->maildir);
	if (mailbox->source == SOURCE_KAFKA)
		return kafka_mailbox_new(&mailbox->kafka);
	if (!imap->token && token_is_given(&mailbox->token)) {
		imap->token = token_get;
		imap->token_context = token_source_new(&mailbox->token, &config->arena);
	}
	return imap_mailbox_new(imap);
}

const char *wiring_dead_letter_file(struct config *config, const struct output_config *output)
{
	char name[128] = "dead-letters.ndjson";

	if (output->type != OUTPUT_ELASTICSEARCH && output->type != OUTPUT_KAFKA)
		return NULL;
	/* The first output keeps its file when others are added. */
	if (output != &config->output)
		snprintf(name, sizeof(name), "dead-letters-%s.ndjson", output->name);
	return below(config, config->bridge.state_directory, name);
}

struct elastic_settings *wiring_elastic(struct config *config, const struct output_config *output)
{
	struct elastic_settings *settings = arena_alloc(&config->arena, sizeof(*settings));

	*settings = output->elastic;
	settings->login = output->login.as;
	settings->dead_letter_file = wiring_dead_letter_file(config, output);
	settings->needs_templates = true;
	settings->reconnect_ms = RECONNECT_MS;
	/* Waits less for an output that may miss documents. */
	if (!output->required && settings->retry_ms > OPTIONAL_RETRY_MS)
		settings->retry_ms = OPTIONAL_RETRY_MS;
	return settings;
}

struct elastic_settings *wiring_elastic_setup(struct config *config,
					      const struct output_config *output)
{
	struct elastic_settings *settings = wiring_elastic(config, output);

	settings->login = output->setup_login.as;
	return settings;
}

struct elastic_settings *wiring_elastic_reader(struct config *config,
					       const struct output_config *output)
{
	struct elastic_settings *settings = wiring_elastic(config, output);

	settings->login = output->reader_login.as;
	return settings;
}

static struct sink *kafka(struct config *config, const struct output_config *output,
			  const char *dead_letter_file)
{
	struct kafka_settings *settings = arena_alloc(&config->arena, sizeof(*settings));

	*settings = output->kafka;
	settings->connection.client_cert_file = output->login.as.client_cert_file;
	settings->connection.client_key_file = output->login.as.client_key_file;
	settings->connection.user = output->login.as.user;
	settings->connection.password = output->login.as.password;
	settings->dead_letter_file = dead_letter_file;
	if (!output->required)
		settings->timeout_ms = OPTIONAL_RETRY_MS;
	return kafka_sink_new(settings);
}

static struct sink *elastic(struct config *config, const struct output_config *output,
			    const char *dead_letter_file)
{
	struct elastic_settings *settings = wiring_elastic(config, output);

	settings->dead_letter_file = dead_letter_file;
	return elastic_sink_new(settings);
}

static struct sink *new_sink(struct config *config, const struct output_config *output,
			     const char *dead_letter_file)
{
	switch (output->type) {
	case OUTPUT_FILE: return file_sink_new(&output->file);
	case OUTPUT_KAFKA: return kafka(config, output, dead_letter_file);
	case OUTPUT_ELASTICSEARCH: break;
	}
	return elastic(config, output, dead_letter_file);
}

struct sink *wiring_sink_with_dead_letters(struct config *config,
					   const struct output_config *output,
					   const char *dead_letter_file)
{
	struct sink *sink = new_sink(config, output, dead_letter_file);

	sink->notice = output_log_notice;
	return sink;
}

struct sink *wiring_sink(struct config *config, const struct output_config *output)
{
	return wiring_sink_with_dead_letters(config, output,
					     wiring_dead_letter_file(config, output));
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
