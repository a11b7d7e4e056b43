/* check.c - the command "check": tests everything that run needs
 *
 * SPDX-License-Identifier: MIT
 *
 * Logs in everywhere and reads a few mails, but changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/commands/command.h"
#include "bridge/commands/sample.h"
#include "bridge/process/confinement.h"
#include "bridge/setup/setup.h"
#include "bridge/wiring/wiring.h"
#include "output/index_templates.h"
#include "output/index_rights.h"
#include "output/kafka_sink.h"
#include "output/kibana.h"

#define DAY INT64_C(86400)
/* Databases of networks become outdated. */
#define OLD_DAYS 30
/* a.root-servers.net */
#define KNOWN_ADDRESS "198.41.0.4"

/* Prints the result and keeps the worst status. */
static void report(const char *what, const char *name, bool good, const struct error *err,
		   int *status)
{
	const int this_status = good                                      ? EXIT_DONE
				: err->class == ERROR_RETRY && !err->slow ? EXIT_UNREACHABLE
									  : EXIT_USAGE;

	printf("%s %s: %s\n", what, name, good ? "ok" : err->text);
	if (this_status > *status)
		*status = this_status;
}

static void check_mailbox(struct config *config, struct mailbox_config *m, int *status)
{
	struct mailbox *mailbox = wiring_mailbox(config, m);
	struct error err;
	bool good;

	/* check must neither delete old mails of the archive nor take partitions from a
	 * running bridge. */
	m->imap.retention_ms = 0;
	m->kafka.examine = true;
	good = mailbox->ops->open(mailbox, &err);
	report("mailbox", m->name, good, &err, status);
	if (good && !sample_print(config, m, mailbox, &err))
		report("mails of", m->name, false, &err, status);
	mailbox->ops->free(mailbox);
}

/* run does not need the product, only setup does: never an error. */
static void say_product(struct elastic_setup *server, const struct output_config *output)
{
	struct elastic_product product;
	struct error err;

	if (!elastic_setup_product(server, output->product, &product, &err))
		product.flavour = FLAVOUR_UNKNOWN;
	if (product.flavour == FLAVOUR_UNKNOWN)
		printf("product %s: unknown, since this login may not read it; run does not "
		       "need it, for setup set product = elasticsearch or opensearch\n",
		       output->name);
	else
		printf("product %s: %s%s%s\n", output->name, elastic_flavour_name(product.flavour),
		       product.version[0] ? " " : "", product.version);
}

/* The names of the indices or topics for documents of today, each ended by NUL. */
static size_t add_targets(struct strbuf *names, const struct setup *setup)
{
	const struct index_naming *naming = &setup->output->naming;
	const int64_t now = clock_unix();
	size_t kinds;
	const enum document_kind *kind = index_kinds(naming, &kinds);

	for (size_t t = 0; t < setup->tenant_count; t++)
		for (size_t k = 0; k < kinds; k++) {
			struct document_name name = { .kind = kind[k],
						      .tenant = setup->tenants[t].name };

			datetime_format_month(now, name.month);
			datetime_format_day(now, name.day);
			index_name_add(names, naming, &name);
			strbuf_add_byte(names, '\0');
		}
	return setup->tenant_count * kinds;
}

/* One request for each index. */
static void check_indices(struct config *config, const struct output_config *output,
			  struct elastic_setup *server, int *status)
{
	struct http *http = elastic_setup_http(server);
	const char *url = elastic_setup_url(server), **indices, *name;
	struct strbuf names;
	struct setup setup;
	struct error err;
	size_t count;

	setup_init(&setup, config, output);
	strbuf_init(&names, 16 * MIB);
	count = add_targets(&names, &setup);
	indices = xcalloc(count + 1, sizeof(*indices));
	name = names.buf;
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
		indices[i] = name;
	if (!index_rights_of(http, url, indices, &err))
		report("privileges", output->name, false, &err, status);
	switch (index_template_of(http, url, indices, &err)) {
	case TEMPLATES_GOOD: report("templates", output->name, true, &err, status); break;
	case TEMPLATES_UNKNOWN: printf("templates %s: %s\n", output->name, err.text); break;
	default: report("templates", output->name, false, &err, status);
	}
	free(indices);
	strbuf_release(&names);
	setup_release(&setup);
}

/* Reports what setup created; this login may not be allowed to see it. */
static void check_set_up(struct config *config, const struct output_config *output, int *status)
{
	struct elastic_setup *server = elastic_setup_new(wiring_elastic(config, output));
	struct setup_objects *objects = setup_objects_new(server);
	struct error err;

	say_product(server, output);
	if (!setup_period_is_kept(objects, output, &err) && err.class == ERROR_REJECT)
		report("index period", output->name, false, &err, status);
	check_indices(config, output, server, status);
	setup_objects_free(objects);
	elastic_setup_free(server);
}

