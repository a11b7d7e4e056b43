/* portion.h - what of a bulk is still to be sent
 *
 * SPDX-License-Identifier: MIT
 *
 * A portion is a set of items that travel in one request.  At first the whole
 * bulk is one; it is cut when it is sent, halved when the server chokes on it,
 * and what the server did not settle comes back as a smaller one.  Pure.
 */
#ifndef OUTPUT_PORTION_H
#define OUTPUT_PORTION_H

#include "output/bulk.h"

struct portion {
	size_t first, count; /* in the list of items */
	unsigned refusals;   /* in a row: the server was busy or in trouble */
	unsigned losses;     /* in a row: no answer, or none to be believed */
	int64_t not_before;
};

struct portions {
	struct bulk *bulk;
	size_t *items; /* positions in the bulk, a portion's side by side */
	struct portion *waiting;
	size_t count, alloc, items_alloc;
};

/* All items of the bulk, in one portion.  A zeroed struct may be started, and
 * one that was started before. */
void portions_start(struct portions *portions, struct bulk *bulk);
void portions_release(struct portions *portions);

/* Takes out a portion that may be sent now, cut to that many bytes but to no
 * less than one item.  false: none. */
bool portions_take(struct portions *portions, int64_t now, size_t most_bytes,
		   struct portion *portion);

/* When the next one may be sent; INT64_MAX: none is waiting. */
int64_t portions_due(const struct portions *portions);

/* Back among those that wait; an empty one vanishes. */
void portions_put(struct portions *portions, const struct portion *portion);
void portions_put_halves(struct portions *portions, const struct portion *portion);

/* Leaves in the portion only what is PENDING or to RETRY. */
void portions_drop_settled(struct portions *portions, struct portion *portion);

static inline const size_t *portion_items(const struct portions *portions,
					  const struct portion *portion)
{
	return portions->items + portion->first;
}

/* The bytes of its items. */
size_t portion_size(const struct portions *portions, const struct portion *portion);

#endif
