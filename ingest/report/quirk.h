/* quirk.h - tolerated deviations of reports from their format
 *
 * SPDX-License-Identifier: MIT
 *
 * quirk_table.h gives each quirk its code, which is stored in report.quirks, and
 * its meaning.  The codes are stable: dashboards count them.
 */
#ifndef INGEST_REPORT_QUIRK_H
#define INGEST_REPORT_QUIRK_H

#include <stdbool.h>
#include <stdint.h>

enum quirk {
#define QUIRK(id, code, meaning) QUIRK_##id,
#include "ingest/report/quirk_table.h"
#undef QUIRK
	QUIRK_COUNT
};

_Static_assert(QUIRK_COUNT <= 128, "struct quirk_set is too small");

struct quirk_set {
	uint64_t bits[2];
};

static inline void quirk_add(struct quirk_set *set, enum quirk quirk)
{
	set->bits[quirk / 64] |= UINT64_C(1) << (quirk % 64);
}

static inline bool quirk_has(const struct quirk_set *set, enum quirk quirk)
{
	return set->bits[quirk / 64] >> (quirk % 64) & 1;
}

static inline void quirk_add_all(struct quirk_set *set, const struct quirk_set *more)
{
	set->bits[0] |= more->bits[0];
	set->bits[1] |= more->bits[1];
}

const char *quirk_code(enum quirk quirk);
const char *quirk_meaning(enum quirk quirk);

#endif
