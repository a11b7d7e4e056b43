/* page_parts.h - the sections of the page, in order
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_PAGE_PARTS_H
#define BRIDGE_REPORT_PAGE_PARTS_H

#include "bridge/report/findings.h"
#include "bridge/report/periods.h"
#include "bridge/report/summary_set.h"

struct page {
	FILE *out;
	const struct summary *summary;
	const struct findings *findings;
	const struct summary_set *set;
	struct periods periods;
};

void page_verdict(const struct page *page);  /* the answer */
void page_figures(const struct page *page);  /* key figures, with those of the previous period */
void page_tenants(const struct page *page);  /* a line for each, if there are several */
void page_findings(const struct page *page); /* all findings */
void page_tls(const struct page *page);      /* mail to your domains */
void page_dmarc(const struct page *page);    /* mail from your domains */
void page_senders(const struct page *page);  /* sending services */
void page_failures(const struct page *page); /* single messages that failed */
void page_feed(const struct page *page);     /* the reports themselves */

/* Plots are side by side; a line below explains the grey background. */
static inline void page_begin_plots(const struct page *page)
{
	fputs("<div class=\"plots\">\n", page->out);
}

static inline void page_end_plots(const struct page *page)
{
	fputs("</div>\n", page->out);
	if (page->periods.days > 0)
		fprintf(page->out, "<p class=\"key\"><i></i>before the last %u days</p>\n",
			page->periods.days);
}

/* The first day of the current period if there is a previous one, otherwise 0. */
static inline int64_t page_split(const struct page *page)
{
	return page->periods.days > 0 ? page->periods.now.first : 0;
}

#endif
