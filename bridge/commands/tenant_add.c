/* tenant_add.c - the commands "tenant add" and "tenant list"
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "bridge/commands/tenant_command.h"
#include "bridge/process/running.h"
#include "bridge/setup/setup_login.h"
#include "bridge/tenants/audit.h"
#include "bridge/tenants/overview.h"
#include "bridge/tenants/tenants_file.h"
#include "bridge/wiring/wiring.h"

/* Splits "a.example, b.example"; ended by NULL, in the arena. */
static const char **split(struct arena *arena, const char *text)
{
	const char **list = arena_alloc(arena, (strlen(text) / 2 + 2) * sizeof(*list));
	struct slice rest = slice_of(text);
	size_t count = 0;

	while (list && rest.size > 0) {
		const struct slice word = slice_trim(slice_split(rest, ',', &rest));

		if (word.size > 0)
			list[count++] = arena_text(arena, word);
	}
	return list;
}

static bool add_domains(const struct tenant_line *line, struct config *config, struct error *err)
{
	struct tenants_file_change change = { .tenant = line->name, .force = line->force };

	change.domains = split(&config->arena, line->domains);
	if (!change.domains || !change.domains[0])
		return error_set(err, ERROR_FATAL, "--domains names none");
	if (!tenants_file_add(line->config_file, &change, err))
		return false;
	printf("tenant %s: %zu %s added to %s", line->name, change.added,
	       change.added == 1 ? "domain" : "domains", config->bridge.tenants_file);
	if (change.known > 0)
		printf(", %zu there already", change.known);
	putchar('\n');
	return true;
}

/* --- setup and login of one tenant ---------------------------------------------------- */

static bool make_login(struct config *config, const struct output_config *output,
		       const struct tenant_line *line, struct error *err)
{
	const bool is_user = strcmp(line->reader, "user") == 0;
	struct strbuf secret, name;
	struct setup setup;
	bool good;

	strbuf_init(&secret, KIB);
	strbuf_init(&name, KIB);
	setup_init(&setup, config, output);
	setup_role_name(&setup, line->name, &name);
	good = setup_connect(&setup, wiring_elastic_setup(config, output), err) &&
	       setup_login_make(&setup, line->name, is_user ? SETUP_LOGIN_USER : SETUP_LOGIN_KEY,
				line->force, &secret, err);
	if (good && is_user)
		printf("login of its readers, shown once: user %s, password %s\n", name.buf,
		       secret.buf);
	else if (good)
		printf("login of its readers, shown once: API key %s\n", secret.buf);
	explicit_bzero(secret.buf, secret.len);
	strbuf_release(&secret);
	strbuf_release(&name);
	setup_release(&setup);
	return good;
}

/* Reads the configuration again, which now has the tenant. */
static int set_up(const struct tenant_line *line)
{
	struct config config;
	struct error err;
	int status;

	if (!config_read(&config, line->config_file, &err))
		return command_bad_config(&config);
	if (!config_read_setup_secrets(&config, &err)) {
		config_release(&config);
		return command_failed(&err);
	}
	status = setup_all(&config, &(struct command_line){ .tenant = line->name });
	for (const struct output_config *o = &config.output;
	     o && status == EXIT_DONE && line->reader; o = o->next)
		if (o->type == OUTPUT_ELASTICSEARCH && !make_login(&config, o, line, &err))
			status = command_failed(&err);
	config_release(&config);
	return status;
}

/* --- the running bridge ------------------------------------------------------------------ */

static int tell_bridge(const struct config *config)
{
	struct running_counts counts;
	struct error err;

	if (!running_signal(config->bridge.state_directory, SIGHUP, &counts, &err))
		return command_failed(&err);
	if (counts.signalled > 0)
		printf("%u running %s the configuration again\n", counts.signalled,
		       counts.signalled == 1 ? "bridge reads" : "bridges read");
	else if (counts.unreachable == 0)
		printf("no bridge runs with the state directory %s; one that starts reads the "
		       "file\n",
		       config->bridge.state_directory);
	if (counts.unreachable == 0)
		return EXIT_DONE;
	fprintf(stderr,
		"reportbridge: %u running %s of another user or in another container: send SIGHUP "
		"there\n",
		counts.unreachable, counts.unreachable == 1 ? "bridge is" : "bridges are");
	return EXIT_UNREACHABLE;
}

static int add(const struct tenant_line *line, struct config *config)
{
	struct error err;
	int status = EXIT_DONE;

	if (!add_domains(line, config, &err))
		return command_failed(&err);
	fflush(stdout);
	if (line->setup || line->reader)
		status = set_up(line);
	if (status == EXIT_DONE)
		return tell_bridge(config);
	fputs("reportbridge: the running bridge was not notified; repeat the command\n", stderr);
	return status;
}

int tenant_add(const struct tenant_line *line, struct config *config)
{
	struct audit audit;
	struct error err;
	int status;

	if (tenant_name_reserved(line->name))
		return command_usage(line->command, "unclaimed and default are reserved names");
	if (!line->domains)
		return command_usage(line->command, "--domains is missing");
	if (line->reader && strcmp(line->reader, "user") != 0 &&
	    strcmp(line->reader, "api-key") != 0)
		return command_usage(line->command, "--reader takes user or api-key");
	if (!audit_begin(&audit, config, line->whole, &err))
		return command_failed(&err);
	status = add(line, config);
	audit_end(&audit, status == EXIT_DONE ? "done" : "failed");
	return status;
}

int tenant_list(const struct tenant_line *line, struct config *config)
{
	const struct output_config *output = tenant_output(line, config);
	struct error err;

	if (!output)
		return EXIT_USAGE;
	return overview_print(config, output, &err) ? EXIT_DONE : command_failed(&err);
}
