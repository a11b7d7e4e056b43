/* figures.h - the few numbers that stand beside the verdict, and those of before
 *
 * SPDX-License-Identifier: MIT
 *
 * The page and the digest print the same ones.
 */
#ifndef BRIDGE_REPORT_FIGURES_H
#define BRIDGE_REPORT_FIGURES_H

#include "bridge/report/periods.h"

enum health { HEALTHY, UNWELL, ILL, UNJUDGED };

struct figure {
	const char *name; /* "Passed DMARC" */
	enum health health;
	bool is_share;	     /* part of whole; else part is a count */
	uint64_t part[2], whole[2]; /* of this period, and of the one before */
};

#define FIGURES_MAX 4

/* Returns how many there are: none without reports. */
size_t figures_of(const struct summary *summary, const struct periods *periods,
		  struct figure list[static FIGURES_MAX]);

/* The period before has something to hold beside this one. */
bool figure_has_before(const struct figure *figure, const struct periods *periods);

#endif
