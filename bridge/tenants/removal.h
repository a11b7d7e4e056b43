/* removal.h - deletes or lists all data and objects of a tenant
 *
 * SPDX-License-Identifier: MIT
 *
 * For a tenant that is no longer configured. Each object is found by its full name and gets a
 * line on standard output. Objects that belong to others or cannot be reached are listed too,
 * but stay.
 */
#ifndef BRIDGE_TENANTS_REMOVAL_H
#define BRIDGE_TENANTS_REMOVAL_H

#include "base/printf_like.h"
#include "bridge/config/config.h"

struct removal {
	const char *tenant;
	bool only_show;
	size_t found; /* objects deleted, or to be deleted */
};

/* Deletes indices, templates, roles, logins, Kibana space or tenant of Dashboards, and
 * lifecycle policies that nothing needs any more. */
bool removal_of_output(struct removal *removal, struct config *config,
		       const struct output_config *output, struct error *err);
/* Deletes dead letters and last states of domains; lists what cannot be reached. */
bool removal_of_state(struct removal *removal, struct config *config, struct error *err);

/* Used by these files: prints one line. format describes the object; "deleted" or "to be
 * deleted" is appended. */
PRINTF_LIKE(2, 3)
void removal_say(struct removal *removal, const char *format, ...);
/* For one output; setup must be connected. In removal_kibana.c and removal_lifecycle.c. */
struct setup;
bool removal_of_kibana(struct removal *removal, struct setup *setup, struct error *err);
bool removal_of_policies(struct removal *removal, struct setup *setup, struct error *err);

#endif
