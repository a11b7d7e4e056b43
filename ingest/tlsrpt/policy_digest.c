/* SPDX-License-Identifier: MIT */
#include "ingest/tlsrpt/policy_digest.h"

#include <stdlib.h>

#include "base/limits.h"

/* Sorts the lines, since reporters list them in any order. */
void tlsrpt_policy_digest(const struct slice *lines, size_t count,
			  char text[static 2 * HASH_SIZE + 1])
{
	struct slice sorted[LIMIT_LIST_VALUES];
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	text[0] = '\0';
	if (count > LIMIT_LIST_VALUES)
		count = LIMIT_LIST_VALUES;
	if (count == 0)
		return;
	memcpy(sorted, lines, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), slice_compare_items);
	hash_init(&hash);
	for (size_t i = 0; i < count; i++)
		hash_field(&hash, sorted[i]);
	hash_end(&hash, digest);
	hash_hex(digest, text);
}

void tlsrpt_policy_file_digest(struct slice file, char text[static 2 * HASH_SIZE + 1])
{
	struct slice lines[LIMIT_LIST_VALUES];
	size_t count = 0;

	while (file.data && count < LIMIT_LIST_VALUES) {
		const struct slice line = slice_trim(slice_split(file, '\n', &file));

		if (line.size > 0)
			lines[count++] = line;
	}
	tlsrpt_policy_digest(lines, count, text);
}
