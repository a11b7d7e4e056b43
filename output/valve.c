/* valve.c - when most documents of an index are refused, it is not the documents
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/valve.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"

/* Of the 128 that are remembered. */
#define MOST 64

void valve_release(struct valve *valve)
{
	free(valve->indices);
	*valve = (struct valve){ .count = 0 };
}

static struct valve_index *find(struct valve *valve, struct slice index)
{
	for (size_t i = 0; i < valve->count; i++)
		if (slice_is(index, valve->indices[i].name))
			return &valve->indices[i];
	return NULL;
}

static struct valve_index *add(struct valve *valve, struct slice index)
{
	struct valve_index *added;

	if (!valve->indices)
		valve->indices = xcalloc(VALVE_INDICES, sizeof(*valve->indices));
	if (valve->count < VALVE_INDICES)
		added = &valve->indices[valve->count++];
	else
		added = &valve->indices[valve->next++ % VALVE_INDICES];
	*added = (struct valve_index){ .refused = { 0, 0 } };
	snprintf(added->name, sizeof(added->name), "%.*s", (int)index.size, index.data);
	return added;
}

static void note(struct valve_index *index, bool refused)
{
	index->refused[1] = index->refused[1] << 1 | index->refused[0] >> 63;
	index->refused[0] = index->refused[0] << 1 | refused;
}

void valve_taken(struct valve *valve, struct slice index)
{
	struct valve_index *known = find(valve, index);

	if (known)
		note(known, false);
}

bool valve_refused(struct valve *valve, struct slice index, struct slice type)
{
	struct valve_index *known = find(valve, index);
	int refused;

	if (!known)
		known = add(valve, index);
	if (!slice_is(type, known->type)) {
		known->refused[0] = known->refused[1] = 0;
		snprintf(known->type, sizeof(known->type), "%.*s", (int)type.size, type.data);
	}
	note(known, true);
	refused = __builtin_popcountll(known->refused[0]) +
		  __builtin_popcountll(known->refused[1]);
	return refused > MOST;
}
