/* imap_uidset.c - UID ranges for commands
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/imap_uidset.h"

#include <stdlib.h>

static int compare_uids(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

size_t uids_sort(uint32_t *uids, size_t count)
{
	size_t kept = 0;

	if (count > 1)
		qsort(uids, count, sizeof(*uids), compare_uids);
	for (size_t i = 0; i < count; i++)
		if (uids[i] != 0 && (kept == 0 || uids[i] != uids[kept - 1]))
			uids[kept++] = uids[i];
	return kept;
}

size_t uids_to_ranges(const uint32_t *uids, size_t count,
		      struct uid_range ranges[static UID_RANGES_MAX], size_t *range_count)
{
	size_t used = 0, i;

	for (i = 0; i < count; i++) {
		if (used > 0 && uids[i] - ranges[used - 1].last == 1) {
			ranges[used - 1].last = uids[i];
			continue;
		}
		if (used == UID_RANGES_MAX)
			break;
		ranges[used++] = (struct uid_range){ uids[i], uids[i] };
	}
	*range_count = used;
	return i;
}

size_t uids_find(const uint32_t *uids, size_t count, uint32_t uid)
{
	const uint32_t *found = count ? bsearch(&uid, uids, count, sizeof(*uids), compare_uids)
				      : NULL;

	return found ? (size_t)(found - uids) : count;
}
