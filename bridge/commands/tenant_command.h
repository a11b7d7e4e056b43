/* tenant_command.h - what the subcommands of "tenant" are given
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_TENANT_COMMAND_H
#define BRIDGE_COMMANDS_TENANT_COMMAND_H

#include "bridge/commands/command.h"

struct tenant_line {
	const char *command; /* "tenant add" */
	const char *whole; /* as it was written, for the audit file */
	const char *config_file, *name;
	const char *domains, *reader;			      /* add */
	const char *from, *to, *domain;			      /* move */
	bool has_since, has_until;
	int64_t since, until;
	const char *output, *file;			      /* export */
	bool setup, force, yes, print, all;
};

/* The output --output names, else the first search server; NULL: there is none, and
 * that was said. */
const struct output_config *tenant_output(const struct tenant_line *line,
					  const struct config *config);

int tenant_add(const struct tenant_line *line, struct config *config);
int tenant_list(const struct tenant_line *line, struct config *config);
int tenant_move(const struct tenant_line *line, struct config *config);
int tenant_delete(const struct tenant_line *line, struct config *config);
int tenant_export(const struct tenant_line *line, struct config *config);

#endif
