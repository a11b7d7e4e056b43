/* retention.c - the commands "retention" and "delete-tenant"
 *
 * SPDX-License-Identifier: MIT
 *
 * Only indices whose names are read back as ours are ever deleted, each by
 * its full name: no pattern leaves this file.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "bridge/commands/command.h"
#include "bridge/setup/setup.h"
#include "bridge/wiring/wiring.h"
#include "output/elastic_answer.h"

#define PATH_LIMIT 1024

struct sweep {
	struct setup *setup;
	const char *tenant; /* NULL: what is past its retention, of all */
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
	/* Nobody's any more: as long as the output says.  What looks like a
	 * tenant in a name of parsedmarc may be of another bridge's prefix. */
	return output->naming.schema == SCHEMA_ECS ? setup_days(output->retention_ms) : 0;
}

static bool is_due(const struct sweep *s, const struct index_name *parts)
{
	const unsigned days = days_of(s->setup, parts->tenant);

	if (s->tenant)
		return index_tenant_is(&s->setup->output->naming, parts->tenant, s->tenant);
	return days > 0 && parts->end + (int64_t)days * 86400 <= s->now;
}

static bool on_index(void *context, const char *index, const char *text, struct error *err)
{
	struct sweep *s = context;
	struct http_answer answer;
	struct index_name parts;
	struct strbuf path;
	bool good = true;

	(void)text;
	if (!index_name_read(slice_of(index), &s->setup->output->naming, &parts) ||
	    !is_due(s, &parts))
		return true;
	s->found++;
	if (!s->only_show) {
		strbuf_init(&path, PATH_LIMIT);
		strbuf_add_format(&path, "/%s", index);
		good = elastic_setup_ask(s->setup->server, "DELETE", path.buf,
					 (struct slice){ NULL, 0 }, &answer, err);
		strbuf_release(&path);
	}
	if (good)
		printf("index %s: %s\n", index, s->only_show ? "to be deleted" : "deleted");
	return good;
}

/* All that may be one of ours: the names are then looked at one by one. */
static void add_patterns(const struct index_naming *naming, struct strbuf *path)
{
	size_t count;
	const enum document_kind *kinds = index_kinds(naming, &count);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			strbuf_add_byte(path, ',');
		if (naming->schema == SCHEMA_PARSEDMARC)
			strbuf_add_format(path, "%s*%s*", naming->prefix,
					  document_kind_name(kinds[i]));
		else
			index_pattern_add(path, naming, kinds[i], NULL);
	}
}

static bool sweep(struct sweep *s, struct error *err)
{
	struct http_answer answer;
	struct strbuf path;
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_byte(&path, '/');
	add_patterns(&s->setup->output->naming, &path);
	strbuf_add_text(&path, "/_settings?filter_path=%2A.settings.index.uuid");
	good = elastic_setup_ask(s->setup->server, "GET", path.buf, (struct slice){ NULL, 0 },
				 &answer, err);
	if (good && answer.status == 200)
		good = elastic_answer_indices(answer.body, "", on_index, s, err);
	strbuf_release(&path);
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
	good = sweep(&s, err);
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
	/* Even what would be deleted can only be told by the server. */
	if (line.print)
		good = config_read_setup_secrets(&config, &err);
	for (const struct output_config *o = &config.output; o && good; o = o->next)
		good = enforce(&config, o, line.print, &err);
	config_release(&config);
	return good ? EXIT_DONE : command_failed(&err);
}

static bool delete_role(struct setup *setup, const char *tenant, struct error *err)
{
	enum setup_object object;
	enum setup_outcome outcome;
	struct strbuf name;
	bool has, good;

	if (!elastic_setup_product(setup->server, setup->output->product,
				   &setup->product, err))
		return false;
	object = setup->product.flavour == FLAVOUR_OPENSEARCH ? SETUP_OPENSEARCH_ROLE : SETUP_ROLE;
	if (!setup_has(setup, object, &has, err))
		return false;
	if (!has)
		return true;
	strbuf_init(&name, PATH_LIMIT);
	setup_role_name(setup, tenant, &name);
	good = setup_object_delete(setup->objects, object, name.buf, false, &outcome, err);
	if (good && outcome != SETUP_CURRENT)
		printf("role %s: %s\n", name.buf,
		       outcome == SETUP_UPDATED ? "deleted" : setup_outcome_text(outcome));
	strbuf_release(&name);
	return good;
}

static bool delete_tenant(struct config *config, const struct output_config *output,
			  const struct command_line *line, size_t *found, struct error *err)
{
	struct setup setup;
	struct sweep s = { .setup = &setup, .tenant = line->operand, .only_show = !line->yes };
	bool good;

	if (output->type != OUTPUT_ELASTICSEARCH) {
		printf("output %s: not a search server, so what it holds of tenant %s stays there: "
		       "delete it by hand\n",
		       output->name, line->operand);
		return true;
	}
	setup_init(&setup, config, output);
	setup.server = elastic_setup_new(wiring_elastic_setup(config, output));
	setup.objects = setup_objects_new(setup.server);
	good = sweep(&s, err);
	good = good && (!line->yes || delete_role(&setup, line->operand, err));
	*found += s.found;
	if (good)
		printf("output %s: %zu indices of tenant %s%s\n", output->name, s.found,
		       line->operand, line->yes ? " deleted" : "; --yes deletes them and its role");
	setup_release(&setup);
	return good;
}

int command_delete_tenant(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	struct error err;
	bool good = true;
	size_t found = 0;
	int status;

	if (!command_start_with(config_read_setup_secrets, argc, argv, "yes " COMMAND_OPERAND, &line,
				&config, &status))
		return status;
	if (!line.operand || !tenant_name_valid(slice_of(line.operand))) {
		status = command_usage(argv[0], "which tenant?");
	} else {
		if (command_is_tenant(&config, line.operand))
			fprintf(stderr,
				"reportbridge: tenant %s is still in the configuration, and its next "
				"report makes new indices: take it out first\n",
				line.operand);
		for (const struct output_config *o = &config.output; o && good; o = o->next)
			good = delete_tenant(&config, o, &line, &found, &err);
		if (good && found == 0 && !command_is_tenant(&config, line.operand))
			good = error_set(&err, ERROR_FATAL,
					 "there is no tenant %s: none in the configuration, and no index "
					 "of one",
					 line.operand);
		status = good ? EXIT_DONE : command_failed(&err);
	}
	config_release(&config);
	return status;
}
