/* audit.h - audit log of changes to tenants
 *
 * SPDX-License-Identifier: MIT
 *
 * Writes logfmt lines to the file "audit.log" of the state directory, which is only appended
 * to, and logs the same as an event.
 */
#ifndef BRIDGE_TENANTS_AUDIT_H
#define BRIDGE_TENANTS_AUDIT_H

#include "bridge/config/config.h"

struct audit {
	const char *state_directory;
	const char *command;
	int fd;
};

/* Formats the arguments of a command as a user would type them. Call before getopt_long(),
 * which reorders them. */
void audit_command(char *const *arguments, struct strbuf *command);

/* Call before changing anything. FATAL: the line cannot be written, so nothing may be
 * changed. Creates the state directory. */
bool audit_begin(struct audit *audit, const struct config *config, const char *command,
		 struct error *err);
/* Records the result: "done", or the error. */
void audit_end(struct audit *audit, const char *result);

#endif
