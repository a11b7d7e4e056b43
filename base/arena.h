/* arena.h - memory of one mail, freed in one go
 *
 * SPDX-License-Identifier: MIT
 *
 * What is parsed from a mail lives in the arena and dies at arena_reset();
 * nobody frees single pieces.  Beyond the limit every function returns NULL
 * (or the absent slice) and sets overflowed: the caller rejects the mail as
 * too-large.  Under AddressSanitizer each piece is a malloc of its own, so
 * that it can see overruns between pieces.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;		    /* bytes handed out since the last reset */
	size_t limit;
	bool overflowed;
};

void arena_init(struct arena *arena, size_t limit);
/* Everything handed out so far becomes invalid; the first block is kept. */
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);
/* Overwrites everything handed out so far: for what holds secrets. */
void arena_wipe(struct arena *arena);

/* A place to go back to: pieces handed out after the mark become invalid, the
 * older ones stay.  Marks nest; overflowed is left as it is. */
struct arena_mark {
	struct arena_block *block;
	size_t block_used, used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_cut(struct arena *arena, struct arena_mark mark);

/* Zeroed and aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/* As arena_alloc for count elements; NULL also when count * size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A copy of size bytes. */
void *arena_copy(struct arena *arena, const void *data, size_t size);
/* A copy with a NUL behind it. */
char *arena_text(struct arena *arena, struct slice text);
/* The same copy as a slice; absent stays absent. */
struct slice arena_slice(struct arena *arena, struct slice text);
/* And with ASCII letters in lower case. */
struct slice arena_lower(struct arena *arena, struct slice text);

#endif
