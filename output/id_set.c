/* id_set.c - set of the document ids in a file
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/id_set.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/xalloc.h"

static void key_of(struct slice id, uint64_t key[static 2])
{
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_field(&hash, id);
	hash_end(&hash, digest);
	memcpy(key, digest, 2 * sizeof(key[0]));
}

static size_t find(uint64_t (*slots)[2], size_t alloc, const uint64_t key[static 2])
{
	size_t at = key[0] & (alloc - 1);

	while ((slots[at][0] || slots[at][1]) && memcmp(slots[at], key, sizeof(slots[at])) != 0)
		at = (at + 1) & (alloc - 1);
	return at;
}

static void grow(struct id_set *set)
{
	const size_t alloc = set->alloc ? 2 * set->alloc : 256;
	uint64_t(*slots)[2] = xcalloc(alloc, sizeof(*slots));

	for (size_t i = 0; i < set->alloc; i++)
		if (set->slots[i][0] || set->slots[i][1])
			memcpy(slots[find(slots, alloc, set->slots[i])], set->slots[i],
			       sizeof(slots[0]));
	free(set->slots);
	set->slots = slots;
	set->alloc = alloc;
}

bool id_set_has(const struct id_set *set, struct slice id)
{
	uint64_t key[2];
	size_t at;

	if (set->alloc == 0)
		return false;
	key_of(id, key);
	at = find(set->slots, set->alloc, key);
	return set->slots[at][0] || set->slots[at][1];
}

void id_set_add(struct id_set *set, struct slice id)
{
	uint64_t key[2];
	size_t at;

	if (set->count >= set->alloc / 2)
		grow(set);
	key_of(id, key);
	at = find(set->slots, set->alloc, key);
	if (!set->slots[at][0] && !set->slots[at][1])
		set->count++;
	memcpy(set->slots[at], key, sizeof(key));
}

void id_set_release(struct id_set *set)
{
	free(set->slots);
	*set = (struct id_set){ .alloc = 0 };
}
