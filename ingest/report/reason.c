/* reason.c - why something could not be used
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/report/reason.h"

#define REASON(id, code, meaning) const char REASON_##id[sizeof(code)] = code;
REASONS(REASON)
#undef REASON

const struct reason reasons[] = {
#define REASON(id, code, meaning) { REASON_##id, meaning },
	REASONS(REASON)
#undef REASON
	{ NULL, NULL },
};
