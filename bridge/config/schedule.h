/* schedule.h - commands that the bridge starts at given times
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_SCHEDULE_H
#define BRIDGE_CONFIG_SCHEDULE_H

#include "bridge/config/calendar.h"

enum scheduled_command {
#define SCHEDULED(id, ...) SCHEDULED_##id,
#include "bridge/config/scheduled_table.h"
#undef SCHEDULED
	SCHEDULED_COUNT
};

/* [schedule] */
struct schedule_config {
	struct {
		struct calendar at;
		const char *const *options; /* NULL: none */
	} commands[SCHEDULED_COUNT];
	int64_t time_limit_ms; /* of one run */
};

const char *scheduled_name(enum scheduled_command command);

/* The complete command line, NULL-terminated, in the arena. */
const char *const *scheduled_arguments(const struct schedule_config *schedule,
				       enum scheduled_command command, const char *config_file,
				       struct arena *arena);

#endif
