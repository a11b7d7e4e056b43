/* arena.c - arena allocator for the data of one mail
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/xalloc.h"

#define BLOCK_SIZE ((size_t)64 << 10)

#if defined(__SANITIZE_ADDRESS__)
#define ONE_BLOCK_EACH true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BLOCK_EACH true
#endif
#endif
#ifndef ONE_BLOCK_EACH
#define ONE_BLOCK_EACH false
#endif

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* of memory[] */
	alignas(max_align_t) char memory[];
};

void arena_init(struct arena *arena, size_t limit)
{
	*arena = (struct arena){ .limit = limit };
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = NULL;

	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		if (!ONE_BLOCK_EACH && !kept && block->size == BLOCK_SIZE)
			kept = block;
		else
			free(block);
	}
	if (kept) {
		kept->next = NULL;
		kept->used = 0;
	}
	arena->blocks = kept;
	arena->used = 0;
	arena->overflowed = false;
}

void arena_release(struct arena *arena)
{
	arena_reset(arena);
	free(arena->blocks);
	*arena = (struct arena){ .limit = arena->limit };
}

void arena_wipe(struct arena *arena)
{
	for (struct arena_block *block = arena->blocks; block; block = block->next)
		explicit_bzero(block->memory, block->used);
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){
		.block = arena->blocks,
		.block_used = arena->blocks ? arena->blocks->used : 0,
		.used = arena->used,
	};
}

void arena_cut(struct arena *arena, struct arena_mark mark)
{
	while (arena->blocks != mark.block) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	if (mark.block)
		mark.block->used = mark.block_used;
	arena->used = mark.used;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	struct arena_block *block = xmalloc(sizeof(*block) + size);

	*block = (struct arena_block){ .next = arena->blocks, .size = size };
	arena->blocks = block;
	return block;
}

/* Allocates memory for any type. */
static inline void *take(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block = arena->blocks;
	size_t rounded;
	void *memory;

	if (size > arena->limit || arena->used > arena->limit - size) {
		arena->overflowed = true;
		return NULL;
	}
	arena->used += size;
	rounded = ONE_BLOCK_EACH ? size : (size + align - 1) / align * align;
	if (ONE_BLOCK_EACH || !block || rounded > block->size - block->used)
		block = add_block(arena,
				  ONE_BLOCK_EACH || rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE);
	memory = block->memory + block->used;
	block->used += rounded;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *memory = take(arena, size);

	return memory ? memset(memory, 0, size) : NULL;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
	void *memory = take(arena, size);

	return memory ? memcpy(memory, data, size) : NULL;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size) {
		arena->overflowed = true;
		return NULL;
	}
	return arena_alloc(arena, count * size);
}

char *arena_text(struct arena *arena, struct slice text)
{
	char *copy = take(arena, text.size + 1);

	if (!copy)
		return NULL;
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return copy;
}

struct slice arena_slice(struct arena *arena, struct slice text)
{
	char *copy = text.data ? arena_text(arena, text) : NULL;

	return (struct slice){ copy, copy ? text.size : 0 };
}

struct slice arena_lower(struct arena *arena, struct slice text)
{
	char *copy = text.data ? arena_text(arena, text) : NULL;

	for (size_t i = 0; copy && i < text.size; i++)
		copy[i] = ascii_lower(copy[i]);
	return (struct slice){ copy, copy ? text.size : 0 };
}
