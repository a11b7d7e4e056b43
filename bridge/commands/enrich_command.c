/* enrich_command.c - the command "enrich": adds reverse DNS names that were missing
 *
 * SPDX-License-Identifier: MIT
 *
 * run stores a document without the name of its source, and marks it, if name servers do not
 * answer within the time budget. This command looks the names up again and updates the
 * documents; it needs a login that may update, which run does not have.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "bridge/commands/command.h"
#include "bridge/commands/enrich_stored.h"
#include "bridge/commands/options.h"
#include "bridge/config/index_name.h"
#include "bridge/wiring/wiring.h"
#include "output/elastic_read.h"

/* Default of --since: names for older reports are of little use. */
#define USUAL_DAYS 30

struct enriching {
	const char *config_file, *tenant;
	int64_t since;
	struct config config;
	struct stored_group *group;
	struct elastic_reader *reader;
	enum document_kind kind;
	bool failed;
	struct error err;
};

static bool read_since(void *command, const char *text)
{
	return command_read_since(text, &((struct enriching *)command)->since);
}

static bool read_tenant(void *command, const char *name)
{
	((struct enriching *)command)->tenant = name;
	return tenant_name_valid(slice_of(name));
}

static bool read_arguments(struct enriching *e, int argc, char **argv)
{
	static const struct command_option options[] = {
		OPTION_TEXT("config", struct enriching, config_file),
		OPTION_READ("tenant", read_tenant, "takes the name of a tenant"),
		OPTION_READ("since", read_since, SINCE_FORMS),
		{ .name = NULL },
	};

	if (!command_read_options(argc, argv, NULL, options, e))
		return false;
	if (optind < argc)
		return command_refuse(argv[0], "too many arguments");
	return e->config_file || command_refuse(argv[0], "-c FILE is missing");
}

static void write_term(struct json_writer *jw, enum field field, const char *value)
{
	jw_object(jw, NULL);
	jw_object(jw, "term");
	jw_text(jw, field_info(field)->name, value);
	jw_end(jw);
	jw_end(jw);
}

/* Writes the body of a search without its last brace. */
static void write_search(const struct enriching *e, struct strbuf *out)
{
	struct json_writer jw;

	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_array(&jw, "_source");
	jw_text(&jw, NULL, field_info(FIELD_ID_TENANT)->name);
	for (const enum field *f = stored_fields; *f != FIELD_COUNT; f++)
		jw_text(&jw, NULL, field_info(*f)->name);
	jw_end(&jw);
	jw_object(&jw, "query");
	jw_object(&jw, "bool");
	jw_array(&jw, "filter");
	write_term(&jw, FIELD_ID_SOURCE_ENRICHMENT, "partial");
	if (e->tenant)
		write_term(&jw, FIELD_ID_TENANT, e->tenant);
	jw_object(&jw, NULL);
	jw_object(&jw, "range");
	jw_object(&jw, field_info(FIELD_ID_TIMESTAMP)->name);
	jw_time(&jw, "gte", e->since);
	for (unsigned i = 0; i < 7; i++) /* range with its braces, filter, bool, query, all */
		jw_end(&jw);
	strbuf_cut(out, out->len - 1);
}

static void take(void *context, struct slice id, struct slice json)
{
	struct enriching *e = context;

	if (!e->failed)
		e->failed = !stored_group_add(e->group, e->kind, elastic_read_index(e->reader), id,
					      json, &e->err);
}

static bool complete_kind(struct enriching *e, const struct output_config *output,
			  struct error *err)
{
	struct strbuf search, pattern;
	bool good;

	strbuf_init(&search, MIB);
	strbuf_init(&pattern, KIB);
	write_search(e, &search);
	index_pattern_add(&pattern, &output->naming, e->kind, e->tenant);
	good = elastic_read(e->reader, pattern.buf, strbuf_slice(&search), take, e, err);
	if (good && e->failed) {
		*err = e->err;
		good = false;
	}
	good = good && stored_group_complete(e->group, err);
	strbuf_release(&search);
	strbuf_release(&pattern);
	return good;
}

static bool complete_output(struct enriching *e, struct enrichment *enrichment,
			    const struct output_config *output, struct error *err)
{
	static const enum document_kind kinds[] = { DOCUMENT_DMARC_AGGREGATE,
						    DOCUMENT_DMARC_FAILURE,
						    DOCUMENT_TLSRPT_FAILURE };
	const struct elastic_settings *settings = wiring_elastic_setup(&e->config, output);
	struct elastic_setup *server = elastic_setup_new(settings);
	struct stored_counts counts;
	bool good = true;

	e->reader = elastic_reader_new(settings);
	e->group = stored_group_new(enrichment, server);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && good; i++) {
		e->kind = kinds[i];
		good = complete_kind(e, output, err);
	}
	counts = stored_group_counts(e->group);
	printf("output %s: %" PRIu64 " documents completed, %" PRIu64 " still without a name\n",
	       output->name, counts.completed, counts.partial);
	if (counts.changed > 0)
		printf("output %s: %" PRIu64 " documents were changed or deleted meanwhile\n",
		       output->name, counts.changed);
	stored_group_free(e->group);
	elastic_reader_free(e->reader);
	elastic_setup_free(server);
	return good;
}

static bool complete_all(struct enriching *e, struct enricher *enricher, struct error *err)
{
	struct enrichment *enrichment = enrichment_new(enricher, &e->config);
	bool good = true;

	for (const struct output_config *o = &e->config.output; o && good; o = o->next)
		if (o->type == OUTPUT_ELASTICSEARCH && o->naming.schema == SCHEMA_ECS)
			good = complete_output(e, enrichment, o, err);
	enrichment_free(enrichment);
	return good;
}

static bool enrich(struct enriching *e, struct error *err)
{
	struct enricher *enricher = enricher_open(&e->config.enrich, err);
	struct error ignored;
	bool good;

	if (!enricher)
		return false;
	if (!enricher_start(enricher, &ignored))
		fprintf(stderr, "reportbridge: %s\n", ignored.text);
	good = complete_all(e, enricher, err);
	if (!enricher_save(enricher, true, &ignored))
		fprintf(stderr, "reportbridge: %s\n", ignored.text);
	enricher_close(enricher);
	return good;
}

int command_enrich(int argc, char **argv)
{
	struct enriching e = { .since = command_days_ago(USUAL_DAYS) };
	struct error err;
	bool good;

	if (!read_arguments(&e, argc, argv))
		return EXIT_USAGE;
	if (!config_read(&e.config, e.config_file, &err))
		return command_bad_config(&e.config);
	good = config_read_setup_secrets(&e.config, &err) && enrich(&e, &err);
	command_hand_over(&e.config);
	config_release(&e.config);
	return good ? EXIT_DONE : command_failed(&err);
}
