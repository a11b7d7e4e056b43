/* schedule_file.h - when scheduled commands ran, kept over restarts
 *
 * SPDX-License-Identifier: MIT
 *
 * The file "schedule" of the state directory: a line "COMMAND START SUCCESS" for
 * each, the last ones, in Unix seconds.
 */
#ifndef BRIDGE_PROCESS_SCHEDULE_FILE_H
#define BRIDGE_PROCESS_SCHEDULE_FILE_H

#include "base/error.h"
#include "bridge/watch/watched.h"

/* Sets last_start and last_success; what cannot be read has never run. */
void schedule_file_read(const char *state_directory,
			struct scheduled_state states[static SCHEDULED_COUNT]);
/* Whole or not at all. */
bool schedule_file_write(const char *state_directory,
			 const struct scheduled_state states[static SCHEDULED_COUNT],
			 struct error *err);

#endif
