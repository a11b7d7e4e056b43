/* nearest.h - the word that was probably meant
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/slice.h"

/* Edits from one word to the other: letters inserted, removed or replaced.
 * UINT_MAX: a word has more than 63 letters. */
unsigned word_distance(struct slice a, struct slice b);

/* The best of several words, offered one by one.  best and word start as
 * NEAREST_NONE; word stays NULL where none is near enough to be meant. */
struct nearest {
	unsigned best;
	const char *word;
};
#define NEAREST_NONE { .best = 4, .word = NULL }

void nearest_offer(struct nearest *nearest, struct slice written, const char *word);

#endif
