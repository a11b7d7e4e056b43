/* audit.h - who did what to which tenant, and when
 *
 * SPDX-License-Identifier: MIT
 *
 * Lines of logfmt in the file "audit.log" of the state directory, which is only
 * ever added to, and the same as an event of the log.
 */
#ifndef BRIDGE_TENANTS_AUDIT_H
#define BRIDGE_TENANTS_AUDIT_H

#include "bridge/config/config.h"

struct audit {
	const char *state_directory;
	const char *command;
	int fd;
};

/* The arguments of a command as a person would write them; before getopt_long(),
 * which changes their order. */
void audit_command(char *const *arguments, struct strbuf *command);

/* Before anything is changed.  FATAL: the line cannot be written, so nothing may be
 * changed.  Creates the state directory. */
bool audit_begin(struct audit *audit, const struct config *config, const char *command,
		 struct error *err);
/* How it ended; result "done", or what went wrong. */
void audit_end(struct audit *audit, const char *result);

#endif
