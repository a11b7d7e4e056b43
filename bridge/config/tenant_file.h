/* tenant_file.h - a file of domains and their tenants
 *
 * SPDX-License-Identifier: MIT
 *
 * One "domain tenant" per line; # begins a comment. For sites that keep thousands of domains
 * in a database.
 */
#ifndef BRIDGE_CONFIG_TENANT_FILE_H
#define BRIDGE_CONFIG_TENANT_FILE_H

#include "bridge/config/config.h"

/* Adds the domains to the tenant table, and tenants without a section to the list of
 * tenants. FATAL errors name file and line. */
bool tenant_file_read(struct config *config, struct slice text, const char *path,
		      struct error *err);

#endif
