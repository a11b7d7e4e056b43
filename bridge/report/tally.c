/* tally.c - sums by key, and the largest of them
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/tally.h"

#include <stdlib.h>

#include "base/xalloc.h"

#define FIRST_SLOTS 64

void tally_init(struct tally_table *table, size_t max_bytes)
{
	*table = (struct tally_table){ .alloc = FIRST_SLOTS };
	arena_init(&table->arena, max_bytes);
	table->slots = xcalloc(table->alloc, sizeof(*table->slots));
	table->others.key = slice_of("others");
}

void tally_release(struct tally_table *table)
{
	arena_release(&table->arena);
	free(table->slots);
	*table = (struct tally_table){ .alloc = 0 };
}

/* FNV-1a: colliding keys do little harm, since the number of keys is limited. */
static size_t hash_of(struct slice key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ (unsigned char)key.data[i]) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32);
}

static struct tally **slot_of(struct tally **slots, size_t alloc, struct slice key)
{
	size_t at = hash_of(key) & (alloc - 1);

	while (slots[at] && !slice_equal(slots[at]->key, key))
		at = (at + 1) & (alloc - 1);
	return &slots[at];
}

static void grow(struct tally_table *table)
{
	const size_t alloc = 2 * table->alloc;
	struct tally **slots = xcalloc(alloc, sizeof(*slots));

	for (size_t i = 0; i < table->alloc; i++)
		if (table->slots[i])
			*slot_of(slots, alloc, table->slots[i]->key) = table->slots[i];
	free(table->slots);
	table->slots = slots;
	table->alloc = alloc;
}

struct tally *tally_of(struct tally_table *table, struct slice key, bool *added)
{
	struct tally **slot = slot_of(table->slots, table->alloc, key), *tally;
	char *copy;

	*added = false;
	if (*slot)
		return *slot;
	tally = arena_alloc(&table->arena, sizeof(*tally));
	copy = tally ? arena_text(&table->arena, key) : NULL;
	if (!copy)
		return &table->others;
	tally->key = (struct slice){ copy, key.size };
	*slot = tally;
	if (++table->count > table->alloc / 2)
		grow(table);
	*added = true;
	return tally;
}

void tally_set_text(struct tally_table *table, struct tally *tally, unsigned which,
		    struct slice text)
{
	const struct slice copy = arena_slice(&table->arena, text);

	if (copy.data && tally != &table->others)
		tally->texts[which] = copy;
}

void tally_set_latest(struct tally_table *table, struct tally *tally, unsigned which,
		      struct slice text, int64_t when)
{
	const struct slice old = tally->texts[which];

	if (old.size > 0 && (when < tally->times[which] ||
			     (when == tally->times[which] && slice_compare(text, old) <= 0)))
		return;
	if (!slice_equal(text, old))
		tally_set_text(table, tally, which, text);
	tally->times[which] = when;
}

void tally_met(struct tally *tally, int64_t when)
{
	const bool never = !tally_has_time(tally);

	if (never || when < tally->first)
		tally->first = when;
	if (never || when > tally->last)
		tally->last = when;
}

static bool larger(const struct tally *a, const struct tally *b, unsigned by)
{
	if (a->counts[by] != b->counts[by])
		return a->counts[by] > b->counts[by];
	return slice_compare(a->key, b->key) < 0;
}

/* Keeps the list sorted; drops what does not fit. */
static size_t insert(const struct tally **list, size_t count, size_t most,
		     const struct tally *tally, unsigned by)
{
	size_t at = count;

	while (at > 0 && larger(tally, list[at - 1], by)) {
		if (at < most)
			list[at] = list[at - 1];
		at--;
	}
	if (at < most)
		list[at] = tally;
	return count < most ? count + 1 : most;
}

size_t tally_largest(const struct tally_table *table, unsigned by, size_t most,
		     const struct tally **largest)
{
	size_t count = 0;

	for (size_t i = 0; i < table->alloc; i++)
		if (table->slots[i])
			count = insert(largest, count, most, table->slots[i], by);
	if (table->others.counts[by] > 0)
		count = insert(largest, count, most, &table->others, by);
	return count;
}
