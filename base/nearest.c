/* nearest.c - nearest known word, for suggestions
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/nearest.h"

#include <limits.h>

unsigned word_distance(struct slice a, struct slice b)
{
	unsigned row[64];

	if (a.size >= 64 || b.size >= 64)
		return UINT_MAX;
	for (unsigned j = 0; j <= b.size; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.size; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.size; j++) {
			unsigned best = diagonal + (a.data[i - 1] != b.data[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.size];
}

void nearest_offer(struct nearest *nearest, struct slice written, const char *word)
{
	const unsigned distance = word_distance(slice_of(word), written);

	if (distance >= nearest->best)
		return;
	nearest->best = distance;
	nearest->word = word;
}
