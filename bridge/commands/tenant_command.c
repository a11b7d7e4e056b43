/* tenant_command.c - the command "tenant": adds, lists, moves, exports and deletes tenants
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/tenant_command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/limits.h"
#include "bridge/commands/options.h"
#include "bridge/tenants/audit.h"

/* options: the long options of the subcommand. */
/* clang-format off */
static const struct subcommand {
	const char *word, *command, *options;
	bool takes_name;
	read_secrets_fn *secrets;
	int (*run)(const struct tenant_line *line, struct config *config);
} subcommands[] = {
	{ "add", "tenant add", "domains force setup reader", true, config_read_no_secrets, tenant_add },
	{ "move", "tenant move", "from to domain all since until print", false,
	  config_read_setup_secrets, tenant_move },
	{ "export", "tenant export", "output file", true, config_read_setup_secrets, tenant_export },
	{ "delete", "tenant delete", "yes", true, config_read_setup_secrets, tenant_delete },
	{ "list", "tenant list", "output", false, config_read_setup_secrets, tenant_list },
};
/* clang-format on */

#define SUBCOMMAND_WORDS "add, list, move, export or delete"
#define WHOLE_LIMIT (32 * KIB)
#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static const struct subcommand *find(const char *word)
{
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (strcmp(subcommands[i].word, word) == 0)
			return &subcommands[i];
	return NULL;
}

static bool read_since(void *command, const char *text)
{
	struct tenant_line *line = command;

	line->has_since = command_read_since(text, &line->since);
	return line->has_since;
}

static bool read_until(void *command, const char *text)
{
	struct tenant_line *line = command;

	line->has_until = command_read_since(text, &line->until);
	return line->has_until;
}

static bool read_arguments(const struct subcommand *sub, int argc, char **argv,
			   struct tenant_line *line)
{
	static const struct command_option options[] = {
		OPTION_TEXT("config", struct tenant_line, config_file),
		OPTION_TEXT("domains", struct tenant_line, domains),
		OPTION_TEXT("reader", struct tenant_line, reader),
		OPTION_FLAG("setup", struct tenant_line, setup),
		OPTION_TEXT("from", struct tenant_line, from),
		OPTION_TEXT("to", struct tenant_line, to),
		OPTION_TEXT("domain", struct tenant_line, domain),
		OPTION_READ("since", read_since, SINCE_FORMS),
		OPTION_READ("until", read_until, SINCE_FORMS),
		OPTION_TEXT("output", struct tenant_line, output),
		OPTION_TEXT("file", struct tenant_line, file),
		OPTION_FLAG("force", struct tenant_line, force),
		OPTION_FLAG("yes", struct tenant_line, yes),
		OPTION_FLAG("print", struct tenant_line, print),
		OPTION_FLAG("all", struct tenant_line, all),
		{ .name = NULL },
	};

	if (!command_read_options(argc, argv, sub->options, options, line))
		return false;
	if (sub->takes_name && optind < argc)
		line->name = argv[optind++];
	if (optind < argc)
		return command_refuse(line->command, "too many arguments");
	if (!line->config_file)
		return command_refuse(line->command, "-c FILE is missing");
	if (!sub->takes_name)
		return true;
	return (line->name && tenant_name_valid(slice_of(line->name))) ||
	       command_refuse(
		       line->command,
		       "which tenant? A name has only a-z, 0-9 and _, at most 63, no _ first");
}

const struct output_config *tenant_output(const struct tenant_line *line,
					  const struct config *config)
{
	for (const struct output_config *o = &config->output; o; o = o->next)
		if (o->type == OUTPUT_ELASTICSEARCH &&
		    (!line->output || strcmp(line->output, o->name) == 0))
			return o;
	(void)command_usage(line->command, line->output ? "--output names no search server"
							: "the configuration has no search server");
	return NULL;
}

static int run(const struct subcommand *sub, const struct tenant_line *line)
{
	struct config config;
	struct error err;
	int status;

	if (!config_read(&config, line->config_file, &err))
		return command_bad_config(&config);
	(void)prctl(PR_SET_DUMPABLE, 0);
	log_configure(config.bridge.log_level, config.bridge.log_format);
	status = sub->secrets(&config, &err) ? sub->run(line, &config) : command_failed(&err);
	command_hand_over(&config);
	config_release(&config);
	return status;
}

static int run_subcommand(const struct subcommand *sub, int argc, char **argv, const char *whole)
{
	struct tenant_line line = { .command = sub->command, .whole = whole };

	return read_arguments(sub, argc, argv, &line) ? run(sub, &line) : EXIT_USAGE;
}

/* words: number of arguments that name the subcommand. */
static int start(const struct subcommand *sub, int words, int argc, char **argv)
{
	char name[sizeof("tenant delete")];
	struct strbuf whole;
	int status;

	strbuf_init(&whole, WHOLE_LIMIT);
	audit_command(argv, &whole);
	/* For messages about options. */
	snprintf(name, sizeof(name), "%s", sub->command);
	argv[words] = name;
	status = run_subcommand(sub, argc - words, argv + words, whole.buf);
	strbuf_release(&whole);
	return status;
}

int command_tenant(int argc, char **argv)
{
	const struct subcommand *sub = argc > 1 ? find(argv[1]) : NULL;

	return sub ? start(sub, 1, argc, argv) : command_usage(argv[0], SUBCOMMAND_WORDS "?");
}

int command_delete_tenant(int argc, char **argv)
{
	return start(find("delete"), 0, argc, argv);
}
