/* portion.h - parts of a bulk that are still to be sent
 *
 * SPDX-License-Identifier: MIT
 *
 * A portion is a set of items sent in one request.  At first the whole bulk is
 * one portion; it is cut when it is sent, halved when the server cannot handle
 * it, and its unsettled items form a smaller one.  Pure.
 */
#ifndef OUTPUT_PORTION_H
#define OUTPUT_PORTION_H

#include "output/bulk.h"

struct portion {
	size_t first, count; /* in the list of items */
	unsigned refusals;   /* consecutive: the server was busy or failing */
	unsigned losses;     /* consecutive: no answer, or an invalid one */
	int64_t not_before;
};

struct portions {
	struct bulk *bulk;
	size_t *items; /* positions in the bulk; those of a portion are adjacent */
	struct portion *waiting;
	size_t count, alloc, items_alloc;
};

/* Starts with one portion of all items of the bulk.  The struct is zeroed or was
 * started before. */
void portions_start(struct portions *portions, struct bulk *bulk);
void portions_release(struct portions *portions);

/* Removes a portion that is due, cut to most_bytes but to at least one item.  false:
 * none is due. */
bool portions_take(struct portions *portions, int64_t now, size_t most_bytes,
		   struct portion *portion);

/* Returns when the next portion is due; INT64_MAX: none is waiting. */
int64_t portions_due(const struct portions *portions);

/* Returns a portion to the waiting ones; an empty one is dropped. */
void portions_put(struct portions *portions, const struct portion *portion);
void portions_put_halves(struct portions *portions, const struct portion *portion);

/* Keeps only the items that are PENDING or RETRY. */
void portions_drop_settled(struct portions *portions, struct portion *portion);

static inline const size_t *portion_items(const struct portions *portions,
					  const struct portion *portion)
{
	return portions->items + portion->first;
}

/* Returns the size of its items in bytes. */
size_t portion_size(const struct portions *portions, const struct portion *portion);

#endif
