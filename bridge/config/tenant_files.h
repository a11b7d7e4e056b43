/* tenant_files.h - files of a directory that are named after tenants
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_TENANT_FILES_H
#define BRIDGE_CONFIG_TENANT_FILES_H

#include <dirent.h>

#include "bridge/config/config.h"

/* Lists the directory from its start; the descriptor stays the caller's.  NULL: it
 * cannot be read.  The caller closes it with tenant_files_close(). */
DIR *tenant_files_open(int directory);
void tenant_files_close(DIR *files);

/* The next file that is named after a tenant without a [tenant] section, with the suffix;
 * valid until the next call.  NULL: there is none.  *tenant: the name without the
 * suffix.  files may be NULL. */
const char *tenant_files_next_unknown(DIR *files, const char *suffix, const struct config *config,
				      struct slice *tenant);

#endif
