/* action_line.c - the first line of a bulk item, read back
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/action_line.h"

#define BEFORE_INDEX "{\"create\":{\"_index\":\""
#define BEFORE_ID "\",\"_id\":\""
#define AFTER_ID "\"}}"

bool action_line_read(struct slice line, struct action_line *action)
{
	const size_t before = sizeof(BEFORE_INDEX) - 1, between = sizeof(BEFORE_ID) - 1;
	const size_t after = sizeof(AFTER_ID) - 1;
	size_t at;

	if (!slice_starts_with(line, BEFORE_INDEX) || !slice_ends_with_nocase(line, AFTER_ID))
		return false;
	line = (struct slice){ line.data + before, line.size - before - after };
	at = slice_find_text(line, BEFORE_ID);
	if (at + between > line.size)
		return false;
	action->index = (struct slice){ line.data, at };
	action->id = (struct slice){ line.data + at + between, line.size - at - between };
	return true;
}
