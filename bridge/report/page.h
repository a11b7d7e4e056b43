/* page.h - prints a summary of reports as one self-contained HTML page
 *
 * SPDX-License-Identifier: MIT
 *
 * Needs no script, network or other file. Begins with the answer: whether mail is being lost,
 * since when, where and why.
 */
#ifndef BRIDGE_REPORT_PAGE_H
#define BRIDGE_REPORT_PAGE_H

#include "bridge/report/summary_set.h"

/* Service that provides the page, and its subject. All members may be absent. */
struct page_heading {
	const char *subject; /* such as a tenant's name; absent: the domains */
	const char *service; /* replaces the name of the program */
	struct slice logo;   /* a data: URL; replaces the program's mark */
};

void page_print(const struct summary_set *set, const struct page_heading *heading, FILE *out);

#endif
