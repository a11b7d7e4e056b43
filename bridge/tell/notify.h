/* notify.h - runs the sections [notify NAME]
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_NOTIFY_H
#define BRIDGE_TELL_NOTIFY_H

#include "bridge/config/config.h"

/* Result of a run; each error has been written to standard error once. */
struct tell_result {
	size_t sent, waiting; /* messages */
	enum error_class worst;
};

/* Reports one error, for example of "[notify ops] acme"; the run continues. */
void tell_note_error(struct tell_result *result, const char *kind, const char *section,
		     const char *recipient, const struct error *err);

/* Secrets must have been read. Reads the documents since that time once. */
void notify_run(struct config *config, int64_t now, int64_t since, struct tell_result *result);

#endif
