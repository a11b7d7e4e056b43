/* tenant_map.h - parsedmarc's map of tenants and domains, in YAML
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_IMPORT_TENANT_MAP_H
#define BRIDGE_IMPORT_TENANT_MAP_H

#include "base/error.h"
#include "base/slice.h"

/* Called for each "tenant: [domain, ...]" and each of its domains in turn. */
typedef void tenant_map_fn(void *context, struct slice tenant, struct slice domain);

/* FATAL: it cannot be read, or is no map of lists. */
bool tenant_map_read(const char *path, tenant_map_fn *each, void *context, struct error *err);

#endif
