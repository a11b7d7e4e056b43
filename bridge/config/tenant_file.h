/* tenant_file.h - a file of domains and their tenants
 *
 * SPDX-License-Identifier: MIT
 *
 * One "domain tenant" per line, # begins a comment.  For those who have
 * thousands and keep them in a database.
 */
#ifndef BRIDGE_CONFIG_TENANT_FILE_H
#define BRIDGE_CONFIG_TENANT_FILE_H

#include "bridge/config/config.h"

/* Adds to the tenant table, and to the list of tenants those that have no
 * section.  Errors are FATAL and name file and line. */
bool tenant_file_read(struct config *config, struct slice text, const char *path,
		      struct error *err);

#endif
