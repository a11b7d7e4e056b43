/* setup.c - the command "setup": index templates on the search server
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "base/limits.h"
#include "bridge/command.h"
#include "bridge/template.h"
#include "bridge/wiring.h"
#include "output/elastic_setup.h"

static void print_all(const struct config *config)
{
	struct strbuf text;

	strbuf_init(&text, LIMIT_DOCUMENT_BYTES);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++) {
		strbuf_add_text(&text, "PUT /_index_template/");
		template_name(kind, config->output.naming.prefix, &text);
		strbuf_add_byte(&text, '\n');
		template_json(kind, config->output.naming.prefix, &text);
		strbuf_add_text(&text, "\n\n");
	}
	fwrite(text.buf, 1, text.len, stdout);
	strbuf_release(&text);
}

static bool put_template(struct elastic_setup *setup, enum document_kind kind,
			 const char *index_prefix, bool force, struct error *err)
{
	struct strbuf name, json;
	enum setup_outcome outcome;
	bool good;

	strbuf_init(&name, 256);
	strbuf_init(&json, LIMIT_DOCUMENT_BYTES);
	template_name(kind, index_prefix, &name);
	template_json(kind, index_prefix, &json);
	good = elastic_setup_template(setup, name.buf, strbuf_slice(&json), TEMPLATE_VERSION, force,
				      &outcome, err);
	if (good)
		printf("index template %s: %s\n", name.buf, setup_outcome_text(outcome));
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
		for (unsigned kind = 0; kind < DOCUMENT_KINDS && good; kind++)
			good = put_template(setup, kind, config.output.naming.prefix, line.force,
					    &err);
		elastic_setup_free(setup);
	}
	config_release(&config);
	return good ? EXIT_DONE : command_failed(&err);
}
