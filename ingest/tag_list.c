/* tag_list.c - "v=DKIM1; k=rsa": what DKIM writes lists in (RFC 6376 section 3.2)
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tag_list.h"

struct slice tag_value(struct slice list, const char *name)
{
	while (list.data) {
		struct slice value, tag = slice_split(list, ';', &list);

		tag = slice_split(tag, '=', &value);
		if (value.data && slice_is(slice_trim(tag), name))
			return slice_trim(value);
	}
	return (struct slice){ NULL, 0 };
}

bool tag_value_has(struct slice value, const char *word)
{
	while (value.data)
		if (slice_is_nocase(slice_trim(slice_split(value, ':', &value)), word))
			return true;
	return false;
}
