/* removal.h - all that there is of a tenant, shown or deleted
 *
 * SPDX-License-Identifier: MIT
 *
 * Of a tenant that the configuration does not name any more.  Each thing is found
 * by its full name and gets a line on standard output; what belongs to somebody
 * else, or cannot be reached from here, is named too and stays.
 */
#ifndef BRIDGE_TENANTS_REMOVAL_H
#define BRIDGE_TENANTS_REMOVAL_H

#include "bridge/config/config.h"

struct removal {
	const char *tenant;
	bool only_show;
	size_t found; /* things that are deleted, or would be */
};

/* Indices, templates, roles, logins, Kibana space or tenant of Dashboards. */
bool removal_of_output(struct removal *removal, struct config *config,
		       const struct output_config *output, struct error *err);
/* Dead letters and last states of domains; and what cannot be reached. */
bool removal_of_state(struct removal *removal, struct config *config, struct error *err);

/* For the files of this: one line.  format: what it is; "deleted" or "to be deleted"
 * follows. */
__attribute__((format(printf, 2, 3))) void removal_say(struct removal *removal,
						       const char *format, ...);
/* Of one output; setup is connected.  removal_kibana.c */
struct setup;
bool removal_of_kibana(struct removal *removal, struct setup *setup, struct error *err);

#endif
