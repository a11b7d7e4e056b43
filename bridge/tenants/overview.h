/* overview.h - lists the tenants with their indices and documents
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TENANTS_OVERVIEW_H
#define BRIDGE_TENANTS_OVERVIEW_H

#include "bridge/config/config.h"

/* Prints a line for each tenant: configured domains, indices and documents of the output;
 * also for tenants that are stored but no longer configured. Sends one request. */
bool overview_print(struct config *config, const struct output_config *output, struct error *err);

#endif
