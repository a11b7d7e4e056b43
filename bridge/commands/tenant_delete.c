/* tenant_delete.c - the command "tenant delete", also called "delete-tenant"
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "bridge/commands/tenant_command.h"
#include "bridge/tenants/audit.h"
#include "bridge/tenants/removal.h"

/* In parsedmarc's schema "unclaimed" and "default" have the same names. */
static bool is_fallback_tenant(const struct config *config, const char *name)
{
	const bool unclaimed = strcmp(name, TENANT_UNCLAIMED) == 0;
	bool is_shared = false;

	for (const struct output_config *o = &config->output; o; o = o->next)
		is_shared |= o->naming.schema == SCHEMA_PARSEDMARC;
	return (unclaimed || strcmp(name, TENANT_DEFAULT) == 0) &&
	       (is_shared || unclaimed == (config->tenants != NULL));
}

/* Whether the next report could create documents of the tenant again. */
static bool is_configured(const struct config *config, const char *name)
{
	return config_find_tenant(config, slice_of(name)) || is_fallback_tenant(config, name);
}

static bool remove_all(struct removal *removal, struct config *config, struct error *err)
{
	for (const struct output_config *o = &config->output; o; o = o->next)
		if (!removal_of_output(removal, config, o, err))
			return false;
	return removal_of_state(removal, config, err);
}

static bool run(struct removal *removal, struct config *config, struct error *err)
{
	if (!remove_all(removal, config, err))
		return false;
	if (removal->found == 0)
		return error_set(err, ERROR_FATAL,
				 "there is no tenant %s: none in the configuration, and nothing is "
				 "stored of one",
				 removal->tenant);
	printf("tenant %s: %zu %s%s\n", removal->tenant, removal->found,
	       removal->only_show ? "to be deleted" : "deleted",
	       removal->only_show ? "; --yes deletes them" : "");
	return true;
}

int tenant_delete(const struct tenant_line *line, struct config *config)
{
	struct removal removal = { .tenant = line->name, .only_show = !line->yes };
	struct audit audit = { .fd = -1 };
	struct error err;
	bool good;

	if (is_configured(config, line->name)) {
		error_set(&err, ERROR_FATAL,
			  "tenant %s is still in the configuration, and its next report would make "
			  "new indices: take it out first, and send SIGHUP to the bridge",
			  line->name);
		return command_failed(&err);
	}
	if (line->yes && !audit_begin(&audit, config, line->whole, &err))
		return command_failed(&err);
	good = run(&removal, config, &err);
	audit_end(&audit, good ? "done" : err.text);
	return good ? EXIT_DONE : command_failed(&err);
}
