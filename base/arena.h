/* arena.h - arena allocator for the data of one mail
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything parsed from a mail is allocated here and freed by arena_reset();
 * there is no free for a single allocation.  Above the limit every function
 * returns NULL (or the absent slice) and sets overflowed: the caller rejects
 * the mail as too-large.  With AddressSanitizer each allocation is a malloc of
 * its own, so that overruns between allocations are detected.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;                /* bytes allocated since the last reset */
	size_t limit;
	bool overflowed;
};

void arena_init(struct arena *arena, size_t limit);
/* Invalidates all allocations and keeps the first block. */
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);
/* Overwrites all allocations; use it where they hold secrets. */
void arena_wipe(struct arena *arena);

/* Releasing a mark invalidates the allocations made after it; older ones stay
 * valid.  Marks nest.  overflowed does not change. */
struct arena_mark {
	struct arena_block *block;
	size_t block_used, used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_cut(struct arena *arena, struct arena_mark mark);

/* Returns zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/* Allocates count elements like arena_alloc(); NULL also if count * size
 * overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Returns a copy of size bytes. */
void *arena_copy(struct arena *arena, const void *data, size_t size);
/* Returns a NUL-terminated copy. */
char *arena_text(struct arena *arena, struct slice text);
/* Returns the same copy as a slice; an absent slice stays absent. */
struct slice arena_slice(struct arena *arena, struct slice text);
/* Like arena_slice(), with ASCII letters in lower case. */
struct slice arena_lower(struct arena *arena, struct slice text);

#endif
