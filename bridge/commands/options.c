/* options.c - the options of a command, from a table
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "bridge/commands/command.h"

#define OPTIONS_MAX 32

bool command_refuse(const char *command, const char *text)
{
	(void)command_usage(command, text);
	return false;
}

/* The table for getopt_long(); each option is its number in the table, except -c. */
static void make_long_options(const struct command_option *options,
			      struct option long_options[static OPTIONS_MAX + 1])
{
	size_t i;

	for (i = 0; options[i].name; i++) {
		assert(i < OPTIONS_MAX);
		long_options[i] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].type == COMMAND_FLAG            ? no_argument
				   : options[i].type == COMMAND_READ_OPTIONAL ? optional_argument
									      : required_argument,
			.val = strcmp(options[i].name, "config") == 0 ? 'c' : 0,
		};
	}
	long_options[i] = (struct option){ NULL, 0, NULL, 0 };
}

static bool take(const char *name, const struct command_option *option, void *command)
{
	char *member = (char *)command + option->offset;

	switch (option->type) {
	case COMMAND_FLAG: *(bool *)(void *)member = true; return true;
	case COMMAND_TEXT: *(const char **)(void *)member = optarg; return true;
	default: break;
	}
	if (option->read(command, optarg))
		return true;
	fprintf(stderr, "reportbridge %s: --%s %s, not %s; try 'reportbridge help %s'\n", name,
		option->name, option->takes, optarg ? optarg : "nothing", name);
	return false;
}

bool command_read_options(int argc, char **argv, const struct command_option *options,
			  void *command)
{
	const bool has_config = options[0].name && strcmp(options[0].name, "config") == 0;
	struct option long_options[OPTIONS_MAX + 1];
	int found, which = 0;

	make_long_options(options, long_options);
	optind = 1;
	while ((found = command_next_option(argc, argv, has_config ? "c:" : "", long_options,
					    &which)) != -1)
		if (found == '?' || !take(argv[0], &options[found == 'c' ? 0 : which], command))
			return false;
	return true;
}
