/* page_files.h - writes a page for each tenant to a directory
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_PAGE_FILES_H
#define BRIDGE_REPORT_PAGE_FILES_H

#include "bridge/config/config.h"
#include "bridge/report/page.h"

/* The page of all tenants, for the operator; no tenant can have this name. */
#define PAGE_OF_ALL "all-tenants"

struct page_files {
	const char *directory;
	const struct config *config;
	struct page_heading heading; /* subject is set for each tenant */
	bool with_all;               /* also write the page of all tenants */
};

/* Writes TENANT.html for each configured tenant, even without reports; each file is
 * replaced atomically and readable by all. Files of other tenants stay and are listed on
 * standard error. *count: files written. FATAL: the directory does not exist; RETRY: a
 * file could not be written. */
bool page_files_write(const struct page_files *files, const struct summary_set *set, size_t *count,
		      struct error *err);

#endif
