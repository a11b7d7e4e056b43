/* schedule_file.h - keeps the times of scheduled commands over restarts
 *
 * SPDX-License-Identifier: MIT
 *
 * The file "schedule" of the state directory has a line "COMMAND START SUCCESS" for each
 * command: its last start and last success in Unix seconds.
 */
#ifndef BRIDGE_PROCESS_SCHEDULE_FILE_H
#define BRIDGE_PROCESS_SCHEDULE_FILE_H

#include "base/error.h"
#include "bridge/watch/watched.h"

/* Sets last_start and last_success; an entry that cannot be read counts as never run. */
void schedule_file_read(const char *state_directory,
			struct scheduled_state states[static SCHEDULED_COUNT]);
/* Atomic. */
bool schedule_file_write(const char *state_directory,
			 const struct scheduled_state states[static SCHEDULED_COUNT],
			 struct error *err);

#endif
