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
#include "bridge/commands/options.h"

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

static bool read_arguments(int argc, char **argv, const char *allowed, struct command_line *line)
{
	static const struct command_option options[] = {
		OPTION_TEXT("config", struct command_line, config_file),
		OPTION_FLAG("once", struct command_line, once),
		OPTION_FLAG("print", struct command_line, print),
		OPTION_FLAG("force", struct command_line, force),
		OPTION_FLAG("dry-run", struct command_line, dry_run),
		OPTION_TEXT("reread", struct command_line, reread),
		OPTION_FLAG("yes", struct command_line, yes),
		OPTION_TEXT("format", struct command_line, format),
		OPTION_TEXT("tenant", struct command_line, tenant),
		OPTION_TEXT("write-key", struct command_line, write_key),
		{ .name = NULL },
	};

	if (!command_read_options(argc, argv, allowed, options, line))
		return false;
	if (optind < argc && strstr(allowed, COMMAND_OPERAND))
		line->operand = argv[optind++];
	if (optind < argc)
		return command_refuse(argv[0], "too many arguments");
	return line->config_file || command_refuse(argv[0], "-c FILE is missing");
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
