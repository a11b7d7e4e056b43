/* notify.h - one run of the sections [notify NAME]
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_NOTIFY_H
#define BRIDGE_TELL_NOTIFY_H

#include "bridge/config/config.h"

/* What became of a run; errors were written to standard error, each once. */
struct tell_result {
	size_t sent, waiting; /* messages */
	enum error_class worst;
};

/* One error; goes on with what does not depend on it.  what: "[notify ops] acme" */
void tell_note_error(struct tell_result *result, const char *kind, const char *section,
		     const char *recipient, const struct error *err);

/* Secrets have been read.  Documents are read back once, since that time. */
void notify_run(struct config *config, int64_t now, int64_t since, struct tell_result *result);

#endif
