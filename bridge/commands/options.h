/* options.h - the options of a command, from a table
 *
 * SPDX-License-Identifier: MIT
 *
 *	static const struct command_option options[] = {
 *		OPTION_TEXT("tenant", struct report, query.tenant),
 *		OPTION_FLAG("no-color", struct report, output.no_color),
 *		OPTION_READ("since", read_since, "takes days (30d) or a date"),
 *		{ .name = NULL },
 *	};
 */
#ifndef BRIDGE_COMMANDS_OPTIONS_H
#define BRIDGE_COMMANDS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct command_option {
	const char *name; /* without hyphens; "config", which is also -c, comes first */
	enum { COMMAND_FLAG, COMMAND_TEXT, COMMAND_READ, COMMAND_READ_OPTIONAL } type;
	size_t offset; /* of the bool or const char * that it sets */
	/* Stores the value in the struct of the command; the value of an optional argument
	 * may be NULL. false: invalid value. */
	bool (*read)(void *command, const char *value);
	const char *takes;
};

/* clang-format off */
#define OPTION_FLAG(name, struct, member) { name, COMMAND_FLAG, offsetof(struct, member), NULL, NULL }
#define OPTION_TEXT(name, struct, member) { name, COMMAND_TEXT, offsetof(struct, member), NULL, NULL }
#define OPTION_READ(name, read, takes) { name, COMMAND_READ, 0, read, takes }
/* clang-format on */

/* Reads the options of the table into the struct of the command; optind is then the first
 * argument that is not an option. allowed names those that the command takes besides
 * "config", "once print"; NULL: all. false: the wrong option has been reported. */
bool command_read_options(int argc, char **argv, const char *allowed,
			  const struct command_option *options, void *command);

/* Prints "reportbridge COMMAND: TEXT; try 'reportbridge help COMMAND'"; returns false. */
bool command_refuse(const char *command, const char *text);

#endif
