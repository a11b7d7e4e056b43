/* tenant_command.h - the parsed arguments of "tenant" subcommands
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_TENANT_COMMAND_H
#define BRIDGE_COMMANDS_TENANT_COMMAND_H

#include "bridge/commands/command.h"

struct tenant_line {
	const char *command; /* "tenant add" */
	const char *whole;   /* the command line as typed, for the audit file */
	const char *config_file, *name;
	const char *domains, *reader;   /* add */
	const char *from, *to, *domain; /* move */
	bool has_since, has_until;
	int64_t since, until;
	const char *output, *file; /* export */
	bool setup, force, yes, print, all;
};

/* The output that --output names, otherwise the first search server. NULL: none, which has
 * been reported. */
const struct output_config *tenant_output(const struct tenant_line *line,
					  const struct config *config);

int tenant_add(const struct tenant_line *line, struct config *config);
int tenant_list(const struct tenant_line *line, struct config *config);
int tenant_move(const struct tenant_line *line, struct config *config);
int tenant_delete(const struct tenant_line *line, struct config *config);
int tenant_export(const struct tenant_line *line, struct config *config);

#endif
