/* id_set.h - set of the document ids in a file
 *
 * SPDX-License-Identifier: MIT
 *
 * 16 bytes per id: two different ids collide only if 128 bits of their text
 * hash are equal.
 */
#ifndef OUTPUT_ID_SET_H
#define OUTPUT_ID_SET_H

#include "base/slice.h"

struct id_set {
	uint64_t (*slots)[2]; /* {0, 0}: free */
	size_t count, alloc;
};

void id_set_add(struct id_set *set, struct slice id);
bool id_set_has(const struct id_set *set, struct slice id);
void id_set_release(struct id_set *set);

#endif
