/* page_plot.h - plots of the page: figures over time, as inline SVG
 *
 * SPDX-License-Identifier: MIT
 *
 * Every plot has a table with its figures. A long time is drawn by weeks, months, quarters or
 * years, so that it fits.
 */
#ifndef BRIDGE_REPORT_PAGE_PLOT_H
#define BRIDGE_REPORT_PAGE_PLOT_H

#include <stdio.h>

#include "bridge/report/tally.h"

#define PLOT_SERIES 4

struct plot_series {
	const char *name;  /* "encrypted" */
	const char *class; /* CSS class: good, bad, soft, warn */
	unsigned count;    /* index of the count in the tally */
};

struct plot {
	const char *id;                 /* of the HTML elements, unique on the page */
	const char *title;              /* "Sessions under MTA-STS" */
	const struct tally_table *days; /* first is the day */
	int64_t split; /* days before this midnight are the previous period; 0: none */
	struct plot_series series[PLOT_SERIES]; /* from bottom to top; ended by a NULL name */
};

/* Draws stacked bars. */
void plot_bars(FILE *out, const struct plot *plot);

/* Draws a line: the first series in percent of the second. The scale begins near the
 * lowest share. */
void plot_share(FILE *out, const struct plot *plot);

#endif
