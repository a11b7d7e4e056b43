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

static bool wrong(const struct tenant_line *line, const char *text)
{
	(void)command_usage(line->command, text);
	return false;
}

static bool take_time(const struct tenant_line *line, const char *text, bool *has, int64_t *time)
{
	*has = command_read_since(text, time);
	return *has || wrong(line, "--since and --until take days (30d), weeks (4w) or a date "
				   "(2026-11-24)");
}

static bool take_option(struct tenant_line *line, int letter, const char *value)
{
	switch (letter) {
	case 'c': line->config_file = value; return true;
	case 'd': line->domains = value; return true;
	case 'R': line->reader = value; return true;
	case 'S': line->setup = true; return true;
	case 'F': line->from = value; return true;
	case 'T': line->to = value; return true;
	case 'D': line->domain = value; return true;
	case 's': return take_time(line, value, &line->has_since, &line->since);
	case 'u': return take_time(line, value, &line->has_until, &line->until);
	case 'o': line->output = value; return true;
	case 'O': line->file = value; return true;
	case 'f': line->force = true; return true;
	case 'y': line->yes = true; return true;
	case 'p': line->print = true; return true;
	case 'a': line->all = true; return true;
	default: return false;
	}
}

/* Whether the word is in the list. */
static bool has_word(const char *list, const char *word)
{
	struct slice rest = slice_of(list);

	while (rest.size > 0)
		if (slice_is(slice_split(rest, ' ', &rest), word))
			return true;
	return false;
}

static bool read_arguments(const struct subcommand *sub, int argc, char **argv,
			   struct tenant_line *line)
{
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "domains", required_argument, NULL, 'd' },
		{ "reader", required_argument, NULL, 'R' },
		{ "setup", no_argument, NULL, 'S' },
		{ "from", required_argument, NULL, 'F' },
		{ "to", required_argument, NULL, 'T' },
		{ "domain", required_argument, NULL, 'D' },
		{ "since", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ "output", required_argument, NULL, 'o' },
		{ "file", required_argument, NULL, 'O' },
		{ "force", no_argument, NULL, 'f' },
		{ "yes", no_argument, NULL, 'y' },
		{ "print", no_argument, NULL, 'p' },
		{ "all", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	int found, which = -1;

	optind = 1;
	while ((found = command_next_option(argc, argv, "c:", long_options, &which)) != -1) {
		if (found != 'c' && found != '?' &&
		    !has_word(sub->options, long_options[which].name))
			return wrong(line, "an option of another command");
		if (!take_option(line, found, optarg))
			return false;
	}
	if (sub->takes_name && optind < argc)
		line->name = argv[optind++];
	if (optind < argc)
		return wrong(line, "too many arguments");
	if (!line->config_file)
		return wrong(line, "-c FILE is missing");
	if (!sub->takes_name)
		return true;
	return (line->name && tenant_name_valid(slice_of(line->name))) ||
	       wrong(line, "which tenant? A name has only a-z, 0-9 and _, at most 63, no _ first");
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
	struct strbuf whole;
	int status;

	strbuf_init(&whole, WHOLE_LIMIT);
	audit_command(argv, &whole);
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
