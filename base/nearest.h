/* nearest.h - nearest known word, for suggestions
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/slice.h"

/* Returns the number of letters to insert, remove or replace to turn one word into
 * the other.  UINT_MAX: a word has more than 63 letters. */
unsigned word_distance(struct slice a, struct slice b);

/* Finds the best of several words, which are passed one by one.  best and word start
 * as NEAREST_NONE; word stays NULL if no word is near enough. */
struct nearest {
	unsigned best;
	const char *word;
};
/* clang-format off */
#define NEAREST_NONE { .best = 4, .word = NULL }
/* clang-format on */

void nearest_offer(struct nearest *nearest, struct slice written, const char *word);

#endif
