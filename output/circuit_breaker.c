/* circuit_breaker.c - stops dead letters when an index refuses most documents
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/circuit_breaker.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"

/* More refusals than this among the last 128 documents open the breaker. */
#define MOST_REFUSALS 64

void circuit_breaker_release(struct circuit_breaker *breaker)
{
	free(breaker->indices);
	*breaker = (struct circuit_breaker){ .count = 0 };
}

static struct circuit_breaker_index *find(struct circuit_breaker *breaker, struct slice index)
{
	for (size_t i = 0; i < breaker->count; i++)
		if (slice_is(index, breaker->indices[i].name))
			return &breaker->indices[i];
	return NULL;
}

static struct circuit_breaker_index *add(struct circuit_breaker *breaker, struct slice index)
{
	struct circuit_breaker_index *added;

	if (!breaker->indices)
		breaker->indices = xcalloc(CIRCUIT_BREAKER_INDICES, sizeof(*breaker->indices));
	if (breaker->count < CIRCUIT_BREAKER_INDICES)
		added = &breaker->indices[breaker->count++];
	else
		added = &breaker->indices[breaker->next++ % CIRCUIT_BREAKER_INDICES];
	*added = (struct circuit_breaker_index){ .refused = { 0, 0 } };
	snprintf(added->name, sizeof(added->name), "%.*s", (int)index.size, index.data);
	return added;
}

static void note(struct circuit_breaker_index *index, bool refused)
{
	index->refused[1] = index->refused[1] << 1 | index->refused[0] >> 63;
	index->refused[0] = index->refused[0] << 1 | refused;
}

void circuit_breaker_accepted(struct circuit_breaker *breaker, struct slice index)
{
	struct circuit_breaker_index *known = find(breaker, index);

	if (known)
		note(known, false);
}

static bool is_open(const struct circuit_breaker_index *index)
{
	return __builtin_popcountll(index->refused[0]) + __builtin_popcountll(index->refused[1]) >
	       MOST_REFUSALS;
}

bool circuit_breaker_refused(struct circuit_breaker *breaker, struct slice index, struct slice type)
{
	struct circuit_breaker_index *known = find(breaker, index);

	if (!known)
		known = add(breaker, index);
	if (!slice_is(type, known->type)) {
		known->refused[0] = known->refused[1] = 0;
		snprintf(known->type, sizeof(known->type), "%.*s", (int)type.size, type.data);
	}
	note(known, true);
	return is_open(known);
}

bool circuit_breaker_is_open(const struct circuit_breaker *breaker)
{
	for (size_t i = 0; i < breaker->count; i++)
		if (breaker->indices[i].refused[0] & 1 && is_open(&breaker->indices[i]))
			return true;
	return false;
}