static bool was_before(const char *names, const char *name)
{
	for (; names < name; names += strlen(names) + 1)
		if (strcmp(names, name) == 0)
			return true;
	return false;
}

/* Topic names do not depend on the month: lists each once. */
static void check_topics(const struct config *config, const struct output_config *output,
			 struct sink *sink, int *status)
{
	struct strbuf names;
	struct setup setup;
	struct error err;
	const char *name;
	size_t count;

	setup_init(&setup, config, output);
	strbuf_init(&names, 16 * MIB);
	count = add_targets(&names, &setup);
	name = names.buf;
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
		if (!was_before(names.buf, name))
			report("topic", name, kafka_sink_check_topic(sink, name, &err), &err,
			       status);
	strbuf_release(&names);
	setup_release(&setup);
}

/* Uses the login of setup if there is one; run itself never uses Kibana. */
static void check_kibana(struct config *config, const struct output_config *output, int *status)
{
	const struct elastic_settings *settings = wiring_elastic_setup(config, output);
	struct http *http = http_new(settings);
	const struct kibana kibana = { .http = http, .url = output->kibana_url };
	struct error err;

	report("Kibana of", output->name, kibana_is_there(&kibana, &err), &err, status);
	http_free(http);
}

/* wiring_look_at_directories() has checked that run can create it. */
static bool run_creates(const struct output_config *output)
{
	return output->type == OUTPUT_FILE && access(output->file.directory, F_OK) != 0 &&
	       errno == ENOENT;
}

static void check_output(struct config *config, const struct output_config *output, int *status)
{
	struct sink *sink = wiring_sink(config, output);
	struct error err;
	const bool good = run_creates(output) || sink->ops->check(sink, &err);

	report("output", output->name, good, &err, status);
	if (good && output->type == OUTPUT_KAFKA)
		check_topics(config, output, sink, status);
	sink->ops->free(sink);
	/* Skips further requests if the server does not answer or refuses the login. */
	if (good && output->type == OUTPUT_ELASTICSEARCH)
		check_set_up(config, output, status);
	if (output->kibana_url)
		check_kibana(config, output, status);
}

/* Looks up a well-known address. Names are optional, so no answer is not an error. */
static void check_names(struct enricher *enricher)
{
	struct enrich_session *session = enrich_session_new(enricher);
	struct address_facts facts;
	struct ip_address address;

	if (ip_address_parse(slice_of(KNOWN_ADDRESS), &address)) {
		enrich_addresses(session, &address, 1, &facts);
		printf("names of addresses: %s\n",
		       facts.partial ? "the name servers do not answer; documents go without names"
				     : "ok");
	}
	enrich_session_free(session);
}

static void check_age(const struct enricher *enricher)
{
	const int64_t built = enricher_databases_built(enricher);
	const int64_t days = (clock_unix() - built) / DAY;

	if (built > 0)
		printf("databases: the oldest is of %lld day%s ago%s\n", (long long)days,
		       days == 1 ? "" : "s", days > OLD_DAYS ? ", renew it" : "");
}

static void check_enrichment(struct config *config, int *status)
{
	struct error err;
	struct enricher *enricher = enricher_open(&config->enrich, &err);

	report("enrichment", "of addresses", enricher != NULL, &err, status);
	if (!enricher)
		return;
	if (!enricher_start(enricher, &err))
		printf("%s\n", err.text);
	check_age(enricher);
	if (config->enrich.reverse_dns && !config->enrich.offline)
		check_names(enricher);
	enricher_close(enricher);
}

/* May be intended, so not an error. */
static void check_tenants(const struct config *config)
{
	const char *domain, *tenant, *above;
	size_t position = 0;
	struct slice rest;

	while (tenant_table_next(config->tenant_table, &position, &domain, &tenant)) {
		(void)slice_split(slice_of(domain), '.', &rest);
		above = tenant_of(config->tenant_table, rest);
		if (strcmp(above, tenant) != 0 && strcmp(above, TENANT_UNCLAIMED) != 0)
			printf("tenant %s: has %s and the names below it, although %.*s is tenant "
			       "%s's\n",
			       tenant, domain, (int)rest.size, rest.data, above);
	}
}

int command_check(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	struct error err;
	int status;

	if (!command_start(argc, argv, "", &line, &config, &status))
		return status;
	status = EXIT_DONE;
	report("configuration", line.config_file, wiring_look_at_directories(&config, &err), &err,
	       &status);
	check_tenants(&config);
	printf("confinement of workers: %s\n", confinement_lacks() ? confinement_lacks() : "ok");
	check_enrichment(&config, &status);
	for (struct mailbox_config *m = config.mailboxes; m; m = m->next)
		check_mailbox(&config, m, &status);
	for (const struct output_config *o = &config.output; o; o = o->next)
		check_output(&config, o, &status);
	config_release(&config);
	return status;
}
