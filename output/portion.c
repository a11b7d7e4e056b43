/* portion.c - parts of a bulk that are still to be sent
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/portion.h"

#include <stdlib.h>

#include "base/xalloc.h"

void portions_start(struct portions *portions, struct bulk *bulk)
{
	portions->bulk = bulk;
	portions->count = 0;
	if (bulk->count > portions->items_alloc) {
		portions->items_alloc = bulk->alloc;
		portions->items = xreallocarray(portions->items, portions->items_alloc,
						sizeof(*portions->items));
	}
	for (size_t i = 0; i < bulk->count; i++)
		portions->items[i] = i;
	portions_put(portions, &(struct portion){ .count = bulk->count });
}

void portions_release(struct portions *portions)
{
	free(portions->items);
	free(portions->waiting);
	*portions = (struct portions){ .count = 0 };
}

static size_t size_of(const struct portions *portions, size_t item)
{
	return portions->bulk->items[portions->items[item]].lines.size;
}

/* Splits off the head; the rest keeps waiting. */
static void cut(struct portions *portions, struct portion *head, size_t most_bytes)
{
	struct portion rest = *head;
	size_t count = 1, bytes = size_of(portions, head->first);

	while (count < head->count && bytes + size_of(portions, head->first + count) <= most_bytes)
		bytes += size_of(portions, head->first + count++);
	head->count = count;
	rest.first += count;
	rest.count -= count;
	portions_put(portions, &rest);
}

bool portions_take(struct portions *portions, int64_t now, size_t most_bytes,
		   struct portion *portion)
{
	size_t i = 0;

	while (i < portions->count && portions->waiting[i].not_before > now)
		i++;
	if (i == portions->count)
		return false;
	*portion = portions->waiting[i];
	portions->waiting[i] = portions->waiting[--portions->count];
	cut(portions, portion, most_bytes);
	return true;
}

int64_t portions_due(const struct portions *portions)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < portions->count; i++)
		if (portions->waiting[i].not_before < due)
			due = portions->waiting[i].not_before;
	return due;
}

void portions_put(struct portions *portions, const struct portion *portion)
{
	if (portion->count == 0)
		return;
	portions->waiting = xgrow(portions->waiting, portions->count, &portions->alloc,
				  sizeof(*portions->waiting));
	portions->waiting[portions->count++] = *portion;
}

void portions_put_halves(struct portions *portions, const struct portion *portion)
{
	struct portion first = *portion, second = *portion;

	first.count /= 2;
	second.first += first.count;
	second.count -= first.count;
	portions_put(portions, &first);
	portions_put(portions, &second);
}

void portions_drop_settled(struct portions *portions, struct portion *portion)
{
	size_t *items = portions->items + portion->first;
	size_t kept = 0;

	for (size_t i = 0; i < portion->count; i++) {
		const enum verdict verdict = portions->bulk->items[items[i]].verdict;

		if (verdict == VERDICT_PENDING || verdict == VERDICT_RETRY)
			items[kept++] = items[i];
	}
	portion->count = kept;
}

size_t portion_size(const struct portions *portions, const struct portion *portion)
{
	size_t bytes = 0;

	for (size_t i = 0; i < portion->count; i++)
		bytes += size_of(portions, portion->first + i);
	return bytes;
}
