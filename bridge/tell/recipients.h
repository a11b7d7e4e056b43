/* recipients.h - recipients of notifications: tenants, their addresses and pages
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_RECIPIENTS_H
#define BRIDGE_TELL_RECIPIENTS_H

#include "bridge/config/config.h"
#include "bridge/report/page_files.h"

/* The tenants that a section names. named NULL: all configured tenants, or `default` if
 * none is configured. The list is in the arena, ended by NULL. */
const char *const *recipients_tenants(struct config *config, const char *const *named);

/* The value of to, or the contacts of the tenant; NULL: none. */
const char *const *recipients_addresses(const struct config *config, const char *tenant,
					const char *const *to);

/* page_url for the tenant; tenant NULL: for all tenants. NULL: not configured. */
const char *recipients_page(struct config *config, const char *tenant);

/* NULL: the tenant has no documents. */
const struct summary *recipients_summary(const struct summary_set *set, const char *tenant);

#endif
