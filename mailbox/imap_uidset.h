/* imap_uidset.h - UID ranges for commands
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  500 consecutive mails make one range; 500 scattered ones are split so
 * that no command line exceeds what servers accept (8,000 bytes are safe).
 */
#ifndef MAILBOX_IMAP_UIDSET_H
#define MAILBOX_IMAP_UIDSET_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of "4294967295:4294967295,". */
#define UID_RANGE_TEXT 22
#define UID_RANGES_MAX (7700 / UID_RANGE_TEXT)

struct uid_range {
	uint32_t first, last;
};

/* Sorts in ascending order, removes duplicates and 0, and returns the remaining
 * count. */
size_t uids_sort(uint32_t *uids, size_t count);

/* Writes the ranges of a prefix of the sorted UIDs: *range_count ranges, at most
 * UID_RANGES_MAX.  Returns the number of UIDs they cover.  A range never covers a
 * UID that is not in the list. */
size_t uids_to_ranges(const uint32_t *uids, size_t count,
		      struct uid_range ranges[static UID_RANGES_MAX], size_t *range_count);

/* Returns the position of uid in the sorted list, or count. */
size_t uids_find(const uint32_t *uids, size_t count, uint32_t uid);

#endif
