/* action_line.h - the first line of a bulk item, read back
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ACTION_LINE_H
#define OUTPUT_ACTION_LINE_H

#include "base/slice.h"
#include "output/bulk.h"

struct action_line {
	struct slice index, id; /* within the line */
};

/* {"create":{"_index":"...","_id":"..."}} as bulk_add() writes it; without its
 * line end.  false: it is something else. */
bool action_line_read(struct slice line, struct action_line *action);

static inline bool action_line_of(const struct bulk *bulk, size_t item, struct action_line *action)
{
	const struct slice lines = bulk_item_lines(bulk, item);

	return action_line_read((struct slice){ lines.data, bulk->items[item].source - 1 }, action);
}

/* The document of an item, without its line end. */
static inline struct slice bulk_item_source(const struct bulk *bulk, size_t item)
{
	const struct slice lines = bulk_item_lines(bulk, item);
	const size_t start = bulk->items[item].source;

	return (struct slice){ lines.data + start, lines.size - start - 1 };
}

#endif
