/* SPDX-License-Identifier: MIT */
#include "ingest/report/reason.h"

#include <string.h>

#define REASON(id, code, meaning) const char REASON_##id[sizeof(code)] = code;
REASONS(REASON)
#undef REASON

const struct reason reasons[] = {
#define REASON(id, code, meaning) { REASON_##id, meaning },
	REASONS(REASON)
#undef REASON
		{ NULL, NULL },
};

size_t reason_number(const char *code)
{
	size_t number = 0;

	while (reasons[number + 1].code && strcmp(reasons[number].code, code) != 0)
		number++;
	return number;
}
