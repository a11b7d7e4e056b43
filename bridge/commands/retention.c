/* retention.c - the command "retention": deletes indices past their retention
 *
 * SPDX-License-Identifier: MIT
 *
 * Deletes only indices whose names index_name_read() recognises, each by its full name, never
 * by a pattern.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "bridge/commands/command.h"
#include "bridge/tenants/stored.h"
#include "bridge/wiring/wiring.h"

#define PATH_LIMIT 1024

struct sweep {
	struct setup *setup;
	int64_t now;
	bool only_show;
	size_t found;
};

/* 0: for ever. */
static unsigned days_of(const struct setup *setup, struct slice tenant)
{
	const struct output_config *output = setup->output;

	for (size_t i = 0; i < setup->tenant_count; i++)
		if (index_tenant_is(&output->naming, tenant, setup->tenants[i].name))
			return setup->tenants[i].days;
	/* A tenant that is not configured has the output's retention. In parsedmarc's
	 * schema what looks like a tenant may be part of another bridge's prefix. */
	return output->naming.schema == SCHEMA_ECS ? setup_days(output->retention_ms) : 0;
}

static bool on_index(void *context, const struct stored_index *index, struct error *err)
{
	struct sweep *s = context;
	const unsigned days = days_of(s->setup, index->parts.tenant);
	struct http_answer answer;
	struct strbuf path;
	bool good = true;

	if (days == 0 || index->parts.end + (int64_t)days * 86400 > s->now)
		return true;
	s->found++;
	if (!s->only_show) {
		strbuf_init(&path, PATH_LIMIT);
		strbuf_add_format(&path, "/%s", index->name);
		good = elastic_setup_ask(s->setup->server, "DELETE", path.buf,
					 (struct slice){ NULL, 0 }, &answer, err);
		strbuf_release(&path);
	}
	if (good)
		printf("index %s: %s\n", index->name, s->only_show ? "to be deleted" : "deleted");
	return good;
}

static bool enforce(struct config *config, const struct output_config *output, bool only_show,
		    struct error *err)
{
	struct setup setup;
	struct sweep s = { .setup = &setup, .now = clock_unix(), .only_show = only_show };
	bool good;

	if (output->type != OUTPUT_ELASTICSEARCH)
		return true;
	setup_init(&setup, config, output);
	setup.server = elastic_setup_new(wiring_elastic_setup(config, output));
	good = stored_indices(&setup, false, on_index, &s, err);
	if (good)
		printf("output %s: %zu indices past their retention\n", output->name, s.found);
	setup_release(&setup);
	return good;
}

int command_retention(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	struct error err;
	bool good = true;
	int status;

	if (!command_start_with(config_read_setup_secrets, argc, argv, "print", &line, &config,
				&status))
		return status;
	/* --print needs the server too, to find the indices that would be deleted. */
	if (line.print)
		good = config_read_setup_secrets(&config, &err);
	for (const struct output_config *o = &config.output; o && good; o = o->next)
		good = enforce(&config, o, line.print, &err);
	config_release(&config);
	return good ? EXIT_DONE : command_failed(&err);
}
