/* setup_command.c - the command "setup": creates what run and the dashboards need
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "bridge/commands/command.h"
#include "bridge/setup/setup_login.h"
#include "bridge/wiring/wiring.h"

static const struct setup_step steps[] = {
	{ setup_kibana_answers, true },
	{ setup_index_period, true },
	{ setup_lifecycle_policies, true },
	{ setup_templates, true },
	{ setup_empty_indices, false },
	{ setup_dynamic_indices, false },
	{ setup_existing_mappings, false },
	{ setup_existing_lifecycles, false },
	{ setup_roles, false },
	{ setup_kibana_spaces, false },
	{ setup_dashboards, false },
	{ setup_alert_rules, false },
	{ setup_note_imports, false },
};

static bool run_steps(struct setup *setup, int *status, struct error *err)
{
	bool good = true;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].run(setup, err))
			continue;
		good = false;
		*status = command_failed(err);
		if (steps[i].essential || err->class == ERROR_RETRY)
			break;
	}
	return good;
}

static int show_all(struct setup *setup)
{
	const enum elastic_flavour given = setup->output->product;
	int status = EXIT_DONE;
	struct error err;

	for (unsigned f = FLAVOUR_ELASTICSEARCH; f <= FLAVOUR_SERVERLESS; f++) {
		if (given != FLAVOUR_UNKNOWN && given != f)
			continue;
		setup->product.flavour = f;
		printf("# %s\n\n", elastic_flavour_name(f));
		run_steps(setup, &status, &err);
	}
	return status;
}

static int write_all(struct setup *setup, const struct elastic_settings *settings,
		     const struct command_line *line)
{
	int status = EXIT_DONE;
	struct error err;

	if (!setup_connect(setup, settings, &err))
		return command_failed(&err);
	printf("%s %s\n", elastic_flavour_name(setup->product.flavour), setup->product.version);
	if (run_steps(setup, &status, &err) && line->write_key &&
	    !setup_write_key(setup, line->write_key, line->force, &err))
		status = command_failed(&err);
	printf("requests: %ju\n", (uintmax_t)http_requests(elastic_setup_http(setup->server)));
	return status;
}

static int set_up(struct config *config, const struct output_config *output,
		  const struct command_line *line)
{
	struct setup setup;
	struct error err;
	int status;

	if (output->type != OUTPUT_ELASTICSEARCH) {
		printf("output %s: needs no set-up\n", output->name);
		return EXIT_DONE;
	}
	setup_init(&setup, config, output);
	setup.force = line->force;
	setup.yes = line->yes;
	setup.only = line->tenant;
	if (setup.only && !setup_tenant_named(&setup, setup.only)) {
		error_set(&err, ERROR_FATAL, "the configuration has no tenant '%s'", setup.only);
		setup_release(&setup);
		return command_failed(&err);
	}
	status = line->print ? show_all(&setup)
			     : write_all(&setup, wiring_elastic_setup(config, output), line);
	setup_release(&setup);
	return status;
}

int setup_all(struct config *config, const struct command_line *line)
{
	int status = EXIT_DONE;

	for (const struct output_config *o = &config->output; o; o = o->next) {
		const int this_status = set_up(config, o, line);

		if (this_status > status)
			status = this_status;
	}
	return status;
}

static size_t elastic_outputs(const struct config *config)
{
	size_t count = 0;

	for (const struct output_config *o = &config->output; o; o = o->next)
		count += o->type == OUTPUT_ELASTICSEARCH;
	return count;
}

int command_setup(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	int status;

	if (!command_start_with(config_read_setup_secrets, argc, argv,
				"print force yes tenant write-key", &line, &config, &status))
		return status;
	if (line.write_key && (line.print || elastic_outputs(&config) != 1)) {
		config_release(&config);
		return command_usage(argv[0], line.print
						      ? "--print makes no key"
						      : "--write-key is for one search server, so "
							"for a configuration with one such output");
	}
	status = setup_all(&config, &line);
	config_release(&config);
	return status;
}
