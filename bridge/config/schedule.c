/* schedule.c - commands that the bridge starts at given times
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/schedule.h"

#define FIXED_MAX 4

static const struct {
	const char *name;
	const char *fixed[FIXED_MAX + 1];
} commands[] = {
#define SCHEDULED(id, name, meaning, ...) { name, { __VA_ARGS__ } },
#include "bridge/config/scheduled_table.h"
#undef SCHEDULED
};

const char *scheduled_name(enum scheduled_command command)
{
	return commands[command].name;
}

static size_t count_of(const char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	return count;
}

const char *const *scheduled_arguments(const struct schedule_config *schedule,
				       enum scheduled_command command, const char *config_file,
				       struct arena *arena)
{
	const char *const *options = schedule->commands[command].options;
	const char *const *fixed = commands[command].fixed;
	const size_t most = 5 + count_of(fixed) + count_of(options);
	const char **list = arena_alloc(arena, most * sizeof(*list));
	size_t count = 0;

	list[count++] = "reportbridge";
	list[count++] = commands[command].name;
	list[count++] = "-c";
	list[count++] = config_file;
	for (; *fixed; fixed++)
		list[count++] = *fixed;
	for (; options && *options; options++)
		list[count++] = *options;
	list[count] = NULL;
	return list;
}
