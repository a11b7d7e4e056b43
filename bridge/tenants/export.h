/* export.h - exports all documents of a tenant as JSON lines
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TENANTS_EXPORT_H
#define BRIDGE_TENANTS_EXPORT_H

#include "bridge/config/config.h"

/* Writes documents of all kinds in no particular order to a file of mode 0600, which
 * appears only when complete; file NULL: to standard output. Needs memory for one
 * document. count: documents written. false: the export is incomplete. */
bool export_tenant(struct config *config, const struct output_config *output, const char *tenant,
		   const char *file, uint64_t *count, struct error *err);

#endif
