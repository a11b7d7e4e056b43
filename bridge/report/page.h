/* page.h - what a heap of reports says: one self-contained HTML page
 *
 * SPDX-License-Identifier: MIT
 *
 * Needs no script, no network and no other file; says first whether mail is
 * being lost, since when, where and why.
 */
#ifndef BRIDGE_REPORT_PAGE_H
#define BRIDGE_REPORT_PAGE_H

#include "bridge/report/summary_set.h"

/* Who hands the page over, and to whom.  All may be absent. */
struct page_heading {
	const char *subject; /* whose page it is, such as a tenant's name; else the domains tell */
	const char *service; /* in place of the program's name */
	struct slice logo;   /* a data: URL; in place of the program's mark */
};

void page_print(const struct summary_set *set, const struct page_heading *heading, FILE *out);

#endif
