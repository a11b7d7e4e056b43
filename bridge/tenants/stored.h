/* stored.h - lists the indices of an output
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TENANTS_STORED_H
#define BRIDGE_TENANTS_STORED_H

#include "bridge/setup/setup.h"

struct stored_index {
	const char *name;
	struct index_name parts; /* the parsed name */
	uint64_t documents;      /* only if the caller wants counts */
	bool is_closed;          /* likewise; a closed index has no count */
};

typedef bool stored_index_fn(void *context, const struct stored_index *index, struct error *err);

/* Lists every index whose name is one of ours, with a single request. count: also counts
 * documents, for which the login needs the privilege monitor in addition to
 * view_index_metadata, and a refresh before that maintenance. */
bool stored_indices(const struct setup *setup, bool count, stored_index_fn *take, void *context,
		    struct error *err);

/* Searches ignore closed indices without an error. FATAL: an index of the tenant is
 * closed. */
bool stored_is_open(struct config *config, const struct output_config *output, const char *tenant,
		    struct error *err);

#endif
