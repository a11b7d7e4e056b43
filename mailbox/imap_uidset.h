/* imap_uidset.h - UIDs as the ranges of a command
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  500 mails of a quiet folder are one range; 500 scattered ones are cut
 * so that no command line passes what servers take (8,000 bytes are safe).
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

/* Ascending, each once; gives how many are left.  0 is no UID and dropped. */
size_t uids_sort(uint32_t *uids, size_t count);

/* Ranges of a prefix of the sorted UIDs: *range_count ranges are written, at
 * most UID_RANGES_MAX, and the number of UIDs they stand for is returned.  A
 * range never covers a UID that is not in the list. */
size_t uids_to_ranges(const uint32_t *uids, size_t count,
		      struct uid_range ranges[static UID_RANGES_MAX], size_t *range_count);

/* Position of uid in the sorted list, or count. */
size_t uids_find(const uint32_t *uids, size_t count, uint32_t uid);

#endif
