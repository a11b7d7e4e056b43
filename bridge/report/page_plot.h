/* page_plot.h - plots of the page: figures over time, as inline SVG
 *
 * SPDX-License-Identifier: MIT
 *
 * Behind every plot stands its table.  A long time is drawn by weeks, months,
 * quarters or years, so that all of it is there.
 */
#ifndef BRIDGE_REPORT_PAGE_PLOT_H
#define BRIDGE_REPORT_PAGE_PLOT_H

#include <stdio.h>

#include "bridge/report/tally.h"

#define PLOT_SERIES 4

struct plot_series {
	const char *name;  /* "encrypted" */
	const char *class; /* of the style: good, bad, soft, warn */
	unsigned count;	   /* which of the tally */
};

struct plot {
	const char *id;	   /* of the elements, unique on the page */
	const char *title; /* "Sessions under MTA-STS" */
	const struct tally_table *days; /* the day is in first */
	int64_t split; /* what lies before this midnight is the period before; 0: none */
	struct plot_series series[PLOT_SERIES]; /* from the bottom; ended by a NULL name */
};

/* Bars, one on the other. */
void plot_bars(FILE *out, const struct plot *plot);

/* A line: how much of the second series the first is, in percent; the scale
 * begins where the figures do. */
void plot_share(FILE *out, const struct plot *plot);

#endif
