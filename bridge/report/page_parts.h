/* page_parts.h - the parts of the page, in their order
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_PAGE_PARTS_H
#define BRIDGE_REPORT_PAGE_PARTS_H

#include "bridge/report/findings.h"
#include "bridge/report/summary_tables.h"

struct page {
	FILE *out;
	const struct summary *summary;
	const struct findings *findings;
};

void page_verdict(const struct page *page);  /* the answer */
void page_figures(const struct page *page);  /* four numbers */
void page_findings(const struct page *page); /* all that was found */
void page_tls(const struct page *page);	     /* mail to you */
void page_dmarc(const struct page *page);    /* mail in your name */
void page_failures(const struct page *page); /* single messages that failed */
void page_feed(const struct page *page);     /* the reports themselves */

#endif
