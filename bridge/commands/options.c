/* options.c - the options of a command, from a table
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "bridge/commands/command.h"

#define OPTIONS_MAX 32

bool command_refuse(const char *command, const char *text)
{
	(void)command_usage(command, text);
	return false;
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

static bool has_word(const char *list, const char *word)
{
	struct slice rest = slice_of(list);

	while (rest.size > 0)
		if (slice_is(slice_split(rest, ' ', &rest), word))
			return true;
	return false;
}

bool command_read_options(int argc, char **argv, const char *allowed,
			  const struct command_option *options, void *command)
{
	const char *letters = options[0].name && strcmp(options[0].name, "config") == 0 ? "c:" : "";
	struct option long_options[OPTIONS_MAX + 1];
	int found, which = 0;

	make_long_options(options, long_options);
	opterr = 0;
	optind = 1;
	while ((found = getopt_long(argc, argv, letters, long_options, &which)) != -1) {
		if (found == '?') {
			explain_refusal(argv, letters, long_options);
			return false;
		}
		if (found == 'c')
			which = 0;
		else if (allowed && !has_word(allowed, options[which].name))
			return command_refuse(argv[0], "an option of another command");
		if (!take(argv[0], &options[which], command))
			return false;
	}
	return true;
}
