/* export.h - all documents of a tenant, as JSON lines
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TENANTS_EXPORT_H
#define BRIDGE_TENANTS_EXPORT_H

#include "bridge/config/config.h"

/* Of all kinds, in no order, to a file that is there whole or not at all, with mode
 * 0600; file NULL: to standard output.  Needs the memory of one document.  count:
 * how many.  false: what was written is not all. */
bool export_tenant(struct config *config, const struct output_config *output, const char *tenant,
		   const char *file, uint64_t *count, struct error *err);

#endif
