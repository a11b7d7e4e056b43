/* recipients.h - who is told: tenants, their addresses and their pages
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_RECIPIENTS_H
#define BRIDGE_TELL_RECIPIENTS_H

#include "bridge/config/config.h"
#include "bridge/report/page_files.h"

/* The tenants of a section, which may name some: NULL means all that are
 * configured, and `default` where none is.  The list is in the arena, ended by
 * NULL. */
const char *const *recipients_tenants(struct config *config, const char *const *named);

/* to, or the contacts of the tenant; NULL: there is none. */
const char *const *recipients_addresses(const struct config *config, const char *tenant,
					const char *const *to);

/* page_url for the tenant, or for all where it is NULL; NULL: none is configured. */
const char *recipients_page(struct config *config, const char *tenant);

/* NULL: the tenant has no documents. */
const struct summary *recipients_summary(const struct summary_set *set, const char *tenant);

#endif
