/* page_files.h - a page for each tenant, as files that a web server serves
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_PAGE_FILES_H
#define BRIDGE_REPORT_PAGE_FILES_H

#include "bridge/config/config.h"
#include "bridge/report/page.h"

/* The page of all tenants, for the operator: a name that no tenant can have. */
#define PAGE_OF_ALL "all-tenants"

struct page_files {
	const char *directory;
	const struct config *config;
	struct page_heading heading; /* its subject is that of each tenant */
	bool with_all; /* write the page of all tenants too */
};

/* TENANT.html for each tenant of the configuration, also for one without
 * reports; each is replaced whole, readable by all.  Files of tenants that are
 * not configured stay and are named on standard error.  *count: how many were
 * written.  FATAL: there is no such directory; RETRY: a file could not be written. */
bool page_files_write(const struct page_files *files, const struct summary_set *set, size_t *count,
		      struct error *err);

#endif
