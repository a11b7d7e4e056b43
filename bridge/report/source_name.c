/* source_name.c - the name of the source of a document
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/source_name.h"

struct slice source_name(const struct document_view *view)
{
	static const enum field names[] = {
		FIELD_ID_SOURCE_SENDER_NAME, FIELD_ID_SOURCE_RELAY_NAME, FIELD_ID_SOURCE_DOMAIN,
		FIELD_ID_SOURCE_IP,          FIELD_ID_SOURCE_IP_RAW,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (view->texts[names[i]].size > 0)
			return view->texts[names[i]];
	return slice_of(NULL);
}
