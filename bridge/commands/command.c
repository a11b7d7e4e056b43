/* command.c - code shared by the commands
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/log.h"
#include "base/nearest.h"

#define DAY INT64_C(86400)

int command_failed(const struct error *err)
{
	fprintf(stderr, "reportbridge: %s\n", err->text);
	switch (err->class) {
	case ERROR_RETRY: return EXIT_UNREACHABLE;
	case ERROR_REJECT: return EXIT_REFUSED;
	default: return EXIT_USAGE;
	}
}

int command_bad_config(struct config *config)
{
	struct slice line, rest = strbuf_slice(&config->errors);

	while ((line = slice_split(rest, '\n', &rest)).size > 0)
		fprintf(stderr, "reportbridge: %.*s\n", (int)line.size, line.data);
	config_release(config);
	return EXIT_USAGE;
}

int command_usage(const char *command, const char *text)
{
	fprintf(stderr, "reportbridge %s: %s; try 'reportbridge help %s'\n", command, text,
		command);
	return EXIT_USAGE;
}

/* Whether the name is a format, which people try as an option. */
static bool is_format(struct slice name)
{
	static const char *const formats[] = { "summary", "html", "json", "ndjson", "text" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (slice_is(name, formats[i]))
			return true;
	return false;
}

/* Explains why getopt_long() refused the option, and suggests the most similar one. */
static void explain_refusal(char **argv, const char *letters, const struct option *known)
{
	const char *written = argv[optind - 1];
	struct nearest near = NEAREST_NONE;
	struct slice rest, name = slice_split(slice_of(written), '=', &rest);

	if (optopt > 0 && strchr(letters, optopt)) {
		fprintf(stderr, "reportbridge %s: -%c needs a value; try 'reportbridge help %s'\n",
			argv[0], optopt, argv[0]);
		return;
	}
	name = slice_starts_with(name, "--") ? slice_skip(name, 2) : name;
	for (; known->name; known++) {
		if (slice_is(name, known->name) && name.data != written) {
			fprintf(stderr, "reportbridge %s: --%s %s; try 'reportbridge help %s'\n",
				argv[0], known->name,
				known->has_arg == no_argument ? "takes no value" : "needs a value",
				argv[0]);
			return;
		}
		if (strcmp(known->name, "format") == 0 && is_format(name))
			near = (struct nearest){ .word = "format" };
		nearest_offer(&near, name, known->name);
	}
	fprintf(stderr, "reportbridge %s: unknown option %s%s%s%s%s; try 'reportbridge help %s'\n",
		argv[0], written, near.word ? "; did you mean --" : "", near.word ? near.word : "",
		near.word && near.best == 0 ? " " : "",
		near.word && near.best == 0 ? name.data : "", argv[0]);
}

int command_next_option(int argc, char **argv, const char *letters, const struct option *known,
			int *which)
{
	int found;

	opterr = 0;
	found = getopt_long(argc, argv, letters, known, which);
	if (found == '?')
		explain_refusal(argv, letters, known);
	return found;
}

static bool usage(const char *command, const char *text)
{
	(void)command_usage(command, text);
	return false;
}

static bool read_arguments(int argc, char **argv, const char *allowed, struct command_line *line)
{
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "once", no_argument, NULL, 'o' },
		{ "print", no_argument, NULL, 'p' },
		{ "force", no_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "reread", required_argument, NULL, 'r' },
		{ "yes", no_argument, NULL, 'y' },
		{ "format", required_argument, NULL, 'F' },
		{ "tenant", required_argument, NULL, 't' },
		{ "write-key", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int found, which;

	optind = 1;
	while ((found = command_next_option(argc, argv, "c:", long_options, &which)) != -1) {
		switch (found) {
		case 'c': line->config_file = optarg; continue;
		case 'o': line->once = true; break;
		case 'p': line->print = true; break;
		case 'f': line->force = true; break;
		case 'r': line->reread = optarg; break;
		case 'd': line->dry_run = true; break;
		case 'y': line->yes = true; break;
		case 'F': line->format = optarg; break;
		case 't': line->tenant = optarg; break;
		case 'w': line->write_key = optarg; break;
		default: return false;
		}
		if (!strstr(allowed, long_options[which].name))
			return usage(argv[0], "an option of another command");
	}
	if (optind < argc && strstr(allowed, COMMAND_OPERAND))
		line->operand = argv[optind++];
	if (optind < argc)
		return usage(argv[0], "too many arguments");
	if (!line->config_file)
		return usage(argv[0], "-c FILE is missing");
	return true;
}

bool command_start_with(read_secrets_fn *read_secrets, int argc, char **argv, const char *allowed,
			struct command_line *line, struct config *config, int *status)
{
	struct error err;

	*line = (struct command_line){ .config_file = NULL };
	if (!read_arguments(argc, argv, allowed, line)) {
		*status = EXIT_USAGE;
		return false;
	}
	if (!config_read(config, line->config_file, &err)) {
		*status = command_bad_config(config);
		return false;
	}
	/* For all processes: no core file, which would contain secrets, and no access to
	 * the memory by other processes of the same user. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	log_configure(config->bridge.log_level, config->bridge.log_format);
	config_log_warnings(config);
	if (!line->print && !read_secrets(config, &err)) {
		config_release(config);
		*status = command_failed(&err);
		return false;
	}
	return true;
}

bool command_start(int argc, char **argv, const char *allowed, struct command_line *line,
		   struct config *config, int *status)
{
	return command_start_with(config_read_secrets, argc, argv, allowed, line, config, status);
}

bool command_is_tenant(const struct config *config, const char *tenant)
{
	return !tenant || strcmp(tenant, TENANT_UNCLAIMED) == 0 ||
	       strcmp(tenant, TENANT_DEFAULT) == 0 || config_find_tenant(config, slice_of(tenant));
}

int64_t command_days_ago(int64_t days)
{
	const int64_t now = clock_unix();

	return now - now % DAY - days * DAY;
}

bool command_read_since(const char *text, int64_t *since)
{
	const struct slice whole = slice_of(text);
	const bool weeks = slice_ends_with_nocase(whole, "w");
	uint64_t number;
	bool no_zone;

	if ((weeks || slice_ends_with_nocase(whole, "d")) &&
	    slice_to_uint((struct slice){ text, whole.size - 1 }, 36500, &number)) {
		*since = command_days_ago((int64_t)number * (weeks ? 7 : 1));
		return true;
	}
	return datetime_parse(whole, since, &no_zone);
}
