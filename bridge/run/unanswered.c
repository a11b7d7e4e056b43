/* unanswered.c - documents whose answer was lost with the worker or the connection
 *
 * SPDX-License-Identifier: MIT
 *
 * Open addressing with a few neighbouring entries for each key: nothing is ever moved, so a
 * worker may be killed at any instruction.
 */
#include "bridge/run/unanswered.h"

#include <string.h>

#define PLACES 16
/* An entry is a key of 56 bits and the number of a worker; 0: the answer is lost. */
#define KEY_BITS 56
#define KEY_MASK ((UINT64_C(1) << KEY_BITS) - 1)

static uint64_t mix_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/* Somebody who makes ids collide only falsifies their own counters. */
static uint64_t mix(uint64_t hash, struct slice text)
{
	uint64_t word;

	for (; text.size >= sizeof(word); text = slice_skip(text, sizeof(word))) {
		memcpy(&word, text.data, sizeof(word));
		hash = mix_word(hash, word);
	}
	word = 0;
	if (text.size > 0)
		memcpy(&word, text.data, text.size);
	return mix_word(hash, word);
}

uint64_t unanswered_key(struct slice index, struct slice id, uint32_t output)
{
	const uint64_t key = KEY_MASK & mix_word(mix(mix(0, index), id), output);

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
