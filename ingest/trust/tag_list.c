/* SPDX-License-Identifier: MIT */
#include "ingest/trust/tag_list.h"

bool tag_next(struct slice *list, struct slice *name, struct slice *value)
{
	while (list->data) {
		*name = slice_trim(slice_split(slice_split(*list, ';', list), '=', value));
		if (value->data) {
			*value = slice_trim(*value);
			return true;
		}
	}
	return false;
}

struct slice tag_value(struct slice list, const char *name)
{
	struct slice tag, value;

	while (tag_next(&list, &tag, &value))
		if (slice_is(tag, name))
			return value;
	return (struct slice){ NULL, 0 };
}

bool tag_value_has(struct slice value, const char *word)
{
	while (value.data)
		if (slice_is_nocase(slice_trim(slice_split(value, ':', &value)), word))
			return true;
	return false;
}
