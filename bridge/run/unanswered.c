/* unanswered.c - documents whose answer was lost with the worker or the connection
 *
 * SPDX-License-Identifier: MIT
 *
 * Open addressing with a few neighbouring entries for each key: nothing is ever moved, so a
 * worker may be killed at any instruction.
 */
#include "bridge/run/unanswered.h"

#define PLACES 16
/* An entry is a key of 56 bits and the number of a worker; 0: the answer is lost. */
#define KEY_BITS 56
#define KEY_MASK ((UINT64_C(1) << KEY_BITS) - 1)

/* FNV-1a. Somebody who makes ids collide only falsifies their own counters. */
static uint64_t mix(uint64_t hash, struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t unanswered_key(struct slice index, struct slice id, uint32_t output)
{
	const struct slice number = { (const char *)&output, sizeof(output) };
	const uint64_t key = KEY_MASK &
			     mix(mix(mix(UINT64_C(0xcbf29ce484222325), index), id), number);

	return key ? key : 1;
}

static _Atomic uint64_t *find(struct unanswered *set, uint64_t key)
{
	for (size_t i = 0; i < PLACES; i++) {
		_Atomic uint64_t *place = &set->entries[(key + i) % UNANSWERED_MAX];

		if ((*place & KEY_MASK) == key)
			return place;
	}
	return NULL;
}

/* Other workers may take a free entry at the same time. */
static void insert(struct unanswered *set, uint64_t key, uint64_t entry)
{
	for (size_t i = 0; i < PLACES; i++) {
		uint64_t nothing = 0;

		if (atomic_compare_exchange_strong(&set->entries[(key + i) % UNANSWERED_MAX],
						   &nothing, entry))
			return;
	}
}

/* The same document may be in flight twice: then no answer is lost. */
bool unanswered_add(struct unanswered *set, uint64_t key, uint32_t worker)
{
	const uint64_t entry = (uint64_t)worker << KEY_BITS | key;
	_Atomic uint64_t *place = find(set, key);
	uint64_t lost = key;

	if (place)
		return atomic_compare_exchange_strong(place, &lost, entry);
	insert(set, key, entry);
	return false;
}

void unanswered_lose(struct unanswered *set, uint64_t key)
{
	_Atomic uint64_t *place = find(set, key);

	if (place)
		*place = key;
}

void unanswered_lose_all(struct unanswered *set, uint32_t worker)
{
	for (size_t i = 0; i < UNANSWERED_MAX; i++)
		if (set->entries[i] >> KEY_BITS == worker)
			set->entries[i] &= KEY_MASK;
}

void unanswered_remove(struct unanswered *set, uint64_t key)
{
	_Atomic uint64_t *place = find(set, key);

	if (place)
		*place = 0;
}
