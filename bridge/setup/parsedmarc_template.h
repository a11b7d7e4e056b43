/* parsedmarc_template.h - index templates for the schema of parsedmarc
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_SETUP_PARSEDMARC_TEMPLATE_H
#define BRIDGE_SETUP_PARSEDMARC_TEMPLATE_H

#include "bridge/config/config.h"
#include "bridge/config/index_name.h"

/* Appends name and body of the template at this position, from 0; false: no more
 * templates. The patterns name each tenant: "*_dmarc_aggregate" would match indices of
 * others. */
bool parsedmarc_template(unsigned position, const struct index_naming *naming,
			 const struct tenant_config *tenants, struct strbuf *name,
			 struct strbuf *json);

#endif
