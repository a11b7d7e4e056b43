/* page.h - what a heap of reports says: one self-contained HTML page
 *
 * SPDX-License-Identifier: MIT
 *
 * Needs no script, no network and no other file; says first whether mail is
 * being lost, since when, where and why.
 */
#ifndef BRIDGE_REPORT_PAGE_H
#define BRIDGE_REPORT_PAGE_H

#include "bridge/report/summary.h"

/* subject: whose page it is, such as a tenant's name; NULL: the domains tell. */
void page_print(const struct summary *summary, const char *subject, FILE *out);

#endif
