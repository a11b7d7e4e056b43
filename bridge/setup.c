/* setup.c - the command "setup": what run and the dashboards need to find
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/setup.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/command.h"
#include "bridge/template.h"
#include "bridge/wiring.h"

#define DAY_MS (INT64_C(86400) * 1000)

static const struct setup_step steps[] = {
	{ setup_index_period, true },
	{ setup_lifecycle_policies, true },
	{ setup_templates, true },
	{ setup_existing_mappings, false },
	{ setup_existing_lifecycles, false },
	{ setup_roles, false },
	{ setup_kibana_spaces, false },
	{ setup_dashboards, false },
	{ setup_alert_rules, false },
};

unsigned setup_days(int64_t retention_ms)
{
	return (unsigned)((retention_ms + DAY_MS - 1) / DAY_MS);
}

static void add_tenant(struct setup *setup, const char *name, int64_t retention_ms)
{
	if (retention_ms == 0)
		retention_ms = setup->output->retention_ms;
	setup->tenants[setup->tenant_count++] =
		(struct setup_tenant){ name, setup_days(retention_ms) };
}

void setup_init(struct setup *setup, const struct config *config,
		const struct output_config *output)
{
	const struct tenant_config *t;
	bool unclaimed = false;
	size_t count = 1;

	*setup = (struct setup){ .config = config, .output = output };
	for (t = config->tenants; t; t = t->next)
		count++;
	setup->tenants = xcalloc(count, sizeof(*setup->tenants));
	for (t = config->tenants; t; t = t->next) {
		add_tenant(setup, t->name, t->retention_ms);
		unclaimed |= strcmp(t->name, TENANT_UNCLAIMED) == 0;
	}
	if (!unclaimed)
		add_tenant(setup, config->tenants ? TENANT_UNCLAIMED : TENANT_DEFAULT, 0);
}

void setup_release(struct setup *setup)
{
	elastic_setup_free(setup->server);
	free(setup->tenants);
}

static void show(enum setup_object object, const char *name, const struct setup_content *content)
{
	struct strbuf text;

	strbuf_init(&text, 8 * MIB);
	setup_object_print(object, name, content, &text);
	fwrite(text.buf, 1, text.len, stdout);
	strbuf_release(&text);
}

bool setup_put(struct setup *setup, enum setup_object object, const char *name,
	       const struct strbuf *content, bool *written, struct error *err)
{
	const struct setup_content whole = {
		.json = strbuf_slice(content),
		.version = TEMPLATE_VERSION,
		.period = object == SETUP_TEMPLATE ? index_period_name(&setup->output->naming)
						   : NULL,
	};
	enum setup_outcome outcome = SETUP_CREATED;

	if (!setup->server)
		show(object, name, &whole);
	else if (!setup_object_put(setup->server, object, name, &whole, setup->force, &outcome,
				   err))
		return false;
	else
		printf("%s %s: %s\n", setup_object_label(object), name,
		       setup_outcome_text(outcome));
	if (written)
		*written = outcome == SETUP_CREATED || outcome == SETUP_UPDATED ||
			   outcome == SETUP_CURRENT;
	return true;
}

bool setup_send(struct setup *setup, const char *method, const char *path, struct slice body,
		struct error *err)
{
	struct http_answer answer;

	if (setup->server)
		return elastic_setup_ask(setup->server, method, path, body, &answer, err);
	printf("%s %s\n%.*s\n\n", method, path, (int)body.size, body.data ? body.data : "");
	return true;
}

bool setup_has(struct setup *setup, enum setup_object object, bool *has, struct error *err)
{
	if (setup->server)
		return setup_object_known(setup->server, object, has, err);
	*has = object != SETUP_ILM_POLICY || setup->product.flavour != FLAVOUR_SERVERLESS;
	return true;
}

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
	const enum elastic_flavour given = (enum elastic_flavour)setup->output->product;
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

static int write_all(struct setup *setup, const struct elastic_settings *settings)
{
	int status = EXIT_DONE;
	struct error err;

	setup->server = elastic_setup_new(settings);
	if (!elastic_setup_product(setup->server, (enum elastic_flavour)setup->output->product,
				   &setup->product, &err))
		return command_failed(&err);
	if (setup->product.flavour == FLAVOUR_UNKNOWN) {
		const char *cure = http_login_cure(elastic_setup_http(setup->server),
						   setup->product.status);

		error_set(&err, ERROR_FATAL, "%s does not tell what it is: HTTP status %u; %s",
			  settings->urls[0], setup->product.status,
			  cure ? cure : "set product = elasticsearch, opensearch or serverless");
		return command_failed(&err);
	}
	printf("%s %s\n", elastic_flavour_name(setup->product.flavour), setup->product.version);
	run_steps(setup, &status, &err);
	return status;
}

static int set_up(struct config *config, const struct output_config *output,
		  const struct command_line *line)
{
	struct setup setup;
	int status;

	if (output->type != OUTPUT_ELASTICSEARCH) {
		printf("output %s: needs no set-up\n", output->name);
		return EXIT_DONE;
	}
	setup_init(&setup, config, output);
	setup.force = line->force;
	status = line->print ? show_all(&setup)
			     : write_all(&setup, wiring_elastic_setup(config, output));
	setup_release(&setup);
	return status;
}

int command_setup(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	int status;

	if (!command_start_with(config_read_setup_secrets, argc, argv, "print force", &line, &config,
				&status))
		return status;
	status = EXIT_DONE;
	for (const struct output_config *o = &config.output; o; o = o->next) {
		const int this_status = set_up(&config, o, &line);

		if (this_status > status)
			status = this_status;
	}
	config_release(&config);
	return status;
}
