/* overview.h - the tenants, with how much each has
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TENANTS_OVERVIEW_H
#define BRIDGE_TENANTS_OVERVIEW_H

#include "bridge/config/config.h"

/* A line for each tenant on standard output: domains of the configuration, indices
 * and documents of the output; also for those that are stored and no longer
 * configured.  One request. */
bool overview_print(struct config *config, const struct output_config *output,
		    struct error *err);

#endif
