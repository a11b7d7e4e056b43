/* setup.c - the command "setup": index templates on the search server
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "base/limits.h"
#include "bridge/command.h"
#include "bridge/parsedmarc_template.h"
#include "bridge/template.h"
#include "bridge/wiring.h"
#include "output/elastic_setup.h"

/* The template of this position; false: there are no more. */
static bool template_at(const struct config *config, unsigned position, struct strbuf *name,
			struct strbuf *json)
{
	const struct index_naming *naming = &config->output.naming;

	strbuf_reset(name);
	strbuf_reset(json);
	if (naming->schema == SCHEMA_PARSEDMARC)
		return parsedmarc_template(position, naming, config->tenants, name, json);
	if (position == DOCUMENT_KINDS)
		return false;
	template_name(position, naming->prefix, name);
	template_json(position, naming->prefix, json);
	return true;
}

static void print_all(const struct config *config)
{
	struct strbuf name, json;

	strbuf_init(&name, 256);
	strbuf_init(&json, LIMIT_DOCUMENT_BYTES);
	for (unsigned i = 0; template_at(config, i, &name, &json); i++)
		printf("PUT /_index_template/%s\n%s\n\n", name.buf, json.buf);
	strbuf_release(&name);
	strbuf_release(&json);
}

static bool put_template(struct elastic_setup *setup, const struct strbuf *name,
			 const struct strbuf *json, bool force, struct error *err)
{
	enum setup_outcome outcome;

	if (!elastic_setup_template(setup, name->buf, strbuf_slice(json), TEMPLATE_VERSION, force,
				    &outcome, err))
		return false;
	printf("index template %s: %s\n", name->buf, setup_outcome_text(outcome));
	return true;
}

static bool put_all(const struct config *config, struct elastic_setup *setup, bool force,
		    struct error *err)
{
	struct strbuf name, json;
	bool good = true;

	strbuf_init(&name, 256);
	strbuf_init(&json, LIMIT_DOCUMENT_BYTES);
	for (unsigned i = 0; good && template_at(config, i, &name, &json); i++)
		good = put_template(setup, &name, &json, force, err);
	strbuf_release(&name);
	strbuf_release(&json);
	return good;
}

int command_setup(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	struct elastic_setup *setup;
	struct error err;
	int status;
	bool good = true;

	if (!command_start(argc, argv, "print force", &line, &config, &status))
		return status;
	if (line.print) {
		print_all(&config);
	} else if (config.output.type == OUTPUT_FILE) {
		puts("a file output needs no set-up");
	} else {
		setup = elastic_setup_new(wiring_elastic(&config));
		good = put_all(&config, setup, line.force, &err);
		elastic_setup_free(setup);
	}
	config_release(&config);
	return good ? EXIT_DONE : command_failed(&err);
}
