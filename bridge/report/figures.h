/* figures.h - the key figures beside the verdict, with those of the previous period
 *
 * SPDX-License-Identifier: MIT
 *
 * Used by the page and the digest.
 */
#ifndef BRIDGE_REPORT_FIGURES_H
#define BRIDGE_REPORT_FIGURES_H

#include "bridge/report/periods.h"

enum health { HEALTHY, UNWELL, ILL, UNJUDGED };

struct figure {
	const char *name; /* "Passed DMARC" */
	enum health health;
	bool is_share;              /* part of whole; otherwise part is a count */
	uint64_t part[2], whole[2]; /* of this period and of the previous one */
};

#define FIGURES_MAX 4

/* Returns their number; 0 without reports. */
size_t figures_of(const struct summary *summary, const struct periods *periods,
		  struct figure list[static FIGURES_MAX]);

/* Whether the previous period has a value to compare with. */
bool figure_has_before(const struct figure *figure, const struct periods *periods);

#endif
